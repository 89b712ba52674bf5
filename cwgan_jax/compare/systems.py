"""What is compared: configs with the same data and budget, checked before anything is computed."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax

from cwgan_jax import cli, data
from cwgan_jax import config as config_
from cwgan_jax.algorithms import abstract
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.training import plan as plan_
from cwgan_jax.training.plan import Plan

_CALL = 20  # steps that accelerators take in one call
_ROUNDED = 50 * _CALL  # steps from which a whole number of calls changes the budget by 2 % at the most
_LINES = 200  # of metrics.jsonl, about
# Keys that the comparison itself sets, and why nobody else can.
_SET = {
    "seed": "the seeds are 0, 1, ...; --seeds says how many",
    "train.seeds": "--seeds says how many",
    "train.epochs": "the budget of all is --epochs",
    "train.steps": "the budget of all is --epochs",
    "train.keep_checkpoints": "every checkpoint that is measured is kept",
    "quality.every": "what is measured are the checkpoints at --epochs",
}


class System(NamedTuple):
    """A config that takes part.

    Attributes:
      name: of its file, without .py.
      path: the file.
      plan: its run of seed 0, up to the last goal.
      goals: its steps at each of the epochs, ascending.
      parameters: how many numbers each player has.
    """

    name: str
    path: Path
    plan: Plan
    goals: tuple[int, ...]
    parameters: dict[str, int]


def read(paths: Sequence[Path], overrides: Mapping[str, str], data_dir: str | None) -> dict[Path, Config]:
    """Reads the configs; all get the data of the first one, and nothing is measured while they train.

    Args:
      paths: the files.
      overrides: dotted key -> text, for all of them.
      data_dir: in place of the first one's config.data.dir.

    Raises:
      ConfigError: a file or value cannot be used, two have one name, or their images have other sizes.
    """
    if not paths:
        raise ConfigError("config files are missing; for example configs/digits.py configs/mlp.py")
    for key in overrides:
        if key in _SET:
            raise ConfigError(f"--config.{key}: not in a comparison: {_SET[key]}")
    configs: dict[Path, Config] = {}
    for path in paths:
        for other in configs:
            if other.stem == path.stem:
                raise ConfigError(
                    f"{path}: another system is called {path.stem} already ({other}); rename one"
                )
        loaded = cli.load_config(path)
        with _told(path):
            configs[path] = config_.resolve(loaded, overrides)
        if configs[path].data.domains:
            raise ConfigError(
                f"{path}: config.data.domains={configs[path].data.domains}: it translates; a comparison is of"
                " systems that generate, from one data set"
            )
    first = next(iter(configs.values())).data
    section = first if data_dir is None else dataclasses.replace(first, dir=data_dir)
    return {path: _same_data(path, paths[0], config, section) for path, config in configs.items()}


def _same_data(path: Path, first: Path, config: Config, section: config_.Data) -> Config:
    """The config with the data that all are trained on; prints a line where it named others."""
    own = config.data
    for key, mine, theirs in (
        ("size", own.size, section.size),
        ("channels", own.channels or section.channels, section.channels),
    ):
        if mine != theirs:
            raise ConfigError(
                f"{path}: config.data.{key}={mine}, but {first} has {str(theirs).lower()}; the images of all"
                f" must have one shape: give --config.data.{key}={str(theirs or mine).lower()}"
            )
    if own.name != section.name:
        print(f"{path}: trained on {section.name} here, as {first} is, not on {own.name}", flush=True)
    changed = dataclasses.replace(
        config,
        data=section,
        train=dataclasses.replace(config.train, seeds=1),
        quality=dataclasses.replace(config.quality, every=None),
    )
    with _told(path):  # an architecture may not go with these data
        return config_.from_dict(config_.to_dict(changed))


def plans(
    configs: Mapping[Path, Config],
    train: data.Dataset,
    epochs: Sequence[float],
    free: frozenset[str],
) -> list[System]:
    """The systems, with the number of steps that each takes for the same passes over the data.

    Args:
      configs: what `read` returned.
      train: the training split of all.
      epochs: passes over it, ascending.
      free: keys the user has set, which are left as they are.

    Raises:
      ConfigError: a config cannot be used with these data or this budget.
    """
    systems = []
    for path, config in configs.items():
        with _told(path):
            first = plan_.make(_of(config, epochs=epochs[-1], steps=None), train)
            goals = tuple(_rounded(plan_.steps_in(each, len(train.label), first.batch)) for each in epochs)
            every = {} if "train.log_every" in free else {"log_every": _log_every(goals[-1])}
            plan = plan_.make(_of(config, epochs=epochs[-1], steps=goals[-1], **every), train)
            systems.append(System(path.stem, path, plan, goals, _parameters(plan)))
    return systems


def stage(system: System, seed: int, goal: int, free: frozenset[str]) -> Plan:
    """The run of a seed up to a goal, with a checkpoint and a sheet of samples there and nowhere else.

    A run is trained from goal to goal, each time on from the checkpoint before.
    """
    section = system.plan.config.train
    intervals = {"checkpoint_every": goal, "sample_every": goal}
    intervals = {key: goal for key in intervals if f"train.{key}" not in free}
    changed = dataclasses.replace(section, steps=goal, keep_checkpoints=10**6, **intervals)
    config = dataclasses.replace(system.plan.config, seed=seed, train=changed)
    about = {**system.plan.about, "config": config_.to_dict(config)}
    return system.plan._replace(config=config, total=goal, about=about)


def _parameters(plan: Plan) -> dict[str, int]:
    players = abstract(plan.algorithm).players
    return {
        name: sum(leaf.size for leaf in jax.tree.leaves(player.params)) for name, player in players.items()
    }


def _of(config: Config, **train: Any) -> Config:
    return dataclasses.replace(config, train=dataclasses.replace(config.train, **train))


def _rounded(steps: int) -> int:
    return steps + -steps % _CALL if steps >= _ROUNDED else steps


def _log_every(total: int) -> int:
    """Steps between lines of metrics.jsonl; whole calls where there are many."""
    every = max(1, total // _LINES)
    return every if every < _CALL else every - every % _CALL


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Puts the file's name before each line of a ConfigError."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from error
