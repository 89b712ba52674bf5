"""The translator pair: its sizes as published, and what its options change."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cwgan_jax.networks import Form, translator

FORM = Form((256, 256, 3))


def shapes(options, size, form=FORM):
    """The number of parameters of both networks, and the shapes that they give."""
    networks, found = translator.build(options, form), []
    for module in (networks.generator, networks.critic):
        image = jax.ShapeDtypeStruct((1, *size, form.shape[-1]), jnp.float32)
        result, variables = jax.eval_shape(module.init_with_output, jax.random.key(0), image)
        found.append((sum(leaf.size for leaf in jax.tree.leaves(variables)), result.shape))
    return found


def test_as_published():
    """11.378 and 2.765 million parameters, with 9 blocks and 70x70 patches; 7.838 million with 6 blocks."""
    generator, critic = shapes(translator.Options(), (256, 256))
    assert generator == (11_378_179, (1, 256, 256, 3))
    assert critic == (2_764_737, (1, 30, 30))
    assert shapes(translator.Options(blocks=6), (128, 128))[0] == (7_837_699, (1, 128, 128, 3))


@pytest.mark.parametrize("halvings", [0, 1, 3])
@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
def test_pictures_keep_their_size(halvings, upsampling):
    """Also where they are not square, and not as large as in training: the networks are convolutions."""
    options = translator.Options(features=2, blocks=1, halvings=halvings, upsampling=upsampling)
    assert shapes(options, (16, 40))[0][1] == (1, 16, 40, 3)


def test_edges_are_mirrored_and_not_repeated():
    image = np.arange(2 * 5 * 6 * 3, dtype=np.float32).reshape(2, 5, 6, 3)
    expected = np.pad(image, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="reflect")
    np.testing.assert_array_equal(translator.reflected(jnp.asarray(image), 3), expected)


def test_initial_weights_are_normal_with_biases_of_zero():
    network = translator.build(translator.Options(features=16, blocks=1), Form((16, 16, 1))).generator
    params = network.init(jax.random.key(0), jnp.zeros((1, 16, 16, 1)))["params"]
    kernel = params["block_0_first"]["kernel"]
    assert abs(float(kernel.std()) - 0.02) < 4 * 0.02 / (2 * kernel.size) ** 0.5
    assert not any(layer["bias"].any() for layer in params.values())
