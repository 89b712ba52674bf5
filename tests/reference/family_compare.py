"""Holds a module of the package against one of PyTorch's: values, running statistics, every gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

from reference import bridge, family_weights, measure

BOUND = 1e-11  # float64 rounds at 1e-16; some thousand operations follow


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def filled(shapes):
    """Numbers for a tree of shapes, none special such as the zero of a gate or the one of a scale."""

    def leaf(path, shape):
        name = str(path[-1].key)
        draw = normal(*shape.shape, seed=sum(map(ord, jax.tree_util.keystr(path))))
        middle = 1.0 if name in ("scale", "var") else 0.0
        kernel = shape.ndim > 1 and not middle
        return middle + draw * (np.prod(shape.shape[:-1]) ** -0.5 if kernel else 0.2)

    return jax.tree_util.tree_map_with_path(leaf, shapes)


def there(x):
    """An input for PyTorch: images to NCHW, labels to i64."""
    if not np.issubdtype(x.dtype, np.floating):
        return torch.tensor(x).long()
    return (bridge.planes_first(x) if x.ndim == 4 else torch.tensor(x)).requires_grad_()


def images(tensor):
    """NCHW -> NHWC."""
    array = tensor.numpy(force=True)
    return np.moveaxis(array, 1, -1) if array.ndim == 4 else array


def agree(module, variables, apply, *inputs, bound=BOUND):
    """Value, new running statistics, and the gradients of a weighted sum of the value by every leaf.

    `apply`: (params, *float inputs) -> (value, new statistics); `variables`: as Flax has them. Labels are for
    PyTorch; `apply` has the conditions.
    """
    module = module.double()
    params = variables["params"]
    stats = variables.get("batch_stats")
    family_weights.carry(module, params, stats)
    tensors = [there(x) for x in inputs]
    theirs = module(*tensors)
    weight = normal(*images(theirs).shape, seed=9)
    (theirs * there(weight)).sum().backward()

    def weighted(params, *floats):
        value, changed = apply(params, *floats)
        return (value * weight).sum(), (value, changed)

    floats = [x for x in inputs if np.issubdtype(x.dtype, np.floating)]
    gradients, (value, changed) = jax.jit(
        jax.grad(weighted, argnums=tuple(range(1 + len(floats))), has_aux=True)
    )(params, *floats)
    found = {"value": measure.difference(value, images(theirs))}
    wanted = family_weights.read(module, params, family_weights.gradient)
    fixed = {"/".join(e.path) for e in family_weights.entries(module) if not e.tensor.requires_grad}
    ours = measure.leaves(gradients[0])
    for path in fixed:
        assert not ours.pop(path).any(), path
        wanted.pop(path)
    assert all(np.linalg.norm(x) > 1e-6 for x in wanted.values())  # so that relative means something
    found["gradient by the parameters"] = measure.worst_leaf(ours, wanted)
    for i, tensor in enumerate(t for t in tensors if t.requires_grad):
        found[f"gradient by input {i}"] = measure.difference(gradients[1 + i], images(tensor.grad))
    if stats is not None:
        moved = {"/".join(path): x.numpy() for path, x in family_weights.statistics(module).items()}
        found["running statistics"] = measure.worst_leaf(changed, moved)
    assert max(found.values()) < bound, found


def layer(module, *inputs, **keywords):
    """Parameters of a layer, and its application to them."""
    single = [np.float32(x) if np.issubdtype(x.dtype, np.floating) else x for x in inputs]
    shapes = jax.eval_shape(
        lambda: module.init(jax.random.key(0), *single, **keywords)
    )  # in float32, as ever
    variables = filled(shapes)
    stats = variables.get("batch_stats", {})

    def apply(params, *floats):
        rest = inputs[len(floats) :]
        given = {"params": params, "batch_stats": stats}
        value, changed = module.apply(given, *floats, *rest, **keywords, mutable=["batch_stats"])
        return value, changed.get("batch_stats", {})

    return variables, apply


def same(ours, theirs, *inputs):
    """Two functions without parameters: value and gradients."""
    tensors = [there(x) for x in inputs]
    value = theirs(*tensors)
    weight = normal(*images(value).shape, seed=9)
    value.backward(there(weight).detach())
    own, pull_back = jax.vjp(ours, *inputs)
    assert measure.difference(own, images(value)) < BOUND
    for gradient, tensor in zip(pull_back(jnp.asarray(weight)), tensors, strict=True):
        assert measure.difference(gradient, images(tensor.grad)) < BOUND
