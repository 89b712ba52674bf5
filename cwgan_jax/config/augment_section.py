"""The section of a config about the augmentation of what the critic sees."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cwgan_jax.common import options


def _pipelines() -> Mapping[str, Any]:
    from cwgan_jax.objectives import augment  # late, as all tables

    return augment.PIPELINES


@dataclasses.dataclass(frozen=True)
class Augment:
    """Every image that the critic sees, real or generated, changed at random; see docs/augmentation.md.

    Not to be confused with the command `augment`, which tops up a data set with generated examples.

    Attributes:
      pipeline: key of `objectives.augment.PIPELINES`: `none`; `blit`, `geom`, `color`, `filter`, `noise`,
        `cutout` and what they are together, `bg` to `bgcfnc` (Karras et al. 2020, arXiv:2006.06676; the usual
        one is `bgc`); `diffaugment` (Zhao et al. 2020, arXiv:2006.10738; it has p = 1 and no target) and its
        parts.
      p: the strength, the chance of each transformation; where it adapts, what it starts from.
      target: of r_t, the mean sign of the critic's scores of real images: above it p grows, below it p falls;
        none: p stays (or moves along `config.ramp`).
      every: critic updates from one change of p to the next.
      speed: real images that the critic sees while p goes from 0 to 1.
      ceiling: the largest p; the augmentation leaks into generated images if p is near 1.
    """

    pipeline: str = options.key("none", _pipelines)
    p: float = options.real(0.0, "a number in [0, 1]", lambda v: 0 <= v <= 1)
    target: float | None = options.option(
        0.6, "a number in (-1, 1) or none", lambda v: v is None or -1 < v < 1
    )
    every: int = options.count(4, high=10**6)
    speed: int = options.count(500_000)
    ceiling: float = options.real(0.8, "a number in (0, 1]", lambda v: 0 < v <= 1)
