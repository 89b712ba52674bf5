"""The section of a config that only algorithms between two domains read."""

import dataclasses

from cwgan_jax.common import options


@dataclasses.dataclass(frozen=True)
class Translation:
    """Two translators, one each way, as CycleGAN trains them; other algorithms do not read it.

    Attributes:
      cycle: weight of the mean absolute difference between a picture and what comes back of it, A to B to A
        and B to A to B.
      identity: weight of the mean absolute difference that a translator makes to a picture that is of its
        target already; the paper's is half of `cycle`. It keeps colours, and what else need not change; it
        hinders where everything must change. 0: there is none.
      aligned_start: the translators first learn the linear map that brings both sets together best, found
        without pairs. Where the sets look different but show the same things, training
        from new weights may exchange the classes.
      pool: how many earlier translations are kept for each critic; 0: it sees the newest alone.
    """

    cycle: float = options.real(10.0, "a number >= 0", lambda v: v >= 0)
    identity: float = options.real(5.0, "a number >= 0", lambda v: v >= 0)
    aligned_start: bool = options.option(False, "true or false", lambda _: True)
    pool: int = options.count(50, low=0, high=100_000)
