"""What `cwgan augment` does: reads the data, checks and tops up, writes, and says what was done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cwgan_jax import data
from cwgan_jax.augmentation import checks, job, output
from cwgan_jax.augmentation.groups import groups, part_of
from cwgan_jax.common.errors import ConfigError, DataError
from cwgan_jax.common.progress import Progress
from cwgan_jax.data import Dataset
from cwgan_jax.evaluation import reader
from cwgan_jax.report import checkpoints
from cwgan_jax.sampling import load


class Options(NamedTuple):
    """What to do, as the flags of `cwgan augment`.

    Attributes:
      step: the checkpoint; None: the newest.
      target: examples of each group; None: as many as the largest has.
      part: of the condition; empty: the first class or number.
      bins: of a number.
      seed: of what is drawn.
      truncation: psi.
      out: folder to write to; None: `augmented` in the run's.
      overwrite: whether files there are replaced.
    """

    step: int | None = None
    target: int | None = None
    part: str = ""
    bins: int = 10
    seed: int = 0
    truncation: float = 1.0
    out: Path | None = None
    overwrite: bool = False


def run(
    workdir: Path, options: Options, *, set_up: Callable[[Any], None], warn: Callable[[str], None]
) -> job.Additions:
    """Tops up the training data of a run.

    Args:
      workdir: the folder of a run, or of a checkpoint.
      options: what to do.
      set_up: called with the checkpoint's config before anything is computed.
      warn: called with one line for what may not be as it was meant.

    Raises:
      CheckpointError: there is no checkpoint, or it was trained on other data.
      DataError: the data are no longer there.
      ConfigError: the model takes no class and no number, or the folder is not empty.
    """
    folder, step = load.find(workdir)
    model = load.load(folder, step if options.step is None else options.step, set_up=set_up, warn=warn)
    if not model.schema:
        raise ConfigError(
            f"{workdir}: this model was trained without conditions, so there is nothing to top up"
        )
    additions = _topped_up(model, options, warn)
    for tally in additions.tallies:
        print(tally)
    if missing := [tally.name for tally in additions.tallies if tally.added < tally.wanted]:
        warn(
            f"{', '.join(missing[:5])}: fewer than wanted passed the checks; train longer, or ask for fewer"
            " with --per_class"
        )
    if not len(additions.example):
        print("nothing was added")
        return additions
    path = output.write(
        model, additions, options.out or folder.parent / "augmented", overwrite=options.overwrite
    )
    print(f"{len(additions.example):,} generated {model.kind.unit}, marked in column {output.MARK}: {path}")
    return additions


def _topped_up(model: load.Model, options: Options, warn: Callable[[str], None]) -> job.Additions:
    """Reads the data, trains the reader, and draws."""
    part = part_of(model.schema, options.part)
    train = data.load(model.config.data, "train")
    checkpoints.check_same(model, train)
    held_out = _held_out(model)
    if held_out is None:
        warn("no examples are held out: what is a near-copy is judged by training examples alone")
    with Progress("the reader of conditions", "step") as progress:
        judge = reader.reader(train, model.kind.codec, progress)
    found = groups(train, part, options.bins)
    learnt = checks.learn(train, held_out, judge)
    target = options.target or max(len(group.members) for group in found)
    how = {"target": target, "seed": options.seed}
    with Progress("topping up", "group") as progress:
        return job.top_up(
            model, train, part, found, learnt, truncation=options.truncation, progress=progress, **how
        )


def _held_out(model: load.Model) -> Dataset | None:
    """The test split; None where there is none of at least ten examples."""
    try:
        held_out = data.load(model.config.data, "test")
    except DataError:
        return None
    return held_out if held_out.size >= 10 else None
