"""PyTorch state dicts in and out; docs/interchange.md has the names of the layers.

In: makes a workdir that `cwgan sample` and `cwgan train` accept.
    cwgan torch --config=mnist --workdir=runs/imported --generator=generator.pth --critic=critic.pth
Out: writes the state dicts of a checkpoint.
    cwgan torch --workdir=runs/mnist --out=exported
"""

from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax import config as config_
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import layout, state_dict, torch

FLAGS = flags.FLAGS
ADVICE = cli.READING._replace(storage="choose another --workdir or --out")


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("config", None, "In: the config file of these networks.")
    flags.DEFINE_string(
        "generator", None, f"In: the generator's state dict, {', '.join(state_dict.SUFFIXES)}."
    )
    flags.DEFINE_string("critic", None, "In: the critic's; without it training starts with a new critic.")
    flags.DEFINE_string("average", None, "In: that of a moving average of the generator.")
    flags.DEFINE_string("translators", None, "In: a folder with the state dicts of a CycleGAN.")
    flags.DEFINE_string("workdir", None, "In: the run's folder to make. Out: the one to read.")
    flags.DEFINE_integer("step", None, "In: completed generator updates, default 0. Out: which checkpoint.")
    flags.DEFINE_string("out", None, "Out: folder to write generator and critic to.")
    flags.DEFINE_enum("format", "pth", ["pth", "safetensors"], "Out: .pth takes PyTorch.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and converts; returns the exit status."""
    if not FLAGS.workdir:
        raise ConfigError("--workdir=DIR is missing: the run to make, or the run to read")
    if sum(map(bool, (FLAGS.generator, FLAGS.translators, FLAGS.out))) != 1:
        raise ConfigError(
            "give --generator=FILE or --translators=DIR (with --config) to import, or --out=DIR to export"
        )
    if FLAGS.step is not None and not 0 <= FLAGS.step < 2**31:
        raise ConfigError(f"--step={FLAGS.step}: a step is a whole number in [0, 2147483647]")
    if FLAGS.out:
        cli.refuse_overrides(overrides)
        return torch.export(Path(FLAGS.workdir), FLAGS.step, Path(FLAGS.out), FLAGS.format)
    if not FLAGS.config:
        raise ConfigError("--config=RECIPE is missing; for example --config=mnist, or mlp")
    config = config_.resolve(cli.load_config(Path(FLAGS.config)), overrides)
    if FLAGS.translators:
        return torch.import_translators(config, Path(FLAGS.translators), Path(FLAGS.workdir), FLAGS.step or 0)
    layout.require_known(config)
    cli.set_up_jax(config)
    files = {name: getattr(FLAGS, name) for name in ("generator", "critic", "average")}
    paths = {name: Path(file) for name, file in files.items() if file}
    return torch.import_networks(config, paths, Path(FLAGS.workdir), FLAGS.step or 0)
