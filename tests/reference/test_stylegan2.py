"""StyleGAN2 against plain PyTorch with the same weights and random numbers, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import random
from cwgan_jax.algorithms import generation
from cwgan_jax.interop import layout
from cwgan_jax.networks import Form, build
from cwgan_jax.networks.kernels import resampling

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import bridge, measure, stylegan2  # noqa: E402 - they need it too
from reference.family_compare import BOUND, images, normal, same, there  # noqa: E402

torch.set_num_threads(1)
CLASSES, BATCH, LATENT, DEPTH = 3, 8, 5, 2
LABEL = np.array([2, 0, 1, 2, 1, 1, 0, 2], np.int32)
CONDITION = generation.one_hot(LABEL, CLASSES, np.float64)
SMALL = {
    "model__architecture": "stylegan2",
    "model__dtype": "float64",
    "model__implementation": "xla",  # compiles in half the time
    "model__most_features": 3,
    "model__mapping_layers": 2,
    "model__style_mixing": 0.6,
}

pytestmark = pytest.mark.usefixtures("x64")


def filled(shapes):
    """Numbers for a tree of shapes, of the size that the layers' factors expect; none is special."""

    def leaf(path, shape):
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        size = (1.0 if shape.ndim > 1 else 0.3) * (100 if "mapping/linear" in name else 1)
        return size * normal(*shape.shape, seed=sum(map(ord, name)))

    return jax.tree_util.tree_map_with_path(leaf, shapes)


def modules(cfg, size, depth, classes=CLASSES):
    """The plain PyTorch pair."""
    model, steps = cfg.model, len(stylegan2.heights(size))
    widths = [min(model.features * 2**i, model.most_features) for i in range(steps)]
    own = {"mapping_layers": model.mapping_layers, "embedding": model.embedding}
    generator = stylegan2.Generator(model.latent, classes, widths[::-1], size, depth, **own)
    its = {"group": model.group, "residual": model.residual}
    return generator.double(), stylegan2.Critic(classes, widths, size, depth, **its).double()


def carry(module, params, stats, shape):
    """Loads the weights; the filter's buffers are not there."""
    arrays = layout.to_torch(params, stats, shape)
    arrays = {name: bridge.to_tensor(x) for name, x in arrays.items() if not name.endswith("filter")}
    module.load_state_dict(arrays, strict=True)


def gradients(module, template, shape):
    """Those that `backward` left, as a tree like `template`."""
    found = {name: value.grad.numpy(force=True) for name, value in module.named_parameters()}
    running = {name: value.numpy(force=True) for name, value in module.named_buffers()}
    return layout.from_torch(found | running, template, shape)[0]


def noises(key, generator, dtype):
    """What each example draws, from its key: noise of the layers, second latents and crossovers."""
    sizes = [h for h in generator.synthesis.heights for _ in (0, 1)][1:]
    drawn = [random.noise(key, i, (size, size), dtype) for i, size in enumerate(sizes)]
    return [bridge.to_tensor(x) for x in drawn]


def mixing(key, model, layers):
    drawn = random.mixing(
        key, size=model.latent, layers=layers, share=model.style_mixing, dtype=np.dtype(model.dtype)
    )
    return tuple(map(bridge.to_tensor, drawn))


def agree(theirs, tensors, module, ours, params, floats, shape):
    """Value, and the gradients of a weighted sum of it by every weight and input."""
    weight = normal(*images(theirs).shape, seed=9)
    (theirs * there(weight).detach()).sum().backward()

    def weighted(params, *floats):
        value = ours(params, *floats)
        return (value * weight).sum(), value

    where = tuple(range(1 + len(floats)))
    (own, *by_input), value = jax.jit(jax.grad(weighted, where, has_aux=True))(params, *floats)
    found = {"value": measure.difference(value, images(theirs))}
    wanted = gradients(module, params, shape)
    assert all(np.linalg.norm(x) > 1e-6 for x in jax.tree.leaves(wanted))  # so that relative means something
    found["gradient by the parameters"] = measure.worst_leaf(own, wanted)
    for i, (gradient, tensor) in enumerate(zip(by_input, tensors, strict=True)):
        found[f"gradient by input {i}"] = measure.difference(gradient, images(tensor.grad))
    assert max(found.values()) < BOUND, found


NETWORKS = {
    "16": (16, DEPTH, {}),
    "original critic, groups of two": (8, 1, {"model__residual": False, "model__group": 2}),
    "28, unconditional": (28, 1, {"model__conditional": False, "model__group": 1}),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name):
    size, depth, changes = NETWORKS[name]
    cfg = make_config(**SMALL | changes)
    shape, conditional = (size, size, depth), cfg.model.conditional
    networks = build(cfg.model, Form(shape))
    generator, critic = modules(cfg, size, depth, CLASSES if conditional else 0)
    condition = CONDITION if conditional else CONDITION[:, :0]
    latent, image = normal(BATCH, LATENT, seed=1), normal(BATCH, *shape)
    single = [x[:1].astype(np.float32) for x in (latent, condition, image)]
    key = jax.random.key(0)
    variables = filled(jax.eval_shape(lambda: networks.generator.init(key, single[0], single[1], train=True)))
    params, stats = variables["params"], variables["batch_stats"]
    carry(generator, params, stats, shape)
    keys = random.keys(random.key(3, random.Stream.NOISE, 0, 0), jnp.arange(BATCH))
    z, y = there(latent), there(condition).detach()
    own = mixing(keys, cfg.model, generator.count)
    assert len(own[1].unique()) > 2
    theirs = generator.synthesis(generator.styles(z, y, own), noises(keys, generator, np.float64))
    agree(
        *(theirs, [z], generator),
        lambda params, latent: networks.generate(params, stats, latent, condition, key=keys)[0],
        *(params, [latent], shape),
    )
    its = filled(jax.eval_shape(lambda: networks.critic.init(key, single[2], single[1])))["params"]
    carry(critic, its, None, shape)
    x = there(image)
    agree(
        *(critic(x, y), [x], critic),
        lambda params, image: networks.score(params, image, condition),
        *(its, [image], shape),
    )
    if name != "16":
        return
    # Drawn without a key, the noise is the same for all and nothing is mixed; the mean of w has moved.
    plain, moved = jax.jit(networks.generate)(params, stats, latent, condition)
    generator.follow(z, y)
    assert measure.difference(plain, images(generator.synthesis(generator.styles(z, y)))) < BOUND
    assert measure.difference(moved["style"], generator.mapping.w_avg) < BOUND
    styles = networks.styles(variables, latent, condition)
    drawn = networks.draw(variables, styles)
    assert measure.difference(drawn, plain) < BOUND


def test_filters():
    x = normal(2, 5, 5, 3)
    for size, edges in ((10, (2, 1)), (11, (2, 2))):
        twice = lambda x, edges=edges: stylegan2.filtered(x, up=2, padding=edges)  # noqa: E731
        same(lambda x, size=size: resampling.upsample(x, (size, size)), twice, x)
    same(resampling.downsample, lambda x: stylegan2.filtered(x, down=2, padding=(1, 1)), x)
    same(lambda x: resampling.blur(x, (2, 1)), lambda x: stylegan2.filtered(x, padding=(2, 1)), x)
