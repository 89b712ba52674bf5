"""The step on one device (`jax.jit`), on several of a host, or of several hosts (`jax.pmap`)."""

import functools
import math
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from cwgan_jax import data
from cwgan_jax.algorithms import Algorithm, State, abstract
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset
from cwgan_jax.parallel import drift, memory, processes, steps
from cwgan_jax.parallel.collectives import over_devices

_AXIS = "device"


def devices(config: Config, group: int = 1) -> list[jax.Device]:
    """The devices of this process that the config asks for, whose shares are made of whole groups.

    Raises:
      ConfigError: there are fewer, or the batch does not divide among all devices of all processes.
    """
    available = jax.local_devices()
    count, batch, parts = config.train.devices or len(available), config.train.batch_size, config.train.parts
    if count > len(available):
        raise ConfigError(f"config.train.devices={count}: this machine has {len(available)}")
    if processes.count() > 1 and jax.device_count() != processes.count() * count:
        raise ConfigError(
            f"config.train.devices={count}: in a run of several processes each must use all of its devices,"
            f" and all have equally many; this one sees {len(available)} of {jax.device_count()}"
        )
    replicas = count * processes.count()
    if batch % (replicas * parts * group):
        split = f"{replicas} devices" + (f" times config.train.parts={parts}" if parts > 1 else "")
        split += f" times {group} examples that go together" if group > 1 else ""
        advice = "(or set config.train.devices)"
        raise ConfigError(f"config.train.batch_size={batch}: it must be a multiple of the {split} {advice}")
    return available[:count]


