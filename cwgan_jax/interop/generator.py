"""A trained generator as one pure function of latents and conditions, its weights bound."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax.algorithms import generation
from cwgan_jax.data import conditions
from cwgan_jax.kinds import form_of
from cwgan_jax.networks import build
from cwgan_jax.sampling.load import Model

BATCH = "b"  # the name of the batch dimension in every format


def inputs(model: Model) -> dict[str, tuple[tuple[int, ...], str]]:
    """The shape behind the batch dimension, and the dtype, of each input.

    Behind the latent that is the class number where a condition is a class and nothing else, otherwise the
    vector of the condition, if there is one.
    """
    latent: dict[str, tuple[tuple[int, ...], str]] = {
        "latent": ((model.config.model.latent,), model.config.model.dtype)
    }
    if model.class_names:
        return latent | {"label": ((), "int32")}
    length = conditions.width(model.schema)
    return latent | ({"condition": ((length,), model.config.model.dtype)} if length else {})


def specs(model: Model, batch: Any) -> list[jax.ShapeDtypeStruct]:
    """Shape and dtype of each input; `batch` is a number, or what a format has as a symbol."""
    return [jax.ShapeDtypeStruct((batch, *shape), dtype) for shape, dtype in inputs(model).values()]


def function(model: Model, implementation: str, truncation: float | None = 1.0) -> Callable[..., jax.Array]:
    """`generate(latent f[b, Z], label i32[b]) -> image f[b, H, W, D]`; see `inputs` for other conditions.

    Args:
      model: the generator.
      implementation: of its convolutions, see `common.model.Model`; products are in full precision.
      truncation: psi, as in `generation.generate`; None: it is the last argument, f[].
    """
    section = dataclasses.replace(model.config.model, implementation=implementation, precision="full")
    form = form_of(model.data)
    networks = build(section, form)
    weights = jax.tree.map(np.asarray, model.generator)  # of no device
    classes = len(model.class_names)
    apply = functools.partial(networks.generator.apply, weights)

    def draw(latent: jax.Array, condition: jax.Array, psi: Any) -> Any:
        if generation.style_layers(networks) and not (isinstance(psi, float) and psi == 1):
            return apply(apply(latent, condition, psi, method="styles"), method="draw")
        return apply(latent if isinstance(psi, float) and psi == 1 else latent * psi, condition, train=False)

    def generate(latent: jax.Array, *rest: jax.Array) -> Any:
        given, psi = (rest[:-1], rest[-1]) if truncation is None else (rest, truncation)
        if not given:
            condition = latent[:, :0]
        elif not classes:
            condition = given[0]
        else:  # negative numbers count from the last class, any other outside [0, C) gives NaN
            condition = jnp.take(jnp.eye(classes, dtype=latent.dtype), given[0], axis=0)
        example = draw(latent, condition, psi)
        return jnp.clip(example, -1, 1) if form.bounded and not networks.bounded else example

    return generate
