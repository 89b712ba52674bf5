"""Quality while training: a light set of figures every so often, the best checkpoint apart, an alarm."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.common.progress import Progress
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation import measure, stacked_judge
from cwgan_jax.evaluation.collapse import Alarm
from cwgan_jax.evaluation.figures import FIGURES
from cwgan_jax.evaluation.record import Record
from cwgan_jax.evaluation.run import Run, Watch

SEED = 2**31  # of the latents; others than evaluate.py's, which must not judge by what `best/` was chosen by
COLLAPSED = "collapsed classes"  # a kind of alarm
CHOOSING = {name: FIGURES[name] for name in ("frechet", "agreement")}
"""The figures by which the best checkpoint can be chosen."""


class Monitor:
    """Measures the generator of one run of images with a class each, and nothing else.

    The figures are a function of the state and of the judge.

    Attributes:
      record: the lines of quality.jsonl, and `best/`.
    """

    def __init__(self, run: Run, workdir: Path, first: int, check: Callable[[], None]) -> None:
        """Trains the judge, if there is none of these data yet, and reads the real images.

        Args:
          run: the run.
          workdir: its folder.
          first: the step it starts or resumes from; later lines are dropped.
          check: called now and then while the judge is trained; may raise to stop.
        """
        self._run = run
        with Progress("judge of real images", unit="step") as progress:

            def watched(done: int, total: int) -> None:
                check()
                progress(done, total)

            judge = stacked_judge.judge(run.config.data, run.dataset, watched)
        self._reference = measure.reference(judge, run.dataset)
        how = {"samples": run.config.quality.samples, "judge": judge.name}
        self.record = Record(run, workdir, first, CHOOSING, how=how)
        self._alarm = Alarm(
            workdir,
            COLLAPSED,
            what="images of the same class",
            state="images of some classes have been nearly alike",
            over="the images of every class differ again",
        )

    def add(self, step: int, state: State, watch: Watch) -> None:
        """Measures step n, reports and logs the figures; keeps the checkpoint if it is the best."""
        config = self._run.config

        def draw(request: Request) -> np.ndarray:
            return generation.sample(self._run.algorithm, state, request, PIXELS.decode)

        images = measure.generated(
            draw,
            latent=(config.model.latent, np.dtype(config.model.dtype)),
            conditional=config.model.conditional,
            seed=SEED,
            share=self._reference.share,
            count=config.quality.samples,
            judge=self._reference.judge,
        )
        values = measure.light(self._reference, images)
        watch.quality(step, values)
        # Images have had no variety before the first time that they had any.
        lines = [*self.record.lines, values]
        varied = any(line.get("least_diversity", 0) >= measure.ALARM for line in lines)
        likely = varied or step >= self._run.total // 2
        self._alarm.update(step, measure.collapsed(self._reference, images), likely, watch.say)
        self.record.add(step, state, values)
