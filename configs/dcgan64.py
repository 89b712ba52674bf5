"""The DCGAN for 64x64 RGB, from a folder of pictures with one folder per class.

python train.py --config=configs/dcgan64.py --config.data.dir=path/to/pictures

`dcgan28.py` without label smoothing. With f = 64 the generator has 512, 256, 128 and 64 features, and no
layer has a bias. Data of one class are not measured.
"""

import ml_collections

from . import dcgan28


def get_config() -> ml_collections.ConfigDict:
    config = dcgan28.get_config()
    config.data = {"name": "folder", "dir": "pictures", "size": 64, "channels": 3}
    config.objective.real_target = 1.0
    config.objective.fake_target = 0.0
    return config
