"""The residual pairs: where their initial weights come from, and their layers at other sizes."""

import math

import jax
import numpy as np
import pytest
from conftest import make_config
from scipy import stats

from cwgan_jax.networks import Form, build, r3gan
from cwgan_jax.networks.maps import whole_halvings

CLASSES = 5


def pair(size, depth, **changes):
    cfg = make_config(data__size="x".join(map(str, size)), **changes)
    return build(cfg.model, Form((*size, depth)))


def init(networks, size, depth, reads=0):
    """{path: array} of the parameters of both networks."""
    z, y, x = (np.zeros((1, *s), np.float32) for s in ((5,), (CLASSES,), (*size, depth)))

    def both(key):
        generator = networks.generator.init(key, z, y, train=True)
        critic = networks.critic.init(key, x, y, **({"reads": reads} if reads else {}))
        return {"generator": generator["params"], "critic": critic["params"]}

    return lambda key: {
        jax.tree_util.keystr(path, simple=True, separator="/"): leaf
        for path, leaf in jax.tree_util.tree_flatten_with_path(both(key))[0]
    }


def shapes(networks, size, depth):
    found = jax.eval_shape(init(networks, size, depth), jax.random.key(0))
    return {path: x.shape for path, x in found.items()}


def of_resnet(path, shape):
    """Deviation of the uniform numbers of an array."""
    fans = math.prod(shape[:-2]) * (shape[-2] + shape[-1])
    if "projection" in path:  # as PyTorch's linear layers
        return (3 * shape[-1]) ** -0.5
    return ((4 if "/conv_" in path else 2) / fans) ** 0.5


def of_r3gan(path, shape):
    """Deviation of the normal numbers of an array."""
    *_, layer, name = path.split("/")
    if name == "basis":
        return 1 if path.startswith("generator") else 1 / 4  # the maps are 4x4
    fan_in = math.prod(shape[:-1])
    if layer in ("conv_0", "conv_1"):
        return math.sqrt(2 / (1 + 0.2**2) / fan_in) * 3**-0.25  # three stages of a block
    return (fan_in * (shape[-1] if layer == "projection" else 1)) ** -0.5


SYSTEMS = {  # config, reads, deviation, distribution of deviation 1
    "resnet": ({"model__features": 8, "model__critic_features": 12}, CLASSES, of_resnet, ("uniform", 12)),
    "r3gan": ({"model__features": 16, "model__blocks": 1}, 0, of_r3gan, ("norm", 1)),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_initial_values(name):
    changes, reads, deviation, (distribution, scale) = SYSTEMS[name]
    networks = pair((16, 16), 3, model__architecture=name, **changes)
    drawn = jax.jit(init(networks, (16, 16), 3, reads))(jax.random.key(1))
    spread = {
        "uniform": stats.uniform(-(3**0.5), scale**0.5).cdf,
        "norm": stats.norm.cdf,
    }[distribution]
    seen = 0
    for path, array in drawn.items():
        last = path.rpartition("/")[2]
        if last in ("bias", "scale") or "conv_2" in path:
            assert (np.asarray(array) == (last == "scale")).all(), path
            continue
        values, seen = np.ravel(array) / deviation(path, array.shape), seen + 1
        assert stats.kstest(values, spread).pvalue > 1e-4, path
    assert seen == {"resnet": 18, "r3gan": 20}[name]


@pytest.mark.parametrize(("size", "count"), [((64, 32), 3), ((100, 100), 2)])
def test_maps_are_halved_without_a_rest(size, count):
    assert whole_halvings(size) == count
    for name in SYSTEMS:
        networks = pair(size, 3, model__architecture=name)

        def both(z, y, x, networks=networks):
            image, _ = networks.generator.init_with_output(jax.random.key(0), z, y, train=True)
            return image, networks.critic.init_with_output(jax.random.key(0), x, y)[0]

        inputs = (np.zeros((2, *s), np.float32) for s in ((5,), (CLASSES,), (*size, 3)))
        image, score = jax.eval_shape(both, *inputs)
        assert (image.shape, score.shape) == ((2, *size, 3), (2,))


def test_larger_pictures_have_wider_small_maps():
    changes = {"model__features": 2, "model__critic_features": 3}
    found = shapes(pair((64, 64), 3, model__architecture="resnet", **changes), (64, 64), 3)
    own = [found[f"generator/block_{i}/conv_1/kernel"][-1] for i in range(4)]
    its = [found[f"critic/block_{i}/conv_1/kernel"][-1] for i in range(5)]
    assert (own, its) == ([16, 8, 4, 2], [3, 6, 12, 24, 48])
    assert "critic/block_4/shortcut/kernel" in found
    changes = {"model__features": 8, "model__blocks": 1, "model__full_width": 16}
    found = shapes(pair((128, 128), 3, model__architecture="r3gan", **changes), (128, 128), 3)
    each = [found[f"generator/block_{i}_0/conv_2/kernel"][-1] for i in range(6)]
    assert each == [8, 8, 8, 4, 2, 1]


def test_r3gan_has_96_groups_at_full_size():
    networks = build(r3gan.Options(), Form((32, 32, 3)))
    found = shapes(networks, (32, 32), 3)
    inside = 2 * 768
    assert found["critic/block_3_1/conv_1/kernel"] == (3, 3, inside // 96, inside)
