"""Trains: python train.py --config=configs/digits.py [--config.section.key=value ...] [--workdir=DIR]."""

import sys
from pathlib import Path

from absl import flags

from cwgan_jax import cli, parallel
from cwgan_jax import config as config_
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import finetune
from cwgan_jax.parallel import MODES, Runner, compilation, processes
from cwgan_jax.training import loop, plan

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
    "init",
    [],
    "At step 0, take the weights that fit: from another run's folder, a file, or a model of the package.",
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
    compilation.check_shared()
    path = Path(_CONFIG.value)
    workdir = Path(_WORKDIR.value or f"runs/{path.name.replace('.py', '').replace(':', '-')}")
    processes.once(lambda: finetune.check(_INIT.value, workdir))
    planned = processes.together(lambda: make_plan(path, overrides), same=lambda plan: plan.about)
    if processes.first():
        idle = config_.without_effect(planned.config, overrides)
        if planned.unmeasured:  # which its own line tells
            idle = [line for line in idle if not line.startswith("config.quality.")]
        for line in (*planned.warnings, *idle):
            print(f"warning: {line}", file=sys.stderr, flush=True)
    if _DRY_RUN.value:
        dry_run(planned, workdir)
        return 0
    if processes.first():
        print(plan.describe(planned, workdir), flush=True)
    return loop.run(planned, workdir, start)


def make_plan(path: Path, overrides: dict[str, str]) -> plan.Plan:
    """Reads the config and the data."""
    file = cli.load_config(path)
    config = config_.resolve(file, overrides)
    cli.set_up_jax(config)
    if processes.first():
        for line in config_.left_out(file, overrides):
            print(f"warning: {line}", file=sys.stderr, flush=True)
    return plan.make(config)


def dry_run(planned: plan.Plan, workdir: Path) -> None:
    """Says what the run is, and compiles it, to say what it needs."""
    count = plan.steps_per_call(planned, 0)
    if processes.first():
        print(f"{config_.describe(planned.config)}\n\n{plan.describe(planned, workdir)}", flush=True)
    # In every process: on GPUs they tune together what they compile, and wait for each other.
    runner = processes.together(
        lambda: Runner(planned.config, planned.algorithm, planned.streams, steps_per_call=count)
    )
    if processes.first():
        kind = runner.devices[0].device_kind
        print(f"devices:    {runner.replicas} x {kind}, {count} steps per call")
        host = f", {runner.host / 2**20:,.0f} MiB of the host's for data" if runner.host else ""
        print(f"memory:     {runner.memory / 2**20:,.0f} MiB on each device{host}")


if __name__ == "__main__":
    cli.run(main)
