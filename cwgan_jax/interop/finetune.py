"""Starts a run from the weights of another run, or of a PyTorch state dict, as far as they fit.

An array fits if its name (`players/critic/params/conv_0/kernel`) and its shape are the same here and there.
With another number of classes that is all of a network but its label tables. What does not fit is drawn new,
and optimizers start afresh.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cwgan_jax import checkpoint, data, pretrained
from cwgan_jax.algorithms import State, abstract
from cwgan_jax.algorithms import player as player_
from cwgan_jax.algorithms.player import Player
from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import layout, names, state_dict
from cwgan_jax.interop.state_dict import Tensor
from cwgan_jax.sampling import load
from cwgan_jax.training import plan as plan_
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.start import Start


def start(sources: Sequence[str], allow: Collection[str] = ()) -> Start:
    """How a run with these --init starts.

    Args:
      sources: workdirs, checkpoints, packed files, names of pretrained models, or files of state dicts; where
        several have an array, the last counts.
      allow: see `Start`.
    """
    return Start(tuple(sources), lambda plan, state: fill(sources, plan, state), allow)


def check(sources: Sequence[str], workdir: Path) -> None:
    """Raises ConfigError if one of the sources does not exist, before anything is compiled.

    A run that goes on from a checkpoint of `workdir` does not read them, so they may be gone by then.
    """
    for source in sources:
        if _begun(workdir) or pretrained.resolved(source).exists():
            continue
        raise ConfigError(
            f"--init={source}: there is no such file or folder; give a run's folder, one of its"
            f" checkpoints, a packed file, a state dict ({', '.join(state_dict.SUFFIXES)}), or a model"
            f" that comes with the package: {', '.join(pretrained.names())}"
        )


def _begun(workdir: Path) -> bool:
    """Whether a run, or the runs of several seeds, go on there."""
    places = (*workdir.glob("checkpoints"), *workdir.glob("seed*/checkpoints"))
    return any(checkpoint.steps(path) for path in places)


def fill(sources: Sequence[str], plan: Plan, state: State) -> tuple[State, dict[str, Any]]:
    """Puts the weights of `sources` into a new state, as far as they fit, and prints what does not.

    Args:
      sources: as in `start`.
      plan: the run that starts.
      state: as the config alone would have it.

    Returns:
      A state at step 0; how many arrays were taken, and the names of those that were not.

    Raises:
      ConfigError: nothing fits, or a file is no state dict.
      CheckpointError: there is no checkpoint, or it is damaged.
    """
    theirs: dict[str, Tensor] = {}
    for source in sources:
        path = pretrained.resolved(source)
        of_run = path.is_dir() or packed.about(path)
        more = _of_run(path, plan) if of_run else _of_file(path, plan, state)
        renewed = {_player(name) for name in more}  # an earlier moving average is not of these weights
        theirs = {name: x for name, x in theirs.items() if not (_averaged(name) and _player(name) in renewed)}
        theirs |= more
    ours = _arrays(state, "params", "stats")
    fits = {name for name, x in ours.items() if name in theirs and theirs[name].shape == x.shape}
    shown = " and ".join(sources)
    if not any(name.endswith("/kernel") and "projection" not in name for name in fits):
        raise ConfigError(
            f"--init={shown}: none of its weights fit these networks (same layers, same shapes); use the"
            " config.model it was trained with, its config.data.size and channels"
        )
    for name, array in ours.items():
        if name not in fits:
            there = f"{list(theirs[name].shape)} there" if name in theirs else "not there"
            print(f"init: {name}: drawn new, {list(array.shape)} here, {there}", flush=True)
    print(f"init: {len(fits)} of {len(ours)} arrays taken from {shown}", flush=True)
    filled = state._replace(players=_filled(theirs, state))
    return jax.device_get(filled), {"taken": len(fits), "new": sorted(ours.keys() - fits)}


def _filled(theirs: dict[str, Tensor], state: State) -> dict[str, Player]:
    """The players of a new state with the arrays that fit."""

    def taken(prefix: str, tree: Any) -> Any:
        def one(path: Any, own: Any) -> np.ndarray:
            there = theirs.get(f"{prefix}/{_name(path)}")
            return np.asarray(there.values(), own.dtype) if there and there.shape == own.shape else own

        return jax.tree_util.tree_map_with_path(one, tree)

    players = {}
    for name, player in state.players.items():
        weights = taken(f"players/{name}", {"params": player.params, "stats": player.stats})
        average = taken(f"players/{name}/average", weights)
        players[name] = player_.with_weights(player, **weights, average=average)
    return players


def _of_run(path: Path, plan: Plan) -> dict[str, Tensor]:
    """The arrays of a run's newest checkpoint, or of the one that is named."""
    folder, number = load.find(path)

    def template(about: dict[str, Any]) -> State:
        config, algorithm = plan_.rebuild(about)
        with jax.enable_x64(config.model.dtype == "float64"):
            return abstract(algorithm)

    saved = checkpoint.restore(
        folder,
        template,
        step=number,
        set_aside=False,
        warn=lambda line: print(f"warning: {line}", flush=True),
    )
    assert saved is not None  # `find` saw a step
    old, new = data.class_names(saved.about["data"]), plan.dataset.class_names
    if plan.config.model.conditional and len(old) == len(new) and old != new:
        pairs = [f"{b} those of {a}" for a, b in zip(old, new, strict=True) if a != b]
        print(f"init: label tables are taken by number: {', '.join(pairs[:5])}", flush=True)
    print(f"init: {path}: step {saved.step}", flush=True)
    arrays = _arrays(saved.state, "params", "stats", "average")
    return {name: _tensor(array) for name, array in arrays.items()}


def _of_file(path: Path, plan: Plan, state: State) -> dict[str, Tensor]:
    """The arrays of a state dict, of the network that more of them fit."""
    layout.require_known(plan.config)
    read, shape = state_dict.read(path), plan.dataset.shape
    best: dict[str, Tensor] = {}
    fitting = -1
    for name, player in state.players.items():
        wanted = layout.to_torch(player.params, player.stats, shape)
        found = names.unwrapped(path, read, wanted)
        fits = {there for there, x in wanted.items() if there in found and found[there].shape == x.shape}
        if len(fits) <= fitting:
            continue
        fitting, best = len(fits), {}
        checked, _ = state_dict.check(path, {there: found[there] for there in fits}, wanted)
        params, stats = layout.from_torch(wanted | checked, player.params, shape)
        for layer in layout.layers(player.params, shape):
            for here, there in layer.arrays.items():
                field, tree = ("stats", stats) if here in layout.STATISTICS else ("params", params)
                full = f"players/{name}/{field}/{layer.path(here)}"
                if there in fits:
                    best[full] = _tensor(layer.own(tree)[here])
                elif there in found:  # of another shape, which `fill` tells
                    best[full] = found[there]
    return best


def _arrays(state: State, *fields: str) -> dict[str, np.ndarray]:
    """These fields of all players, by name: `players/critic/params/conv_0/kernel`."""
    players = {
        name: {field: getattr(player, field) for field in fields} for name, player in state.players.items()
    }
    leaves, _ = jax.tree_util.tree_flatten_with_path({"players": players})
    return {_name(path): np.asarray(leaf) for path, leaf in leaves}


def _tensor(array: np.ndarray) -> Tensor:
    return Tensor(array.shape, array.dtype.name, lambda: array)


def _name(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator="/")


def _player(name: str) -> str:
    """Of which player an array is."""
    return name.split("/")[1]


def _averaged(name: str) -> bool:
    """Whether an array is of a moving average."""
    return name.split("/")[2] == "average"
