"""Objectives, layers and networks of the GAN family against plain PyTorch: values and gradients."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config

from cwgan_jax.algorithms import generation
from cwgan_jax.networks import Form, build, style
from cwgan_jax.networks.layers import norms, spectral
from cwgan_jax.networks.layers.attention import SelfAttention
from cwgan_jax.objectives import losses

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import family, family_steps, family_style, family_weights, measure  # noqa: E402
from reference.family_compare import BOUND, agree, images, layer, normal, same, there  # noqa: E402

torch.set_num_threads(1)
CLASSES, BATCH = 3, 4
LABEL = np.array([2, 0, 1, 2], np.int32)  # for PyTorch
CONDITION = generation.one_hot(LABEL, CLASSES, np.float64)  # the same for the package

pytestmark = pytest.mark.usefixtures("x64")


@pytest.mark.parametrize("name", losses.OBJECTIVES)
@pytest.mark.parametrize("targets", [{}, {"real_target": 0.9, "fake_target": 0.1}])
def test_objectives(name, targets):
    inputs = losses.ObjectiveInputs(**targets, controllers={"balance": 0.3})
    scores = 3 * normal(7, seed=1), 3 * normal(7, seed=2)
    for which in (0, 1):
        tensors = [there(x) for x in scores]
        theirs = family_steps.objective(name, *tensors, **targets, balance=0.3)[which]
        theirs.backward()
        ours, gradients = jax.value_and_grad(
            lambda pair, which=which: losses.OBJECTIVES[name].losses(*pair, inputs)[which]
        )(scores)
        assert measure.difference(ours, theirs.item()) < BOUND
        for gradient, tensor in zip(gradients, tensors, strict=True):
            assert measure.difference(gradient, family_weights.gradient(tensor)) < BOUND


def test_self_attention():
    x = normal(BATCH, 5, 3, 16)
    agree(family.SelfAttention(16), *layer(SelfAttention(), x), x)


@pytest.mark.parametrize("shape", [(BATCH, 5, 3, 6), (BATCH, 6)])
def test_conditional_batch_norm(shape):
    x = normal(*shape)
    variables, apply = layer(norms.BatchNorm(), x, CONDITION, train=True)
    agree(family.ConditionalBatchNorm(CLASSES, 6), variables, apply, x, LABEL)


class Inside(torch.nn.Module):
    """A layer of PyTorch's under a name, as entries of a tree have one."""

    def __init__(self, name, layer):
        super().__init__()
        self.add_module(name, layer)

    def forward(self, *inputs):
        (child,) = self.children()
        return child(*inputs)


class Norm(nn.Module):
    """The critic's."""

    @nn.compact
    def __call__(self, x):
        return norms.BatchNorm(running=False, name="norm_1")(x, train=True)


def test_batch_norm_of_the_critic():
    x = 2 + normal(BATCH, 5, 3, 6)
    variables, apply = layer(Norm(), x)
    assert "batch_stats" not in variables
    agree(Inside("norm_1", torch.nn.BatchNorm2d(6)), variables, apply, x)


def test_adaptive_instance_norm():
    pair = style.adaptive_instance_norm, family_style.adaptive_instance_norm
    same(*pair, 3 + normal(BATCH, 5, 3, 6), normal(BATCH, 12, seed=1))


def test_bilinear_upsampling():
    theirs = torch.nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    same(lambda x: style.upsample(x, 10), theirs, normal(BATCH, 5, 5, 2))


SPECTRAL = [  # a layer of PyTorch's, and axes that bring its weight to the package's
    (torch.nn.Linear(6, 5), (1, 0)),
    (torch.nn.Conv2d(3, 5, 4), (2, 3, 1, 0)),
    (torch.nn.ConvTranspose2d(3, 5, 4), (2, 3, 0, 1)),
]


@pytest.mark.parametrize(("layer", "axes"), SPECTRAL)
def test_spectral_norm_and_the_gradient_through_it(layer, axes):
    layer = torch.nn.utils.parametrizations.spectral_norm(layer.double()).eval()
    weight, norm = layer.parametrizations.weight.original, layer.parametrizations.weight[0]
    params = {"a": {"kernel": np.transpose(weight.numpy(force=True), axes), "bias": np.ones(5)}}
    vectors = spectral.initial(params, jax.random.key(0))
    ((left, right),) = vectors.values()
    rows = np.asarray(right).reshape(params["a"]["kernel"].shape[:-1])
    norm._u.copy_(torch.tensor(np.asarray(left)))
    norm._v.copy_(torch.tensor(np.moveaxis(rows, -1, 0).ravel()))
    cotangent = normal(*params["a"]["kernel"].shape)
    back = np.argsort(axes)
    layer.weight.backward(torch.tensor(np.transpose(cotangent, back)))
    own, pull_back = jax.vjp(lambda p: spectral.normalised(p, vectors), params)
    assert measure.difference(np.transpose(own["a"]["kernel"], back), layer.weight.detach()) < BOUND
    assert (own["a"]["bias"] == 1).all()
    (gradient,) = pull_back({"a": {"kernel": jnp.asarray(cotangent), "bias": jnp.zeros(5)}})
    assert measure.difference(np.transpose(gradient["a"]["kernel"], back), weight.grad) < BOUND
    largest = np.linalg.svd(np.reshape(own["a"]["kernel"], (-1, 5)), compute_uv=False)[0]
    assert largest == pytest.approx(1, rel=0.1)  # after fifteen iterations; two may be nearly alike


