"""Where a step runs: `jax.jit` on one device, `jax.pmap` across several. Nothing else knows devices."""

import contextlib
import ctypes
import functools
import math
import os
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from cwgan_jax import step
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset
from cwgan_jax.errors import ConfigError
from cwgan_jax.models import Networks
from cwgan_jax.models.norms import SINGLE, Reduce

_AXIS = "device"


def devices(config: Config) -> list[jax.Device]:
    """The devices of this host that the config asks for.

    Raises:
      ConfigError: there are fewer, or the batch does not divide among them.
    """
    available = jax.local_devices()
    count = config.train.devices or len(available)
    batch = config.train.batch_size
    if count > len(available):
        raise ConfigError(f"config.train.devices={count}: this machine has {len(available)}")
    if batch % count:
        raise ConfigError(
            f"config.train.batch_size={batch}: it must be a multiple of the {count} devices"
            f" (or set config.train.devices)"
        )
    return available[:count]


def return_memory() -> None:
    """Gives the compiler's memory (600 MB for R1's step) back to the system; the C library would keep it."""
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def train_steps(
    state: step.State,
    image: jax.Array,
    label: jax.Array,
    index: jax.Array,
    slot: jax.Array,
    *,
    config: Config,
    networks: Networks,
    reduce: Reduce = SINGLE,
) -> tuple[step.State, step.Metrics]:
    """T steps on data that lies on the device.

    Args:
      state: the state at n.
      image: u8[N, H, W, D], the whole training split.
      label: i32[N].
      index: i32[T, R, b], which examples each step uses.
      slot: i32[b], this replica's places in the global batch.
      config: read while tracing.
      networks: generator and critic.
      reduce: as in `step.train_step`.

    Returns:
      The state at n + T and metrics f[T].
    """

    def body(state: step.State, index: jax.Array) -> tuple[step.State, step.Metrics]:
        batch = step.Batch(image[index], label[index], slot)
        return step.train_step(state, batch, config=config, networks=networks, reduce=reduce)

    return lax.scan(body, state, index)


class Runner:
    """`train_steps`, compiled ahead of time for the devices of a run, with the data on them.

    Attributes:
      devices: the devices in use.
      memory: bytes each device needs, as XLA counts them: state, data and temporaries of a call; 0: unknown.
    """

    def __init__(self, config: Config, networks: Networks, dataset: Dataset, *, steps_per_call: int) -> None:
        """Places the data and compiles; raises ConfigError like `devices`, or if memory is too small."""
        self.devices = devices(config)
        state = jax.eval_shape(functools.partial(step.init, config, networks))
        size = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
        self._require(size + dataset.image.nbytes)  # before a compilation that may take minutes
        replicas, batch = len(self.devices), config.train.batch_size
        rounds = 1 if config.objective.schedule == "tutorial" else config.objective.critic_updates
        self._index_shape = (steps_per_call, rounds, replicas, batch // replicas)
        self._data = self.place((dataset.image, dataset.label))
        self._slot = np.arange(batch, dtype=np.int32).reshape(replicas, batch // replicas)
        function = functools.partial(train_steps, config=config, networks=networks)
        index = np.zeros(self._index_shape, np.int32)
        if replicas == 1:
            compiled = jax.jit(function, donate_argnums=0)
        else:
            reduce = Reduce(functools.partial(lax.pmean, axis_name=_AXIS), replicas)
            compiled = jax.pmap(
                functools.partial(function, reduce=reduce),
                axis_name=_AXIS,
                in_axes=(None, None, None, 0, 0),
                out_axes=None,
                devices=self.devices,
                donate_argnums=0,
            )
        self.compiled = compiled.lower(state, *self._data, *self._shares(index)).compile()
        return_memory()
        memory = self.compiled.memory_analysis()
        self.memory = memory.argument_size_in_bytes + memory.temp_size_in_bytes if memory else 0
        self._require(self.memory)

    def _require(self, size: int) -> None:
        device = self.devices[0]
        if device.platform == "cpu":
            size *= len(self.devices)  # they share the machine's memory
            limit = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        else:
            limit = (device.memory_stats() or {}).get("bytes_limit", math.inf)
        if size > limit:
            raise ConfigError(
                f"the run needs {size / 2**30:,.1f} GiB of memory, {device.device_kind} has"
                f" {limit / 2**30:,.1f}; lower config.train.batch_size, model.features or data.size"
            )

    def __call__(self, state: step.State, index: np.ndarray) -> tuple[step.State, step.Metrics]:
        """Runs T steps without waiting for them; `state` is donated.

        Args:
          state: as `place` gave it, or as the call before returned it.
          index: i32[T R, B], the global batches of the T steps in order.

        Returns:
          The state T steps later and metrics f[T].
        """
        return self.compiled(state, *self._data, *self._shares(index.reshape(self._index_shape)))

    def place(self, tree: Any) -> Any:
        """Copies a tree to every device of the run."""
        mesh = Mesh(np.array(self.devices), (_AXIS,))
        target = NamedSharding(mesh, PartitionSpec()) if len(self.devices) > 1 else self.devices[0]
        # A copy of its own for each leaf: the state is donated, and must not share buffers with the caller's.
        return jax.device_put(jax.tree.map(lambda leaf: np.array(leaf), tree), target)

    def _shares(self, index: np.ndarray) -> tuple[Any, Any]:
        """Splits the batch axis: i32[T, R, replicas, b] -> each replica's i32[T, R, b], and its slots."""
        if len(self.devices) == 1:
            return jnp.asarray(index[:, :, 0]), jnp.asarray(self._slot[0])
        return np.moveaxis(index, 2, 0), self._slot
