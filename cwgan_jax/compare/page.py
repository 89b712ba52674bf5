"""compare.html: a comparison on one page, which needs no network and no other file."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from pathlib import Path

from cwgan_jax.common.files import json_lines, write_whole
from cwgan_jax.compare import collect, panels, summary
from cwgan_jax.compare.collect import Run
from cwgan_jax.compare.summary import Whole
from cwgan_jax.report import page, tables
from cwgan_jax.report.charts import number
from cwgan_jax.report.checkpoints import Real


def write(path: Path, whole: Whole, every: Sequence[Run], real: Real) -> None:
    """Writes the page.

    Args:
      path: the HTML file.
      whole: what compare.json holds.
      every: the runs, whose logs and images are read.
      real: the real images.
    """
    logs = {(run.system.name, run.seed): json_lines(run.workdir / "metrics.jsonl") for run in every}
    grids = {run.system.name: collect.grid(run) for run in every if run.seed == 0}
    main = [name for name in whole["figures"] if name in summary.MAIN]
    others = [name for name in whole["figures"] if name not in summary.MAIN]
    sections_ = [
        ("figures", "Figures", panels.figures(whole, main)),
        ("seeds", "Every seed", panels.seeds(whole, main)),
        ("passes", "Over the passes", panels.passes(whole, main)),
        ("training", "Training", panels.training(whole, logs)),
        ("samples", "Samples", panels.samples(whole, grids, real)),
        ("cost", "Cost", panels.cost(whole)),
        ("differences", "Differences", panels.differences(whole)),
        ("others", "Further figures", panels.figures(whole, others)),
        ("recipe", "Recipe", tables.facts(_recipe(whole))),
        ("versions", "Versions", tables.facts(whole["versions"])),
    ]
    title = "Comparison of " + ", ".join(summary.names(whole))
    style = (resources.files(__package__) / "page.css").read_text("utf-8")
    html = page.page(title, _header(title, whole), sections_, style=style)
    write_whole(path, page.encoded(html))


def _header(title: str, whole: Whole) -> str:
    """Title, what was done, and what went wrong."""
    data, epochs = whole["data"], " and ".join(f"{each:g}" for each in whole["epochs"])
    shape = "x".join(map(str, data["image_shape"]))
    done = (
        f"{data['name']} {shape}: {epochs} passes over {number(data['training_images'])} training images,"
        f" seed{'s 0 to ' + str(whole['seeds'] - 1) if whole['seeds'] > 1 else ' 0'}"
    )
    lines = "".join(f"<li>{escape(line)}</li>" for line in summary.first(whole))
    if lines:
        lines = f'<div class="alarms" role="note"><b>Look at this first</b><ul>{lines}</ul></div>'
    return f"<header><h1>{escape(title)}</h1><p>{escape(done)}</p>{lines}</header>\n"


def _recipe(whole: Whole) -> dict[str, str]:
    data = whole["data"]
    return {
        "command": whole["command"],
        "budget": "the same passes over the training data for all: a step takes one batch, or in the paper"
        " schedule one for each critic update",
        "spread": "least to most over the seeds of the training; the images are drawn from the same latents",
        "generated images": f"{whole['samples']:,} of each checkpoint",
        "judge": f"classifier {whole['judge']}, trained on the {data['training_images']:,} real images",
        "floor": f"the same figures for {data['held_out_images']:,} held-out real images: docs/quality.md",
        "seconds": "steps over their median rate, without start, compilation, checkpoints and measurements",
    }
