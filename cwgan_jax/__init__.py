"""Conditional Wasserstein GANs with gradient penalty in pure functional JAX.

From Python: `import cwgan_jax as cg; model = cg.fit(x, condition)`; see docs/python.md.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cwgan_jax.api import Model, fit, load

__all__ = ["Model", "__version__", "fit", "load"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Imports what trains only when it is asked for: jax takes seconds."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cwgan_jax import api

    return getattr(api, name)
