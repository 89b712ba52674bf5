"""The embedding network of conditions: its function, and what it leaves as it was."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import data, kinds
from cwgan_jax.algorithms import adversarial
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data.conditions.parts import Classes, Number
from cwgan_jax.interop import layout
from cwgan_jax.networks import ARCHITECTURES, Form, build
from cwgan_jax.networks.condition import Prepared
from cwgan_jax.networks.layers.norms import SINGLE

WIDTH, LAYERS = 8, 2
FORM = Form((16, 16, 1))


def model(**changes):
    sizes = {"model__features": 2, "model__latent": 4}
    return make_config(**(sizes | {f"model__{key}": value for key, value in changes.items()})).model


def networks(**changes):
    changes = {"condition_layers": LAYERS, "condition_width": WIDTH} | changes
    return build(model(**changes), FORM)


def start(module, condition, dtype=jnp.float32):
    """Variables of a generator or critic for conditions of this form, and their result."""
    x = jnp.ones(
        (len(condition), *((4,) if "Generator" in type(inner(module)).__name__ else FORM.shape)), dtype
    )
    options = {"train": True} if x.ndim == 2 else {}
    variables = jax.jit(functools.partial(module.init, **options))(jax.random.key(0), x, condition)
    return jax.tree.map(lambda leaf: leaf.astype(dtype), variables), x


def applied(module, variables, *inputs, **options):
    return jax.jit(functools.partial(module.apply, **options))(variables, *inputs)


def inner(module):
    return getattr(module, "module", module)


def by_hand(params, condition, frequencies):
    """The embedding network in NumPy."""
    x = condition
    rates = [np.pi / 4 * 2**k for k in range(frequencies)]
    for wave in (np.sin, np.cos):
        x = np.concatenate([x, *(wave(condition * rate) for rate in rates)], 1)
    for i in range(LAYERS + 1):
        x = x @ np.asarray(params[f"condition_{i}"]["kernel"]) + np.asarray(params[f"condition_{i}"]["bias"])
        x = np.where(x > 0, x, 0.2 * x) if i < LAYERS else x
    x = x / np.sqrt((x**2).sum(1, keepdims=True) + 1e-8)
    return np.concatenate([x, 1 - x.sum(1, keepdims=True)], 1)


@pytest.mark.parametrize("frequencies", [0, 3])
def test_it_is_the_function_that_it_says(x64, frequencies):
    module = networks(dtype="float64", condition_frequencies=frequencies).critic
    condition = np.random.default_rng(0).standard_normal((5, 2))
    variables, _ = start(module, condition, jnp.float64)
    made = np.asarray(applied(module, variables, condition, method=Prepared.prepare))
    expected = by_hand(variables["params"], condition, frequencies)
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(made.sum(1), 1, atol=1e-12)


def test_the_networks_behind_it_take_what_it_makes():
    """And keep the names of their arrays."""
    condition = np.float32([[0.3, -1.2], [2.0, 0.1]])
    pair, plain = networks(architecture="mlp"), networks(architecture="mlp", condition_layers=0)
    for module, bare in ((pair.generator, plain.generator), (pair.critic, plain.critic)):
        variables, x = start(module, condition)
        bare_variables, _ = start(bare, np.zeros((2, WIDTH + 1), np.float32))
        own = {f"condition_{i}" for i in range(LAYERS + 1)}
        assert variables["params"].keys() == bare_variables["params"].keys() | own
        rest = {key: x for key, x in variables["params"].items() if key not in own}
        made = applied(module, variables, condition, method=Prepared.prepare)
        options = {"train": False, "reduce": SINGLE} if module is pair.generator else {}
        np.testing.assert_array_equal(
            applied(module, variables, x, condition, **options),
            applied(bare, {**variables, "params": rest}, x, made, **options),
        )


def test_a_style_generator_has_a_mapping_network_of_its_own():
    pair = networks(architecture="style")
    assert pair.generator == networks(architecture="style", condition_layers=0).generator
    assert isinstance(pair.critic, Prepared)


def test_conditional_batch_norm_starts_as_plain_batch_norm():
    """Its scales begin with ones, which are right for vectors whose sum is 1."""
    pair = networks(architecture="mlp", generator_labels="batch_norm")
    far, near = np.float32([[3.0, 1.0]]), np.float32([[0.0, 0.0]])
    variables, x = start(pair.generator, near)
    a, b = (applied(pair.generator, variables, x, c, train=False) for c in (far, near))
    np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("parts", [["power"], ["animal", "power"], ["animal", "place"]])
def test_without_one_conditional_batch_norm_is_for_a_class_alone(parts):
    known = {"power": Number("power", 0, 1, -1, 1)}
    schema = tuple(known.get(name, Classes(name, ("a", "b"))) for name in parts)

    def settle(schema, **changes):
        cfg = make_config(model__generator_labels="batch_norm", **changes)
        adversarial.settle(cfg, kinds.spec_of(cfg, data.description("images", (16, 16, 1), schema)))

    with pytest.raises(ConfigError, match=r"one class and nothing else, .*condition_layers=2$"):
        settle(schema)
    settle(schema, model__condition_layers=2)
    settle(schema, model__conditional=False)
    settle(schema[:1] if parts[0] == "animal" else ())


def test_without_a_condition_there_is_none():
    module = networks().critic
    variables, _ = start(module, np.zeros((2, 0), np.float32))
    assert not any(key.startswith("condition") for key in variables["params"])


def test_every_architecture_can_have_one():
    for name, architecture in ARCHITECTURES.items():
        assert hasattr(architecture.options(), "condition_layers"), name


def test_state_dicts_do_not_hold_it():
    with pytest.raises(ConfigError, match=r"config\.model.condition_layers=2: PyTorch state dicts are for"):
        layout.require_known(make_config(model__condition_layers=2))
