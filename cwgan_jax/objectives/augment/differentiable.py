"""DiffAugment (Zhao et al. 2020, arXiv:2006.10738): its three policies, color, translation and cutout.

There each of them is applied to every image, which is p = 1; here with probability p.
"""

import jax
import jax.numpy as jnp

from cwgan_jax.objectives.augment.transform import Dice, Drawn, Shape, Transform, colours

_SHIFT, _CUT = 0.125, 0.5  # of each side


def _draw_color(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
    """Brightness in [-0.5, 0.5), saturation in [0, 2), contrast in [0.5, 1.5): f[3]."""
    done = dice.happens(p)
    values = [dice.between(-0.5, 0.5), dice.between(0, 2), dice.between(0.5, 1.5)]
    return Drawn(done, jnp.stack(values))


def _apply_color(values: jax.Array, example: jax.Array) -> jax.Array:
    """Saturation is around the mean of a pixel's colours (grey pictures: no change), contrast around all."""
    brightness, saturation, contrast = values

    def change(x: jax.Array) -> jax.Array:
        x = x + brightness
        grey = x.mean(-1, keepdims=True)
        x = (x - grey) * saturation + grey
        mean = x.mean()
        return (x - mean) * contrast + mean

    return colours(example, change)


def _draw_translation(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
    """Rows and columns i32[2], up to an eighth of the side either way."""
    most = [int(side * _SHIFT + 0.5) for side in shape[:2]]
    return Drawn(dice.happens(p), jnp.stack([dice.whole(-m, 2 * m + 1) for m in most]))


def _apply_translation(shift: jax.Array, example: jax.Array) -> jax.Array:
    """Shifts a picture; what comes in is zero, the middle of [-1, 1]."""
    for axis in (0, 1):
        place = jnp.arange(example.shape[axis]) + shift[axis]
        inside = (place >= 0) & (place < example.shape[axis])
        example = jnp.take(example, place, axis=axis, mode="clip")
        example = jnp.where(inside[:, None, None] if axis == 0 else inside[:, None], example, 0)
    return example


def _draw_cutout(dice: Dice, p: jax.Array, shape: Shape) -> Drawn:
    """The first row and column i32[2] of what is cut out; part of it may be outside."""
    done, sizes = dice.happens(p), [int(side * _CUT + 0.5) for side in shape[:2]]
    first = [
        dice.whole(0, side + 1 - size % 2) - size // 2 for side, size in zip(shape[:2], sizes, strict=True)
    ]
    return Drawn(done, jnp.stack(first))


def _apply_cutout(first: jax.Array, example: jax.Array) -> jax.Array:
    kept = []
    for axis in (0, 1):
        side = example.shape[axis]
        place = jnp.arange(side) - first[axis]
        kept.append((place < 0) | (place >= int(side * _CUT + 0.5)))
    return jnp.where((kept[0][:, None] | kept[1][None])[..., None], example, 0)


COLOR = Transform(_draw_color, _apply_color, uniform=4)
TRANSLATION = Transform(_draw_translation, _apply_translation, uniform=3)
CUTOUT = Transform(_draw_cutout, _apply_cutout, uniform=3)
