"""StyleGAN2 against plain PyTorch with the same weights and random numbers, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import random
from cwgan_jax.networks import Form, build

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import measure  # noqa: E402 - they need it too
from reference.family_compare import BOUND, images, normal, there  # noqa: E402
from reference.stylegan2_bridge import SMALL, carry, drawn, filled, gradients, modules  # noqa: E402

torch.set_num_threads(1)
BATCH = 8

pytestmark = pytest.mark.usefixtures("x64")


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


def test_networks():
    """What the steps of test_stylegan2_steps.py leave out: odd sizes, no labels, the original critic."""
    changes = {"model__conditional": False, "model__residual": False, "data__size": 18}
    cfg, shape = make_config(**SMALL | changes), (18, 18, 2)
    networks, (generator, critic) = build(cfg.model, Form(shape)), modules(cfg, 18, 2, classes=0)
    condition, latent, image = np.zeros((BATCH, 0)), normal(BATCH, 5, seed=1), normal(BATCH, *shape)
    single = [x[:1].astype(np.float32) for x in (latent, condition, image)]
    key = jax.random.key(0)
    variables = filled(jax.eval_shape(lambda: networks.generator.init(key, *single[:2], train=True)))
    params, stats = variables["params"], variables["batch_stats"]
    carry(generator, params, stats, shape)
    keys = random.keys(random.key(3, random.Stream.NOISE, 0, 0), jnp.arange(BATCH))
    z, y = there(latent), there(condition).detach()
    mixing, noises = drawn(networks.generator, keys)
    assert len(mixing[1].unique()) > 2
    theirs = generator.synthesis(generator.styles(z, y, mixing), noises)
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
    # Drawn without a key the noise is the same for all, and nothing is mixed.
    draw = jax.jit(lambda *x: networks.draw(variables, networks.styles(variables, *x)))
    assert (
        measure.difference(draw(latent, condition), images(generator.synthesis(generator.styles(z, y))))
        < BOUND
    )
