"""Augmentation of what the critic sees: pictures changed at random, as pure functions of one picture.

Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676) and DiffAugment (Zhao et al. 2020,
arXiv:2006.10738). `draw` has all the randomness, `apply` none: it is differentiable as often as one likes.
To add a transformation, write a `Transform` and put it into a line of `PIPELINES`.
"""

from typing import Any

import jax
import jax.numpy as jnp

from cwgan_jax.objectives.augment import corruption, differentiable
from cwgan_jax.objectives.augment.colour import COLOUR
from cwgan_jax.objectives.augment.geometry import geometry
from cwgan_jax.objectives.augment.transform import Drawn, Shape, Transform

__all__ = ["PIPELINES", "Drawn", "Transform", "apply", "draw"]

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


def draw(
    pipeline: Pipeline, key: jax.Array, p: jax.Array | float, shape: Shape, dtype: Any
) -> tuple[Drawn, ...]:
    """What is to be done with one example.

    Args:
      pipeline: the transformations, in order.
      key: of the example.
      p: f[], the strength: the chance that a transformation is applied.
      shape: of the example, (H, W, D).
      dtype: of the numbers.

    Returns:
      The draws of each transformation, as `apply` takes them.
    """
    p = jnp.asarray(p, dtype)
    keys = (jax.random.fold_in(key, number) for number in range(len(pipeline)))
    return tuple(one.draw(own, p, shape, dtype) for one, own in zip(pipeline, keys, strict=True))


def apply(pipeline: Pipeline, drawn: tuple[Drawn, ...], example: jax.Array) -> jax.Array:
    """An example f[H, W, D] after the transformations: itself, to the bit, where none of them is active.

    D = 1 is grey, the first three channels of others are colours; what is beyond them (opacity) takes part in
    what moves pixels or cuts them out, and in nothing else.
    """
    for one, (active, values) in zip(pipeline, drawn, strict=True):
        example = jnp.where(active, one.apply(values, example), example)
    return example
