"""PyTorch state dicts in and out, file by file: what `cwgan torch` does."""

import json
import shlex
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cwgan_jax import checkpoint, cli, data
from cwgan_jax import config as config_
from cwgan_jax.algorithms import adversarial
from cwgan_jax.algorithms.critic import Setting
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.common.invocation import command
from cwgan_jax.config import Config
from cwgan_jax.data import conditions
from cwgan_jax.interop import layout, names, state_dict, translators
from cwgan_jax.interop.layout import BATCHES
from cwgan_jax.interop.state_dict import Tensor
from cwgan_jax.interop.weights import Weights, assemble, expected, state_dicts
from cwgan_jax.kinds import spec_of
from cwgan_jax.sampling import load
from cwgan_jax.training import plan


def import_translators(config: Config, folder: Path, workdir: Path, n: int) -> int:
    """Imports the networks of a CycleGAN; returns the exit status."""
    if config.algorithm != "cyclegan":
        raise ConfigError(f"--translators: for config.algorithm=cyclegan, and not {config.algorithm}")
    cli.set_up_jax(config)
    state, described, lines = translators.read(config, folder, n)
    about = plan.about(config, described)
    with checkpoint.Writer(workdir / "checkpoints", keep=config.train.keep_checkpoints) as writer:
        writer.save(n, jax.device_get(state), about)
    write_whole(workdir / "config.json", json.dumps(about["config"], indent=2).encode())
    print("\n".join([*lines, f"imported as step {n} of {workdir}; Adam and the pools start afresh"]))
    return 0


def import_networks(config: Config, paths: dict[str, Path], workdir: Path, n: int) -> int:
    """Imports generator, critic and average from files by these names; returns the exit status."""
    if "average" in paths and not (config.train.ema_decay or config.train.ema_half_life is not None):
        raise ConfigError("--average: this config keeps no moving average; set config.train.ema_decay")
    files, notes = _read(config, paths)
    described = _described(config, paths["generator"], files["generator"])
    setting = adversarial.settle(config, spec_of(config, described))
    wanted = expected(setting)
    checked = {}
    for name, path in paths.items():
        checked[name], converted = state_dict.check(path, files[name], wanted[_network(name)])
        notes[name] += converted
    state = assemble(setting, Weights(**checked), n)
    about = plan.about(config, described)
    counts = {name: int(value) for name, value in checked["generator"].items() if name.endswith(BATCHES)}
    with checkpoint.Writer(workdir / "checkpoints", keep=config.train.keep_checkpoints) as writer:
        writer.save(n, state, {**about, "imported": counts})
    write_whole(workdir / "config.json", json.dumps(about["config"], indent=2).encode())
    for name, path in paths.items():
        if notes[name]:
            print(f"{path}: {'; '.join(notes[name])}")
    print(f"{' and '.join(map(str, paths.values()))}: imported as step {n} of {workdir}; Adam starts afresh")
    place = shlex.quote(str(workdir))
    print(f"next: {command('sample')} --workdir={place}, or train with this config and that --workdir")
    return 0


def _read(
    config: Config, paths: dict[str, Path]
) -> tuple[dict[str, dict[str, Tensor]], dict[str, list[str]]]:
    """The tensors of each file by the names of its network, and what was done to its names."""
    # The names depend on the layers only, and can be compared before classes and colours are known.
    wanted = expected(_setting(config, channels=config.data.channels or 1))
    read = {
        name: names.match(path, state_dict.read(path), wanted[_network(name)]) for name, path in paths.items()
    }
    return {name: x.tensors for name, x in read.items()}, {name: x.notes for name, x in read.items()}


def _network(name: str) -> str:
    """The network that a file belongs to: an average is of the generator."""
    return "critic" if name == "critic" else "generator"


def _setting(config: Config, *, channels: int = 1, classes: int = 2) -> Setting:
    """A run of this config on images of so many channels and classes."""
    described = _images(config, channels, [str(c) for c in range(classes)])
    return adversarial.settle(config, spec_of(config, described))


