"""Trains: python train.py --config=configs/digits.py [--config.section.key=value ...] [--workdir=DIR]."""

from pathlib import Path

from absl import flags

from cwgan_jax import cli, loop, plan
from cwgan_jax import config as config_
from cwgan_jax.errors import ConfigError
from cwgan_jax.parallel import Runner

_CONFIG = flags.DEFINE_string("config", None, "The config file, for example configs/digits.py.")
_WORKDIR = flags.DEFINE_string("workdir", None, "Where everything is written; default runs/<config name>.")
_DRY_RUN = flags.DEFINE_bool("dry_run", False, "Say what would be done, and stop.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and trains; returns the exit status."""
    if _CONFIG.value is None:
        raise ConfigError("--config=FILE is missing; for example --config=configs/digits.py")
    path = Path(_CONFIG.value)
    config = config_.resolve(cli.load_config(path), overrides)
    cli.set_up_jax(config)
    workdir = Path(_WORKDIR.value or f"runs/{path.stem}")
    planned = plan.make(config)
    summary = plan.describe(planned, workdir)
    if _DRY_RUN.value:
        print(f"{config_.describe(config)}\n\n{summary}", flush=True)
        count = plan.steps_per_call(planned, 0)
        runner = Runner(config, planned.networks, planned.dataset, steps_per_call=count)
        kind = runner.devices[0].device_kind
        print(f"devices:    {len(runner.devices)} x {kind}, {count} steps per call")
        print(f"memory:     {runner.memory / 2**20:,.0f} MiB on each device")
        return 0
    print(summary, flush=True)
    return loop.run(planned, workdir)


if __name__ == "__main__":
    cli.run(main)
