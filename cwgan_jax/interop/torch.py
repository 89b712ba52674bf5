"""PyTorch state dicts in and out; docs/interchange.md has the names of the layers.

In: makes a workdir that `sample.py` and `train.py` accept.
    python -m cwgan_jax.interop.torch --config=configs/mnist.py --workdir=runs/imported
        --generator=generator.pth --critic=critic.pth
Out: writes the state dicts of a checkpoint.
    python -m cwgan_jax.interop.torch --workdir=runs/mnist --out=exported
"""

import json
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from absl import flags

from cwgan_jax import checkpoint, cli, data
from cwgan_jax import config as config_
from cwgan_jax.algorithms import step
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.config import Config, Model
from cwgan_jax.interop import layout, names, state_dict
from cwgan_jax.interop.layout import BATCHES, TABLE, Arrays
from cwgan_jax.interop.state_dict import Tensor
from cwgan_jax.networks import Networks, build
from cwgan_jax.sampling import load
from cwgan_jax.training import plan

_ARCHITECTURES = ("conv", "mlp")


def define_flags() -> None:
    """Defines the command's flags; not on import, since other entry points have flags of these names."""
    flags.DEFINE_string("config", None, "In: the config file of these networks.")
    flags.DEFINE_string(
        "generator", None, f"In: the generator's state dict, {', '.join(state_dict.SUFFIXES)}."
    )
    flags.DEFINE_string("critic", None, "In: the critic's; without it training starts with a new critic.")
    flags.DEFINE_string("average", None, "In: that of a moving average of the generator.")
    flags.DEFINE_string("workdir", None, "In: the run's folder to make. Out: the one to read.")
    flags.DEFINE_integer("step", None, "In: completed generator updates, default 0. Out: which checkpoint.")
    flags.DEFINE_string("out", None, "Out: folder to write generator and critic to.")
    flags.DEFINE_enum("format", "pth", ["pth", "safetensors"], "Out: .pth takes PyTorch.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and converts; returns the exit status."""
    given = flags.FLAGS
    if not given.workdir:
        raise ConfigError("--workdir=DIR is missing: the run to make, or the run to read")
    if bool(given.generator) == bool(given.out):
        raise ConfigError("give --generator=FILE (with --config) to import, or --out=DIR to export")
    if given.step is not None and not 0 <= given.step < 2**31:
        raise ConfigError(f"--step={given.step}: a step is a whole number in [0, 2147483647]")
    if given.out:
        return _export(Path(given.workdir), given.step, Path(given.out), given.format, overrides)
    if not given.config:
        raise ConfigError("--config=FILE is missing; for R1 --config=configs/mnist.py, for R2 configs/mlp.py")
    config = config_.resolve(cli.load_config(Path(given.config)), overrides)
    require_known(config)
    cli.set_up_jax(config)
    files = {name: getattr(given, name) for name in ("generator", "critic", "average")}
    paths = {name: Path(file) for name, file in files.items() if file}
    return _import(config, paths, Path(given.workdir), given.step or 0)


class Weights(NamedTuple):
    """State dicts as arrays by PyTorch name; the generator's with running statistics.

    Attributes:
      generator: its state dict.
      critic: none: a new critic is drawn from the config's seed.
      average: a moving average of the generator; none: it starts as the generator.
    """

    generator: Arrays
    critic: Arrays | None = None
    average: Arrays | None = None


def require_known(config: Config) -> None:
    """Raises ConfigError for networks whose PyTorch modules have no agreed names."""
    plain = Model(architecture=config.model.architecture)
    for key in ("architecture", "generator_labels", "critic_labels", "critic_norm", "attention"):
        value = getattr(config.model, key)
        if value != getattr(plain, key) or plain.architecture not in _ARCHITECTURES:
            raise ConfigError(
                f"config.model.{key}={value}: PyTorch state dicts are for the networks of R1 to R3 only:"
                " architecture conv or mlp, labels concatenated, the critic's own norms, no attention;"
                " python -m cwgan_jax.interop.export takes any generator"
            )
    if config.objective.generator_spectral_norm or config.objective.constraint == "spectral_norm":
        raise ConfigError("config.objective: PyTorch state dicts are for networks without spectral norm only")


def assemble(config: Config, networks: Networks, weights: Weights, n: int = 0) -> step.State:
    """Makes the state of a run from PyTorch's weights; its Adams start afresh.

    Args:
      config: the run's.
      networks: its generator and critic.
      weights: with the names and shapes of these networks.
      n: completed generator updates.
    """
    template, shape = plan.abstract_state(config, networks), networks.generator.image_shape
    generator, stats = layout.from_torch(weights.generator, template.generator, shape)
    if weights.critic is None:
        critic = step.initial(config, networks).critic
    else:
        critic, _ = layout.from_torch(weights.critic, template.critic, shape)
    average = None
    if template.average is not None:
        averaged = layout.from_torch(weights.average or weights.generator, template.generator, shape)
        average = dict(zip(("params", "batch_stats"), averaged, strict=True))
    return step.begin(config, generator, stats, critic, average, step=n)


def _import(config: Config, paths: dict[str, Path], workdir: Path, n: int) -> int:
    if "average" in paths and not config.train.ema_decay:
        raise ConfigError("--average: this config keeps no moving average; set config.train.ema_decay")
    files, said = _read(config, paths)
    networks = _networks(config, paths["generator"], files["generator"])
    class_names = _class_names(config, networks, paths["generator"])
    shape = networks.generator.image_shape
    expected = _state_dicts(_zeros(config, networks), shape, 0)
    checked = {}
    for name, path in paths.items():
        checked[name], converted = state_dict.check(path, files[name], expected[_kind(name)])
        said[name] += converted
    state = assemble(config, networks, Weights(**checked), n)
    about = plan.about(config, shape, class_names, None)
    counts = {name: int(value) for name, value in checked["generator"].items() if name.endswith(BATCHES)}
    with checkpoint.Writer(workdir / "checkpoints", keep=config.train.keep_checkpoints) as writer:
        writer.save(n, state, {**about, "imported": counts})
    write_whole(workdir / "config.json", json.dumps(about["config"], indent=2).encode())
    for name, path in paths.items():
        if said[name]:
            print(f"{path}: {'; '.join(said[name])}")
    print(f"{' and '.join(map(str, paths.values()))}: imported as step {n} of {workdir}; Adam starts afresh")
    place = shlex.quote(str(workdir))
    print(f"next: python sample.py --workdir={place}, or train.py with this config and that --workdir")
    return 0


def _read(
    config: Config, paths: dict[str, Path]
) -> tuple[dict[str, dict[str, Tensor]], dict[str, list[str]]]:
    """The tensors of each file by the names of its network, and what was done to its names."""
    # The names depend on the layers only, and can be compared before classes and colours are known.
    depth, classes = config.data.channels or 1, 2 if config.model.conditional else 0
    networks = build(config.model, (config.data.size, config.data.size, depth), classes)
    expected = _state_dicts(_zeros(config, networks), networks.generator.image_shape, 0)
    found = {
        name: names.match(path, state_dict.read(path), expected[_kind(name)]) for name, path in paths.items()
    }
    return {name: x.tensors for name, x in found.items()}, {name: x.said for name, x in found.items()}


def _kind(name: str) -> str:
    """Of which network a file is: an average is one of the generator."""
    return "critic" if name == "critic" else "generator"


def _class_names(config: Config, networks: Networks, generator: Path) -> list[str]:
    """Those of the config's data, if they are on this machine and fit the generator; else numbers.

    Raises:
      ConfigError: the data have another number of classes, or other colours, so that training would refuse.
    """
    source, classes, depth = data.at_hand(config.data), networks.classes, networks.generator.image_shape[2]
    numbers = [str(c) for c in range(classes)]
    if source is None:
        return numbers
    if classes and len(source.class_names) != classes:
        raise ConfigError(
            f"{generator}: the generator has {classes} classes ({TABLE}), the data {source.name}"
            f" {len(source.class_names)}; give the data it is for, or leave --config.data.dir out"
        )
    if config.data.channels is None and source.depth != depth:
        raise ConfigError(
            f"{generator}: the generator draws images of {depth} channels, the data {source.name} have"
            f" {source.depth}; set --config.data.channels={depth}"
        )
    return list(source.class_names) if classes else numbers


def _export(workdir: Path, n: int | None, out: Path, suffix: str, overrides: dict[str, str]) -> int:
    if overrides:
        raise ConfigError(f"--config.{next(iter(overrides))}: the config is taken from the checkpoint")
    folder, found = load.find(workdir)
    saved = load.restore(
        folder,
        found if n is None else n,
        set_up=cli.set_up_jax,
        warn=lambda line: print(f"warning: {line}", file=sys.stderr),
    )
    config, networks = plan.rebuild(saved.about)
    require_known(config)
    passes = config.objective.critic_updates + (config.objective.schedule == "paper")
    arrays = _state_dicts(saved.state, networks.generator.image_shape, saved.step * passes)
    for name, count in saved.about.get("imported", {}).items():
        arrays["generator"][name] = np.asarray(count, np.int64)
    paths = {name: out / f"{name}.{suffix}" for name in arrays}
    for path in paths.values():
        if path.exists():
            raise ConfigError(f"{path}: the file is there already; move it away, or choose another --out")
    for name, path in paths.items():
        state_dict.write(path, arrays[name])
    print(f"step {saved.step}: {', '.join(map(str, paths.values()))}")
    return 0


def _state_dicts(state: step.State, shape: tuple[int, int, int], batches: int) -> dict[str, Arrays]:
    found = {
        "generator": layout.to_torch(state.generator, state.batch_stats, shape, batches=batches),
        "critic": layout.to_torch(state.critic, None, shape),
    }
    if state.average is not None:
        average = state.average
        found["average"] = layout.to_torch(average["params"], average["batch_stats"], shape, batches=batches)
    return found


def _zeros(config: Config, networks: Networks) -> step.State:
    """A state of zeros without memory behind them."""
    template = plan.abstract_state(config, networks)
    return jax.tree.map(lambda x: np.broadcast_to(np.zeros((), x.dtype), x.shape), template)


def _networks(config: Config, path: Path, generator: dict[str, Tensor]) -> Networks:
    """The networks of a config; what it leaves to the data, classes and channels, as the file has it."""
    size, classes, channels = config.data.size, 0, config.data.channels
    if config.model.conditional:
        table = generator[TABLE].shape
        if len(table) != 2 or not 0 < table[0] < 2**16:
            raise ConfigError(f"{path}: {TABLE} is {list(table)}, it must be [classes, embedding]")
        classes = table[0]
    if channels is None:
        networks = build(config.model, (size, size, 1), classes)
        *_, last = layout.layers(plan.abstract_state(config, networks).generator, critic=False)
        bias = generator.get(f"{last.there}.bias")
        pixels = size**2 if last.kind == "linear" else 1
        channels = 3 if bias is not None and bias.shape == (3 * pixels,) else 1
    return build(config.model, (size, size, channels), classes)


if __name__ == "__main__":
    define_flags()
    cli.run(main, advice=cli.READING._replace(storage="choose another --workdir or --out"))
