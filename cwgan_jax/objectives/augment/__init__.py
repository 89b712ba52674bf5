"""Augmentation of what the critic sees: pictures changed at random, as pure functions of one picture.

Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676) and DiffAugment (Zhao et al. 2020,
arXiv:2006.10738). `numbers` has all the randomness, `draw` and `apply` none:
the latter is differentiable as often as one likes.
To add a transformation, write a `Transform` and put it into a line of `PIPELINES`.
"""

from typing import Any

import jax
import jax.numpy as jnp

from cwgan_jax.objectives.augment import corruption, differentiable
from cwgan_jax.objectives.augment.colour import COLOUR
from cwgan_jax.objectives.augment.geometry import geometry
from cwgan_jax.objectives.augment.transform import Dice, Drawn, Numbers, Shape, Transform

__all__ = ["PIPELINES", "Drawn", "Numbers", "Transform", "apply", "draw", "numbers"]

Pipeline = tuple[Transform, ...]

_BOTH = geometry(blit=True, general=True)
_BGCF = (_BOTH, COLOUR, corruption.FILTER)
_DIFFERENTIABLE = (differentiable.COLOR, differentiable.TRANSLATION, differentiable.CUTOUT)
PIPELINES: dict[str, Pipeline] = {
    "none": (),
    "blit": (geometry(blit=True, general=False),),
    "geom": (geometry(blit=False, general=True),),
    "color": (COLOUR,),
    "filter": (corruption.FILTER,),
    "noise": (corruption.NOISE,),
    "cutout": (corruption.CUTOUT,),
    "bg": (_BOTH,),
    "bgc": (_BOTH, COLOUR),
    "bgcf": _BGCF,
    "bgcfn": (*_BGCF, corruption.NOISE),
    "bgcfnc": (*_BGCF, corruption.NOISE, corruption.CUTOUT),
    "diffaugment": _DIFFERENTIABLE,
    "diffaugment_color": _DIFFERENTIABLE[:1],
    "diffaugment_translation": _DIFFERENTIABLE[1:2],
    "diffaugment_cutout": _DIFFERENTIABLE[2:],
    "diffaugment_translation_cutout": _DIFFERENTIABLE[1:],
}
"""By name; those from `blit` to `bgcfnc` are the presets of the code of arXiv:2006.06676, where `bgc` is the
default."""


def numbers(pipeline: Pipeline, key: jax.Array, dtype: Any) -> Numbers:
    """The random numbers of one example, from its key."""
    counts = sum(one.uniform for one in pipeline), sum(one.normal for one in pipeline)
    first, second, third = jax.random.split(key, 3)
    flat = jax.random.uniform(first, counts[:1], dtype)
    return Numbers(flat, jax.random.normal(second, counts[1:], dtype), third)


def draw(pipeline: Pipeline, numbers: Numbers, p: jax.Array | float, shape: Shape) -> tuple[Drawn, ...]:
    """What is to be done with one example.

    Args:
      pipeline: the transformations, in order.
      numbers: of the example.
      p: f[], the strength: the chance that a transformation is applied.
      shape: of the example, (H, W, D).

    Returns:
      The draws of each transformation, as `apply` takes them.
    """
    p, drawn, at = jnp.asarray(p, numbers.uniform.dtype), [], (0, 0)
    for one in pipeline:
        behind = at[0] + one.uniform, at[1] + one.normal
        own = numbers.uniform[at[0] : behind[0]], numbers.normal[at[1] : behind[1]]
        drawn.append(one.draw(Dice(Numbers(*own, numbers.key)), p, shape))
        at = behind
    return tuple(drawn)


def apply(pipeline: Pipeline, drawn: tuple[Drawn, ...], example: jax.Array) -> jax.Array:
    """An example f[H, W, D] after the transformations: itself, to the bit, where none of them is active.

    D = 1 is grey, the first three channels of others are colours; what is beyond them (opacity) takes part in
    what moves pixels or cuts them out, and in nothing else.
    """
    for one, (active, values) in zip(pipeline, drawn, strict=True):
        example = jnp.where(active, one.apply(values, example), example)
    return example
