"""Weights of another run, or of a PyTorch state dict, for a run that starts: what fits is taken.

An array fits if it has the same path and the same shape here and there; so all of a network but its label
tables fits other classes. What does not fit is drawn new. Optimizers start afresh.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import step
from cwgan_jax.algorithms.step import State
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import layout, names, state_dict
from cwgan_jax.interop.state_dict import Tensor
from cwgan_jax.interop.torch import require_known
from cwgan_jax.sampling import load
from cwgan_jax.training import plan as plan_
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.start import Start

_NETWORKS = ("generator", "batch_stats", "critic")
# The name of an array here -> the end of its name in a state dict.
_ENDS = {
    "embedding": {"embedding": "weight"},
    "batch_norm": {"scale": "weight", "bias": "bias", "mean": "running_mean", "var": "running_var"},
}
_KERNEL = {"kernel": "weight", "bias": "bias"}
_STATISTICS = ("mean", "var")


def start(sources: Sequence[str], allow: Collection[str] = ()) -> Start:
    """How a run starts that was given these --init.

    Args:
      sources: workdirs, checkpoints, or files of state dicts; of what several have the last one counts.
      allow: see `Start`.
    """
    return Start(tuple(sources), lambda plan, state: fill(sources, plan, state), allow)


def check(sources: Sequence[str], workdir: Path) -> None:
    """Raises ConfigError if one of them does not exist: soon, before anything is compiled.

    A run that goes on from a checkpoint of `workdir` does not read them; they may be gone by then.
    """
    for source in sources:
        if not Path(source).exists() and not checkpoint.steps(workdir / "checkpoints"):
            raise ConfigError(
                f"--init={source}: there is no such file or folder; give a run's folder, one of its"
                f" checkpoints, or a state dict ({', '.join(state_dict.SUFFIXES)})"
            )


def fill(sources: Sequence[str], plan: Plan, state: State) -> tuple[State, dict[str, Any]]:
    """Puts the weights of `sources` into a new state, as far as they fit, and says what does not.

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
        path = Path(source)
        more = _of_file(path, plan, state) if path.is_file() else _of_run(path, plan)
        if any(name.startswith("generator/") for name in more):  # whose moving average it is not
            theirs = {name: x for name, x in theirs.items() if not name.startswith("average/")}
        theirs |= more
    ours = dict(_named({name: getattr(state, name) for name in _NETWORKS}))
    fits = {name for name, x in ours.items() if name in theirs and theirs[name].shape == x.shape}
    given = " and ".join(sources)
    if not any(name.endswith("/kernel") and "projection" not in name for name in fits):
        raise ConfigError(
            f"--init={given}: none of its weights fit these networks (same layers, same shapes); use the"
            " config.model it was trained with, its config.data.size and channels"
        )
    for name, array in ours.items():
        if name not in fits:
            there = f"{list(theirs[name].shape)} there" if name in theirs else "not there"
            print(f"init: {name}: drawn new, {list(array.shape)} here, {there}", flush=True)
    print(f"init: {len(fits)} of {len(ours)} arrays taken from {given}", flush=True)

    def taken(path: Any, own: Any, prefix: str = "") -> np.ndarray:
        found = theirs.get(prefix + _name(path))
        return np.asarray(found.values(), own.dtype) if found and found.shape == own.shape else own

    trees = {name: getattr(state, name) for name in _NETWORKS}
    weights = jax.tree_util.tree_map_with_path(taken, trees)
    average = None
    if state.average is not None:
        average = {"params": weights["generator"], "batch_stats": weights["batch_stats"]}
        average = jax.tree_util.tree_map_with_path(lambda p, x: taken(p, x, "average/"), average)
    filled = step.begin(plan.config, weights["generator"], weights["batch_stats"], weights["critic"], average)
    return jax.device_get(filled), {"taken": len(fits), "new": sorted(ours.keys() - fits)}


def _of_run(path: Path, plan: Plan) -> dict[str, Tensor]:
    """The arrays of a run's newest checkpoint, or of the one that is named, by path."""
    folder, number = load.find(path)

    def template(about: dict[str, Any]) -> Any:
        config, networks = plan_.rebuild(about)
        with jax.enable_x64(config.model.dtype == "float64"):
            return plan_.abstract_state(config, networks)

    saved = checkpoint.restore(
        folder,
        template,
        step=number,
        set_aside=False,
        warn=lambda line: print(f"warning: {line}", flush=True),
    )
    assert saved is not None  # `find` saw a step
    old, new = saved.about["data"]["class_names"], plan.about["data"]["class_names"]
    if plan.networks.classes and len(old) == len(new) and old != new:
        pairs = [f"{b} those of {a}" for a, b in zip(old, new, strict=True) if a != b]
        print(f"init: label tables are taken by number: {', '.join(pairs[:5])}", flush=True)
    trees = {name: getattr(saved.state, name) for name in (*_NETWORKS, "average")}
    print(f"init: {path}: step {saved.step}", flush=True)
    return {name: _tensor(array) for name, array in _named(trees)}


def _of_file(path: Path, plan: Plan, state: State) -> dict[str, Tensor]:
    """The arrays of a state dict, by their path here; of the network that more of them fit."""
    require_known(plan.config)
    read, shape = state_dict.read(path), plan.networks.generator.image_shape
    best: dict[str, Tensor] = {}
    fitting = -1
    for network, stats in (("generator", state.batch_stats), ("critic", None)):
        params = getattr(state, network)
        wanted = layout.to_torch(params, stats, shape)
        found = names.unwrapped(path, read, wanted)
        fits = {name for name, x in wanted.items() if name in found and found[name].shape == x.shape}
        if len(fits) <= fitting:
            continue
        fitting = len(fits)
        arrays = wanted | state_dict.check(path, {name: found[name] for name in fits}, wanted)[0]
        trees = dict(zip((network, "batch_stats"), layout.from_torch(arrays, params, shape), strict=True))
        here = dict(_named(trees))
        best = {}
        for layer in layout.layers(params, critic=network == "critic"):
            for own, end in _ENDS.get(layer.kind, _KERNEL).items():
                name = f"{'batch_stats' if own in _STATISTICS else network}/{layer.here}/{own}"
                there = f"{layer.there}.{end}"
                if there in fits:
                    best[name] = _tensor(here[name])
                elif there in found:
                    best[name] = found[there]
    return best


def _tensor(array: np.ndarray) -> Tensor:
    return Tensor(array.shape, array.dtype.name, lambda: array)


def _named(trees: dict[str, Any]) -> Iterator[tuple[str, np.ndarray]]:
    for path, leaf in jax.tree_util.tree_flatten_with_path(trees)[0]:
        yield _name(path), np.asarray(leaf)


def _name(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator="/")
