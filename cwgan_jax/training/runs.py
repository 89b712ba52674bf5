"""The runs that train together: one nearly always, one for each seed with `config.train.seeds`."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

from cwgan_jax import checkpoint
from cwgan_jax import config as config_
from cwgan_jax.common.errors import CheckpointError
from cwgan_jax.parallel import processes
from cwgan_jax.training.plan import Plan


class Run(NamedTuple):
    """A run and its place.

    Attributes:
      plan: what it does.
      workdir: where everything is written.
    """

    plan: Plan
    workdir: Path


def of(plan: Plan, workdir: Path) -> list[Run]:
    """What a plan asks for: one run, or `config.train.seeds` of them in folders `seed0`, `seed1`, ...

    Each of these is the run that its seed alone would be, and may go on alone.

    Raises:
      CheckpointError: the folder holds the one where the other is asked for.
    """
    config = plan.config
    processes.once(lambda: _check(workdir, config.train.seeds))
    if config.train.seeds == 1:
        return [Run(plan, workdir)]
    runs = []
    for seed in range(config.seed, config.seed + config.train.seeds):
        own = dataclasses.replace(config, seed=seed, train=dataclasses.replace(config.train, seeds=1))
        about = {**plan.about, "config": config_.to_dict(own)}
        runs.append(Run(plan._replace(config=own, about=about), workdir / f"seed{seed}"))
    return runs


def _check(workdir: Path, seeds: int) -> None:
    try:
        one, several = checkpoint.steps(workdir / "checkpoints"), sorted(workdir.glob("seed*/checkpoints"))
    except OSError:
        return  # it cannot be a folder; its lock says so
    if several and not one and seeds == 1:
        raise CheckpointError(
            f"{workdir} holds runs of {len(several)} seeds; choose another --workdir, such as"
            f" {several[0].parent}, or set config.train.seeds"
        )
    if one and seeds > 1:
        raise CheckpointError(
            f"{workdir} holds a run of one seed; choose another --workdir, or set config.train.seeds to 1"
        )
