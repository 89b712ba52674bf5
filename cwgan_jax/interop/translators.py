"""CycleGAN's four networks as PyTorch state dicts, in files named as here or as in the published code."""

import functools
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cwgan_jax import data
from cwgan_jax.algorithms import State, cyclegan, initial
from cwgan_jax.algorithms.cyclegan_setting import DIRECTIONS, Setting, settle
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.config.data_section import height_width
from cwgan_jax.data import DOMAINS
from cwgan_jax.interop import layout, names, state_dict
from cwgan_jax.interop.layout import Arrays
from cwgan_jax.interop.state_dict import SUFFIXES, Tensor
from cwgan_jax.kinds import spec_of

PUBLISHED = {"AtoB": "net_G_A", "BtoA": "net_G_B", "critic_B": "net_D_A", "critic_A": "net_D_B"}
"""The end of a file's name in the published code, `latest_net_G_A.pth`: its D_A judges translations of A."""


def require_known(config: Config) -> None:
    """Raises ConfigError for networks of which the published code has no counterpart."""
    if config.model.architecture == "translator" and getattr(config.model, "upsampling", "") == "nearest":
        raise ConfigError(
            "config.model.upsampling=nearest: PyTorch state dicts are for networks as published; use"
            " transposed"
        )
    if config.objective.generator_spectral_norm or config.objective.critic_spectral_norm:
        raise ConfigError("config.objective: PyTorch state dicts are for networks without spectral norm only")


def state_dicts(state: State) -> dict[str, Arrays]:
    """The state dict of each player, and of the moving averages, as `AtoB_average`, where there are any."""
    dicts = {name: layout.to_torch(player.params, None, ()) for name, player in state.players.items()}
    averages = {name: player.average for name, player in state.players.items() if player.average}
    return dicts | {f"{name}_average": layout.to_torch(x["params"], None, ()) for name, x in averages.items()}


def read(config: Config, folder: Path, step: int = 0) -> tuple[State, dict[str, Any], list[str]]:
    """The state of a run with the weights of the files in a folder; the optimizers and pools start afresh.

    Args:
      config: of the run.
      folder: holds `AtoB.pth` and `BtoA.pth`, or `..._net_G_A.pth` and `..._net_G_B.pth`, and perhaps the
        critics; those that are missing are drawn new.
      step: completed steps.

    Returns:
      The state; what a checkpoint says of its data, without a fingerprint; and what was read, as lines.

    Raises:
      ConfigError: a translator is missing, or a file is not of this network.
    """
    require_known(config)
    paths = {name: path for name in PUBLISHED if (path := _file(folder, name))}
    if missing := [name for name in DIRECTIONS if name not in paths]:
        raise ConfigError(
            f"{folder}: there is no {missing[0]}.pth in it, nor one that ends in {PUBLISHED[missing[0]]}.pth"
            f" ({', '.join(SUFFIXES)})"
        )
    depth = config.data.channels or 1
    files = {
        name: names.match(path, state_dict.read(path), _expected(_setting(config, depth))[name])
        for name, path in paths.items()
    }
    depth = config.data.channels or _depth(files["AtoB"].tensors)
    setting = _setting(config, depth)
    expected, template = _expected(setting), _abstract(setting).players
    weights: dict[str, Any] = {}
    if len(paths) < len(template):
        new = initial(cyclegan.make(config, setting.spec), config.seed).players
        weights = {name: player.params for name, player in new.items()}
    for name, path in paths.items():
        arrays, _ = state_dict.check(path, files[name].tensors, expected[name])
        weights[name], _ = layout.from_torch(arrays, template[name].params, ())
    ordered = {name: weights[name] for name in template}
    lines = [f"{path}: {name}" for name, path in paths.items()]
    return cyclegan.begin(setting, config.seed, ordered, step=step), _described(config, depth), lines


def _file(folder: Path, name: str) -> Path | None:
    """The file of a player; ConfigError if there are several."""
    ends = (f"{name}{suffix}" for suffix in SUFFIXES), (f"{PUBLISHED[name]}{suffix}" for suffix in SUFFIXES)
    own, published = map(tuple, ends)
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [path for path in there if path.name in own or path.name.endswith(published)]
    if len(found) > 1:
        raise ConfigError(f"{folder}: {found[0].name} and {found[1].name} are both {name}; keep one")
    return found[0] if found else None


def _depth(tensors: dict[str, Tensor]) -> int:
    """The channels of the pictures, from the last bias of a translator."""
    return tensors[max((name for name in tensors if name.count(".") == 2), key=_place)].shape[0]


def _place(name: str) -> tuple[int, bool]:
    """The number of a layer, and whether it is the bias: `model.26.bias`."""
    _, number, end = name.split(".")
    return int(number), end == "bias"


def _described(config: Config, depth: int) -> dict[str, Any]:
    kept = height_width(config.data.resize or config.data.size)
    one = data.description("images", (*kept, depth), ())
    return data.description("images", (*kept, depth), (), others=dict.fromkeys(DOMAINS[1:], one))


def _setting(config: Config, depth: int) -> Setting:
    return settle(config, spec_of(config, _described(config, depth)))


def _abstract(setting: Setting) -> State:
    return jax.eval_shape(functools.partial(cyclegan.init, setting), np.uint32(0))


def _expected(setting: Setting) -> dict[str, Arrays]:
    """What `state_dicts` gives, with zeros that take no memory as the values."""
    zeros = jax.tree.map(lambda x: np.broadcast_to(np.zeros((), x.dtype), x.shape), _abstract(setting))
    return state_dicts(zeros)
