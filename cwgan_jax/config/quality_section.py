"""The section of a config about measuring while a run goes on."""

import dataclasses

from cwgan_jax.common import options


@dataclasses.dataclass(frozen=True)
class Quality:
    """What is measured on generated images while the run goes on; see docs/quality.md.

    Attributes:
      every: steps between two measurements; none: nothing is measured, and no judge is trained.
      samples: images generated for one.
      best: by which of the figures that are measured on the way the best checkpoint, kept in `best/`, is
        chosen: `frechet`, `agreement`, `error_angle` ...; empty: by the first one of the kind of data.
    """

    every: int | None = options.count(None)
    samples: int = options.count(1000, low=100, high=10**6)
    best: str = options.text("", "the name of a figure that is measured, or nothing")
