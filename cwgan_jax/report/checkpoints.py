"""The quality of a checkpoint that makes images, measured against real ones."""

import datetime
import functools
import platform
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import flax
import jax
import numpy as np
import optax
import scipy

import cwgan_jax
from cwgan_jax import config as config_
from cwgan_jax import data
from cwgan_jax.common.errors import CheckpointError, DataError
from cwgan_jax.common.progress import Progress
from cwgan_jax.data.changes import other_data
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation import figures, measure, notices, stacked_judge, usefulness
from cwgan_jax.evaluation.measure import Reference, Set
from cwgan_jax.kinds import KINDS
from cwgan_jax.metrics import labels
from cwgan_jax.metrics.figure import summary
from cwgan_jax.sampling import load

_LEAST = 10  # images of either split
_TRAINING_IMAGES = 100_000  # read at the most, for those near to generated ones


class Real(NamedTuple):
    """The real images of a run's data.

    Attributes:
      train: the training split.
      test: the held-out split.
      reference: training images, read.
      held_out: test images, read.
      floor: the figures of these, as if they had been generated.
      noise: the precision of noise, see `notices.noise_precision`.
    """

    train: data.Dataset
    test: data.Dataset
    reference: Reference
    held_out: Set
    floor: dict[str, float]
    noise: float


class Measured(NamedTuple):
    """One checkpoint, measured.

    Attributes:
      quality: an entry of the file of figures.
      sets: the generated examples, one set for each seed: of images a `Set`.
    """

    quality: dict[str, Any]
    sets: Sequence[Any]


def real(
    section: config_.Data, count: int, check: Callable[[data.Dataset], None] = lambda train: None
) -> Real:
    """Loads and reads both splits, after training a judge if there is none yet.

    Args:
      section: where they are.
      count: held-out images at the most.
      check: called with the training split before anything is computed; may raise.

    Raises:
      DataError: a split is missing, broken or too small, or the data are not images.
    """
    train, test = (data.load(section, split) for split in ("train", "test"))
    kind = KINDS[train.kind]
    if kind.codec is not PIXELS:
        raise DataError(f"{section.name} are {kind.unit}: the judge reads images only")
    check(train)
    if len(train.class_names) < 2:
        raise DataError(f"{section.name}: the judge needs at least two classes, the data have one")
    if min(len(train.label), len(test.label)) < _LEAST:
        raise DataError(
            f"{section.name}: {len(train.label)} training and {len(test.label)} test images are too few to"
            f" measure anything; at least {_LEAST} of both are needed"
        )
    with Progress("judge of real images", unit="step") as progress:
        judge = stacked_judge.judge(section, train, progress)
    reference = measure.reference(judge, train, _TRAINING_IMAGES)
    some = np.sort(data.indices(0, 0, 1, len(test.label), min(count, len(test.label)))[0])
    image = np.asarray(test.image[some])
    held_out = Set(image, test.label[some], judge.read(image))
    return read(train, test, reference, held_out)


def read(train: data.Dataset, test: data.Dataset, reference: Reference, held_out: Set) -> Real:
    """Both splits with the figures of the held-out images, and of noise."""
    floor = figures.figures(reference, held_out, held_out)
    return Real(train, test, reference, held_out, floor, notices.noise_precision(reference, held_out))


def check_same(model: load.Model, train: data.Dataset) -> None:
    """Raises CheckpointError if a checkpoint was trained on other data than these."""
    others = other_data(model.data, data.described(train), model.config.model.conditional)
    if others:
        raise CheckpointError(f"{'; '.join(others)}; point --data_dir to the data that it was trained on")


