"""Generated examples against real ones by what a reader reads in both: any kind of data, any condition.

Both sides have the same conditions: generated examples are asked for those of the real ones they are compared
with, in their joint distribution and always in the same order.
"""

import contextlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cwgan_jax import data
from cwgan_jax.algorithms import Request, generation
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset, conditions
from cwgan_jax.data.conditions import Schema
from cwgan_jax.evaluation import figures as of_images
from cwgan_jax.evaluation import measure
from cwgan_jax.evaluation.reader import Reader, Reading
from cwgan_jax.metrics import conditions as of_conditions
from cwgan_jax.metrics import distances, neighbours
from cwgan_jax.metrics.figure import Figure

_PAIRS = 5000  # examples of either side for the kernel distance
_QUERIES = 2000  # examples whose nearest training example is looked for
_QUANTILE = 0.01
_LIKE = 10  # examples with the nearest conditions, of which one is a partner
_JITTER = 1e-3  # of conditions, so that chance decides between equal ones

_DISTANCES = {
    name: of_images.FIGURES[name]
    for name in ("frechet", "kernel", "precision", "recall", "density", "coverage")
}
_DIVERSITY = Figure(
    "diversity at like conditions",
    "near floor",
    f"mean distance of two examples of nearly the same condition, over the real ones'; below"
    f" {measure.ALARM:g} it has collapsed: alarm",
    short="diversity",
)
_COPIES = {
    "nearest": Figure(
        "distance to training examples",
        "near floor",
        "median to the nearest, over held-out ones'; 0: copies",
    ),
    "copies": of_images.FIGURES["copies"],
}


class Reference(NamedTuple):
    """Real training examples, read once, that everything is measured against.

    Attributes:
      reader: what reads.
      known: f32[K, C], the conditions of all of them.
      chosen: i32[M], which ones were read, in random order.
      features: f32[M, F], of these.
      moments: of the features of the first 10,000.
    """

    reader: Reader
    known: np.ndarray
    chosen: np.ndarray
    features: np.ndarray
    moments: distances.Moments

    @property
    def sample(self) -> np.ndarray:
        """f32[<= 10,000, F], the features that are compared with."""
        return self.features[: measure.SAMPLE]


class Set(NamedTuple):
    """Examples to be measured.

    Attributes:
      example: stored, [N, ...].
      condition: f32[N, C], what they were made for, or have; of a generator that sees none what the real ones
        beside them have.
      asked: whether they were made for it, or have it.
      reading: the reader's; None: there is no reader, since there are no conditions.
    """

    example: np.ndarray
    condition: np.ndarray
    asked: bool
    reading: Reading | None


def figures(schema: Schema, *, features: bool = True) -> dict[str, Figure]:
    """The figures there are of examples with such conditions.

    Args:
      schema: of the conditions; nothing without any.
      features: whether examples are also compared by the reader's features.
    """
    if not schema:
        return {}
    of_features = {**_DISTANCES, "diversity": _DIVERSITY, **_COPIES} if features else {}
    return {**of_conditions.figures(schema), **of_features}


def reference(reader: Reader, train: Dataset, count: int = measure.SAMPLE) -> Reference:
    """Reads `count` training examples, or all if there are fewer, chosen at random, always the same ones."""
    chosen = order(train.size, min(count, train.size))
    features = reader.read(train.example, chosen).features
    moments = distances.moments(features[: measure.SAMPLE])
    known = conditions.vectors(train.schema, train.condition)
    return Reference(reader, known, chosen, features, moments)


def order(size: int, count: int) -> np.ndarray:
    """Which of `size` real examples lend their conditions to `count` generated ones, i32[count].

    In random order, always the same one; each once before any comes again.
    """
    return data.indices(0, 0, 1, size, count)[0]


def real(dataset: Dataset, count: int, reader: Reader | None) -> Set:
    """`count` real examples, or all if there are fewer, in `order`."""
    chosen = order(dataset.size, min(count, dataset.size))
    example = np.asarray(dataset.example[chosen])
    condition = conditions.vectors(dataset.schema, dataset.condition[chosen])
    return Set(example, condition, True, reader.read(example) if reader else None)


