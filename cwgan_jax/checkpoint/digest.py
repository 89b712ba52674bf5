"""What is known of a state beside its bytes: shapes, dtypes, SHA-256, whether it is finite. No Orbax here."""

import hashlib
import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax.common.errors import DivergedError


def check_finite(step: int, host: Any) -> None:
    """Refuses a state with a NaN or an infinity in it.

    Args:
      step: n, for the message.
      host: pytree of numpy arrays.

    Raises:
      DivergedError: a leaf is not finite; names it.
    """
    bad = [
        jax.tree_util.keystr(path)
        for path, x in jax.tree_util.tree_flatten_with_path(host)[0]
        if jnp.issubdtype(x.dtype, jnp.inexact) and not np.isfinite(x).all()
    ]
    if bad:
        raise DivergedError(
            f"the state of step {step} is not finite: {bad[0]} (one of {len(bad)} such leaves); it "
            "is not saved: go back to an earlier checkpoint and use a smaller learning rate"
        )


def kinds(tree: Any) -> dict[str, str]:
    """Returns dtype and shape of each leaf by its path, such as `float32[40, 7]`."""
    return {
        jax.tree_util.keystr(path): f"{np.dtype(x.dtype).name}{list(x.shape)}"
        for path, x in jax.tree_util.tree_flatten_with_path(tree)[0]
    }


def digests(host: Any) -> dict[str, dict[str, str]]:
    """Returns kind and SHA-256 of each leaf by its path.

    Args:
      host: pytree of C-contiguous numpy arrays.
    """
    flat = [x.reshape(-1).view(np.uint8) for x in jax.tree.leaves(host)]  # bfloat16 has no buffer
    return {
        path: {"array": kind, "sha256": hashlib.sha256(x).hexdigest()}
        for (path, kind), x in zip(kinds(host).items(), flat, strict=True)
    }


def canonical(value: Any) -> str:
    """Returns the one JSON text of `value`, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def sha256(value: Any) -> str:
    """Returns the SHA-256, in hexadecimal, of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
