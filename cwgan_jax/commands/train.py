"""Trains: cwgan train digits [--config.section.key=value ...] [--workdir=DIR].

A recipe is a file of one's own (`my.py`), or one that comes along by its name, with a variant or without:
`digits`, `mnist:quick`. `cwgan train` alone lists them.
"""

import sys
from pathlib import Path

from absl import flags

from cwgan_jax import cli, parallel
from cwgan_jax import config as config_
from cwgan_jax.cli import recipes
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import finetune
from cwgan_jax.parallel import MODES, Runner, compilation, processes
from cwgan_jax.training import loop, plan

FLAGS = flags.FLAGS
ADVICE = cli.TRAINING


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string(
        "config", None, "The recipe: a config file such as configs/digits.py, or a name such as digits."
    )
    flags.DEFINE_string("workdir", None, "Where everything is written; default runs/<config name>.")
    flags.DEFINE_enum(
        "distributed",
        "auto",
        list(MODES),
        "Join other processes: as flags and cluster say (auto), on or off.",
    )
    flags.DEFINE_string("coordinator", None, "host:port of process 0; default: the cluster's.")
    flags.DEFINE_integer("processes", None, "How many processes; default: the cluster's.")
    flags.DEFINE_integer("process_id", None, "Which of them this is, from 0; default: the cluster's.")
    flags.DEFINE_integer("start_timeout", 300, "Seconds to wait until all processes are there.")
    flags.DEFINE_integer("peer_timeout", 120, "Seconds without a sign after which one is lost.")
    flags.DEFINE_multi_string(
        "init",
        [],
        "At step 0, take the weights that fit: from another run's folder, a file, or a model of the package.",
    )
    flags.DEFINE_list(
        "allow_change", [], "Keys that a resumed run may change, such as optimizer.generator_learning_rate."
    )
    flags.DEFINE_bool("dry_run", False, "Say what would be done, and stop.")


def main(overrides: dict[str, str], *recipe: str) -> int:
    """Reads the flags and trains; returns the exit status."""
    path = _recipe(recipe)
    start = finetune.start(FLAGS.init, config_.allowed(FLAGS.allow_change))
    parallel.start(
        parallel.Launch(
            FLAGS.distributed,
            FLAGS.coordinator,
            FLAGS.processes,
            FLAGS.process_id,
            FLAGS.start_timeout,
            FLAGS.peer_timeout,
        )
    )
    compilation.check_shared()
    workdir = Path(FLAGS.workdir or f"runs/{path.name.replace('.py', '').replace(':', '-')}")
    processes.once(lambda: finetune.check(FLAGS.init, workdir))
    planned = processes.together(lambda: make_plan(path, overrides), same=lambda plan: plan.about)
    if processes.first():
        idle = config_.without_effect(planned.config, overrides)
        if planned.unmeasured:  # which its own line tells
            idle = [line for line in idle if not line.startswith("config.quality.")]
        for line in (*planned.warnings, *idle):
            print(f"warning: {line}", file=sys.stderr, flush=True)
    if FLAGS.dry_run:
        dry_run(planned, workdir)
        return 0
    if processes.first():
        print(plan.describe(planned, workdir), flush=True)
    return loop.run(planned, workdir, start)


def _recipe(arguments: tuple[str, ...]) -> Path:
    """The file of the recipe that was asked for."""
    named = [*arguments, *([FLAGS.config] if FLAGS.config else [])]
    if not named:
        raise ConfigError(
            f"--config=RECIPE is missing; for example --config=digits; recipes: {', '.join(recipes.names())}"
        )
    if len(named) > 1:
        raise ConfigError(f"{' '.join(named)}: these are {len(named)} recipes; give one")
    return recipes.find(named[0])


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
        lambda: Runner(
            planned.config,
            planned.algorithm,
            planned.streams,
            steps_per_call=count,
            runs=planned.config.train.seeds,
        )
    )
    if processes.first():
        kind = runner.devices[0].device_kind
        print(f"devices:    {runner.replicas} x {kind}, {count} steps per call")
        host = f", {runner.host / 2**20:,.0f} MiB of the host's for data" if runner.host else ""
        print(f"memory:     {runner.memory / 2**20:,.0f} MiB on each device{host}")
