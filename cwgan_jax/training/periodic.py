"""What happens now and then during a run."""

from collections.abc import Callable
from typing import NamedTuple

from cwgan_jax.algorithms import State


class Periodic(NamedTuple):
    """An action of the loop.

    Attributes:
      every: steps between two calls; None: none on the way.
      action: takes n and the state after step n.
      at_end: whether it is called after the last step too.
      at_stop: whether it is called when the run is stopped by a signal.
    """

    every: int | None
    action: Callable[[int, State], None]
    at_end: bool = True
    at_stop: bool = False

    def due(self, n: int, total: int, stopping: bool) -> bool:
        """Whether it is to be called after step n of `total`."""
        return bool(
            (self.every and n % self.every == 0)
            or (self.at_end and n == total)
            or (self.at_stop and stopping)
        )
