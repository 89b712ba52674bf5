"""Spectral normalisation (Miyato et al. 2018, arXiv:1802.05957) as a function of the parameters.

Every kernel of a tree, as a matrix of its last axis against all others, is divided by its largest singular
value. That is estimated from a pair of vectors, improved by one step of the power iteration for every update
of the weights (Algorithm 1). The layers themselves know nothing of it.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

_START = 15  # iterations at first, as in PyTorch's parametrization
_TINY = 1e-12


def initial(params: Any, key: jax.Array) -> Any:
    """Vectors {path: (left f[F], right f[K])} for the weights f[..., F] of a tree, after a few iterations."""
    vectors = {}
    for i, (path, weight) in enumerate(_weights(params).items()):
        left = jax.random.normal(jax.random.fold_in(key, i), (weight.shape[-1],), weight.dtype)
        vectors[path] = (_unit(left), jnp.zeros(weight.size // weight.shape[-1], weight.dtype))
    return settled(params, vectors)


def settled(params: Any, vectors: Any) -> Any:
    """The vectors after as many iterations as at the start of a run."""
    return lax.fori_loop(0, _START, lambda _, moved: advance(params, moved), vectors)


def advance(params: Any, vectors: Any) -> Any:
    """One step of the power iteration for each weight (Algorithm 1, lines 3 and 4)."""
    moved = {}
    for path, weight in _weights(params).items():
        matrix = weight.reshape(-1, weight.shape[-1])
        right = _unit(_times(matrix, vectors[path][0]))
        moved[path] = (_unit(_times(matrix.T, right)), right)
    return moved


def normalised(params: Any, vectors: Any | None) -> Any:
    """The tree with each weight divided by its singular value; gradients pass through that too (Eq. 11).

    Args:
      params: the tree.
      vectors: from `advance`; None: the tree is returned as it is.
    """
    if vectors is None:
        return params

    def divided(path: Any, weight: jax.Array) -> jax.Array:
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        if name not in vectors:
            return weight
        left, right = lax.stop_gradient(vectors[name])
        return weight / (right * _times(weight.reshape(right.size, left.size), left)).sum()

    return jax.tree_util.tree_map_with_path(divided, params)


def _weights(params: Any) -> dict[str, jax.Array]:
    leaves = jax.tree_util.tree_flatten_with_path(params)[0]
    named = {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}
    return {name: leaf for name, leaf in named.items() if name.endswith("kernel")}


def _times(matrix: jax.Array, vector: jax.Array) -> jax.Array:
    return jnp.matmul(matrix, vector, precision=lax.Precision.HIGHEST)


def _unit(vector: jax.Array) -> jax.Array:
    return vector / jnp.maximum(jnp.linalg.norm(vector), _TINY)
