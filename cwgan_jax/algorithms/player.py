"""A network in training: everything of it that changes, and the one update that serves all of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from cwgan_jax.algorithms import ramp
from cwgan_jax.config import Config
from cwgan_jax.networks.layers import spectral

_EPSILON = 1e-8
_FEW = 1e-8  # images, in place of none: nothing is left of what was before


class Player(NamedTuple):
    """A network in training.

    Attributes:
      params: its parameters.
      stats: its running statistics; {} where it has none.
      optimizer: the state of its optimizer.
      average: moving average of {params, stats}, or None.
      spectral: vectors of its spectral norms, see `networks.layers.spectral`, or None.
    """

    params: Any
    stats: Any
    optimizer: optax.OptState
    average: Any
    spectral: Any


class Rule(NamedTuple):
    """How a player is trained; the same throughout a run.

    Attributes:
      optimizer: n -> its optimizer at step n, with a state of the same form at every step.
      average: n -> the decay of the moving average at step n; None: none is kept.
      spectral_norm: whether its kernels are divided by their largest singular values.
      clip: the parameters are clipped to [-clip, clip] after every update; None: not.
    """

    optimizer: Callable[[jax.Array], optax.GradientTransformation]
    average: Callable[[jax.Array], jax.Array] | None = None
    spectral_norm: bool = False
    clip: float | None = None


def optimizer(
    config: Config, rate: str, *, lazy: tuple[int, ...] = ()
) -> Callable[[jax.Array], optax.GradientTransformation]:
    """The optimizer of a config at step n, as PyTorch has it (epsilon 1e-8).

    Args:
      config: of the run.
      rate: which key of its section `optimizer` is the learning rate.
      lazy: the interval above 1 of the network's penalties, if any; rates and betas are scaled for it where
        the config says so.
    """
    # Karras et al. 2020, arXiv:1912.04958, Appendix B.
    scale = lazy[0] / (lazy[0] + 1) if config.optimizer.rescaled and lazy else 1.0

    def at(step: jax.Array) -> optax.GradientTransformation:
        value = lambda name: ramp.number(config, f"optimizer.{name}", step)  # noqa: E731
        beta = lambda name: value(name) if scale == 1 else value(name) ** scale  # noqa: E731
        size = value(rate) if scale == 1 else scale * value(rate)
        if config.optimizer.name == "rmsprop":  # the epsilon outside the root
            return optax.rmsprop(size, decay=beta("beta2"), eps=_EPSILON, eps_in_sqrt=False)
        return optax.adam(size, b1=beta("beta1"), b2=beta("beta2"), eps=_EPSILON)

    return at


def start(rule: Rule, params: Any, stats: Any, key: Callable[[], jax.Array], average: Any = None) -> Player:
    """A player with these weights, and everything else as at the start of a run.

    Args:
      rule: how it is trained.
      params: its parameters.
      stats: its running statistics.
      key: gives the key of its spectral vectors.
      average: a moving average to go on from; None: it starts at the weights.
    """
    if rule.average and average is None:
        average = {"params": params, "stats": stats}
    return Player(
        params,
        stats,
        rule.optimizer(jnp.zeros((), jnp.int32)).init(params),
        jax.tree.map(jnp.copy, average) if rule.average else None,  # donated: no buffer may stand there twice
        spectral.initial(params, key()) if rule.spectral_norm else None,
    )


def with_weights(player: Player, params: Any, stats: Any, average: Any = None) -> Player:
    """A player as at the start of a run, with other weights.

    Args:
      player: as it starts; its optimizer, which has seen no gradient, does not depend on the weights.
      params: in place of its own.
      stats: the same.
      average: a moving average to go on from, if it keeps one; None: it starts at the weights.
    """
    if average is None:
        average = {"params": params, "stats": stats}
    return player._replace(
        params=params,
        stats=stats,
        average=None if player.average is None else jax.tree.map(jnp.copy, average),
        spectral=None if player.spectral is None else spectral.settled(params, player.spectral),
    )


def advance(player: Player) -> Player:
    """Improves the estimates of the spectral norms, once before each update."""
    if player.spectral is None:
        return player
    return player._replace(spectral=spectral.advance(player.params, player.spectral))


def applied(player: Player, params: Any = None) -> Any:
    """The parameters as a network applies them, with spectral norm where the player has it.

    Args:
      player: whose vectors count.
      params: in place of its own; for derivatives with respect to them.
    """
    return spectral.normalised(player.params if params is None else params, player.spectral)


def variables(player: Player) -> dict[str, Any]:
    """What to draw from: the moving average where one is kept, else the network itself, as Flax takes it."""
    kept = player.average or {"params": player.params, "stats": player.stats}
    return {"params": applied(player, kept["params"]), "batch_stats": kept["stats"]}


def update(player: Player, gradient: Any, step: jax.Array, rule: Rule, *, stats: Any = None) -> Player:
    """One step of the optimizer.

    Args:
      player: before.
      gradient: of its loss with respect to `player.params`, averaged over the replicas.
      step: i32[], n, the generator updates completed before.
      rule: how it is trained.
      stats: the running statistics after the batch; None: they stay.

    Returns:
      The player after the update, with its moving average.
    """
    change, optimizer = rule.optimizer(step).update(gradient, player.optimizer)
    params: Any = optax.apply_updates(player.params, change)
    if (clip := rule.clip) is not None:  # arXiv:1701.07875, Algorithm 1, line 7
        params = jax.tree.map(lambda x: jnp.clip(x, -clip, clip), params)
    stats = player.stats if stats is None else stats
    average = player.average
    if average is not None:
        now = {"params": params, "stats": stats}
        assert rule.average is not None
        average = optax.incremental_update(now, average, 1 - rule.average(step))
    return player._replace(params=params, stats=stats, optimizer=optimizer, average=average)


def averaging(config: Config) -> Callable[[jax.Array], jax.Array] | None:
    """The decay of the moving average at step n, or None where a config keeps none.

    It is less at first, so that the initial weights are forgotten.
    """
    section = config.train

    def warm(step: jax.Array) -> jax.Array:
        n = step.astype(float)  # in the precision of the run: an i32 divided by a number would be an f32
        return jnp.minimum(section.ema_decay, (1 + n) / (10 + n))

    def halving(step: jax.Array) -> jax.Array:
        """As in the public code of StyleGAN2-ADA, where every step is of B images."""
        images = ramp.number(config, "train.ema_half_life", step)
        if section.ema_rampup:
            images = jnp.minimum(images, section.ema_rampup * section.batch_size * step.astype(float))
        return 0.5 ** (section.batch_size / jnp.maximum(images, _FEW))

    if section.ema_half_life is not None:
        return halving
    return warm if section.ema_decay else None
