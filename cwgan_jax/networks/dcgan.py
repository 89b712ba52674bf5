"""The DCGAN (Radford et al. 2016, arXiv:1511.06434): the layers of `conv`, and batch norm in both networks.

Both networks have the same widths: 8f, 4f, 2f, f at 64x64 and 2f, f at 28x28.
"""

import dataclasses

from cwgan_jax.networks import conv
from cwgan_jax.networks.architecture import Form, Networks
from cwgan_jax.networks.maps import critic_widths

GENERATOR_SLOPE = 0.0


@dataclasses.dataclass(frozen=True)
class Options(conv.Options):
    """The options of `dcgan`, those of `conv`."""

    architecture: str = "dcgan"

    @property
    def norm(self) -> str:
        """The critic's norm, `auto` resolved."""
        return "batch" if self.critic_norm == "auto" else self.critic_norm


def build(model: Options, form: Form) -> Networks:
    """The pair `dcgan`; see `networks.build`."""
    # As in the GAN family, whose pair for 64x64 has none, the other has.
    biases = form.shape[0].bit_count() > 1
    generator = conv.Generator(
        image_shape=form.shape,
        widths=critic_widths(form.shape[:-1], model.features)[::-1],
        embedding=model.embeddings[0],
        slope=GENERATOR_SLOPE,
        biases=biases,
        attention=conv.attention(model, form),
        method=model.method,
        epsilon=model.batch_norm_epsilon,
        bounded=form.bounded,
        smooth=model.smooth,
        full=model.full_features,
    )
    critic = conv.critic(model, form, attention=model.attention, biases=biases)
    return Networks(generator, critic, model.norm == "batch")


ARCHITECTURE = conv.ARCHITECTURE._replace(options=Options, build=build)
