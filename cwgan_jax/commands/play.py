"""Writes a page to play with: the generator in the browser, in one file that needs no network.

cwgan play [--workdir=runs/digits | --pretrained=digits] [--out=DIR]

Open DIR/index.html: sliders or classes for the condition, a pad to drag the latent on, walks, truncation,
seeds; pictures can be saved. The sheet of a seed has the pictures of `cwgan sample`.
"""

from pathlib import Path

from absl import flags

from cwgan_jax import cli, play, pretrained
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import export
from cwgan_jax.play import real
from cwgan_jax.sampling import load

FLAGS = flags.FLAGS


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints; default the newest run.")
    flags.DEFINE_string("pretrained", None, f"A model of the package: {', '.join(pretrained.names())}.")
    flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
    flags.DEFINE_string("data_dir", None, "Where the data are, for real pictures beside the generated ones.")
    flags.DEFINE_string("out", None, "Folder to write to; default <workdir>/play.")
    flags.DEFINE_bool("overwrite", False, "Replace a page that is there already.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and writes the page; returns the exit status."""
    cli.refuse_overrides(overrides)
    if FLAGS.workdir and FLAGS.pretrained:
        raise ConfigError("--workdir and --pretrained: both say which model; give one")
    export.require("onnx")
    source = pretrained.path(FLAGS.pretrained) if FLAGS.pretrained else cli.workdir(FLAGS.workdir)
    folder, step = load.find(source)
    name = FLAGS.pretrained or load.name_of(folder)
    home = Path("play") / name if FLAGS.pretrained else folder.parent / "play"
    out = (Path(FLAGS.out) if FLAGS.out else home) / "index.html"
    if out.exists() and not FLAGS.overwrite:
        raise ConfigError(f"{out}: the page is there already; replace it with --overwrite, or choose --out")
    step = step if FLAGS.step is None else FLAGS.step
    model = load.load(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    size = play.write(model, out, name=name, real=real.examples(model, FLAGS.data_dir))
    print(f"step {model.step}: {size / 2**20:.1f} MiB in {out}; open it in a browser")
    return 0