def _images(config: Config, channels: int, class_names: list[str]) -> dict[str, Any]:
    """What a checkpoint says of image data without a fingerprint, see `data.described`."""
    shape = (*config.data.height_width, channels)
    return data.description("images", shape, conditions.of_classes(class_names))


def _described(config: Config, path: Path, generator: dict[str, Tensor]) -> dict[str, Any]:
    """What the checkpoint says of the data: classes and channels are read from the generator's file.

    Args:
      config: of the run.
      path: of the generator's file, for messages.
      generator: its tensors.

    Raises:
      ConfigError: the label table has no such shape; or the data of the config are on this machine, and
        have another number of classes or channels, so that training would refuse them.
    """
    classes = 0
    if config.model.conditional:
        name, axis = _telling(_setting(config, classes=2), _setting(config, classes=3))
        table = generator[name].shape
        if len(table) != 2 or not 0 < table[axis] < 2**16:
            wanted = ("[classes, embedding]", "[embedding, classes]")[axis]
            raise ConfigError(f"{path}: {name} is {list(table)}, it must be {wanted}")
        classes = table[axis]
    channels = config.data.channels or _channels(config, generator)
    return _images(config, channels, _class_names(config, classes, channels, path))


def _channels(config: Config, generator: dict[str, Tensor]) -> int:
    """How many channels the images of a generator have."""
    one, three = (_setting(config, channels=channels) for channels in (1, 3))
    name, _ = _telling(one, three)
    return 3 if generator[name].shape == expected(three)["generator"][name].shape else 1


def _telling(one: Setting, other: Setting) -> tuple[str, int]:
    """The first tensor whose shape tells the generators of two settings apart, and along which axis."""
    there = expected(other)["generator"]
    return next(
        (name, axis)
        for name, x in expected(one)["generator"].items()
        for axis, (length, its) in enumerate(zip(x.shape, there[name].shape, strict=True))
        if length != its
    )


def _class_names(config: Config, classes: int, channels: int, path: Path) -> list[str]:
    """The names that the config's data give the classes, if the data are on this machine; else numbers."""
    source, numbers = data.at_hand(config.data), [str(c) for c in range(classes)]
    if source is None:
        return numbers
    if classes and len(source.class_names) != classes:
        raise ConfigError(
            f"{path}: the generator has {classes} classes, the data {source.name}"
            f" {len(source.class_names)}; give the data it is for, or leave --config.data.dir out"
        )
    if config.data.channels is None and source.depth != channels:
        raise ConfigError(
            f"{path}: the generator draws images of {channels} channels, the data {source.name} have"
            f" {source.depth}; set --config.data.channels={channels}"
        )
    return list(source.class_names) if classes else numbers


def export(workdir: Path, n: int | None, out: Path, suffix: str) -> int:
    """Writes the state dicts of a checkpoint; returns the exit status."""
    folder, newest = load.find(workdir)
    saved = load.restore(folder, newest if n is None else n, set_up=cli.set_up_jax, warn=cli.warn)
    config = config_.from_dict(saved.about["config"])
    if config.algorithm == "cyclegan":
        translators.require_known(config)
        return _write(translators.state_dicts(saved.state), saved.step, out, suffix)
    layout.require_known(config)
    passes = config.objective.critic_updates + (config.objective.schedule == "paper")
    arrays = state_dicts(saved.state, tuple(saved.about["data"]["shape"]), saved.step * passes)
    for name, count in saved.about.get("imported", {}).items():
        arrays["generator"][name] = np.asarray(count, np.int64)
    status = _write(arrays, saved.step, out, suffix)
    if getattr(config.model, "smooth", False):
        print(
            "the generator's last maps are smoothed before the tanh, without weights: see docs/interchange.md"
        )
    return status


def _write(arrays: dict[str, layout.Arrays], n: int, out: Path, suffix: str) -> int:
    """Writes state dicts by the names of their files; returns the exit status."""
    paths = {name: out / f"{name}.{suffix}" for name in arrays}
    for path in paths.values():
        if path.exists():
            raise ConfigError(f"{path}: the file is there already; move it away, or choose another --out")
    for name, path in paths.items():
        state_dict.write(path, arrays[name])
    print(f"step {n}: {', '.join(map(str, paths.values()))}")
    return 0
