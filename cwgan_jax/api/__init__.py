"""Training and sampling from Python: `fit`, `Model`, `load`; see docs/python.md."""

from cwgan_jax.api.model import Model, load
from cwgan_jax.api.training import fit

__all__ = ["Model", "fit", "load"]