class Runner:
    """The steps, compiled ahead of time for the devices of a run.

    Attributes:
      devices: those of this process.
      replicas: how many devices all processes have together.
      share: this process's part of the global batch, a slice of places.
      compiled: the program for `steps_per_call` steps.
      memory: bytes each device needs: state, data and temporaries of a call, as XLA counts them; CPU devices
        with what the host holds besides: a copy of the data, what is read ahead.
      host: bytes of data in the host's memory; 0 where that is the devices'.
    """

    def __init__(
        self,
        config: Config,
        algorithm: Algorithm,
        streams: Mapping[str, Dataset],
        *,
        steps_per_call: int,
        runs: int = 1,
    ) -> None:
        """Places the data and compiles; raises ConfigError like `devices`, or if memory is too small.

        Args:
          config: of the run; its section `train` counts.
          algorithm: what trains.
          streams: the examples of each of its inputs.
          steps_per_call: T.
          runs: S, how many train side by side: their states are `steps.joined`, their inputs and metrics have
            a leading axis [S]. One run has no such axis.
        """
        self._lead = () if runs == 1 else (runs,)
        self.devices = devices(config, algorithm.group)
        self._streams, self._batches = streams, algorithm.inputs
        # One that several streams take from lies there once.
        self._resident = list({id(each): each for each in streams.values() if each.resident}.values())
        self._places = {
            name: i for name, each in streams.items() for i, one in enumerate(self._resident) if one is each
        }
        self._data: list[data.Examples] = []
        own, batch = len(self.devices), config.train.batch_size
        self.replicas = own * processes.count()
        each = batch // self.replicas
        self.share = slice(processes.index() * own * each, (processes.index() + 1) * own * each)
        self._shape = (own, each)
        state = steps.abstractly(abstract(algorithm), runs)
        size = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
        self.memory, self.host = self._require(size, steps_per_call)  # before a compilation of minutes
        self._data = [self._on_devices(dataset.stored) for dataset in self._resident]
        self._slot = self._split(np.arange(batch, dtype=np.int32)[self.share].reshape(own, each))
        several = steps.train_steps if runs == 1 else steps.side_by_side
        function = functools.partial(several, algorithm=algorithm, places=self._places)
        self._traced = self._map(function) if self.replicas > 1 else jax.jit(function, donate_argnums=0)
        if processes.count() > 1:  # pmap cannot lower from shapes alone there
            state = self.place(jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), state))
        self._programs: dict[int, Any] = {}  # by their number of steps
        self.compiled = self._program(state, self._example(steps_per_call), steps_per_call)
        if counted := self.compiled.memory_analysis():
            size = counted.argument_size_in_bytes + counted.temp_size_in_bytes
            self.memory, self.host = self._require(size, steps_per_call)

    def _require(self, size: int, count: int) -> tuple[int, int]:
        """`memory.require` of a device's bytes and the data, calls of `count` steps."""
        besides = 0
        for i, dataset in enumerate(self._resident):
            assert isinstance(dataset.image, np.ndarray)
            placed = self._data[i].example if self._data else None
            size += 0 if self._data else dataset.image.nbytes  # what is placed is counted by XLA
            besides += memory.beside(self.devices, dataset.image, placed)
        share = self.share.stop - self.share.start
        for name, dataset in self._streams.items():
            if name not in self._places:
                ahead = data.bytes_ahead((share, *dataset.shape), count * self._batches[name])
                besides += math.prod(self._lead) * ahead
        return memory.require(self.devices, size, besides)

    def _map(self, function: Any) -> Any:
        """`train_steps` on every device; state and resident data are the same on all."""
        return jax.pmap(
            functools.partial(function, reduce=over_devices(_AXIS, self.replicas)),
            axis_name=_AXIS,
            in_axes=(None, None, 0, 0),
            out_axes=None,
            devices=self.devices if processes.count() == 1 else None,  # of several processes: all there are
            donate_argnums=0,
        )

    def __call__(self, state: State, inputs: Mapping[str, Any]) -> tuple[State, dict[str, jax.Array]]:
        """Runs T steps without waiting for them; `state` is donated. Another T is compiled at its first call.

        Args:
          state: as `place` gave it, or as the call before returned it.
          inputs: for each stream the R batches of each of the T steps in order: i32[T R, B], the numbers of
            the examples in the global batches, where the data lie on the device, or these with conditions
            (`data.Chosen`); or this process's share of the examples, [T R, B / processes, ...]. Of several
            runs [S, T R, ...], see `steps.stacked`.

        Returns:
          The state T steps later and metrics f[T], of several runs f[S, T].
        """
        own = (*(slice(None) for _ in self._lead), slice(None), self.share)
        inputs = {
            name: jax.tree.map(lambda each: each[own], x) if name in self._places else x
            for name, x in inputs.items()
        }
        name, some = next(iter(inputs.items()))
        rounds, batch = jax.tree.leaves(some)[0].shape[len(self._lead)], self._batch(inputs)
        return self._program(state, batch, rounds // self._batches[name])(
            state, self._data, batch, self._slot
        )

    def prepare(self, state: State, count: int) -> None:
        """Compiles calls of so many steps beforehand; `state` as `place` gave it."""
        self._program(state, self._example(count), count)

    def _example(self, count: int) -> Any:
        """What a call of so many steps takes, all zeros."""
        inputs: dict[str, Any] = {}
        for name, dataset in self._streams.items():
            index = np.zeros((count * self._batches[name], math.prod(self._shape)), np.int32)
            condition = dataset.room(*index.shape)
            if name in self._places:
                inputs[name] = data.Chosen(index, condition) if dataset.vicinity else index
            else:
                example = np.broadcast_to(np.uint8(0), (*index.shape, *dataset.shape))
                inputs[name] = data.Examples(example, condition)
        return self._batch(jax.tree.map(lambda x: np.broadcast_to(x, (*self._lead, *x.shape)), inputs))

    def _program(self, state: Any, inputs: Any, count: int) -> Any:
        """The program for so many steps, compiled now if it is the first call of that length."""
        if count not in self._programs:
            lowered = self._traced.lower(state, self._data, inputs, self._slot)
            self._programs[count] = lowered.compile()
            memory.return_memory()
            memory.keep_buffers()
        return self._programs[count]

    def place(self, tree: Any) -> Any:
        """Copies a tree to every device of the run; in several processes each must have the same."""
        # A copy of its own for each leaf: the state is donated, and must not share buffers with the caller's.
        return self._on_devices(jax.tree.map(lambda leaf: np.array(leaf), tree))

    def _on_devices(self, tree: Any) -> Any:
        """As `place`; CPU devices use the caller's arrays where they can."""
        if self.replicas == 1:
            return jax.device_put(tree, self.devices[0])
        everywhere = self._sharding(PartitionSpec())
        return jax.tree.map(lambda leaf: jax.make_array_from_process_local_data(everywhere, leaf), tree)

    def _sharding(self, spec: PartitionSpec) -> NamedSharding:
        everyone = self.devices if processes.count() == 1 else jax.devices()
        return NamedSharding(Mesh(np.array(everyone), (_AXIS,)), spec)

    def check_equal(self, n: int, state: State) -> None:
        """See `drift.check_equal`; a collective, the same call everywhere."""
        drift.check_equal(n, state, self.devices, self.replicas)

    def _batch(self, inputs: Mapping[str, Any]) -> Any:
        """Brings [T R, share, ...] into the form of the compiled call, [T, R, b, ...] on each device."""
        lead = len(self._lead)

        def form(x: np.ndarray, batches: int) -> jax.Array:
            x = x.reshape(*self._lead, -1, batches, *self._shape, *x.shape[lead + 2 :])
            return self._split(np.moveaxis(x, lead + 2, 0))

        return {
            name: jax.tree.map(functools.partial(form, batches=self._batches[name]), x)
            for name, x in inputs.items()
        }

    def _split(self, x: np.ndarray) -> jax.Array:
        """Gives each device of this process its part, by the leading axis."""
        if self.replicas == 1:
            return jnp.asarray(x[0])
        return jax.make_array_from_process_local_data(self._sharding(PartitionSpec(_AXIS)), x)
