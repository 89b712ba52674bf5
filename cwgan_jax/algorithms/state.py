"""What a step takes and gives: the state, a batch, the metrics; and the state at the start."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from cwgan_jax import random
from cwgan_jax.config import Config, Optimizer
from cwgan_jax.networks import Networks
from cwgan_jax.networks.layers import spectral

_EPSILON = 1e-8


class Spectral(NamedTuple):
    """Vectors for the spectral norms of each network; None where it has none."""

    generator: Any = None
    critic: Any = None


class State(NamedTuple):
    """Everything that changes during a run.

    Attributes:
      seed: u32[], of every random number; a value, so that one compiled step serves all seeds.
      step: i32[], n, completed generator updates.
      generator: parameters.
      batch_stats: the generator's running statistics.
      critic: parameters.
      generator_optimizer: optimizer state of the generator.
      critic_optimizer: optimizer state of the critic.
      average: moving average of {params, batch_stats} of the generator, or None.
      spectral: vectors of the spectral norms, see `models.spectral`.
      balance: BEGAN's k_t f[], or None.
    """

    seed: jax.Array
    step: jax.Array
    generator: Any
    batch_stats: Any
    critic: Any
    generator_optimizer: optax.OptState
    critic_optimizer: optax.OptState
    average: Any
    spectral: Spectral
    balance: jax.Array | None

    def weights(self) -> Any:
        """The generator's parameters as they are applied, with spectral norm where it has that."""
        return spectral.normalised(self.generator, self.spectral.generator)

    def critic_weights(self) -> Any:
        """The critic's parameters as they are applied."""
        return spectral.normalised(self.critic, self.spectral.critic)


class Batch(NamedTuple):
    """Real examples of one step; R = 1 (tutorial schedule) or K (paper schedule).

    Attributes:
      image: u8[R, b, H, W, D].
      label: i32[R, b] in [0, C).
      slot: i32[b], the examples' places in the global batch.
    """

    image: jax.Array
    label: jax.Array
    slot: jax.Array


class Metrics(NamedTuple):
    """Scalars f[] of one step, over the global batch; those of the critic from its last update.

    Attributes:
      critic_loss: what the objective says, with the weighted penalty.
      generator_loss: what the objective says.
      critic_gap: mean D(real) - mean D(fake).
      penalty: mean of (gradient norm - 1)^2, or whichever it is, without its weight; None without one.
      gradient_norm: mean gradient norm at the interpolates, or wherever it is penalised.
      real_accuracy: share of real images that a discriminator takes for real; None for a critic.
      fake_accuracy: share of generated images that it takes for generated.
      balance: BEGAN's k_t.
      convergence: BEGAN's measure of it.
    """

    critic_loss: jax.Array
    generator_loss: jax.Array
    critic_gap: jax.Array
    penalty: jax.Array | None = None
    gradient_norm: jax.Array | None = None
    real_accuracy: jax.Array | None = None
    fake_accuracy: jax.Array | None = None
    balance: jax.Array | None = None
    convergence: jax.Array | None = None

    def named(self) -> dict[str, jax.Array]:
        """Those that there are, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def optimizers(config: Optimizer) -> tuple[optax.GradientTransformation, optax.GradientTransformation]:
    """The optimizer of the generator and that of the critic, as PyTorch has them (epsilon 1e-8)."""

    def one(rate: float) -> optax.GradientTransformation:
        if config.name == "rmsprop":  # the epsilon outside the root
            return optax.rmsprop(rate, decay=config.beta2, eps=_EPSILON, eps_in_sqrt=False)
        return optax.adam(rate, b1=config.beta1, b2=config.beta2, eps=_EPSILON)

    return one(config.generator_learning_rate), one(config.critic_learning_rate)


def decayed(change: Any, step: jax.Array, config: Optimizer) -> Any:
    """Scales a change at step n by 1 - n / decay_steps; as it is with constant learning rates."""
    if config.decay_steps is None:
        return change
    share = jnp.maximum(1 - _real(step) / config.decay_steps, 0)
    return jax.tree.map(lambda x: x * share.astype(x.dtype), change)


def warm(decay: float, step: jax.Array) -> jax.Array:
    """The decay of the moving average at step n: less at first, so that the initial weights are forgotten."""
    n = _real(step)
    return jnp.minimum(decay, (1 + n) / (10 + n))


def _real(step: jax.Array) -> jax.Array:
    """In the precision of the run: an i32 divided by a number would be an f32."""
    return step.astype(float)


def init(config: Config, networks: Networks) -> State:
    """The state at n = 0, a function of the config's seed."""
    # In float32 whatever the config says, so that both precisions start from the same numbers.
    latent, label = jnp.zeros((1, config.model.latent), jnp.float32), jnp.zeros((1,), jnp.int32)
    image = jnp.zeros((1, *networks.generator.image_shape), jnp.float32)
    generator_key = random.key(config.seed, random.Stream.GENERATOR_INIT)
    critic_key = random.key(config.seed, random.Stream.CRITIC_INIT)
    variables = networks.generator.init(generator_key, latent, label, train=True)
    critic = networks.critic.init(critic_key, image, label)["params"]
    generator, batch_stats, critic = jax.tree.map(
        lambda leaf: leaf.astype(config.model.dtype),
        (variables["params"], variables.get("batch_stats", {}), critic),
    )
    average = {"params": generator, "batch_stats": batch_stats} if config.train.ema_decay else None
    return begin(config, generator, batch_stats, critic, average)


def begin(
    config: Config, generator: Any, batch_stats: Any, critic: Any, average: Any, *, step: int = 0
) -> State:
    """A state with these weights, and everything else as at the start of a run."""
    generator_optimizer, critic_optimizer = optimizers(config.optimizer)

    def vectors(params: Any, wanted: bool, number: int) -> Any:
        return (
            spectral.initial(params, random.key(config.seed, random.Stream.SPECTRAL, number))
            if wanted
            else None
        )

    objective = config.objective
    return State(
        seed=jnp.asarray(config.seed, jnp.uint32),
        step=jnp.asarray(step, jnp.int32),
        generator=generator,
        batch_stats=batch_stats,
        critic=critic,
        generator_optimizer=generator_optimizer.init(generator),
        critic_optimizer=critic_optimizer.init(critic),
        average=jax.tree.map(jnp.copy, average),  # the state is donated: no buffer may stand in it twice
        spectral=Spectral(
            vectors(generator, objective.generator_spectral_norm, 0),
            vectors(critic, objective.constraint == "spectral_norm", 1),
        ),
        balance=jnp.zeros((), config.model.dtype) if objective.loss == "began" else None,
    )


def initial(config: Config, networks: Networks) -> State:
    """Computes `init`; on two CPU cores 2 s instead of 9 s, nearly all of it compilation.

    XLA's expensive passes are left out: for a program that runs once they cost more than they save. The seed
    is an argument of the compiled program, so that other seeds find it in the compilation cache.
    """
    quick = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    seeded = lambda seed: init(dataclasses.replace(config, seed=seed), networks)  # noqa: E731
    return jax.jit(seeded, compiler_options=quick)(np.uint32(config.seed))
