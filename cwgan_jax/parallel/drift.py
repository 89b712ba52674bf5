"""Whether all devices still hold the same state, to the bit."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cwgan_jax.common.errors import DriftError
from cwgan_jax.parallel import processes


def check_equal(n: int, state: Any, devices: Sequence[jax.Device], replicas: int) -> None:
    """Compares a fingerprint of each leaf across all devices.

    Args:
      n: the step, for the message.
      state: the same on all devices, or it should be.
      devices: those of this process.
      replicas: how many devices all processes have together.

    Raises:
      DriftError: they differ; names step, leaf and device.
    """
    if replicas == 1:
        return
    prints = np.stack([_fingerprints(_on(device, state)) for device in devices])
    prints = processes.gathered(prints).reshape(replicas, -1)
    wrong = np.argwhere(prints != prints[0])
    if len(wrong):
        replica, leaf = wrong[0]
        path, _ = jax.tree_util.tree_flatten_with_path(state)[0][leaf]
        error = DriftError(
            f"step {n}: {jax.tree_util.keystr(path)} on device {replica} is not what device 0 has (one of"
            f" {len(np.unique(wrong[:, 1]))} such leaves); nothing is saved: look for faulty memory or"
            " another version on that machine, and start again from the last checkpoint"
        )
        error.shared = True
        raise error


def _on(device: jax.Device, state: Any) -> Any:
    """A device's own copy of the state."""

    def own(leaf: jax.Array) -> jax.Array:
        return next(shard.data for shard in leaf.addressable_shards if shard.device == device)

    return jax.tree.map(own, state)


@jax.jit
def _fingerprints(tree: Any) -> jax.Array:
    """u32[leaves]: a sum of each leaf's bits, each weighted by an odd number that depends on its place."""

    def one(leaf: jax.Array) -> jax.Array:
        bits = lax.bitcast_convert_type(leaf, jnp.uint32 if leaf.dtype.itemsize >= 4 else jnp.uint16)
        bits = bits.ravel().astype(jnp.uint32)
        place = jnp.arange(bits.size, dtype=jnp.uint32)
        return jnp.sum(bits * (2 * place * jnp.uint32(2654435761) + 1), dtype=jnp.uint32)

    return jnp.stack([one(leaf) for leaf in jax.tree.leaves(tree)])
