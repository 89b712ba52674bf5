"""How evaluate.py measures the checkpoints of each kind of data."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cwgan_jax import config as config_
from cwgan_jax import data
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data.sets import mixtures
from cwgan_jax.evaluation import usefulness
from cwgan_jax.kinds import fields as of_fields
from cwgan_jax.kinds import points
from cwgan_jax.kinds import volumes as of_volumes
from cwgan_jax.metrics import fields, signals
from cwgan_jax.metrics.figure import summary
from cwgan_jax.metrics.mixtures import FIGURES, figures
from cwgan_jax.pictures.numbers import lines
from cwgan_jax.report import checkpoints, contents, example_contents, examples
from cwgan_jax.report.checkpoints import Measured, Real
from cwgan_jax.report.examples import Own
from cwgan_jax.report.page import Content
from cwgan_jax.report.views import numbers as view
from cwgan_jax.report.views import rows as view_of_rows
from cwgan_jax.sampling import load


class Options(NamedTuple):
    """What to measure, and how.

    Attributes:
      step: newest, best, all or a number.
      samples: N, examples for each seed.
      seeds: of the latents.
      data_dir: in place of config.data.dir; None: as the checkpoint has it.
      usefulness: whether to train classifiers on generated images.
      truncation: psi of the latents, or of the styles; 1: none.
      out: folder to write to, in place of the run's.
      overwrite: whether what was measured in the same way before is replaced.
    """

    step: str
    samples: int
    seeds: Sequence[int]
    data_dir: str | None
    usefulness: bool
    truncation: float = 1.0
    out: Path | None = None
    overwrite: bool = False


class Evaluator(NamedTuple):
    """How the checkpoints of a kind of data are measured.

    To add one, write its functions and one line of `EVALUATORS`.

    Attributes:
      reference: (model, section, options) -> the real examples that generated ones are compared with, for all
        checkpoints with this section `config.data`. Raises DataError or ConfigError, and CheckpointError if
        the model was trained on other data.
      check: (model, reference) -> raises CheckpointError if the model was trained on other data.
      measure: (model, reference, options) -> the figures, and the generated examples.
      content: (folder of the run, model, result of `measure`, reference) -> what the page shows; None: there
        is no page.
    """

    reference: Callable[[load.Model, config_.Data, Options], Any]
    check: Callable[[load.Model, Any], None]
    measure: Callable[[load.Model, Any, Options], Measured]
    content: Callable[[Path, load.Model, Measured, Any], Content] | None = None


def _real_images(model: load.Model, section: config_.Data, options: Options) -> Real:
    return checkpoints.real(section, options.samples, lambda train: checkpoints.check_same(model, train))


def _measure_images(model: load.Model, real: Real, options: Options) -> Measured:
    measured = checkpoints.measured(
        model, real, count=options.samples, seeds=options.seeds, truncation=options.truncation
    )
    if options.usefulness:
        measured.quality["usefulness"] = checkpoints.useful(measured, real)
        measured.quality["metrics"] |= usefulness.metrics(measured.quality["usefulness"])
    return measured


_JUDGED = Evaluator(
    _real_images,
    lambda model, real: checkpoints.check_same(model, real.train),
    _measure_images,
    contents.content,
)
"""Of images with a class each, and nothing else."""


def general(own: Callable[[], Own]) -> Evaluator:
    """How examples of a kind are measured by what a reader reads, and by the kind's own figures.

    Args:
      own: () -> what the kind has of its own.
    """

    def reference(model: load.Model, section: config_.Data, options: Options) -> examples.Real:
        check = functools.partial(checkpoints.check_same, model)
        return examples.real(section, options.samples, own(), check)

    def measure(model: load.Model, real: examples.Real, options: Options) -> Measured:
        measured = examples.measured(
            model, real, count=options.samples, seeds=options.seeds, truncation=options.truncation
        )
        if options.usefulness:
            useful = examples.useful(measured, real)
            measured.quality["usefulness"] = useful
            measured.quality["metrics"] |= usefulness.transfer_metrics(useful, real.train.schema)
        return measured

    return Evaluator(
        reference,
        lambda model, real: checkpoints.check_same(model, real.train),
        measure,
        example_contents.content,
    )


def by_schema(judged: Evaluator, read: Evaluator) -> Evaluator:
    """One evaluator for examples that have a class each, and nothing else, another one for all others."""

    def chosen(model: load.Model) -> Evaluator:
        return judged if data.class_names(model.data) else read

    def content(workdir: Path, model: load.Model, measured: Measured, real: Any) -> Content:
        made = chosen(model).content
        assert made is not None
        return made(workdir, model, measured, real)

    return Evaluator(
        lambda model, section, options: chosen(model).reference(model, section, options),
        lambda model, real: chosen(model).check(model, real),
        lambda model, real, options: chosen(model).measure(model, real, options),
        content,
    )


def _real_points(model: load.Model, section: config_.Data, options: Options) -> dict[str, float]:
    """The figures of real points, the floor."""
    if options.truncation != 1:
        raise ConfigError(f"--truncation={options.truncation:g}: not for points; leave it out")
    return figures(section.name, mixtures.draw(section.name, "train")[0][: options.samples, 0, 0])


def _measure_points(model: load.Model, floor: dict[str, float], options: Options) -> Measured:
    config, count, seeds = model.config, options.samples, options.seeds
    classes = len(model.class_names)
    sets = [points.generated(model.draw, config, classes, seed=seed, count=count) for seed in seeds]
    values = [figures(config.data.name, each) for each in sets]
    metrics = summary(FIGURES, values, floor, count)
    quality = {"step": model.step, "samples": count, "seeds": list(seeds), "metrics": metrics}
    return Measured(quality, sets)


EVALUATORS: dict[str, Evaluator] = {
    "images": by_schema(_JUDGED, general(lambda: examples.NOTHING)),
    "points": Evaluator(_real_points, lambda model, floor: None, _measure_points),
    "signals": general(lambda: view.own(signals.FIGURES, signals.figures, lines, signals=True)),
    "fields": general(lambda: view.own(fields.FIGURES, fields.figures, of_fields.draw)),
    "volumes": general(lambda: view.own(fields.FIGURES, fields.figures, of_volumes.draw)),
    "tables": general(view_of_rows.own),
}
"""By the kind of data, as `kinds.KINDS`."""
