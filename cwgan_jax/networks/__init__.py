"""Generator and critic: the table of architectures, and how a config builds a pair."""

from typing import Any

from cwgan_jax.common.model import Model
from cwgan_jax.networks import (
    autoencoder,
    conv,
    dcgan,
    mlp,
    r3gan,
    resnet,
    signal,
    style,
    stylegan2,
    table,
    toy,
    translator,
)
from cwgan_jax.networks.architecture import Architecture, Block, Form, Networks
from cwgan_jax.networks.condition import Prepared, Unseen

__all__ = ["ARCHITECTURES", "Architecture", "Block", "Form", "Networks", "build"]

# To add an architecture, write a file like `mlp.py` and one line here.
ARCHITECTURES: dict[str, Architecture] = {
    "conv": conv.ARCHITECTURE,
    "mlp": mlp.ARCHITECTURE,
    "dcgan": dcgan.ARCHITECTURE,
    "style": style.ARCHITECTURE,
    "stylegan2": stylegan2.ARCHITECTURE,
    "autoencoder": autoencoder.ARCHITECTURE,
    "points": toy.ARCHITECTURE,
    "signal": signal.ARCHITECTURE,
    "table": table.ARCHITECTURE,
    "resnet": resnet.ARCHITECTURE,
    "r3gan": r3gan.ARCHITECTURE,
    "translator": translator.ARCHITECTURE,
}


def build(model: Model, form: Form) -> Networks:
    """Builds the pair that a config describes.

    Args:
      model: the config's section, the options of its architecture.
      form: of the examples.
    """
    pair = ARCHITECTURES[model.architecture].build(model, form)
    if not getattr(model, "sees", True):
        pair = pair._replace(critic=Unseen(pair.critic))
    return prepared(pair, model) if getattr(model, "condition_layers", 0) else pair


def prepared(pair: Networks, model: Any) -> Networks:
    """The pair with an embedding network for conditions in front of each, see `condition.Prepared`.

    A generator with styles is left alone: its mapping network takes the condition through eight layers. So is
    a critic that does not see it.
    """
    options = {
        "layers": model.condition_layers,
        "width": model.condition_width,
        "frequencies": model.condition_frequencies,
        "method": model.method,
    }
    generator = pair.generator if hasattr(pair.generator, "styles") else Prepared(pair.generator, **options)
    critic = Prepared(pair.critic, **options) if model.sees else pair.critic
    return pair._replace(generator=generator, critic=critic)
