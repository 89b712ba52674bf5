"""T steps in one call, of one run or of several side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import jax
import numpy as np
from jax import lax

from cwgan_jax import data
from cwgan_jax.algorithms import Algorithm, Batch, State
from cwgan_jax.networks.layers.norms import SINGLE, Reduce

Tree = TypeVar("Tree")
# Runs side by side are at the same step: it is one number for all, so that what a step does only now and then
# stays a branch, and is not computed for nothing.
_AXES = State(seed=0, step=None, players=0, controllers=0)  # type: ignore[arg-type]


def train_steps(
    state: State,
    resident: Sequence[data.Examples],
    inputs: Mapping[str, Any],
    slot: jax.Array,
    *,
    algorithm: Algorithm,
    places: Mapping[str, int],
    reduce: Reduce = SINGLE,
) -> tuple[State, dict[str, jax.Array]]:
    """T steps in one call.

    Args:
      state: the state at n.
      resident: the data sets whose examples all lie on the device: [N, ...].
      inputs: for each stream what its steps use: of a resident one the numbers of the examples i32[T, R, b],
        perhaps with other conditions (`data.Chosen`); of others the examples themselves, [T, R, b, ...].
      slot: i32[b], this replica's places in the global batch.
      algorithm: what trains.
      places: which of the resident data sets a stream takes from; others are not resident.
      reduce: averages over the replicas.

    Returns:
      The state at n + T and metrics f[T].
    """

    def stream(name: str, chosen: Any) -> Any:
        if name not in places:
            return chosen
        whole = resident[places[name]]
        if isinstance(chosen, data.Chosen):
            return data.Examples(whole.example[chosen.index], chosen.condition)
        return jax.tree.map(lambda x: x[chosen], whole)

    def body(state: State, inputs: Mapping[str, Any]) -> tuple[State, dict[str, jax.Array]]:
        streams = {name: stream(name, chosen) for name, chosen in inputs.items()}
        return algorithm.step(state, Batch(streams, slot), reduce)

    return lax.scan(body, state, inputs)


def side_by_side(
    state: State, resident: Sequence[data.Examples], inputs: Mapping[str, Any], slot: jax.Array, **rest: Any
) -> tuple[State, dict[str, jax.Array]]:
    """`train_steps` of S runs: state (but `step`), inputs and metrics have a leading axis [S]."""

    def one(state: State, inputs: Mapping[str, Any]) -> tuple[State, dict[str, jax.Array]]:
        return train_steps(state, resident, inputs, slot, **rest)

    return jax.vmap(one, in_axes=(_AXES, 0), out_axes=(_AXES, 0))(state, inputs)


def stacked(trees: Sequence[Tree]) -> Tree:
    """Inputs of several runs as one, leaves [S, ...]; those of one run as they are."""
    return trees[0] if len(trees) == 1 else jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


def joined(states: Sequence[State]) -> State:
    """The states of runs that are at the same step as one; that of one run as it is."""
    return states[0] if len(states) == 1 else stacked(states)._replace(step=states[0].step)


def part(state: State, run: int) -> State:
    """One run's state, of what `joined` gave."""
    own = state.seed, state.players, state.controllers
    seed, players, controllers = jax.tree.map(lambda leaf: leaf[run], own)
    return State(seed, state.step, players, controllers)


def abstractly(state: State, runs: int) -> State:
    """The shapes of the joined state of so many runs."""
    if runs == 1:
        return state
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((runs, *leaf.shape), leaf.dtype), state)
    return shapes._replace(step=state.step)
