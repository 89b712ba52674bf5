"""Trains: python train.py --config=configs/digits.py [--config.section.key=value ...] [--workdir=DIR]."""

import sys
from pathlib import Path

from absl import flags

from cwgan_jax import cli, loop, parallel, plan
from cwgan_jax import config as config_
from cwgan_jax.errors import ConfigError
from cwgan_jax.interop import finetune
from cwgan_jax.parallel import MODES, Runner, processes

_CONFIG = flags.DEFINE_string("config", None, "The config file, for example configs/digits.py.")
_WORKDIR = flags.DEFINE_string("workdir", None, "Where everything is written; default runs/<config name>.")
_DISTRIBUTED = flags.DEFINE_enum(
    "distributed", "auto", list(MODES), "Join other processes: as flags and cluster say (auto), on or off."
)
_COORDINATOR = flags.DEFINE_string("coordinator", None, "host:port of process 0; default: the cluster's.")
_PROCESSES = flags.DEFINE_integer("processes", None, "How many processes; default: the cluster's.")
_PROCESS_ID = flags.DEFINE_integer(
    "process_id", None, "Which of them this is, from 0; default: the cluster's."
)
_START_TIMEOUT = flags.DEFINE_integer("start_timeout", 300, "Seconds to wait until all processes are there.")
_PEER_TIMEOUT = flags.DEFINE_integer("peer_timeout", 120, "Seconds without a sign after which one is lost.")
_INIT = flags.DEFINE_multi_string(
    "init", [], "At step 0, take the weights that fit from another run's folder, or from a state dict."
)
_ALLOW_CHANGE = flags.DEFINE_list(
    "allow_change", [], "Keys that a resumed run may change, such as optimizer.generator_learning_rate."
)
_DRY_RUN = flags.DEFINE_bool("dry_run", False, "Say what would be done, and stop.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and trains; returns the exit status."""
    if _CONFIG.value is None:
        raise ConfigError("--config=FILE is missing; for example --config=configs/digits.py")
    start = finetune.start(_INIT.value, config_.allowed(_ALLOW_CHANGE.value))
    parallel.start(
        parallel.Launch(
            _DISTRIBUTED.value,
            _COORDINATOR.value,
            _PROCESSES.value,
            _PROCESS_ID.value,
            _START_TIMEOUT.value,
            _PEER_TIMEOUT.value,
        )
    )
    processes.once(lambda: finetune.check(_INIT.value))
    path = Path(_CONFIG.value)
    workdir = Path(_WORKDIR.value or f"runs/{path.name.replace('.py', '').replace(':', '-')}")
    planned = processes.together(lambda: make_plan(path, overrides), same=lambda made: made.about)
    if processes.first():
        report(planned, workdir, overrides)
    return 0 if _DRY_RUN.value else loop.run(planned, workdir, start)


def make_plan(path: Path, overrides: dict[str, str]) -> plan.Plan:
    """Reads the config and the data."""
    config = config_.resolve(cli.load_config(path), overrides)
    cli.set_up_jax(config)
    return plan.make(config)


def report(planned: plan.Plan, workdir: Path, overrides: dict[str, str]) -> None:
    """Says what the run is; a dry run also compiles it, to say what it needs."""
    for line in config_.without_effect(planned.config, overrides):
        print(f"warning: {line}", file=sys.stderr, flush=True)
    summary = plan.describe(planned, workdir)
    if not _DRY_RUN.value:
        print(summary, flush=True)
        return
    print(f"{config_.describe(planned.config)}\n\n{summary}", flush=True)
    count = plan.steps_per_call(planned, 0)
    runner = Runner(planned.config, planned.networks, planned.dataset, steps_per_call=count)
    kind = runner.devices[0].device_kind
    print(f"devices:    {runner.replicas} x {kind}, {count} steps per call")
    print(f"memory:     {runner.memory / 2**20:,.0f} MiB on each device")


if __name__ == "__main__":
    cli.run(main)
