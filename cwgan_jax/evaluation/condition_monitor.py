"""Quality while training of any kind of data: what a reader reads, beside the kind's own figures."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.common.progress import Progress
from cwgan_jax.data import Dataset
from cwgan_jax.data.codec import Codec
from cwgan_jax.data.conditions import Schema
from cwgan_jax.evaluation import conditioned, measure
from cwgan_jax.evaluation.collapse import Alarm
from cwgan_jax.evaluation.monitor import SEED
from cwgan_jax.evaluation.reader import Reader, reader
from cwgan_jax.evaluation.record import Record
from cwgan_jax.evaluation.run import Run, Watch
from cwgan_jax.metrics.figure import Figure

COLLAPSED = "collapse"  # a kind of alarm
LEAST = 100  # training examples that a reader is trained on
_FEATURES = ("frechet", "diversity")


class Own(NamedTuple):
    """The figures of a kind of data beside those of conditions.

    Attributes:
      figures: by name; the first one is what the best checkpoint is chosen by where nothing else is said.
      values: (examples [N, ...] as generated, the conditions f32[N, C] of as many real ones) -> their values.
      floors: the same of real examples.
    """

    figures: Mapping[str, Figure]
    values: Callable[[np.ndarray, np.ndarray], dict[str, float]]
    floors: Mapping[str, float] = {}


def unreadable(dataset: Dataset, unit: str) -> str:
    """Why no reader can be trained on these examples; nothing if one can.

    Args:
      dataset: the training split.
      unit: what its examples are called.
    """
    if not dataset.schema:
        return f"a reader of {unit} needs conditions, the data have none"
    if dataset.size < LEAST:
        return f"{dataset.size} training {unit} are too few for a reader of conditions, it needs {LEAST}"
    return ""


def figures(schema: Schema, conditional: bool, *, features: bool = True) -> dict[str, Figure]:
    """What the reader measures on the way, by name; first what the best checkpoint is chosen by.

    Args:
      schema: of the conditions.
      conditional: whether the generator sees them.
      features: whether examples are also compared by the reader's features.
    """
    every = conditioned.figures(schema, features=features)
    asked = conditioned.figures(schema, features=False) if conditional else {}
    return {name: every[name] for name in _FEATURES if name in every} | asked


class Monitor:
    """Measures the generator of one run; the figures are a function of the state and of the reader.

    Attributes:
      record: the lines of quality.jsonl, and `best/`.
    """

    def __init__(
        self,
        run: Run,
        workdir: Path,
        first: int,
        check: Callable[[], None],
        *,
        codec: Codec,
        unit: str,
        own: Own | None = None,
        features: bool = True,
    ) -> None:
        """Trains the reader, if there is none of these data yet, and reads real examples.

        Args:
          run: the run.
          workdir: its folder.
          first: the step it starts or resumes from; later lines are dropped.
          check: called now and then while the reader is trained; may raise to stop.
          codec: of the kind of data.
          unit: what its examples are called.
          own: the kind's own figures; None: it has none.
          features: whether examples are also compared by the reader's features.
        """
        self._run, self._codec, self._own, self._features = run, codec, own, features
        conditional = run.config.model.conditional
        made = None
        if (features or conditional) and not unreadable(run.dataset, unit):
            made = _reader(run, codec, unit, check)
        self._reader = made
        self._reference = conditioned.reference(made, run.dataset) if made else None
        self._like = conditioned.real(run.dataset, run.config.quality.samples, made)
        self._alarm = Alarm(
            workdir,
            COLLAPSED,
            what=f"{unit} of nearly the same condition",
            state=f"{unit} of nearly the same condition have been nearly alike",
            over=f"{unit} of nearly the same condition differ again",
        )
        named = dict(own.figures) if own else {}
        if made:
            named |= figures(run.dataset.schema, conditional, features=features)
        floors = dict(own.floors) if own else {}
        how = {"samples": run.config.quality.samples, **({"judge": made.name} if made else {})}
        how |= {f"{name}_floor": float(f"{x:.6g}") for name, x in floors.items()}
        self.record = Record(run, workdir, first, named, how=how, floors={"diversity": 1.0, **floors})

    def add(self, step: int, state: State, watch: Watch) -> None:
        """Measures step n, reports and logs the figures; keeps the checkpoint if it is the best."""

        def draw(request: Request) -> np.ndarray:
            return generation.sample(self._run.algorithm, state, request, self._codec.decode)

        config, dataset = self._run.config, self._run.dataset
        examples = conditioned.generated(
            draw, config, dataset, seed=SEED, count=config.quality.samples, reader=self._reader
        )
        values = self._own.values(examples.example, examples.condition) if self._own else {}
        if self._reference is not None and self._features:
            values |= conditioned.light(self._reference, examples, self._like)
        elif self._reference is not None:
            values |= conditioned.errors(self._reference, examples)
        values = {name: x for name, x in values.items() if np.isfinite(x)}
        watch.quality(step, values)
        alike = values.get("diversity", 1.0) < measure.ALARM
        varied = any(line.get("diversity", 0) >= measure.ALARM for line in self.record.lines)
        likely = varied or step >= self._run.total // 2
        self._alarm.update(step, [""] if alike else [], likely, watch.say)
        self.record.add(step, state, values)


def _reader(run: Run, codec: Codec, unit: str, check: Callable[[], None]) -> Reader:
    with Progress(f"reader of real {unit}", unit="step") as progress:

        def watched(done: int, total: int) -> None:
            check()
            progress(done, total)

        return reader(run.dataset, codec, watched)
