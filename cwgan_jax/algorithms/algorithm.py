"""What trains is a value: pure functions from one state to the next, and what there is to know of them.

The runner, the loop, the checkpoints and the telemetry take an `Algorithm` and know nothing of what it
trains. To add one, write a function `(config, spec) -> Algorithm` and one line of `ALGORITHMS`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np

from cwgan_jax.algorithms.player import Player
from cwgan_jax.common.metric import Metric
from cwgan_jax.data import Examples
from cwgan_jax.networks.architecture import Form
from cwgan_jax.networks.condition import Condition
from cwgan_jax.networks.layers.norms import Reduce


class State(NamedTuple):
    """Everything that changes during a run.

    Attributes:
      seed: u32[], of every random number; a value, so that one compiled step serves all seeds.
      step: i32[], n, completed steps.
      players: the networks in training, by name.
      controllers: what adapts slowly, by name.
    """

    seed: jax.Array
    step: jax.Array
    players: dict[str, Player]
    controllers: dict[str, Any]


class Batch(NamedTuple):
    """What one step takes.

    Attributes:
      streams: R batches of this replica's examples by the name of their stream, `Examples` of [R, b, ...].
      slot: i32[b], the examples' places in the global batch.
    """

    streams: dict[str, Examples]
    slot: jax.Array


class Request(NamedTuple):
    """What to generate.

    Attributes:
      latent: f[N, Z].
      condition: f[N, C].
      source: stored examples [N, H, W, D], for algorithms that translate; others do not read it.
      direction: which way, of those that translate in several; empty: the first of `Algorithm.directions`.
    """

    latent: jax.Array | np.ndarray
    condition: jax.Array | np.ndarray
    source: jax.Array | np.ndarray | None = None
    direction: str = ""


class Spec(NamedTuple):
    """What an algorithm must know of the data.

    Attributes:
      form: of the examples: their shape, and what else their networks must know.
      condition: how the stored conditions become vectors.
      encode: (stored examples, dtype) -> what networks take, f[..., H, W, D].
      kind: of the data, key of `kinds.KINDS`.
    """

    form: Form
    condition: Condition
    encode: Callable[[jax.Array, jax.typing.DTypeLike], jax.Array]
    kind: str = "images"


class Alarm(NamedTuple):
    """A sign, in the metrics, that a run has stopped learning.

    Attributes:
      name: its key in history.jsonl.
      bad: metrics f[T] of T steps -> bool[T].
      begins: (metrics, the first of the bad steps) -> what to say when it begins.
      ends: what to say when it ends.
      state: what is said at the end of a run on which the alarm is still on, before "since step n".
    """

    name: str
    bad: Callable[[Mapping[str, np.ndarray]], np.ndarray]
    begins: Callable[[Mapping[str, np.ndarray], int], str]
    ends: str
    state: str


class Step(Protocol):
    """One step: pure, traced once, the same on every device."""

    def __call__(
        self, state: State, batch: Batch, reduce: Reduce = ..., /
    ) -> tuple[State, dict[str, jax.Array]]:
        """The state at n + 1 and the metrics f[] of the step, averaged by `reduce` over the replicas."""
        ...


class Algorithm(NamedTuple):
    """What trains.

    Attributes:
      init: seed -> the state at n = 0.
      step: see `Step`.
      inputs: the streams of examples that a step takes: name -> R, how many batches of it.
      sample: (state, request) -> examples f[N, H, W, D], as the networks make them.
      metrics: those that `step` returns, in the order in which they are written and shown.
      alarms: what to watch in them.
      score: (state, examples f[N, H, W, D], conditions f[N, C]) -> f[N], how real they are; None: it has no
        network that scores.
      prepare: (state at n = 0, the stored examples of each stream) -> the state with which a new run begins,
        and numbers that say how well that went; None: it begins with the state of `init`.
      translates: `sample` reads `Request.source`, in place of latents and conditions.
      group: a device's share of a batch, and each of its parts, is made of groups of so many examples.
      directions: the ways in which it translates; none: there is one, which has no name.
      titles: what to call the players, in the order in which they are told; default: by their names.
      summary: lines about a step, for people, as (key, text).
    """

    init: Callable[[Any], State]
    step: Step
    inputs: Mapping[str, int]
    sample: Callable[[State, Request], jax.Array]
    metrics: tuple[Metric, ...]
    alarms: tuple[Alarm, ...] = ()
    score: Callable[[State, jax.Array, jax.Array], jax.Array] | None = None
    prepare: Callable[[State, Mapping[str, Examples]], tuple[State, dict[str, float]]] | None = None
    translates: bool = False
    group: int = 1
    directions: tuple[str, ...] = ()
    titles: Mapping[str, str] = {}
    summary: tuple[tuple[str, str], ...] = ()


def abstract(algorithm: Algorithm) -> State:
    """Shapes and dtypes of the state, without computing it."""
    return _jitted(algorithm).eval_shape(np.uint32(0))


def initial(algorithm: Algorithm, seed: int) -> State:
    """Computes the state at n = 0."""
    state: State = lowered_init(algorithm).compile()(np.uint32(seed))
    return state


def lowered_init(algorithm: Algorithm) -> jax.stages.Lowered:
    """`Algorithm.init`, to be compiled for all seeds u32[]; on two CPU cores 1 s instead of 9 s.

    XLA's expensive passes are left out: for a program that runs once they cost more than they save. The seed
    is an argument of the compiled program, so that other seeds find it in the compilation cache.
    """
    return _jitted(algorithm).lower(np.uint32(0))


def _jitted(algorithm: Algorithm) -> Any:
    """`Algorithm.init`, the same for its shapes and for its program, so that jax traces it once."""
    quick = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    return jax.jit(algorithm.init, compiler_options=quick)
