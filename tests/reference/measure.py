"""Relative differences between what this package computes and what PyTorch does. Needs no PyTorch.

A difference is the norm of the difference over the norm of PyTorch's value; for trees, that of the leaf where
it is largest.
"""

import jax
import numpy as np


def difference(ours, theirs, *, scale=None):
    """Norm of the difference over `scale`, the norm of `theirs` unless given; 0 where both are zero."""
    ours, theirs = (np.asarray(x, np.float64).ravel() for x in (ours, theirs))
    distance, scale = np.linalg.norm(ours - theirs), scale or np.linalg.norm(theirs)
    return 0.0 if distance == 0 else float(distance / max(scale, 1e-300))


def leaves(tree):
    """Arrays by path, such as `conv_0/kernel`."""
    found = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path, simple=True, separator="/"): np.asarray(leaf) for path, leaf in found}


def worst_leaf(ours, theirs, *, dead=()):
    """The largest difference of a leaf; `dead` ones relative to the whole tree."""
    ours, theirs = leaves(ours), leaves(theirs)
    assert ours.keys() == theirs.keys()
    whole = np.sqrt(sum(np.square(leaf, dtype=np.float64).sum() for leaf in theirs.values()))
    return max(difference(ours[path], theirs[path], scale=whole if path in dead else None) for path in theirs)


def trees(state):
    """Weights of both networks, and the generator's running statistics, as `ends_difference` takes them."""
    generator, critic = state.players["generator"], state.players["critic"]
    return {"generator": generator.params, "batch_stats": generator.stats, "critic": critic.params}


def dead_biases(params):
    """Biases whose gradient is zero in exact arithmetic: a norm cancels them, or, for the critic's last one,
    the difference of the two mean scores."""
    convs = [name for name in params if name.startswith("conv_")]
    if "score" in params:
        return {f"{name}/bias" for name in [*convs, "score"]} - {"conv_0/bias"}
    linears = [name for name in params if name.startswith("linear_")]
    return {f"{name}/bias" for name in [*convs, *linears]} - {"linear_0/bias"}


def split(params):
    """Leaves by path: those with a gradient, and the dead biases."""
    found, dead = leaves(params), dead_biases(params)
    return {p: x for p, x in found.items() if p not in dead}, {p: found[p] for p in dead}


def tree_difference(ours, theirs):
    """Norm over all leaves together."""
    return difference(*(np.concatenate([np.ravel(x) for x in jax.tree.leaves(t)]) for t in (ours, theirs)))


def curve_difference(ours, theirs):
    """The largest difference of a loss at any step, relative to the curve's largest value.

    Not to the value itself: the generator's loss passes through zero.
    """
    return {
        name: float(np.abs(ours[name] - theirs[name]).max() / np.abs(theirs[name]).max()) for name in ours
    }


def ends_difference(ours, theirs):
    """After the last step: for each tree the leaf that differs most, dead biases apart from the others.

    PyTorch's gradient for a dead bias is rounding instead of zero. Adam divides it by its own size plus 1e-8,
    so that 1e-16 moves the bias by 1e-8 of a learning rate, 1e-13 by 1e-5 of one. Nothing changes but the
    bias itself, and the running mean that it shifts. Here it stays where it was.
    """
    found = {"running statistics": worst_leaf(ours["batch_stats"], theirs["batch_stats"])}
    for name in ("generator", "critic"):
        (alive, dead), (their_alive, their_dead) = split(ours[name]), split(theirs[name])
        found[name] = worst_leaf(alive, their_alive)
        found[f"dead biases of the {name}"] = tree_difference(dead, their_dead) if dead else 0.0
    return found
