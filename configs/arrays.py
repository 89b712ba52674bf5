r"""Your own arrays and tables, from one file: .npz, .npy, .h5, .mat, .csv or .parquet.

    python train.py --config=configs/arrays.py:signals --config.data.file=beats.npz --config.data.key=x \
        --config.data.condition=heart_rate

`signals` are [N, L], [N, L, C] or [N, C, L], with L a multiple of 16; `fields` [N, H, W] or [N, H, W, C];
`volumes` [N, X, Y, Z]; `pictures` u8 [N, H, W, 1, 3 or 4], with sides of a multiple of 4 from 16 to 256;
`tables` have numbers and categories as columns:

    python train.py --config=configs/arrays.py:tables --config.data.file=people.csv \
        --config.data.condition=city,income

The condition is any arrays or columns: classes, numbers, captions, or several of them; without one add
`--config.model.conditional=false`. `--dry_run` says how the file was understood, and stops; `data.axes`,
`data.types` and `data.test` say otherwise. For a folder of pictures there is `configs/folder.py`.
"""

import ml_collections

from . import folder, signals, table

_FIELDS = {"model.architecture": "conv", "model.features": 32, "model.latent": 128}


def _values(config: ml_collections.ConfigDict, *sections: str) -> dict:
    """The values of some sections, as a variant has them."""
    return {
        f"{section}.{key}": value for section in sections for key, value in config[section].to_dict().items()
    }


VARIANTS = {
    "signals": {},
    "fields": _FIELDS,
    "volumes": _FIELDS | {"model.features": 16, "train.batch_size": 32},
    "pictures": _values(folder.get_config(), "model", "objective", "optimizer", "ramp", "train", "quality")
    | {"train.ema_decay": 0.0},  # `ema_half_life` says it
    "tables": _values(table.get_config(), "model", "objective", "optimizer", "train", "quality")
    | {"model.embedding": 10, "model.condition_layers": 2},  # the condition may be more than a class
    "quick": {"model.features": 8, "train.steps": 600, "quality.every": 300},
}


def get_config() -> ml_collections.ConfigDict:
    config = signals.get_config()
    config.data = {"name": "arrays", "file": "data.npz"}
    config.ramp = {"end": None}  # of the variants, `pictures` alone has one
    return config
