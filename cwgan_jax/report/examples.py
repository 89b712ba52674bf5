"""The quality of a checkpoint that makes examples of any kind, for any condition, against real ones."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax import config as config_
from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.common.progress import Progress
from cwgan_jax.data import Dataset
from cwgan_jax.evaluation import breakdown, condition_monitor, conditioned, measure, usefulness
from cwgan_jax.evaluation.conditioned import Reference, Set
from cwgan_jax.evaluation.reader import reader
from cwgan_jax.kinds import KINDS
from cwgan_jax.metrics.figure import Figure, summary
from cwgan_jax.report.checkpoints import Measured
from cwgan_jax.report.page import Section
from cwgan_jax.sampling import load

_LEAST = 10  # examples of either split
_FEW = 100  # held-out examples, below which all figures of them are rough
_READ = 100_000  # training examples, for those near to generated ones
_WEAK = {"agreement": 0.9, "exact": 0.8, "r2": 0.8}  # of held-out real examples, below which a reader is weak


class Own(NamedTuple):
    """What a kind of data has beside the figures of conditions.

    Attributes:
      figures: by name.
      values: (training split, test split, generated examples) -> their values.
      floor: (training split, test split) -> the same of real examples.
      sections: (real, generated sets) -> sections of the page.
      features: whether examples are also compared by the reader's features.
      transfer: whether readers are trained on generated examples; else the kind has such figures of its own.
    """

    figures: Mapping[str, Figure]
    values: Callable[[Dataset, Dataset, Set], dict[str, float]]
    floor: Callable[[Dataset, Dataset], dict[str, float]]
    sections: Callable[["Real", Sequence[Set]], list[Section]]
    features: bool = True
    transfer: bool = True


NOTHING = Own({}, lambda train, test, examples: {}, lambda train, test: {}, lambda real, sets: [])
"""Of a kind without figures of its own."""


class Real(NamedTuple):
    """The real examples of a run's data.

    Attributes:
      train: the training split.
      test: the held-out split.
      own: what the kind of data has of its own.
      reference: training examples, read; None: without conditions nothing is read.
      held_out: test examples, read.
      floor: the figures of these, as if they had been generated.
    """

    train: Dataset
    test: Dataset
    own: Own
    reference: Reference | None
    held_out: Set
    floor: dict[str, float]


def real(section: config_.Data, count: int, own: Own, check: Callable[[Dataset], None]) -> Real:
    """Loads and reads both splits, after training a reader if there is none yet.

    Args:
      section: where they are.
      count: held-out examples at the most.
      own: what the kind of data has of its own.
      check: called with the training split before anything is computed; may raise.

    Raises:
      DataError: a split is missing, broken or too small, or there is nothing to measure them by.
    """
    train, test = (data.load(section, split) for split in ("train", "test"))
    check(train)
    kind = KINDS[train.kind]
    if min(train.size, test.size) < _LEAST:
        raise DataError(
            f"{section.name}: {train.size} training and {test.size} test {kind.unit} are too few to measure"
            f" anything; at least {_LEAST} of both are needed"
        )
    unreadable = condition_monitor.unreadable(train, kind.unit)
    if unreadable and not own.figures:
        raise DataError(f"{section.name}: {unreadable}")
    made = None
    if not unreadable:
        with Progress(f"reader of real {kind.unit}", unit="step") as progress:
            made = reader(train, kind.codec, progress)
    reference = conditioned.reference(made, train, _READ) if made else None
    held_out = conditioned.real(test, count, made)
    floor = own.floor(train, test)
    if reference:
        floor |= _values(reference, held_out, held_out, own.features)
    return Real(train, test, own, reference, held_out, floor)


def measured(
    model: load.Model, real: Real, *, count: int, seeds: Sequence[int], truncation: float = 1.0
) -> Measured:
    """Draws `count` examples for each seed, under the conditions of held-out real ones, and measures them.

    Args:
      model: the checkpoint.
      real: the real examples.
      count: N.
      seeds: of the latents; a set of examples each.
      truncation: psi, see `algorithms.generation.generate`; 1: none.
    """
    own, reference = real.own, real.reference
    draw = functools.partial(model.draw, truncation=truncation)
    sets: list[Set] = []
    values = []
    with Progress(f"step {model.step}", unit="set") as progress:
        for i, seed in enumerate(seeds):
            made = conditioned.generated(
                draw,
                model.config,
                real.test,
                seed=seed,
                count=count,
                reader=reference.reader if reference else None,
            )
            value = own.values(real.train, real.test, made)
            if reference:
                value |= _values(reference, made, real.held_out, own.features)
            sets.append(made)
            values.append(value)
            progress(i + 1, len(seeds))
    named = {**own.figures}
    if reference:
        named = conditioned.figures(reference.reader.schema, features=own.features) | named
    quality: dict[str, Any] = {
        "step": model.step,
        "unit": KINDS[real.train.kind].unit,
        "recipe": _recipe(model, real, count, seeds, truncation),
        "metrics": summary(named, values, real.floor, count),
        "alarms": _alarms(real, values),
        "cautions": _cautions(real),
    }
    if reference and sets[0].asked:
        quality["parts"] = breakdown.of_parts(reference, pooled(sets), real.held_out)
        quality["combinations"] = breakdown.combinations(reference, pooled(sets), real.held_out)
    return Measured(quality, sets)


def useful(measured: Measured, real: Real) -> dict[str, Any]:
    """What the examples are worth to a reader of real ones, see `usefulness.transfer`; empty without one."""
    if real.reference is None or not (measured.sets[0].asked and real.own.transfer):
        return {}
    unit = KINDS[real.train.kind].unit
    with Progress(f"readers of generated and real {unit}", unit="step") as progress:
        codec = KINDS[real.train.kind].codec
        return {
            "transfer": usefulness.transfer(pooled(measured.sets), real.train, real.test, codec, progress)
        }


def pooled(sets: Sequence[Set]) -> Set:
    """All sets as one."""
    if len(sets) == 1:
        return sets[0]
    readings = [x.reading for x in sets if x.reading]
    reading = None
    if readings:
        reading = type(readings[0])(*(np.concatenate(x) for x in zip(*readings, strict=True)))
    example, condition = (np.concatenate([x[i] for x in sets]) for i in range(2))
    return Set(example, condition, sets[0].asked, reading)


def _values(reference: Reference, examples: Set, held_out: Set, features: bool) -> dict[str, float]:
    if features:
        return conditioned.measured(reference, examples, held_out)
    return conditioned.errors(reference, examples)


def _alarms(real: Real, values: Sequence[dict[str, float]]) -> list[str]:
    """What is wrong with generated examples."""
    lines, unit = [], KINDS[real.train.kind].unit
    diversity, near = (np.median([x.get(name, 1.0) for x in values]) for name in ("diversity", "nearest"))
    if diversity < measure.ALARM:
        lines.append(
            f"collapse: {unit} of nearly the same condition are {diversity:.2f} times as far apart as real"
            " ones"
        )
    if near < measure.ALARM:
        lines.append(f"copies: {near:.2f} times as far from training {unit} as held-out real ones are")
    return lines


def _cautions(real: Real) -> list[str]:
    """Which figures are not to be relied on with these data and this reader."""
    lines, unit = [], KINDS[real.train.kind].unit
    weak = [
        f"{name} {value:.2f}"
        for name, value in real.floor.items()
        for start, least in _WEAK.items()
        if name.partition("_")[0] == start and not name.endswith("_unseen") and value < least
    ]
    if weak:
        lines.append(
            f"weak reader: of held-out real {unit} it has {', '.join(weak)}; read what it says of generated"
            " ones only beside that"
        )
    if len(real.held_out.example) < _FEW:
        lines.append(
            f"few real {unit}: {len(real.held_out.example)} held-out ones; every figure of real {unit} is"
            " rough"
        )
    return lines


def _recipe(
    model: load.Model, real: Real, count: int, seeds: Sequence[int], truncation: float
) -> dict[str, str]:
    unit, held_out, asked = KINDS[real.train.kind].unit, real.held_out, model.config.model.conditional
    facts = {
        f"generated {unit}": f"{count:,} for each of the seeds {', '.join(map(str, seeds))}; the median of"
        " these, with the least and the most",
        "truncation": "none" if truncation == 1 else f"psi {truncation:g}",
        "conditions": f"those of the {real.test.size:,} held-out real {unit}" if asked else "none",
        "floor": f"the same figures for {len(held_out.example):,} held-out real {unit}",
    }
    if real.reference:
        facts |= {
            "reader": f"network {real.reference.reader.name}, trained on the {real.train.size:,} real"
            f" training {unit} to read their conditions",
            "features": f"the {real.reference.features.shape[1]} numbers before the reader's last layer",
        }
    return facts
