"""What the calls of a run take from the data."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cwgan_jax import data
from cwgan_jax.parallel import Runner, stacked
from cwgan_jax.training.plan import Plan


def inputs(
    plans: Sequence[Plan], runner: Runner, ranges: list[range]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """For each call its last step, and what it takes from each stream: indices, or the examples.

    Those of several plans are `parallel.stacked`.
    """
    every = [_of_one(plan, runner, ranges) for plan in plans]
    for same in zip(*every, strict=True):
        yield same[0][0], stacked([each for _, each in same])


def _of_one(plan: Plan, runner: Runner, ranges: list[range]) -> Iterator[tuple[int, dict[str, Any]]]:
    for calls in ranges:
        streams = [
            _stream(plan, number, name, runner, calls) for number, name in enumerate(plan.algorithm.inputs)
        ]
        for n, *each in zip(calls, *streams, strict=True):
            yield n + calls.step, dict(zip(plan.algorithm.inputs, each, strict=True))


def _stream(plan: Plan, number: int, name: str, runner: Runner, calls: range) -> Iterator[Any]:
    """What the calls take from one stream."""
    seed, dataset, batch = plan.config.seed, plan.streams[name], plan.config.train.batch_size
    rounds = plan.algorithm.inputs[name]
    count = calls.step * rounds
    if isinstance(dataset.image, np.ndarray):
        return (dataset.choose(seed, n * rounds, count, batch, number) for n in calls)
    return data.batches(
        dataset.image,
        seed,
        first=calls.start * rounds,
        stop=calls.stop * rounds,
        count=count,
        batch=batch,
        share=runner.share,
        stream=number,
        choose=dataset.choose,
    )
