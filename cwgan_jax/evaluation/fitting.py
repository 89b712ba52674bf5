"""How the networks that read examples are trained and kept: AdamW with a one-cycle learning rate, a cache."""

import contextlib
import functools
import hashlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import flax.linen as nn
import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from cwgan_jax import data, random
from cwgan_jax.common.files import cache_folder, write_whole

FEATURES = 128
BATCH, EPOCHS = 128, 8
LEAST_STEPS, _MOST_STEPS = 400, 10_000
_RATE = 2e-3
_WEIGHT_DECAY = 1e-2
_ADAM = optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(_WEIGHT_DECAY))  # AdamW but its rate
_PER_CALL = 20  # steps trained in one call

OnStep = Callable[[int, int], None]
silent: OnStep = lambda done, total: None  # noqa: E731


class Task(Protocol):
    """What a network is trained for; it is hashed, since one program is compiled for each.

    The module is called with (examples, train, keep f[B, 128]: the dropout's mask times 1 / (1 - rate), or
    None) and gives features f[B, 128] and outputs f[B, ...].
    """

    @property
    def module(self) -> nn.Module:
        """The network."""

    @property
    def dropout(self) -> float:
        """The share of the features that is left out."""

    def inputs(self, example: jax.Array, key: jax.Array) -> jax.Array:
        """Stored examples [B, ...] -> what the network takes while it is trained, f[B, ...]."""

    def loss(self, outputs: jax.Array, target: jax.Array) -> jax.Array:
        """Outputs f[B, ...] and targets [B, ...] -> f[]."""


@jax.enable_x64(False)
def fit(
    task: Task,
    example: np.ndarray | data.Images,
    target: np.ndarray,
    progress: OnStep = silent,
    *,
    seed: int = 0,
    epochs: float = EPOCHS,
    least: int = LEAST_STEPS,
) -> Any:
    """Trains a network; its parameters and running statistics, on the host.

    Args:
      task: which, and what for.
      example: stored, [N, ...].
      target: what it shall read in them, [N, ...].
      progress: called with (steps done, steps in all).
      seed: of weights and draws.
      epochs: passes over the examples, as far as 10,000 steps go.
      least: steps of 128 examples at the least, for small sets.
    """
    count, shape = len(target), example.shape[1:]
    total = max(least, min(_MOST_STEPS, math.ceil(epochs * count / BATCH)))
    total = -(-total // _PER_CALL) * _PER_CALL
    rate = np.asarray(jax.vmap(optax.cosine_onecycle_schedule(total, _RATE))(jnp.arange(total)))
    variables = start(task.module, shape, seed)
    state = (variables, _ADAM.init(variables["params"]))
    for n in range(0, total, _PER_CALL):
        # Gathered here, so that one compiled call serves every number of examples.
        which = data.indices(seed + 1, n, _PER_CALL, count, BATCH)
        some = example[which.ravel()].reshape(*which.shape, *shape)
        state = _steps(task, some, target[which], state, rate[n : n + _PER_CALL], n, seed)
        progress(n + _PER_CALL, total)
    return jax.device_get(state[0])


@jax.enable_x64(False)
def start(module: nn.Module, shape: tuple[int, ...], seed: int = 0) -> Any:
    """The initial parameters and statistics of a network for examples of a shape."""
    begin = functools.partial(module.init, train=True)
    return jax.jit(begin)(random.start(seed), jnp.zeros((1, *shape)))


@functools.partial(jax.jit, static_argnums=0, donate_argnums=3)
def _steps(
    task: Task,
    example: jax.Array,
    target: jax.Array,
    state: Any,
    rate: jax.Array,
    first: jax.Array,
    seed: jax.Array,
) -> Any:
    """T steps from `first` on: examples [T, B, ...], targets [T, B, ...], learning rates f32[T]."""

    def one(state: Any, inputs: tuple[jax.Array, ...]) -> tuple[Any, None]:
        variables, moments = state
        example, target, rate, n = inputs
        change, drop = jax.random.split(jax.random.fold_in(random.start(seed), n))
        x = task.inputs(example, change)
        keep = jax.random.bernoulli(drop, 1 - task.dropout, (len(target), FEATURES)) / (1 - task.dropout)

        def loss(params: Any) -> tuple[jax.Array, Any]:
            (_, outputs), changed = task.module.apply(
                {**variables, "params": params}, x, train=True, keep=keep, mutable=["batch_stats"]
            )
            return task.loss(outputs, target), changed

        gradient, changed = jax.grad(loss, has_aux=True)(variables["params"])
        change, moments = _ADAM.update(gradient, moments, variables["params"])
        change = jax.tree.map(lambda x: -rate * x, change)
        params = optax.apply_updates(variables["params"], change)
        return ({"params": params, **changed}, moments), None

    return lax.scan(one, state, (example, target, rate, first + jnp.arange(len(rate))))[0]


def place(dataset: data.Dataset, version: str) -> Path | None:
    """The file in which the network that reads a training split is kept, there or not; None: no place for it.

    Args:
      dataset: the split.
      version: of the training, and of what is trained.
    """
    prints = data.fingerprint(dataset)
    name = hashlib.sha256(f"{version} {prints.whole or prints.sample}".encode()).hexdigest()[:32]
    folder = cache_folder("judges")
    return folder and folder / f"{name}.msgpack"


def kept(path: Path, template: Callable[[], Any]) -> Any:
    """The variables in a file, in the form of the template; None: there are none, or they are damaged."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        content = path.read_bytes()
        if hashlib.sha256(content[32:]).digest() == content[:32]:
            return flax.serialization.from_bytes(template(), content[32:])
    return None


def keep(path: Path, variables: Any) -> None:
    """Writes variables, with their digest; a warning where that cannot be."""
    content = flax.serialization.to_bytes(variables)
    try:
        write_whole(path, hashlib.sha256(content).digest() + content)
    except OSError as error:
        print(f"warning: {path}: {error.strerror}; the judge is not kept for the next time", flush=True)


def name(variables: Any) -> str:
    """Tells networks apart: trained on another machine, the same examples give another one."""
    return hashlib.sha256(flax.serialization.to_bytes(variables)).hexdigest()[:8]


def in_chunks(
    read: Callable[[np.ndarray], Sequence[jax.Array]], examples: Any, index: np.ndarray | None, size: int
) -> list[np.ndarray]:
    """What a trained network reads in examples, `size` of them in every call, so that one program does.

    Args:
      read: examples [size, ...] -> arrays [size, ...].
      examples: [N, ...], in memory or read as they are indexed; float64 is rounded to float32.
      index: which of them; None: all.
      size: of a chunk; the last one is filled up.
    """
    index, parts = np.arange(examples.shape[0]) if index is None else index, []
    for first in range(0, len(index), size):
        part = np.asarray(examples[index[first : first + size]])
        part = part.astype(np.float32) if part.dtype == np.float64 else part
        filled = np.resize(part, (size, *part.shape[1:]))
        parts.append([np.asarray(x)[: len(part)] for x in read(filled)])
    return [np.concatenate(x) for x in zip(*parts, strict=True)]