def measured(
    model: load.Model, real: Real, *, count: int, seeds: Sequence[int], truncation: float = 1.0
) -> Measured:
    """Draws `count` images for each seed and measures them.

    Args:
      model: the checkpoint.
      real: the real images.
      count: N.
      seeds: of the latents; a set of images each.
      truncation: psi, see `algorithms.generation.generate`; 1: none.
    """
    with Progress(f"step {model.step}", unit="set") as progress:
        sets, values = [], []
        for i, seed in enumerate(seeds):
            sets.append(_generated(model, real, seed, count, truncation))
            values.append(figures.figures(real.reference, sets[-1], real.held_out))
            progress(i + 1, len(seeds))
    pooled = _pooled(sets)
    reference, classes = real.reference, real.reference.judge.classes
    quality: dict[str, Any] = {
        "step": model.step,
        "class_names": list(reference.class_names),
        "recipe": _recipe(model, real, count, seeds, truncation),
        "metrics": summary(figures.FIGURES, values, real.floor, count),
        "per_class": figures.by_class(reference, pooled),
        "alarms": notices.alarms(reference, real.held_out, pooled, values),
        "cautions": notices.cautions(reference, real.held_out, real.floor, real.noise),
    }
    if pooled.target is not None:
        quality["confusion"] = labels.confusion(pooled.target, pooled.reading.label, classes).tolist()
    return Measured(quality, sets)


def useful(measured: Measured, real: Real) -> dict[str, Any]:
    """What the images are worth to a classifier, see `usefulness`; empty without labels."""
    pooled = _pooled(measured.sets)
    if pooled.target is None or isinstance(real.reference.judge, stacked_judge.StackedJudge):
        return {}
    with Progress("classifiers of generated and real images", unit="step") as progress:
        train = usefulness.gan_train(pooled, real.train, real.test, progress)
    with Progress("classifiers of few real images", unit="step") as progress:
        rows = usefulness.augmentation(measured.sets[0], real.train, real.test, progress)
    return {"gan_train": train, "augmentation": rows}


def versions() -> dict[str, str]:
    """Date, machine and versions of the packages that the figures depend on."""
    import sklearn  # slow

    # Not importlib.metadata, which knows nothing of a tree that is not installed.
    modules = (jax, flax, optax, np, scipy, sklearn, cwgan_jax)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {jax.devices()[0].device_kind}",
        "python": platform.python_version(),
    } | {module.__name__.replace("sklearn", "scikit-learn"): module.__version__ for module in modules}


def _generated(model: load.Model, real: Real, seed: int, count: int, truncation: float) -> Set:
    return measure.generated(
        functools.partial(model.draw, truncation=truncation),
        latent=(model.config.model.latent, model.dtype),
        conditional=model.config.model.conditional,
        seed=seed,
        share=real.reference.share,
        count=count,
        judge=real.reference.judge,
    )


def _pooled(sets: Sequence[Set]) -> Set:
    """All sets as one."""
    if len(sets) == 1:
        return sets[0]
    target = None if sets[0].target is None else np.concatenate([x.target for x in sets])
    reading = type(sets[0].reading)(
        *(np.concatenate(x) for x in zip(*(s.reading for s in sets), strict=True))
    )
    return Set(np.concatenate([x.image for x in sets]), target, reading)


def _recipe(
    model: load.Model, real: Real, count: int, seeds: Sequence[int], truncation: float
) -> dict[str, str]:
    held_out, reference = real.held_out, real.reference
    train, right = len(real.train.label), (held_out.reading.label == held_out.target).mean()
    size = len(reference.sample)
    return {
        "generated images": f"{count:,} for each of the seeds {', '.join(map(str, seeds))}; the median of"
        " these, with the least and the most",
        "truncation": "none" if truncation == 1 else f"psi {truncation:g}",
        "labels": "in the proportions of the training images" if model.config.model.conditional else "none",
        "judge": f"classifier {reference.judge.name}, trained on the {train:,} real training images; on"
        f" {len(held_out.image):,} held-out real ones it is right in {right:.2%}",
        "features": f"the {held_out.reading.features.shape[1]} numbers before the judge's last layer",
        "compared with": f"{size:,} real training images; copies are looked for in {len(reference.chosen):,}",
        "noise": f"held-out images with their pixels in random order, or with random phases; precision"
        f" {real.noise:.2g}",
        "floor": f"the same figures for {len(held_out.image):,} held-out real images; figures that depend on"
        f" their number are of {min(count, len(held_out.image)):,} generated ones too",
    }
