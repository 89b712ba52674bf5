"""What adapts slowly during a run, from what the critic's updates observe.

To add one, write a function like `equilibrium` and name it in the objective that reads its value.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from cwgan_jax.common.metric import Metric


class Controller(NamedTuple):
    """A value that is kept in the state and moves after every update of the critic.

    Attributes:
      init: (dtype) -> the value at step 0, a pytree.
      observe: (value, observed) -> the new value, and metrics f[] by name. `observed` has the metrics of the
        update, averaged over all replicas, and `real_score` f[], the mean score of the real examples.
      metrics: those that `observe` gives.
    """

    init: Callable[[jnp.dtype], Any]
    observe: Callable[[Any, Mapping[str, jax.Array]], tuple[Any, dict[str, jax.Array]]]
    metrics: tuple[Metric, ...] = ()


def equilibrium(objective: Any) -> Controller:
    """BEGAN's control of k_t and its measure of convergence (arXiv:1703.10717, Sections 3.3 and 3.4.1).

    Args:
      objective: the config's section; its `equilibrium` is gamma, the error of generated examples that is
        wanted over that of real ones, its `equilibrium_rate` lambda_k.

    Returns:
      A controller of k_t f[] in [0, 1].
    """
    ratio, rate = objective.equilibrium, objective.equilibrium_rate

    def observe(
        balance: jax.Array, observed: Mapping[str, jax.Array]
    ) -> tuple[jax.Array, dict[str, jax.Array]]:
        real = observed["real_score"]
        fake = real - observed["critic_gap"]
        off = ratio * -real - -fake
        moved = jnp.clip(balance + rate * off, 0, 1)
        return moved, {"balance": moved, "convergence": -real + jnp.abs(off)}

    panel = "equilibrium (BEGAN)"
    metrics = (
        Metric("balance", "k", panel, short="balance"),
        Metric("convergence", "convergence", panel, short="convergence"),
    )
    return Controller(lambda dtype: jnp.zeros((), dtype), observe, metrics)
