"""A trained model as one small file: parameters, statistics, config and description."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cwgan_jax import config as config_
from cwgan_jax.algorithms import State
from cwgan_jax.checkpoint import packed
from cwgan_jax.checkpoint.reader import Saved


def write(saved: Saved, out: Path, *, half: bool = True) -> None:
    """Writes the file of a checkpoint.

    Args:
      saved: the checkpoint.
      out: the file.
      half: whether kernels are rounded to half precision.
    """
    packed.write(out, dict(_arrays(saved.state, half)), public(saved), saved.step)


def public(saved: Saved) -> dict[str, Any]:
    """What a checkpoint says of itself, without where the data lay on this machine."""
    config = config_.from_dict(saved.about["config"])
    section = dataclasses.replace(config.data, dir="", file="")
    return saved.about | {"config": config_.to_dict(dataclasses.replace(config, data=section))}


def _arrays(state: State, half: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Parameters, statistics and spectral vectors of all players; of one with a moving average, that."""
    for name, player in state.players.items():
        kept = player.average or {"params": player.params, "stats": player.stats}
        leaves, _ = jax.tree_util.tree_flatten_with_path({**kept, "spectral": player.spectral})
        for place, leaf in leaves:
            path, array = jax.tree_util.keystr(place, simple=True, separator="/"), np.asarray(leaf)
            narrow = half and array.ndim > 1 and path.startswith("params")
            yield f"players/{name}/{path}", array.astype(np.float16) if narrow else array
