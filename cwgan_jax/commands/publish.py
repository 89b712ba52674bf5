"""Writes a model repository: card with the measured figures, weights, config, programs, sheet and page.

cwgan publish [--workdir=runs/digits] --licence=cc-by-4.0 [--out=DIR] [--push=owner/name]

Measure first (cwgan evaluate), so that the card has figures. The folder is what the Hugging Face Hub has of a
model; --push uploads it there. Others draw with `cwgan sample --pretrained=owner/name`, or from the folder.
"""

import re
from pathlib import Path

from absl import flags

from cwgan_jax import cli, publish
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.pretrained import hub
from cwgan_jax.publish import card
from cwgan_jax.sampling import load

FLAGS = flags.FLAGS
_OTHER = re.compile(r"-psi|-x\d")  # figures under a truncation, or of another number of images


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints; default the newest run.")
    flags.DEFINE_integer("step", None, "The checkpoint to publish; default the newest.", lower_bound=0)
    flags.DEFINE_string("out", None, "Folder to write to; default <workdir>/published.")
    flags.DEFINE_string("title", None, "What it draws, in a sentence without a full stop.")
    flags.DEFINE_string("data", None, "What it was trained on, and where that is from.")
    flags.DEFINE_string(
        "licence", "unknown", "Of the weights, as the Hub calls it: cc-by-4.0, mit, other ..."
    )
    flags.DEFINE_string("data_dir", None, "Where the data are: a few real pictures are then on the page.")
    flags.DEFINE_string("push", None, "owner/name: upload the folder to the Hugging Face Hub.")
    flags.DEFINE_bool("private", False, "Of --push: a new repository is private.")
    flags.DEFINE_bool("overwrite", False, "Replace what is in the folder.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags, writes the folder and pushes it; returns the exit status."""
    cli.refuse_overrides(overrides)
    folder, newest = load.find(cli.workdir(FLAGS.workdir))
    run = folder.parent
    out = Path(FLAGS.out) if FLAGS.out else run / "published"
    if out.exists() and not FLAGS.overwrite and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out}: it is there already; replace it with --overwrite, or choose another --out")
    if FLAGS.push is not None:
        hub.check(FLAGS.push)
    step = newest if FLAGS.step is None else FLAGS.step
    saved = load.restore(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    model = load.load(folder, saved.step if newest is None else step, set_up=cli.set_up_jax, warn=cli.warn)
    about = _about(model, FLAGS.push or load.name_of(folder))
    files = publish.write(
        model,
        saved,
        out,
        about=about,
        quality=_quality(run, model.step),
        data_dir=FLAGS.data_dir,
        warn=cli.warn,
    )
    size = sum(path.stat().st_size for path in files)
    print(f"step {model.step}: {len(files)} files, {size / 2**20:.1f} MiB in {out}; read {files[0]} first")
    if FLAGS.push:
        print(f"pushed to {hub.push(out, _uploaded(files), FLAGS.push, private=FLAGS.private)}")
    return 0


def _about(model: load.Model, name: str) -> card.About:
    """What the card says, by the flags."""
    data = model.config.data.name
    title = FLAGS.title or f"Generated {model.kind.unit}, trained on {data}"
    hub_id = FLAGS.push or "owner/name"
    usage = [
        "pip install cwgan_jax",
        f"cwgan sample --pretrained={hub_id}",
        f"python -c \"import cwgan_jax as cg; print(cg.load('{hub_id}'))\"",
        f"cwgan train RECIPE --init={hub_id}     # starts from these weights",
    ]
    licence = f"{FLAGS.licence}, for the weights" if FLAGS.licence != "unknown" else "not stated"
    return card.About(
        name.rpartition("/")[2],
        title,
        FLAGS.data or f"the data set `{data}`",
        licence,
        usage,
        publish.LIMITS,
        licence_id=FLAGS.licence,
    )


def _uploaded(files: list[Path]) -> list[Path]:
    """The files, and the descriptions that lie beside the exported programs."""
    beside = [Path(f"{path}.json") for path in files]
    return [*files, *(path for path in beside if path.exists())]


def _quality(run: Path, step: int) -> Path | None:
    """The newest file of figures of a checkpoint as `evaluate` measures it without options."""
    found = sorted(run.glob("quality-*.json"), key=lambda path: path.stat().st_mtime)
    plain = [path for path in found if not _OTHER.search(path.name)]
    return next((path for path in reversed(plain) if publish.measured(path, step)), None)