def generated(
    draw: Callable[[Request], np.ndarray],
    config: Config,
    dataset: Dataset,
    *,
    seed: int,
    count: int,
    reader: Reader | None,
) -> Set:
    """Draws examples for the conditions of real ones, and reads them.

    Args:
      draw: the generator, to stored examples [N, ...].
      config: of its run.
      dataset: the real examples.
      seed: of the latents.
      count: N.
      reader: what reads; None: nothing does.
    """
    dtype, asked = np.dtype(config.model.dtype), config.model.conditional
    condition = conditions.vectors(dataset.schema, dataset.condition[order(dataset.size, count)])
    latent = generation.latents(seed, 0, count, size=config.model.latent, dtype=dtype)
    example = draw(Request(latent, condition.astype(dtype) if asked else np.zeros((count, 0), dtype)))
    return Set(example, condition, asked and condition.shape[1] > 0, reader.read(example) if reader else None)


def errors(reference: Reference, examples: Set) -> dict[str, float]:
    """What is read against what was asked for, see `metrics.conditions.values`; nothing where nothing was."""
    if not examples.asked or examples.reading is None:
        return {}
    unseen = of_conditions.unseen(reference.reader.schema, reference.known, examples.condition)
    return of_conditions.values(
        reference.reader.schema, examples.condition, examples.reading.condition, unseen
    )


def light(reference: Reference, examples: Set, like: Set) -> dict[str, float]:
    """What can be measured often: `errors`, the Frechet distance, and the diversity beside real examples.

    Args:
      reference: real training examples.
      examples: of at least two.
      like: real ones whose conditions they have, in the same order.
    """
    values = errors(reference, examples)
    assert examples.reading is not None
    features = examples.reading.features
    values["frechet"] = distances.frechet_of(distances.moments(features), reference.moments)
    return values | {"diversity": diversity(examples, like)}


def measured(reference: Reference, examples: Set, held_out: Set) -> dict[str, float]:
    """Every figure of `figures` that can be computed, for one set of examples.

    Those that depend on the number of examples are of as many as there are held-out ones, so that the floor
    is one.

    Args:
      reference: real training examples; all of them, so that copies are found.
      examples: those to be measured; `held_out` itself for the floor.
      held_out: real examples that no network was trained on, in `order`.
    """
    assert examples.reading is not None
    assert held_out.reading is not None
    features = examples.reading.features[: len(held_out.example)]
    values = light(reference, examples, held_out)
    values["frechet"] = distances.frechet_of(distances.moments(features), reference.moments)
    values["kernel"] = distances.kernel(features[:_PAIRS], reference.sample[:_PAIRS])
    values |= neighbours.prdc(reference.sample, features)._asdict()
    if examples is held_out:
        return values | {"nearest": 1.0, "copies": _QUANTILE}
    with contextlib.suppress(ValueError):  # half of the held-out examples are training examples themselves
        near = neighbours.memorised(
            examples.reading.features[:_QUERIES],
            reference.features,
            held_out.reading.features[:_QUERIES],
            quantile=_QUANTILE,
        )
        values |= {"nearest": near.ratio, "copies": near.copies}
    return values


def diversity(examples: Set, like: Set) -> float:
    """How far examples of nearly the same condition lie apart, over the real ones'; nan where these do not.

    The same pairs on both sides: two numbers in their common order whose conditions are close.
    """
    assert examples.reading is not None
    assert like.reading is not None
    count = min(len(examples.example), len(like.example))
    pair = partners(like.condition[:count])
    ours, real = (x.reading.features[:count].astype(np.float64) for x in (examples, like) if x.reading)
    apart, usual = (np.linalg.norm(x - x[pair], axis=1).mean() for x in (ours, real))
    return float(apart / usual) if usual > 0 else float("nan")


def partners(condition: np.ndarray) -> np.ndarray:
    """For each of N >= 2 conditions f[N, C] another one that is close to it, i[N]: one of the ten closest."""
    from sklearn.neighbors import NearestNeighbors

    draw, count = np.random.default_rng(0), len(condition)
    spread = condition + _JITTER * draw.standard_normal(condition.shape)
    near = min(_LIKE + 1, count)
    index = NearestNeighbors(n_neighbors=near).fit(spread).kneighbors(spread, return_distance=False)
    return np.asarray(index[np.arange(count), draw.integers(1, near, count)])  # the nearest is itself