def test_power_iteration():
    """PyTorch moves the vector of its rows first, we that of the inputs: they are its rows with dim=1."""
    layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(6, 5).double(), dim=1)
    norm, weight = layer.parametrizations.weight[0], layer.parametrizations.weight.original
    start = normal(5) / np.linalg.norm(normal(5))
    norm._v.copy_(torch.tensor(start))
    params = {"a": {"kernel": weight.numpy(force=True).T}}
    vectors = {"a/kernel": (jnp.asarray(start), jnp.zeros(6))}
    for _ in range(3):
        layer.weight  # noqa: B018 - which makes an iteration
        vectors = spectral.advance(params, vectors)
        left, right = vectors["a/kernel"]
        assert measure.difference(left, norm._v) < BOUND
        assert measure.difference(right, norm._u) < BOUND


_XLA = {"model__implementation": "xla"}  # compiles in half the time; the other way is in the other networks
_LABELS = {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"}
_POINTS = {"model__architecture": "points", "model__features": 6}
NETWORKS = {
    "dcgan-28": ({"model__architecture": "dcgan", "data__size": 28, **_XLA}, 1),
    "dcgan-64": ({"model__architecture": "dcgan", "data__size": 64, "model__conditional": False, **_XLA}, 3),
    "sagan": ({"model__attention": 8, "model__critic_norm": "off", **_LABELS}, 1),
    "mlp": ({"model__architecture": "mlp", "data__size": 8, **_LABELS}, 3),
    "autoencoder": ({"model__architecture": "autoencoder"}, 1),
    "style": ({"model__architecture": "style", **_XLA}, 1),
    # The convolutions of maps of another size in one step, as on CPUs; the steps have the others.
    "resnet": (
        {"model__architecture": "resnet", "data__size": 28, "model__critic_features": 4}
        | {"model__generator_labels": "concatenated", "model__critic_labels": "concatenated"}
        | {"model__batch_norm_epsilon": 0.1},
        3,
    ),
    "r3gan": ({"model__architecture": "r3gan", "model__features": 4, "model__group_channels": 2}, 3),
    "points-1": ({"data__name": "normal", "model__conditional": False, **_POINTS}, 1),
    "points-2": ({"data__name": "ring", **_POINTS}, 2),
}


def built(name):
    """Networks, the PyTorch pair, images f[B, H, W, D] and latents f[B, Z]."""
    changes, depth = NETWORKS[name]
    cfg = make_config(model__dtype="float64", objective__penalties__interpolates__weight=0, **changes)
    size = 1 if cfg.model.architecture == "points" else cfg.data.size
    networks = build(cfg.model, Form((size, size, depth)))
    pair = family_steps.pair(cfg, CLASSES, depth)
    return networks, pair, normal(BATCH, size, size, depth), normal(BATCH, cfg.model.latent, seed=1)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name):
    networks, (generator, critic), image, latent = built(name)
    conditional = NETWORKS[name][0].get("model__conditional", True)
    condition = CONDITION if conditional else CONDITION[:, :0]
    agree(generator, *layer(networks.generator, latent, condition, train=True), latent, LABEL)
    agree(critic, *layer(networks.critic, image, condition), image, LABEL)


def test_style_mapping():
    latent = normal(BATCH, 5)
    theirs = family_style.Mapping(5, (CLASSES, 3))
    agree(theirs, *layer(style.Mapping(3), latent, CONDITION), latent, LABEL)


def test_truncation():
    networks, (generator, _), _, latent = built("style")
    variables, _ = layer(networks.generator, latent, CONDITION, train=True)
    generator.double()
    family_weights.carry(generator, variables["params"], variables["batch_stats"])
    apply = jax.jit(networks.generator.apply, static_argnames="method")
    for psi in (0.7, 1.0, 0.0):
        theirs = generator.truncated(there(latent), there(LABEL), psi)
        styles = apply(variables, latent, CONDITION, psi, method="styles")
        assert measure.difference(styles, theirs.detach()) < BOUND
    image = apply(variables, styles, method="draw")
    assert measure.difference(image, images(generator.synthesis(theirs))) < BOUND
