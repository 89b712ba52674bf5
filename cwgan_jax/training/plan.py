"""What a run is about to do: its data, networks and counts, worked out before anything is computed."""

import dataclasses
import functools
import math
from collections.abc import Collection, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import jax

from cwgan_jax import config as config_
from cwgan_jax import data
from cwgan_jax.algorithms import step
from cwgan_jax.common import packages
from cwgan_jax.common.errors import CheckpointError, ConfigError
from cwgan_jax.config import Config
from cwgan_jax.config.rules import POINTS
from cwgan_jax.data.changes import other_data
from cwgan_jax.networks import Networks, build
from cwgan_jax.objectives import losses

_MOST_STEPS = 2**31 - 1  # the state counts them in 32 bits
_JUDGED = 100  # training images
_ACCELERATOR_STEPS = 20  # steps per call there: enough to hide the host, few enough to stop quickly


class Plan(NamedTuple):
    """A run, resolved.

    Attributes:
      config: the config.
      dataset: the training split.
      networks: generator and critic for its image shape and classes.
      batch: images per generator update: B, or K B in the paper schedule.
      total: the last step.
      about: what its checkpoints say of it: enough to rebuild the model without the data.
      unmeasured: why its pictures cannot be measured though the config asks for it; empty: they can.
    """

    config: Config
    dataset: data.Dataset
    networks: Networks
    batch: int
    total: int
    about: dict[str, Any]
    unmeasured: str = ""

    @property
    def points(self) -> bool:
        """Whether the data are points instead of images."""
        return self.config.data.name in POINTS


def make(config: Config, dataset: data.Dataset | None = None) -> Plan:
    """Loads the training split, unless it is given, and builds the networks; ConfigError or DataError."""
    dataset = dataset or data.load(config.data, "train")
    count = len(dataset.label)
    tutorial = config.objective.schedule == "tutorial"
    batch = config.train.batch_size * (1 if tutorial else config.objective.critic_updates)
    if count < 2:
        raise ConfigError("data: one training image is too few for a batch; give at least two")
    if config.train.batch_size > count:
        raise ConfigError(
            f"config.train.batch_size={config.train.batch_size}: there are only {count} training images;"
            " it may be at most that"
        )
    total = config.train.steps or steps_in(config.train.epochs, count, batch)
    if total > _MOST_STEPS:
        steps = config.train.epochs * count / batch
        raise ConfigError(
            f"config.train.epochs={config.train.epochs}: that is {steps:.3g} steps, allowed are {_MOST_STEPS}"
        )
    decay = config.optimizer.decay_steps
    if decay is not None and decay < total:
        raise ConfigError(
            f"config.optimizer.decay_steps={decay}: the learning rates would be zero from there on; it must"
            f" be none, or at least the number of steps, {total}"
        )
    if not dataset.resident:
        given = f"config.data.resident_mib={config.data.resident_mib}: streaming from disk"
        packages.need("grain", "grain", given, "raise it to the size of the data")
    networks = build(config.model, dataset.image.shape[1:], len(dataset.class_names))
    unmeasured = ""
    if config.quality.every and config.data.name not in POINTS:
        config, unmeasured = _measurable(config, dataset, networks)
    described = about(config, dataset.image.shape[1:], dataset.class_names, data.fingerprint(dataset))
    return Plan(config, dataset, networks, batch, total, described, unmeasured)


def steps_in(epochs: float, images: int, batch: int) -> int:
    """How many steps of `batch` images so many passes over the data take, the last one counted whole.

    Exactly, of the number as it is written: 2.2 are 11/5, and not the float's 2.200000000000000177.
    """
    return math.ceil(Fraction(repr(float(epochs))) * images / batch)


def _measurable(config: Config, dataset: data.Dataset, networks: Networks) -> tuple[Config, str]:
    """The config as far as these data can be measured, and why they cannot be at all.

    Raises:
      ConfigError: the best checkpoint is to be chosen by a figure that there is not.
    """
    quality, count = config.quality, len(dataset.label)
    if quality.best == "agreement" and not networks.classes:
        raise ConfigError(
            "config.quality.best=agreement: the model is unconditional, no class is asked for; use frechet"
        )
    why = ""
    if len(dataset.class_names) < 2:
        why = "the judge of pictures needs at least two classes, the data have one"
    elif count < _JUDGED:
        why = f"{count} training images are too few for a judge of pictures, it needs {_JUDGED}"
    every = None if why else quality.every
    samples = max(quality.samples, networks.classes)  # at least one image of each class
    return dataclasses.replace(
        config, quality=dataclasses.replace(quality, every=every, samples=samples)
    ), why


