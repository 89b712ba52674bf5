"""Your own pictures: one folder per class (PNG, JPEG, WebP, ..., any sizes), centre-cropped and resized.

    python train.py --config=configs/folder.py --config.data.dir=photos

`photos/cats/*.jpg`, `photos/dogs/*.jpg`, ... (or `photos/train/cats`, `photos/test/cats`). Grey pictures:
`--config.data.channels=1`; other sizes, multiples of 4 from 16 to 256: `--config.data.size=128`. If memory is
short, lower `model.features` first.

The recipe is that of `best.py`; it has not been measured at this size.

With at least two classes and 100 training images, the pictures are measured every 1,000 steps by a judge that
is trained at the start, and the best checkpoint is kept in `best/`; `--config.quality.every=none` turns that
off.
"""

import ml_collections

from . import best


def get_config() -> ml_collections.ConfigDict:
    config = best.get_config()
    config.data.size = 64
    config.model.features = 32
    config.model.latent = 128
    config.model.embedding = 16
    config.quality.every = 1000
    return config
