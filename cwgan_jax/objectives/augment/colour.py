"""Colours: one matrix for all that changes them (Karras et al. 2020, arXiv:2006.06676, Appendix B)."""

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax.objectives.augment.transform import COLOURS, Dice, Drawn, Shape, Transform, colours

_BRIGHTNESS, _CONTRAST, _SATURATION = 0.2, 0.5, 1.0  # deviations; the latter two of binary logarithms
_GREY = np.full((COLOURS, COLOURS), 1 / COLOURS)  # the projection onto the axis of greys, v v^T
_TINT = np.eye(COLOURS) - _GREY  # onto the plane across it
_QUARTER = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)  # a turn by 90 degrees in that plane


def _draw(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
    """The matrix f[3, 4], of grey pictures f[1, 2]; the last column is added.

    Brightness x + b, contrast c x, the flip of the luma I - 2 v v^T, the turn of the hue around v and the
    saturation v v^T + s (I - v v^T), one after the other, multiply to
    c (+-v v^T + s (cos t (I - v v^T) + sin t Q)), and the shift becomes +-c b: all leave the axis of greys
    and the plane across it to themselves. On grey pictures it is x -> +-c (x + b): hue and saturation mean
    nothing there.
    """
    done = [dice.happens(p) for _ in range(5)]
    bright = jnp.where(done[0], dice.bell(_BRIGHTNESS), 0)
    contrast = jnp.exp2(jnp.where(done[1], dice.bell(_CONTRAST), 0))
    saturation = jnp.exp2(jnp.where(done[4], dice.bell(_SATURATION), 0))
    gain = jnp.where(done[2] & (dice.whole(0, 2) == 1), -contrast, contrast)
    angle = jnp.where(done[3], dice.between(-jnp.pi, jnp.pi), 0)
    if shape[-1] < COLOURS:
        return Drawn(done[0] | done[1] | done[2], jnp.stack([gain, gain * bright])[None])
    grey, tint, quarter = (jnp.asarray(each, dice.dtype) for each in (_GREY, _TINT, _QUARTER))
    matrix = gain * grey + contrast * saturation * (jnp.cos(angle) * tint + jnp.sin(angle) * quarter)
    shift = jnp.broadcast_to(gain * bright, (COLOURS, 1))
    return Drawn(jnp.stack(done).any(), jnp.concatenate([matrix, shift], 1))


def _apply(matrix: jax.Array, example: jax.Array) -> jax.Array:
    def change(x: jax.Array) -> jax.Array:
        turned = jnp.einsum("oi,hwi->hwo", matrix[:, :-1], x, precision=jax.lax.Precision.HIGHEST)
        return turned + matrix[None, None, :, -1]

    return colours(example, change)


COLOUR = Transform(_draw, _apply, uniform=7, normal=3)