def about(
    config: Config,
    image_shape: tuple[int, int, int],
    class_names: Sequence[str],
    fingerprint: data.Fingerprint | None,
) -> dict[str, Any]:
    """What a checkpoint says of itself; weights from elsewhere have no fingerprint of their data."""
    prints = list(fingerprint) if fingerprint else None
    names = list(class_names)
    described: dict[str, Any] = {
        "image_shape": list(image_shape),
        "class_names": names,
        "fingerprint": prints,
    }
    return {"config": config_.to_dict(config), "data": described}


def steps_per_call(plan: Plan, first: int) -> int:
    """T: the config's, or as many as suit the backend, lowered to divide every interval that ends in the run.

    1 where there is no room for a call of T steps, from one of its multiples to the next, between `first`
    and the last step.
    """
    train = plan.config.train
    most = train.steps_per_call or (1 if jax.default_backend() == "cpu" else _ACCELERATOR_STEPS)
    intervals = train.log_every, train.sample_every, train.checkpoint_every, plan.config.quality.every
    common = math.gcd(*(every for every in intervals if every and every < plan.total))  # 0 of none
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


def abstract_state(config: Config, networks: Networks) -> step.State:
    """Shapes and dtypes of the state, without computing it."""
    return jax.eval_shape(functools.partial(step.init, config, networks))


def rebuild(about: dict[str, Any]) -> tuple[Config, Networks]:
    """Config and networks of a checkpoint, from what it says of itself."""
    config = config_.from_dict(about["config"])
    described = about["data"]
    return config, build(config.model, tuple(described["image_shape"]), len(described["class_names"]))


def accept(plan: Plan, workdir: Path, found: dict[str, Any], allow: Collection[str] = ()) -> step.State:
    """The template for a checkpoint to resume from, if it is one of this run.

    Args:
      plan: the run.
      workdir: its folder, for messages.
      found: what the checkpoint says of itself.
      allow: keys of the config that may differ, see `config.allowed`.

    Raises:
      CheckpointError: config or data are not the checkpoint's; names every key.
    """
    conflicts = config_.resume_conflicts(config_.from_dict(found["config"]), plan.config, allow)
    others = other_data(found["data"], plan.about["data"], plan.networks.classes)
    conflicts += [f"data: {line}" for line in others]
    if conflicts:
        advice = f"{workdir} holds another run: change these back, or choose another --workdir"
        if others:
            advice += f"; with --init={workdir} that one starts from these weights"
        raise CheckpointError("\n".join([*conflicts, advice]))
    return abstract_state(plan.config, plan.networks)


def describe(plan: Plan, workdir: Path) -> str:
    """What the run is, in a few lines for people."""
    state = abstract_state(plan.config, plan.networks)
    critic = losses.name_of(plan.config.objective.loss)
    sizes = {
        name: sum(leaf.size for leaf in jax.tree.leaves(tree))
        for name, tree in (("generator", state.generator), (critic, state.critic))
    }
    height, width, channels = plan.dataset.image.shape[1:]
    count, name = len(plan.dataset.label), plan.config.data.name
    lines = {
        "data": f"{name}: {count:,} training images {height}x{width}x{channels},"
        f" {len(plan.dataset.class_names)} classes",
        **dict(plan.dataset.summary),
        "parameters": ", ".join(f"{name} {size:,}" for name, size in sizes.items()),
        "steps": f"{plan.total:,} generator updates of {plan.batch} real images,"
        f" {plan.config.objective.critic_updates} {critic} updates each;"
        f" {count / plan.batch:.1f} steps per epoch",
        "quality": _quality(plan),
        "workdir": str(workdir),
    }
    return "\n".join(f"{key + ':':12}{value}" for key, value in lines.items())


def _quality(plan: Plan) -> str:
    """What is measured on the way."""
    quality = plan.config.quality
    if plan.unmeasured:
        return f"not measured: {plan.unmeasured}"
    if not quality.every:
        return "not measured: config.quality.every is none"
    if plan.points:
        return f"measured every {quality.every} steps"
    return f"{quality.samples:,} images every {quality.every} steps; the best checkpoint by {quality.best}"
