"""MNIST at 32x32 with what measurably helps: `best.py`, the best pictures in half an hour of two CPU cores.

python train.py --config=configs/mnist_best.py --config.data.dir=path/to/the/four/files

The variant `quick` has 1,500 steps, about two minutes.
"""

import ml_collections

from . import best

VARIANTS = best.VARIANTS


def get_config() -> ml_collections.ConfigDict:
    config = best.get_config()
    config.data = {"name": "mnist", "size": 32}
    config.update_from_flattened_dict(best.length(40_000))
    return config
