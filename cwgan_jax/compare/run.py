"""A comparison: trains and measures one run after the other, and goes on where it was stopped."""

import signal
from pathlib import Path
from typing import NamedTuple

import jax

from cwgan_jax import cli, data
from cwgan_jax.common.errors import EXIT_INTERRUPTED
from cwgan_jax.compare import collect, page, summary, systems
from cwgan_jax.compare.collect import Run
from cwgan_jax.report import checkpoints
from cwgan_jax.report.checkpoints import Real


class Options(NamedTuple):
    """What to compare, and how.

    Attributes:
      paths: the config files.
      overrides: dotted key -> text, for all.
      seeds: how many.
      epochs: passes over the training data at which is measured, ascending.
      out: the folder.
      data_dir: in place of the first one's config.data.dir.
      samples: images that are measured of each.
      command: what was typed.
    """

    paths: list[Path]
    overrides: dict[str, str]
    seeds: int
    epochs: list[float]
    out: Path
    data_dir: str | None
    samples: int
    command: str


def compare(options: Options) -> int:
    """Trains and measures whatever is not done yet, and writes compare.json and compare.html.

    Returns:
      0, or the exit status of a run that a signal stopped.

    Raises:
      ConfigError: a config or flag cannot be used.
      CheckpointError: --out holds another comparison.
      DataError: the data are missing, broken or too few.
    """
    configs = systems.read(options.paths, options.overrides, options.data_dir)
    cli.set_up_jax(next(iter(configs.values())))
    every: list[Run] = []
    free = frozenset(options.overrides)

    def plan(train: data.Dataset) -> None:
        """Says what is wrong before a judge is trained."""
        compared = systems.plans(configs, train, options.epochs, free)
        every.extend(
            Run(system, seed, options.out / system.name / f"seed{seed}", free)
            for seed in range(
                options.seeds
            )  # all systems of a seed first: there is soon something to compare
            for system in compared
        )
        for run in every:
            collect.check(run)

    real = checkpoints.real(next(iter(configs.values())).data, options.samples, plan)
    try:
        status = _all(options, every, real)
    except KeyboardInterrupt:  # while something was measured
        status = EXIT_INTERRUPTED
    if status:
        done = sum(collect.is_done(run, real, options.samples) for run in every)
        name = signal.Signals(status - 128).name
        print(f"{name}: {done} of {len(every)} runs are done; run the same command to go on", flush=True)
        return status
    whole = _write(options, every, real)
    print("\n".join(["", *summary.first(whole), summary.table(whole), ""]))
    print(f"look at {options.out}/compare.html; the figures are in {options.out}/compare.json", flush=True)
    return 0


def _all(options: Options, every: list[Run], real: Real) -> int:
    """Run after run; the page grows with them.

    On accelerators the seeds of a system are trained side by side, all systems first, and then measured.
    """
    if jax.default_backend() != "cpu":
        for name in dict.fromkeys(run.system.name for run in every):
            if status := collect.side_by_side([run for run in every if run.system.name == name]):
                return status
    for i, run in enumerate(every):
        if collect.is_done(run, real, options.samples):
            continue
        goals = ", ".join(map(str, run.system.goals))
        print(f"[{i + 1}/{len(every)}] {run.name}: steps {goals}, in {run.workdir}", flush=True)
        if status := collect.advance(run, real, options.samples):
            return status
        _write(options, every, real)
    return 0


def _write(options: Options, every: list[Run], real: Real) -> summary.Whole:
    whole = summary.summarise(
        every, real, epochs=options.epochs, samples=options.samples, command=options.command
    )
    summary.write(options.out / "compare.json", whole)
    page.write(options.out / "compare.html", whole, every, real)
    return whole
