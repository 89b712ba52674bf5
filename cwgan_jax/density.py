"""Pictures of points: the histogram beside the true density, or the points over the critic's contours."""

import functools
import io
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from cwgan_jax import losses, sampling
from cwgan_jax.data.points import MIXTURES, Mixture
from cwgan_jax.files import write_whole
from cwgan_jax.models import Networks
from cwgan_jax.plan import Plan
from cwgan_jax.step import State

COUNT = 10_000  # points drawn
_SHOWN = 2_000  # of them in a plane
_FINE = 121  # contours are drawn from so many by so many scores
_TIMES = 10  # pictures of a run side by side


@functools.partial(jax.jit, static_argnums=0)
def _apply(module: Any, variables: Any, latent: jax.Array, label: jax.Array) -> jax.Array:
    return module.apply(variables, latent, label, train=False)[:, 0, 0]


def generated(networks: Networks, variables: Any, *, seed: int, count: int, size: int) -> np.ndarray:
    """Points f[count, D] of a generator, as many of each class as of any other.

    Args:
      networks: holds the generator module.
      variables: of the generator.
      seed: of the latents.
      count: N.
      size: Z.
    """
    dtype = jax.tree.leaves(variables)[0].dtype
    label = np.arange(count, dtype=np.int32) % max(networks.classes, 1)
    return np.asarray(
        _apply(networks.generator, variables, sampling.latents(seed, 0, count, size=size, dtype=dtype), label)
    )


@functools.partial(jax.jit, static_argnums=0)
def scores(networks: Networks, state: State, points: jax.Array) -> jax.Array:
    """The critic's scores f[N] of points f[N, D], under the first label."""
    weights = state.critic_weights()
    image = jnp.asarray(points, jax.tree.leaves(weights)[0].dtype)[:, None, None]
    return networks.score(weights, image, jnp.zeros(len(image), jnp.int32))


def sheet(run: Plan, state: State, step: int) -> Image.Image:
    """The picture of a training step."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    mixture, config = MIXTURES[run.config.data.name], run.config
    variables = sampling.variables(state)
    points = generated(
        run.networks, variables, seed=config.seed, count=COUNT, size=config.model.latent
    ).astype(np.float64)
    figure, axis = pyplot.subplots(figsize=(4.6, 4.0), layout="constrained")
    (_line if points.shape[1] == 1 else _plane)(axis, points, run, mixture, state)
    axis.set_title(f"step {step}{_told(points)}", fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    pyplot.close(figure)
    return Image.open(buffer).convert("RGB")


def _told(points: np.ndarray) -> str:
    return f": mean {points.mean():.3f}, deviation {points.std():.3f}" if points.shape[1] == 1 else ""


def _line(axis: Any, points: np.ndarray, run: Plan, mixture: Mixture, state: State) -> None:
    x = np.linspace(-5, 5, 401)
    axis.hist(
        points[:, 0], bins=80, range=(-5, 5), density=True, color="tab:blue", alpha=0.45, label="generated"
    )
    axis.plot(x, mixture.density(x[:, None]), color="black", label="true density")
    score = np.asarray(scores(run.networks, state, x[:, None].astype(np.float32)))
    if run.config.objective.loss in losses.PROBABILITIES:
        axis.plot(x, 1 / (1 + np.exp(-score)), color="tab:orange", label="discriminator")
    else:
        score = (score - score.min()) / max(np.ptp(score), 1e-12)
        axis.plot(x, score, color="tab:orange", label="critic, scaled to 0..1")
    axis.set(xlim=(-5, 5), ylim=(0, 1.05))
    axis.legend(fontsize=8, loc="upper right")


def _plane(axis: Any, points: np.ndarray, run: Plan, mixture: Mixture, state: State) -> None:
    reach = 1.4 * np.abs(mixture.centre).max()
    side = np.linspace(-reach, reach, _FINE)
    lattice = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2).astype(np.float32)
    score = np.asarray(scores(run.networks, state, lattice)).reshape(_FINE, _FINE)
    axis.contourf(side, side, score, levels=24, cmap="Greys_r", alpha=0.85)
    axis.contour(side, side, score, levels=24, colors="black", linewidths=0.2)
    real = np.asarray(run.dataset.image[np.arange(_SHOWN)])[:, 0, 0]
    axis.plot(real[:, 0], real[:, 1], ".", color="tab:orange", markersize=2.5, label="real")
    shown = points[:_SHOWN]
    axis.plot(shown[:, 0], shown[:, 1], ".", color="tab:blue", markersize=2, alpha=0.6, label="generated")
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axis.legend(fontsize=8, loc="upper right", markerscale=3)


def montage(folder: Path, path: Path) -> int:
    """Puts up to ten of a run's pictures, evenly spread over it, on one sheet; returns how many."""
    found = sorted(folder.glob("*.png"))
    chosen = [
        found[i] for i in np.unique(np.linspace(0, len(found) - 1, min(_TIMES, len(found))).astype(int))
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
