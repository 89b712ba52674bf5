"""What spoils pictures: frequencies, noise, a missing square (arXiv:2006.06676, Appendix B)."""

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax.objectives.augment import wavelets
from cwgan_jax.objectives.augment.transform import COLOURS, Dice, Drawn, Shape, Transform, colours

_GAIN = 1.0  # deviation of the binary logarithm of a band's gain
_POWER = np.array([10, 1, 1, 1]) / 13  # what natural pictures have in each band
_NOISE = 0.1  # deviation of the noise's own deviation
_CUT = 0.5  # of each side
_FULL = jax.lax.Precision.HIGHEST


def _draw_filter(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
    """Gains f[4] of the frequency bands, such that the power of a natural picture stays.

    Band after band has a chance p of a gain t; all four gains are then divided by the root of the power.
    """
    dtype = dice.dtype
    power, gains, done = jnp.asarray(_POWER, dtype), jnp.ones(wavelets.BANDS, dtype), []
    for band in range(wavelets.BANDS):
        done.append(dice.happens(p))
        one = jnp.ones(wavelets.BANDS, dtype)
        one = one.at[band].set(jnp.exp2(jnp.where(done[-1], dice.bell(_GAIN), 0)))
        gains = gains * one / jnp.sqrt((power * jnp.square(one)).sum())
    return Drawn(jnp.stack(done).any(), gains)


def _apply_filter(gains: jax.Array, example: jax.Array) -> jax.Array:
    height, width = example.shape[:2]
    rows, columns = (
        jnp.einsum("k,kij->ij", gains, jnp.asarray(each, gains.dtype), precision=_FULL)
        for each in (wavelets.band_matrices(height), wavelets.band_matrices(width))
    )

    def change(x: jax.Array) -> jax.Array:
        x = jnp.einsum("ri,ijd->rjd", rows, x, precision=_FULL)
        return jnp.einsum("cj,rjd->rcd", columns, x, precision=_FULL)

    return colours(example, change)


def _draw_noise(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
    """Noise f[H, W, colours] with a deviation of its own, |N(0, 0.1)|."""
    size = *shape[:-1], min(shape[-1], COLOURS)
    return Drawn(dice.happens(p), jnp.abs(dice.bell(_NOISE)) * dice.noise(size))


def _apply_noise(noise: jax.Array, example: jax.Array) -> jax.Array:
    return colours(example, lambda x: x + noise)


def _draw_cutout(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
    """The centre (x, y) of what is cut out, f[2] in [0, 1)^2, as shares of the sides."""
    return Drawn(dice.happens(p), jnp.stack([dice.between(0, 1), dice.between(0, 1)]))


def _apply_cutout(centre: jax.Array, example: jax.Array) -> jax.Array:
    """Zero, the middle of [-1, 1], where both distances from the centre are below a quarter of the side."""
    height, width = example.shape[:2]
    x, y = (
        jnp.abs((jnp.arange(side, dtype=centre.dtype) + 0.5) / side - middle) >= _CUT / 2
        for side, middle in zip((width, height), centre, strict=True)
    )
    return jnp.where((x[None] | y[:, None])[..., None], example, 0)


FILTER = Transform(_draw_filter, _apply_filter, uniform=wavelets.BANDS, normal=wavelets.BANDS)
NOISE = Transform(_draw_noise, _apply_noise, uniform=1, normal=1)
CUTOUT = Transform(_draw_cutout, _apply_cutout, uniform=3)
