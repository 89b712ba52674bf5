"""The convolutional pair `signal`: that of `conv` in one dimension, for signals of a multiple of 16 samples.

The critic can also see the signal's short-time spectrum, as a second branch beside its convolutions: a
spectrum that is wrong everywhere by a little is hard to see in the samples.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import flax.linen as nn
import jax

from cwgan_jax.common import options
from cwgan_jax.common.options import Conflict
from cwgan_jax.networks import conv, conv_options
from cwgan_jax.networks.architecture import Architecture, Form, Networks
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Conv, Linear
from cwgan_jax.networks.layers.spectrum import log_spectrum
from cwgan_jax.networks.maps import kernel_between

_LONGEST = 256  # samples from one frame of the spectrum to the next, at most


@dataclasses.dataclass(frozen=True)
class Options(conv_options.Options):
    """The options of `signal`: those of `conv`, and its own.

    Attributes:
      kernel: samples that a kernel spans, where it halves or doubles an even length.
      spectral: whether the critic also sees the logarithm of the short-time power spectrum.
    """

    architecture: str = "signal"
    kernel: int = options.option(4, "an even number in [4, 32]", lambda v: v in range(4, 33, 2))
    spectral: bool = options.choice(True, True, False)

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """See `Model`; whether `attention` fits is known once the data are read, see `conv.attention`."""
        yield from super(conv_options.Options, self).conflicts(config)


class Spectrum(nn.Module):
    """Features of the short-time spectrum, for the last maps of the critic.

    Attributes:
      halvings: how many times the critic halves the signal.
      method: see `kernels.convolutions`.
    """

    halvings: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, signal: jax.Array, maps: jax.Array) -> jax.Array:
        """f[..., L, D], and maps f[..., n, F] of which only the shape is read -> f[..., n, F].

        There is a frame for each place of the maps, or for 256 samples where these are fewer; then further
        convolutions halve.
        """
        width, hop = maps.shape[-1], min(2**self.halvings, _LONGEST)
        x = log_spectrum(signal, hop)
        x = nn.leaky_relu(Linear(width, method=self.method, name="linear")(x), conv.CRITIC_SLOPE)
        i = 0
        while x.shape[-2] > maps.shape[-2]:
            layer = Conv(width, kernel_between(x.shape[-2:-1]), method=self.method, name=f"conv_{i}")
            x, i = nn.leaky_relu(layer(x), conv.CRITIC_SLOPE), i + 1
        return x


def build(model: Options, form: Form) -> Networks:
    """The pair `signal`; see `networks.build`."""
    pair = conv.build(model, form)
    view = Spectrum(len(pair.critic.widths), model.method) if model.spectral else None
    generator = pair.generator.clone(kernel=model.kernel)
    return Networks(generator, pair.critic.clone(kernel=model.kernel, view=view), pair.mixes)


ARCHITECTURE = Architecture(
    Options, build, kinds=("signals",), sizes=range(16, 65537, 16), axes=(1,), square=False, reads=True
)
