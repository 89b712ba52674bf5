"""The conv pair: layer for layer, other sizes, initial distributions, and that labels are seen."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NO_PENALTY, make_config, make_networks, make_setting
from scipy import ndimage, stats
from step_helpers import initial, one_hot

from cwgan_jax import config
from cwgan_jax.algorithms.player import variables
from cwgan_jax.networks import Form, build, conv, maps, mlp, style

CONV = conv.Options()


def shapes(networks, classes=10):
    latent, condition = jnp.zeros((1, 100)), jnp.zeros((1, classes))
    image = jnp.zeros((1, *networks.generator.image_shape))

    def init():
        generator = networks.generator.init(jax.random.key(0), latent, condition, train=True)
        return generator["params"], networks.critic.init(jax.random.key(1), image, condition)["params"]

    return jax.tree.map(lambda leaf: leaf.shape, jax.eval_shape(init), is_leaf=lambda x: hasattr(x, "shape"))


def test_cwgan_gp_conv_layer_for_layer():
    """Kernel shapes of the reference system at 32x32, f = 64."""
    generator, critic = shapes(build(CONV, Form((32, 32, 1))))
    assert generator == {
        "label_embed": {"embedding": (10, 10)},
        "conv_0": {"kernel": (4, 4, 110, 512), "bias": (512,)},
        "norm_0": {"scale": (512,), "bias": (512,)},
        "conv_1": {"kernel": (4, 4, 512, 256), "bias": (256,)},
        "norm_1": {"scale": (256,), "bias": (256,)},
        "conv_2": {"kernel": (4, 4, 256, 128), "bias": (128,)},
        "norm_2": {"scale": (128,), "bias": (128,)},
        "image": {"kernel": (4, 4, 128, 1), "bias": (1,)},
    }
    assert critic == {
        "label_embed": {"embedding": (10, 10)},
        "conv_0": {"kernel": (4, 4, 11, 64), "bias": (64,)},
        "conv_1": {"kernel": (4, 4, 64, 128), "bias": (128,)},
        "conv_2": {"kernel": (4, 4, 128, 256), "bias": (256,)},
        "score": {"kernel": (4, 4, 256, 1), "bias": (1,)},
    }


MLP = mlp.Options(features=128, conditional=False, batch_norm_epsilon=0.8)


def test_wgan_gp_mlp_layer_for_layer():
    """The reference system at 28x28, f = 128: no norm behind the first layer, none in the critic."""
    generator, critic = shapes(build(MLP, Form((28, 28, 1))), classes=0)
    sizes = (100, 128, 256, 512, 1024, 784)
    layers = ("linear_0", "linear_1", "linear_2", "linear_3", "image")
    linear = {
        name: {"kernel": sizes[i : i + 2], "bias": sizes[i + 1 : i + 2]} for i, name in enumerate(layers)
    }
    norm = {f"norm_{i}": {"scale": (128 * 2**i,), "bias": (128 * 2**i,)} for i in (1, 2, 3)}
    assert generator == linear | norm
    assert critic == {
        "linear_0": {"kernel": (784, 512), "bias": (512,)},
        "linear_1": {"kernel": (512, 256), "bias": (256,)},
        "score": {"kernel": (256, 1), "bias": (1,)},
    }
    conditional = shapes(build(MLP, Form((28, 28, 1))))
    assert conditional[0]["linear_0"]["kernel"] == (110, 128)
    assert conditional[1]["linear_0"]["kernel"] == (794, 512)


@pytest.mark.parametrize("architecture", ["conv", "mlp"])
def test_batch_norm_epsilon_reaches_the_generator(architecture):
    def image(epsilon):
        cfg = make_config(model__architecture=architecture, model__batch_norm_epsilon=epsilon)
        setting = make_setting(cfg)
        generator = initial(setting).players["generator"]
        latent, condition = jax.random.normal(jax.random.key(0), (2, 5)), one_hot(setting, [0, 0])
        return jax.jit(setting.networks.generate)(generator.params, generator.stats, latent, condition)[0]

    assert jnp.abs(image(0.8) - image(1e-5)).max() > 1e-3


# Size: heights of the maps; where they are odd the kernels are 5x5.
HEIGHTS = {
    16: (8, 4),
    20: (10, 5),
    28: (14, 7),
    32: (16, 8, 4),
    36: (18, 9, 4),
    40: (20, 10, 5),
    48: (24, 12, 6),
    56: (28, 14, 7),
    64: (32, 16, 8, 4),
    96: (48, 24, 12, 6),
    100: (50, 25, 12, 6),
    112: (56, 28, 14, 7),
    128: (64, 32, 16, 8, 4),
    192: (96, 48, 24, 12, 6),
    252: (126, 63, 31, 15, 7),
    256: (128, 64, 32, 16, 8, 4),
}


@pytest.mark.parametrize("size", HEIGHTS)
def test_layers_of_each_size(size):
    heights, widths = HEIGHTS[size], [2, 4, 8, 16, 16, 16]
    assert maps.map_heights(size) == heights
    count = len(heights)
    generator, critic = shapes(make_networks(make_config(data__size=size)), classes=0)
    between = [4, *(5 if height % 2 else 4 for height in heights)]  # the image's own height is even
    assert [critic[f"conv_{i}"]["kernel"] for i in range(count)] == [
        (between[i], between[i], 1 if i == 0 else widths[i - 1], widths[i]) for i in range(count)
    ]
    assert critic["score"]["kernel"] == (heights[-1], heights[-1], widths[count - 1], 1)
    doubled = [min(16, 2 * width) for width in reversed(widths[:count])]
    kernels = [heights[-1], *between[1:count][::-1]]
    assert [generator[f"conv_{i}"]["kernel"] for i in range(count)] == [
        (kernels[i], kernels[i], ([100, *doubled])[i], doubled[i]) for i in range(count)
    ]
    assert generator["image"]["kernel"] == (4, 4, doubled[-1], 1)


def test_every_multiple_of_four_has_maps():
    for size in maps.SIZES:
        heights = maps.map_heights(size)
        assert 4 <= heights[-1] <= 7
        assert heights[0] == size // 2
        for large, small in itertools.pairwise(heights):
            assert large in (2 * small, 2 * small + 1)


@pytest.mark.parametrize("architecture", ["conv", "dcgan", "style", "autoencoder"])
@pytest.mark.parametrize(("size", "channels", "classes"), [(20, 1, 4), (64, 1, 0), (100, 3, 4), (256, 1, 4)])
def test_images_have_their_size(architecture, size, channels, classes):
    cfg = make_config(**NO_PENALTY, data__size=size, model__architecture=architecture)
    networks = make_networks(cfg, channels)

    def both():
        latent, condition = jnp.zeros((2, 5)), jnp.zeros((2, classes))
        variables = networks.generator.init(jax.random.key(0), latent, condition, train=True)
        image = networks.generator.apply(variables, latent, condition, train=False)
        params = networks.critic.init(jax.random.key(0), image, condition)
        return image, networks.critic.apply(params, image, condition)

    image, score = jax.eval_shape(both)
    assert image.shape == (2, size, size, channels)
    assert score.shape == (2,)


@pytest.mark.parametrize("shape", [(3, 6, 1), (2, 5, 4, 3), (7, 1)])
def test_smoothing_is_the_filter_along_each_axis(shape):
    x = np.random.default_rng(0).standard_normal((2, *shape)).astype(np.float32)
    axes = len(shape) - 1
    expected = x
    for axis in range(1, 1 + axes):
        expected = ndimage.correlate1d(expected, [0.25, 0.5, 0.25], axis=axis, mode="nearest")
    np.testing.assert_allclose(conv.smoothed(x, axes), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("architecture", ["conv", "dcgan"])
def test_smoothing_is_in_front_of_the_tanh(architecture):
    changes = NO_PENALTY | {"model__architecture": architecture}
    configs = (make_config(**changes, model__smooth=on) for on in (False, True))
    plain, smooth = (make_networks(cfg, 1) for cfg in configs)
    latent, condition = jax.random.normal(jax.random.key(1), (3, 5)), jnp.eye(3)
    weights = jax.tree.map(
        lambda x: 3 * x, plain.generator.init(jax.random.key(0), latent, condition, train=True)
    )
    draw = lambda generator: generator.apply(weights, latent, condition, train=False)  # noqa: E731
    maps_ = draw(plain.generator.clone(bounded=False))
    np.testing.assert_allclose(draw(smooth.generator), np.tanh(conv.smoothed(maps_, 2)), atol=1e-6)
    assert np.abs(draw(smooth.generator) - np.tanh(maps_)).max() > 0.1


def test_style_of_any_size_is_bilinear():
    """From 2 pixels to 5, half-pixel centres, edges repeated; PyTorch has the doubling."""
    row = style.upsample(jnp.array([0.0, 1.0]).reshape(1, 1, 2, 1).repeat(2, 1), 5)[0, 0, :, 0]
    np.testing.assert_allclose(row, [0, 0.1, 0.5, 0.9, 1], atol=1e-6)


def test_critic_is_a_function_of_one_example():
    setting = make_setting(make_config())
    params = initial(setting).players["critic"].params
    draw = np.random.default_rng(0)
    image = jnp.asarray(draw.standard_normal((5, 16, 16, 1)), jnp.float32)
    condition = one_hot(setting, np.arange(5) % 3)
    score = jax.jit(functools.partial(setting.networks.score, params))
    together = score(image, condition)
    for i in range(5):
        alone = score(image[i], condition[i])
        np.testing.assert_allclose(alone, together[i], rtol=1e-4, atol=1e-5)  # float32, other order of sums


def test_unconditional_has_no_label_parameters():
    generator, critic = shapes(make_networks(make_config()), classes=0)
    assert "label_embed" not in generator
    assert "label_embed" not in critic
    assert critic["conv_0"]["kernel"][2] == 1


def test_initial_distributions_are_pytorchs():
    """Uniform in +-1/sqrt(fan_in); fan_in of a transposed convolution counts its outputs."""
    setting = make_setting(config.Config(), 10)
    state = initial(setting)
    fan_in = {
        ("generator", "conv_0"): 512 * 16,
        ("generator", "conv_1"): 256 * 16,
        ("generator", "conv_2"): 128 * 16,
        ("generator", "image"): 1 * 16,
        ("critic", "conv_0"): 11 * 16,
        ("critic", "conv_1"): 64 * 16,
        ("critic", "conv_2"): 128 * 16,
        ("critic", "score"): 256 * 16,
    }
    for (network, layer), fan in fan_in.items():
        params = state.players[network].params[layer]
        for leaf in params.values():
            values = np.asarray(leaf).ravel() * np.sqrt(fan)
            assert np.abs(values).max() <= 1 + 1e-6  # float32
            if values.size > 1:
                assert stats.kstest(values[:20000], "uniform", args=(-1, 2)).pvalue > 1e-4, (network, layer)
    for network in ("generator", "critic"):
        embedding = np.asarray(state.players[network].params["label_embed"]["embedding"])
        assert stats.kstest(embedding.ravel(), "norm").pvalue > 1e-3


def test_both_networks_see_the_label():
    setting = make_setting(make_config(model__features=8))
    players, networks = initial(setting).players, setting.networks
    latent = jax.random.normal(jax.random.key(0), (4, 5))
    generate = jax.jit(functools.partial(networks.generator.apply, train=False))
    conditions = [one_hot(setting, [c] * 4) for c in (0, 1)]
    image = [generate(variables(players["generator"]), latent, condition) for condition in conditions]
    assert jnp.abs(image[0] - image[1]).max() > 0.01
    judge = jax.jit(functools.partial(networks.score, players["critic"].params))
    score = [judge(image[0], condition) for condition in conditions]
    spread = jnp.std(score[0])
    # Not only at the border: a critic whose labels an instance norm has erased differs by less than this.
    assert jnp.abs(score[0] - score[1]).min() > 0.1 * spread
