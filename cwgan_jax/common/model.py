"""What the `model` section of a config has under every architecture."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from cwgan_jax.common import options
from cwgan_jax.common.options import Conflict


@dataclasses.dataclass(frozen=True)
class Model:
    """The networks. Each architecture extends this class with options of its own.

    Attributes:
      architecture: key of `networks.ARCHITECTURES`, a generator with its critic.
      latent: Z, length of the latent vector.
      conditional: whether the networks see the labels.
      dtype: of parameters and arithmetic; float64 is for checking, not for speed.
      implementation: how convolutions are computed, see `networks.kernels.convolutions`.
      precision: of matrix products: `full` (that of dtype), or coarser `tf32` or `bfloat16`; see there.
    """

    architecture: str = ""  # which options there are depends on it, see `config.Config`
    latent: int = options.count(100, high=65536)
    conditional: bool = options.choice(True, True, False)
    dtype: str = options.choice("float32", "float32", "float64")
    implementation: str = options.choice("auto", "auto", "winograd", "matmul", "xla")
    precision: str = options.choice("full", "full", "tf32", "bfloat16")

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """What cannot go together with an option of this section.

        Args:
          config: the whole config, with this section in it.
        """
        if self.dtype == "float64" and self.precision != "full":
            yield Conflict(
                ("model.precision", "model.dtype"), "with config.model.dtype=float64 it must be full"
            )

    def idle(self) -> Iterator[tuple[str, str]]:
        """The keys that have no effect beside the others of this section, and why."""
        yield from ()
