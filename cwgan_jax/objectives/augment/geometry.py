"""Where pixels go: flips, turns and shifts by whole pixels, and any affine map, of Karras et al. 2020.

Every transformation is a map from a place in the result to the place in the picture that is seen there, in
pixels from the centre, x to the right and y downwards. All of them together are one matrix. The picture goes
on beyond its edges as in a mirror (see `wavelets`).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from cwgan_jax.objectives.augment import wavelets
from cwgan_jax.objectives.augment.transform import Dice, Drawn, Shape, Transform

SHIFT = 0.125  # of the side: the largest shift by whole pixels, and the deviation of others
_SCALE = 0.2  # deviation of the binary logarithm of a scale, and of the sides' proportion
_FULL = jax.lax.Precision.HIGHEST  # places must not be rounded to the few digits of fast products


class Motion(NamedTuple):
    """How one picture moves.

    Attributes:
      turn: i32[2, 2], (x, y) of the result to (x, y) of the picture: a flip and quarters of a turn.
      shift: i32[2], to the right and down, after `turn`.
      matrix: f[2, 3], all of it.
      resampled: bool[], whether there is more than `turn` and `shift`.
    """

    turn: jax.Array
    shift: jax.Array
    matrix: jax.Array
    resampled: jax.Array


def geometry(*, blit: bool, general: bool) -> Transform:
    """Pixel blitting, general geometry, or both as one map (arXiv:2006.06676, Appendix B).

    Args:
      blit: flips, turns by 90 degrees and shifts by whole pixels.
      general: scaling, turning and shifting by any amount.
    """

    def draw(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
        turn, shift, moved = _blit(dice, p, shape) if blit else _still()
        matrix, resampled = _general(dice, p, shape) if general else (None, jnp.asarray(False))
        dtype = dice.dtype
        whole = _affine(turn.astype(dtype), -_times(turn.astype(dtype), shift.astype(dtype)))
        whole = whole if matrix is None else _times(whole, matrix)
        return Drawn(moved | resampled, Motion(turn, shift, whole[:2], resampled))

    def apply(motion: Motion, example: jax.Array) -> jax.Array:
        if not general:
            return _blitted(motion, example)
        found = resample(motion.matrix, example)
        return jnp.where(motion.resampled, found, _blitted(motion, example)) if blit else found

    return Transform(draw, apply, 7 * (blit + general), 4 * general)


def _still() -> tuple[jax.Array, jax.Array, jax.Array]:
    return jnp.eye(2, dtype=jnp.int32), jnp.zeros(2, jnp.int32), jnp.asarray(False)


def _blit(dice: Dice, p: jax.Array, shape: Shape) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The turn i32[2, 2] and the shift i32[2] of a picture, and whether it is moved at all."""
    flip = jnp.where(dice.happens(p), dice.whole(0, 2), 0)
    quarters = jnp.where(dice.happens(p), dice.whole(0, 4), 0)
    moves, (height, width, *_) = dice.happens(p), shape
    x, y = (jnp.round(dice.between(-SHIFT, SHIFT) * side).astype(jnp.int32) for side in (width, height))
    cos, sin = (jnp.asarray(table, jnp.int32)[quarters] for table in ((1, 0, -1, 0), (0, 1, 0, -1)))
    mirror = 1 - 2 * flip
    turn = jnp.stack([jnp.stack([mirror * cos, -mirror * sin]), jnp.stack([sin, cos])])
    shift = jnp.where(moves, jnp.stack([x, y]), 0)
    return turn, shift, (flip != 0) | (quarters != 0) | (shift != 0).any()


def _general(dice: Dice, p: jax.Array, shape: Shape) -> tuple[jax.Array, jax.Array]:
    """The matrix f[3, 3] of scale, turn, proportion, turn and shift; and whether there is any of them."""
    dtype, (height, width, *_) = dice.dtype, shape
    # Each of the two turns by this chance, so that one of them or both have the chance p.
    each = 1 - jnp.sqrt(jnp.clip(1 - p, 0, 1))
    done = [dice.happens(chance) for chance in (p, each, p, each, p)]
    scale, proportion = (jnp.exp2(jnp.where(d, dice.bell(_SCALE), 0)) for d in (done[0], done[2]))
    before, after = (jnp.where(d, dice.between(-jnp.pi, jnp.pi), 0) for d in (done[1], done[3]))
    x, y = (jnp.where(done[4], side * dice.bell(SHIFT), 0) for side in (width, height))
    matrix = _affine(jnp.eye(2, dtype=dtype) / scale, jnp.zeros(2, dtype))
    for one in (
        _affine(_rotation(before), jnp.zeros(2, dtype)),
        _affine(jnp.diag(jnp.stack([1 / proportion, proportion])), jnp.zeros(2, dtype)),
        _affine(_rotation(after), jnp.zeros(2, dtype)),
        _affine(jnp.eye(2, dtype=dtype), -jnp.stack([x, y])),
    ):
        matrix = _times(matrix, one)
    return matrix, jnp.stack(done).any()


