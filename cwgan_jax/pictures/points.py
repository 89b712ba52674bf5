"""Pictures of points: the histogram beside the true density, or the points beside real ones."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cwgan_jax.common.files import write_whole
from cwgan_jax.data.sets import mixtures

_SHOWN = 2_000  # points drawn in a plane
_TIMES = 10  # pictures of a run side by side


def picture(
    name: str, points: np.ndarray, title: str, behind: Callable[[Any, float], None] = lambda axis, reach: None
) -> Image.Image:
    """Points f[N, D] beside the distribution they are to come from.

    Args:
      name: of the data set.
      points: generated ones.
      title: the line above.
      behind: called first with the axes and how far they reach, to draw on them.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    mixture, line = mixtures.MIXTURES[name], points.shape[1] == 1
    reach = 5.0 if line else float(1.4 * np.abs(mixture.centre).max())
    figure, axis = pyplot.subplots(figsize=(4.6, 4.0), layout="constrained")
    behind(axis, reach)
    if line:
        title += f": mean {points.mean():.3f}, deviation {points.std():.3f}"
        x = np.linspace(-reach, reach, 401)
        shown: dict[str, Any] = {"bins": 80, "range": (-reach, reach), "density": True, "alpha": 0.45}
        axis.hist(points[:, 0].astype(np.float64), **shown, color="tab:blue", label="generated")
        axis.plot(x, mixture.density(x[:, None]), color="black", label="true density")
        axis.set(xlim=(-reach, reach), ylim=(0, 1.05))
    else:
        real = mixtures.draw(name, "test")[0][:_SHOWN, 0, 0]
        for some, colour, label in ((real, "tab:orange", "real"), (points[:_SHOWN], "tab:blue", "generated")):
            axis.plot(*some.T, ".", color=colour, markersize=2.2, alpha=0.7, label=label)
        axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axis.legend(fontsize=8, loc="upper right", markerscale=3)
    axis.set_title(title, fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    pyplot.close(figure)
    return Image.open(buffer).convert("RGB")


def curve(axis: Any, x: np.ndarray, score: np.ndarray, probability: bool) -> None:
    """What a discriminator says, a probability; or a critic, scaled to fit."""
    if probability:
        axis.plot(x, 1 / (1 + np.exp(-score)), color="tab:orange", label="discriminator")
    else:
        scaled = (score - score.min()) / max(np.ptp(score), 1e-12)
        axis.plot(x, scaled, color="tab:orange", label="critic, scaled to 0..1")


def montage(folder: Path, path: Path) -> int:
    """Puts up to ten of a run's pictures, evenly spread over it, on one sheet; returns how many."""
    files = sorted(folder.glob("*.png"))
    chosen = [
        files[i] for i in np.unique(np.linspace(0, len(files) - 1, min(_TIMES, len(files))).astype(int))
    ]
    pictures = [Image.open(file).convert("RGB") for file in chosen]
    columns = -(-len(pictures) // 2)
    width, height = pictures[0].size
    sheet = Image.new("RGB", (columns * width, -(-len(pictures) // columns) * height), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * width, i // columns * height))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    write_whole(path, buffer.getvalue())
    return len(pictures)
