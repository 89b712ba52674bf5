"""The options of the convolutional pairs."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from cwgan_jax.common import options
from cwgan_jax.common.options import Conflict
from cwgan_jax.networks import architecture


@dataclasses.dataclass(frozen=True)
class CriticOptions(architecture.Options):
    """The options of any pair with the convolutional critic.

    Attributes:
      critic_labels: how the critic sees the labels: `concatenated` (constant planes behind the image),
        `projection` (an inner product with its last features) or `off` (only its auxiliary classifier has to
        do with them: AC-GAN, Odena et al. 2017, arXiv:1610.09585).
      critic_norm: between the critic's layers: `auto` (the architecture's own: instance norm, but batch norm
        in dcgan), `instance`, `layer` (Ba et al. 2016, arXiv:1607.06450; unlike instance norm it keeps how
        the channels compare, such as a colour), `batch` or `off`.
    """

    critic_labels: str = options.choice("concatenated", "concatenated", "projection", "off")
    critic_norm: str = options.choice("auto", "auto", "instance", "layer", "batch", "off")

    @property
    def norm(self) -> str:
        """The critic's norm, `auto` resolved."""
        return "instance" if self.critic_norm == "auto" else self.critic_norm

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """See `Model`."""
        yield from super().conflicts(config)
        if self.norm != "batch":
            return
        instead = "config.model.critic_norm=instance, layer or off"
        for name, penalty in dataclasses.asdict(config.objective.penalties).items():
            if penalty["weight"] > 0:
                yield Conflict(
                    (f"objective.penalties.{name}.weight", "model.critic_norm"),
                    "the critic has batch norm, so its score is not a function of one example; set the weight"
                    f" to 0, or {instead}",
                )
        if config.train.parts != 1:
            why = f"the critic's batch norm needs the whole batch; set it to 1, or {instead}"
            yield Conflict(("train.parts", "model.critic_norm"), why)


@dataclasses.dataclass(frozen=True)
class Options(CriticOptions):
    """The options of `conv`.

    Attributes:
      generator_labels: how the generator sees the labels: `concatenated` (an embedding behind the latent) or
        `batch_norm` (a scale and a bias for each class: conditional batch norm).
      attention: height (length of the first axis) of the feature maps on which both networks have
        self-attention; none: nowhere.
      batch_norm_epsilon: added to the variance in the generator's batch norms.
      smooth: whether the generator's last maps are smoothed along each axis with [1, 2, 1] / 4, before the
        tanh. It can still draw sharp edges, but grain takes more effort.
      full_features: features of a further hidden layer of the generator, with maps as large as the examples,
        and behind it a convolution of 3 places an axis; 0: there is none, and the last transposed
        convolution makes the examples from maps of half the size.
    """

    architecture: str = "conv"
    generator_labels: str = options.choice("concatenated", "concatenated", "batch_norm")
    attention: int | None = options.count(None, low=4, high=128)
    batch_norm_epsilon: float = options.real(1e-5, "a number > 0", lambda v: v > 0)
    smooth: bool = options.choice(False, True, False)
    full_features: int = options.count(0, low=0, high=4096)