def _times(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.matmul(a, b, precision=_FULL)


def _rotation(angle: jax.Array) -> jax.Array:
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    return jnp.stack([jnp.stack([cos, -sin]), jnp.stack([sin, cos])])


def _affine(matrix: jax.Array, shift: jax.Array) -> jax.Array:
    """f[2, 2] and f[2] -> the homogeneous matrix f[3, 3]."""
    top = jnp.concatenate([matrix, shift[:, None]], 1)
    return jnp.concatenate([top, jnp.asarray([[0, 0, 1]], top.dtype)])


def _blitted(motion: Motion, example: jax.Array) -> jax.Array:
    """Pixels as they are, at other places. Of sides of which one is odd, a turn is off by half a pixel."""
    height, width, depth = example.shape
    # Twice the distance from the centre: whole numbers.
    x = 2 * (jnp.arange(width) - motion.shift[0]) - (width - 1)
    y = 2 * (jnp.arange(height) - motion.shift[1]) - (height - 1)
    (xx, xy), (yx, yy) = motion.turn
    column = _mirrored((xx * x[None] + xy * y[:, None] + width - 1) // 2, width)
    row = _mirrored((yx * x[None] + yy * y[:, None] + height - 1) // 2, height)
    flat = (row * width + column).reshape(-1)
    return _taken(example.reshape(-1, depth), flat).reshape(example.shape)


def _mirrored(place: jax.Array, length: int) -> jax.Array:
    """As `wavelets.mirrored`."""
    last = max(length - 1, 1)
    return jnp.minimum(last - jnp.abs(place % (2 * last) - last), length - 1)


def _taken(rows: jax.Array, number: jax.Array) -> jax.Array:
    return rows.at[number].get(mode="promise_in_bounds")


def resample(matrix: jax.Array, example: jax.Array) -> jax.Array:
    """An affine map without aliasing: twice as fine by sym6, bilinear between these places, back by sym6.

    Args:
      matrix: f[2, 3], (x, y, 1) of the result, from its centre, to (x, y) of the picture.
      example: f[H, W, D], both sides at least 2.

    Returns:
      f[H, W, D], linear in the example.
    """
    height, width, depth = example.shape
    dtype = example.dtype
    tall, wide = (jnp.asarray(wavelets.up(side), dtype) for side in (height, width))
    fine = jnp.einsum("rp,pqd->rqd", tall, example, precision=_FULL)
    fine = jnp.einsum("cq,rqd->rcd", wide, fine, precision=_FULL)
    rows, columns = fine.shape[:2]
    # Places of the result, three pixels more on each side, every half pixel.
    x, y = (
        jnp.arange(2 * side + 4 * wavelets.PAD, dtype=dtype) / 2 - wavelets.PAD - (side - 1) / 2
        for side in (width, height)
    )
    place = lambda row, side: 2 * (row[0] * x[None] + row[1] * y[:, None] + row[2]) + side - 1  # noqa: E731
    column, row = place(matrix[0], width), place(matrix[1], height)
    left, top = jnp.floor(column), jnp.floor(row)
    right, lower = ((column - left).reshape(-1, 1), (row - top).reshape(-1, 1))
    c, r = (each.astype(jnp.int32).reshape(-1) for each in (left, top))
    (c0, c1), (r0, r1) = ((c % columns, (c + 1) % columns), (r % rows, (r + 1) % rows))
    flat = fine.reshape(-1, depth)
    seen = lambda r, c: _taken(flat, r * columns + c)  # noqa: E731
    above = seen(r0, c0) * (1 - right) + seen(r0, c1) * right
    below = seen(r1, c0) * (1 - right) + seen(r1, c1) * right
    found = (above * (1 - lower) + below * lower).reshape(len(y), len(x), depth)
    low, narrow = (jnp.asarray(wavelets.down(side), dtype) for side in (height, width))
    found = jnp.einsum("pr,rcd->pcd", low, found, precision=_FULL)
    return jnp.einsum("qc,pcd->pqd", narrow, found, precision=_FULL)
