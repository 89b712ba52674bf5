"""What a run is about to do: its data, algorithm and counts, worked out before anything is computed."""

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import jax

from cwgan_jax import algorithms, data
from cwgan_jax import config as config_
from cwgan_jax.algorithms import Algorithm, State
from cwgan_jax.common import packages
from cwgan_jax.common.errors import CheckpointError, ConfigError
from cwgan_jax.config import Config, ramp
from cwgan_jax.data import Dataset
from cwgan_jax.data.changes import other_data
from cwgan_jax.data.conditions import vicinity
from cwgan_jax.kinds import KINDS, Kind, spec_of
from cwgan_jax.training import streams as streams_

_MOST_STEPS = 2**31 - 1  # the state counts them in 32 bits
_ACCELERATOR_STEPS = 20  # steps per call there: enough to hide the host, few enough to stop quickly


class Plan(NamedTuple):
    """A run, resolved.

    Attributes:
      config: the config.
      streams: the training split for each input of the algorithm.
      kind: of the data.
      algorithm: what trains.
      batch: examples of the first stream that a step takes.
      total: the last step.
      about: what its checkpoints say of it: enough to rebuild the model without the data.
      unmeasured: why its examples cannot be measured though the config asks for it; empty: they can.
    """

    config: Config
    streams: Mapping[str, Dataset]
    kind: Kind
    algorithm: Algorithm
    batch: int
    total: int
    about: dict[str, Any]
    unmeasured: str = ""

    @property
    def dataset(self) -> Dataset:
        """The training split of the first stream."""
        return next(iter(self.streams.values()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines about what in the data is probably not as it was meant."""
        return tuple(dict.fromkeys(line for each in self.streams.values() for line in each.warnings))


def make(config: Config, dataset: Dataset | None = None) -> Plan:
    """Loads the training split, unless it is given, and builds the algorithm; ConfigError or DataError."""
    loaded = streams_.load(config) if dataset is None else {"": dataset}
    dataset, *others = loaded.values()
    if config.model.conditional and not dataset.schema:
        raise ConfigError(
            f"config.model.conditional=true: the data of {config.data.name} have no condition (no folders for"
            " it, no config.data.condition); set it to false"
        )
    if config.data.vicinity != "none":
        near = vicinity.of(config.data, dataset.schema, dataset.condition)
        dataset = dataset._replace(vicinity=near)
    described = data.described(dataset, dict(zip(list(loaded)[1:], others, strict=True)))
    kind, algorithm = KINDS[dataset.kind], algorithms.make(config, spec_of(config, described))
    batch = config.train.batch_size * next(iter(algorithm.inputs.values()))
    streams = streams_.of(config, algorithm, {**loaded, next(iter(loaded)): dataset})
    total = _total(config, [each.size for each in streams.values()], batch)
    if not all(each.resident for each in streams.values()):
        setting = f"config.data.resident_mib={config.data.resident_mib}: streaming from disk"
        packages.need("grain", "grain", setting, "raise it to the size of the data")
    unmeasured = ""
    if config.quality.every and algorithm.translates:
        unmeasured = f"config.algorithm={config.algorithm} translates examples, and draws none from latents"
        config = dataclasses.replace(config, quality=dataclasses.replace(config.quality, every=None))
    elif config.quality.every:
        config, unmeasured = kind.measurable(config, dataset)
    return Plan(config, streams, kind, algorithm, batch, total, about(config, described), unmeasured)


def _total(config: Config, counts: Sequence[int], batch: int) -> int:
    """The last step, where an epoch is one of the largest of the data sets.

    Raises:
      ConfigError: the data are too few, or the counts contradict each other.
    """
    least, count = min(counts), max(counts)
    if least < 2:
        raise ConfigError("data: one training example is too few for a batch; give at least two")
    if config.train.batch_size > least:
        raise ConfigError(
            f"config.train.batch_size={config.train.batch_size}: there are only {least} training examples;"
            " it may be at most that"
        )
    total = config.train.steps or steps_in(config.train.epochs, count, batch)
    if total > _MOST_STEPS:
        steps = config.train.epochs * count / batch
        raise ConfigError(
            f"config.train.epochs={config.train.epochs}: that is {steps:.3g} steps, allowed are {_MOST_STEPS}"
        )
    still = [key for key, last in ramp.targets(config).items() if "rate" in key and not last]
    if still and (config.ramp.end or 0) < total:
        raise ConfigError(
            f"config.ramp.end={config.ramp.end}: {still[0]} would be zero from there on; it must be none, or"
            f" at least the number of steps, {total}"
        )
    return total


def steps_in(epochs: float, examples: int, batch: int) -> int:
    """How many steps of `batch` examples so many passes over the data take, the last one counted whole.

    Exactly, of the number as it is written: 2.2 are 11/5, and not the float's 2.200000000000000177.
    """
    return math.ceil(Fraction(repr(float(epochs))) * examples / batch)


def about(config: Config, described: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint says of itself.

    Args:
      config: of the run.
      described: what `data.described` says of its data; weights from elsewhere have no fingerprint of theirs.
    """
    return {"config": config_.to_dict(config), "data": described}


def intervals(config: Config) -> dict[str, int | None]:
    """The steps between two calls of each periodic action; None: it is not called on the way."""
    train = config.train
    return {"sheet": train.sample_every, "measure": config.quality.every, "save": train.checkpoint_every}


def steps_per_call(plan: Plan, first: int) -> int:
    """T: the config's, or as many as suit the backend, lowered to divide every interval that ends in the run.

    1 where there is no room for a call of T steps, from one of its multiples to the next, between `first`
    and the last step.
    """
    train = plan.config.train
    most = train.steps_per_call or (1 if jax.default_backend() == "cpu" else _ACCELERATOR_STEPS)
    every = train.log_every, *intervals(plan.config).values()
    common = math.gcd(*(steps for steps in every if steps and steps < plan.total))  # 0 of none
    possible = range(1, min(most, common or plan.total) + 1)
    count = max(count for count in possible if common % count == 0)
    return count if any(calls.step == count for calls in calls_of(first, plan.total, count)) else 1


def calls_of(first: int, total: int, count: int) -> list[range]:
    """Where the calls from step `first` to `total` start, each range with its number of steps a call.

    Calls of `count` steps lie between multiples of it, whatever the first and the last step are. What is left
    before and behind goes step by step, so that two programs are enough.
    """
    start = min(-(-first // count) * count, total)
    stop = max(total - total % count, start)
    ranges = range(first, start), range(start, stop, count), range(stop, total)
    return [calls for calls in ranges if calls]


def config_of(about: dict[str, Any]) -> Config:
    """The config of a checkpoint, from what it says of itself.

    Raises:
      CheckpointError: it was written by a version that stored other things.
      ConfigError: its config is not allowed here.
    """
    if "conditions" not in about["data"]:
        raise CheckpointError(
            "the checkpoint was written by an earlier version, whose state has another form; use that"
            " version, or train again in another --workdir"
        )
    return config_.from_dict(about["config"])


def rebuild(about: dict[str, Any]) -> tuple[Config, Algorithm]:
    """Config and algorithm of a checkpoint, from what it says of itself; errors as in `config_of`."""
    config = config_of(about)
    return config, algorithms.make(config, spec_of(config, about["data"]))


def accept(plan: Plan, workdir: Path, about: dict[str, Any], allow: Collection[str] = ()) -> State:
    """The template for a checkpoint to resume from, if it is one of this run.

    Args:
      plan: the run.
      workdir: its folder, for messages.
      about: what the checkpoint says of itself.
      allow: keys of the config that may differ, see `config.allowed`.

    Raises:
      CheckpointError: config or data are not the checkpoint's; names every key.
    """
    conflicts = config_.resume_conflicts(config_of(about), plan.config, allow)
    others = other_data(about["data"], plan.about["data"], plan.config.model.conditional)
    conflicts += [f"data: {line}" for line in others]
    if conflicts:
        advice = f"{workdir} holds another run: change these back, or choose another --workdir"
        if others:
            advice += f"; with --init={workdir} that one starts from these weights"
        raise CheckpointError("\n".join([*conflicts, advice]))
    return algorithms.abstract(plan.algorithm)


def describe(plan: Plan, workdir: Path) -> str:
    """What the run is, in a few lines for people."""
    players, titles = algorithms.abstract(plan.algorithm).players, plan.algorithm.titles
    sizes = {
        titles.get(name, name): sum(leaf.size for leaf in jax.tree.leaves(players[name].params))
        for name in (titles or players)
    }
    largest = max(dataset.size for dataset in plan.streams.values())
    lines = {
        **streams_.describe(plan.config, plan.streams, plan.kind.unit),
        "parameters": ", ".join(f"{name} {size:,}" for name, size in sizes.items()),
        "steps": f"{plan.total:,} of {plan.batch} real {plan.kind.unit};"
        f" {largest / plan.batch:.1f} steps per epoch",
        **dict(plan.algorithm.summary),
        "quality": _quality(plan),
        "workdir": str(workdir),
    }
    return "\n".join(f"{key + ':':12}{value}" for key, value in lines.items())


def _quality(plan: Plan) -> str:
    """What is measured on the way."""
    if plan.unmeasured:
        return f"not measured: {plan.unmeasured}"
    if not plan.config.quality.every:
        return "not measured: config.quality.every is none"
    return plan.kind.measures(plan.config)
