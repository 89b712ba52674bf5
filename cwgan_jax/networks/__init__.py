"""Generator and critic: the table of architectures, and how a config builds a pair."""

from cwgan_jax.common.model import Model
from cwgan_jax.networks import autoencoder, conv, dcgan, mlp, signal, style, table, toy
from cwgan_jax.networks.architecture import Architecture, Block, Form, Networks

__all__ = ["ARCHITECTURES", "Architecture", "Block", "Form", "Networks", "build"]

# To add an architecture, write a file like `mlp.py` and one line here.
ARCHITECTURES: dict[str, Architecture] = {
    "conv": conv.ARCHITECTURE,
    "mlp": mlp.ARCHITECTURE,
    "dcgan": dcgan.ARCHITECTURE,
    "style": style.ARCHITECTURE,
    "autoencoder": autoencoder.ARCHITECTURE,
    "points": toy.ARCHITECTURE,
    "signal": signal.ARCHITECTURE,
    "table": table.ARCHITECTURE,
}


def build(model: Model, form: Form) -> Networks:
    """Builds the pair that a config describes.

    Args:
      model: the config's section, the options of its architecture.
      form: of the examples.
    """
    return ARCHITECTURES[model.architecture].build(model, form)
