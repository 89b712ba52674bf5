"""The pair `signal`: its shapes, the spectral view of its critic, and one device or four."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import long, make_config, make_spec, relative

from cwgan_jax import algorithms, data, parallel
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.networks import Form, build, signal
from cwgan_jax.networks.layers import spectrum

SIGNAL = {"model__architecture": "signal", "objective__critic_updates": 1, "model__dtype": "float64"}


@pytest.mark.parametrize(
    ("length", "kernel", "spectral", "attention"),
    [
        (16, 4, True, None),
        (176, 6, False, 11),
        (208, 8, True, 13),
        (1024, 4, True, None),
        (4096, 16, True, None),
        (65536, 4, True, None),
    ],
)
def test_signals_have_their_length(length, kernel, spectral, attention):
    """176 is halved to 11 and 5, 208 to 13 and 6; from 2048 on the spectrum has more frames than the maps."""
    own = {"kernel": kernel, "spectral": spectral, "attention": attention}
    pair = build(signal.Options(features=2, **own), Form((length, 3)))

    def both():
        latent, condition = jnp.zeros((2, 100)), jnp.zeros((2, 4))
        example, variables = pair.generator.init_with_output(jax.random.key(0), latent, condition, train=True)
        score, params = pair.critic.init_with_output(jax.random.key(0), example, condition)
        return example, score, variables["params"], params["params"]

    example, score, generator, critic = jax.eval_shape(both)
    assert example.shape == (2, length, 3)
    assert score.shape == (2,)
    assert generator["image"]["kernel"].shape == (kernel, 4, 3)
    assert critic["conv_0"]["kernel"].shape[0] == kernel
    assert 4 <= critic["score"]["kernel"].shape[0] <= 7
    assert ("view" in critic) == spectral
    assert ("attention" in critic) == ("attention" in generator) == (attention is not None)


def test_the_spectrum_of_a_sine_and_of_noise(x64):
    """A sine of 8 turns in a frame of 64 has all its power around bin 8; silence is 0, white noise near 1."""
    time = np.arange(512)
    sine = np.sin(2 * np.pi * 8 * time / 64)
    noise = np.random.default_rng(0).standard_normal(512)
    level = jax.jit(spectrum.log_spectrum, static_argnums=1)(np.stack([sine, noise, np.zeros(512)], -1), 32)
    level = np.asarray(level).reshape(16, 3, 33)
    assert level[3, 0].argmax() == 8
    assert level[3, 0, 12:].max() < 1e-6
    assert 0.8 < level[:, 1].mean() < 1
    assert not level[:, 2].any()


def test_the_spectrum_equals_pytorch_s_and_its_derivatives_are_finite(x64):
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")
    x = np.random.default_rng(0).standard_normal((2, 88, 3))
    padded = torch.tensor(np.pad(x, ((0, 0), (8, 8), (0, 0)))).permute(0, 2, 1).reshape(6, -1)
    window = torch.hann_window(32, dtype=torch.float64)
    transform = torch.stft(padded, 32, 16, window=window / window.norm(), center=False, return_complex=True)
    power = transform.abs().square().reshape(2, 3, 17, 5).permute(0, 3, 1, 2).reshape(2, 5, 51)
    judge = torch.log1p(power / 1e-3) / np.log1p(1e3)
    assert relative(jax.jit(spectrum.log_spectrum, static_argnums=1)(x, 16), judge.numpy()) < 1e-12

    @jax.jit
    def slope(x):
        return jnp.square(jax.grad(lambda x: spectrum.log_spectrum(x, 16).sum())(x)).sum()

    for silent in (np.zeros((32, 1)), 1e-200 * np.ones((32, 1))):
        assert np.isfinite(jax.jit(jax.grad(slope))(silent)).all()


def test_the_critic_hears_a_tone_that_is_out_of_place(x64):
    """The view reaches the score: without it the same weights give another."""
    pair = build(signal.Options(features=2), Form((64, 1), bounded=False))
    example, condition = jax.random.normal(jax.random.key(1), (3, 64, 1)), jnp.zeros((3, 0))

    @jax.jit
    def both():
        params = pair.critic.init(jax.random.key(0), example, condition)["params"]
        without = {name: layer for name, layer in params.items() if name != "view"}
        plain = pair.critic.clone(view=None).apply({"params": without}, example, condition)
        return pair.critic.apply({"params": params}, example, condition), plain

    with_view, plain = both()
    assert jnp.abs(with_view - plain).min() > 1e-3


def test_data_that_do_not_fit_are_refused_in_one_line():
    cases = [
        ("signal", (40, 1), "signals", r"with one axis of 16 to 65536 places, multiples of 16, .* 40x1; use"),
        ("conv", (64, 90, 1), "fields", r"two axes or three axes of 16 to 256 .* 64x90x1; use mlp"),
        (
            "style",
            (64, 96, 3),
            "images",
            r"squares of 16 to 256 pixels, .* 64x96x3; use conv or mlp or dcgan",
        ),
        ("signal", (16, 16, 1), "images", "not for images; use conv, mlp"),
        ("conv", (32, 1), "signals", "not for signals; use mlp, signal"),
    ]
    for name, shape, kind, expected in cases:
        cfg = make_config(model__architecture=name)
        with pytest.raises(ConfigError, match=expected) as caught:
            algorithms.make(cfg, make_spec(cfg, shape=shape, kind=kind))
        assert "\n" not in str(caught.value)
    cfg = make_config(model__attention=8)
    with pytest.raises(ConfigError, match=r"attention=8: there are no .* 20x24x1; one of: 5, 10"):
        algorithms.make(cfg, make_spec(cfg, shape=(20, 24, 1), kind="fields"))


def run(shape, devices):
    """First and last state after three steps of noise, in float64."""
    cfg = make_config(**SIGNAL, train__devices=devices)
    draw = np.random.default_rng(0)
    examples = draw.standard_normal((40, *shape)).astype(np.float32)
    dataset = data.Dataset(examples, draw.integers(0, 3, 40).astype(np.int32), of_classes("abc"))
    algorithm = algorithms.make(cfg, make_spec(cfg, shape=shape, kind="signals"))
    rounds = algorithm.inputs["real"]
    runner = parallel.Runner(cfg, algorithm, {"real": dataset}, steps_per_call=1)
    first = jax.device_get(algorithms.initial(algorithm, cfg.seed))
    state = runner.place(first)
    for n in range(3):
        state, _ = runner(state, {"real": data.indices(0, n * rounds, rounds, 40, cfg.train.batch_size)})
    return first, jax.device_get(state)


@long  # kinds/test_numbers.py has whole runs of it
def test_one_device_and_four_follow_the_same_trajectory(x64):
    first, one = run((16, 2), 1)
    _, four = run((16, 2), 4)
    others = dict(jax.tree_util.tree_flatten_with_path(four)[0])
    for path, leaf in jax.tree_util.tree_flatten_with_path(one)[0]:
        assert relative(others[path], leaf) < 1e-9, jax.tree_util.keystr(path)
    before, after = (state.players["critic"].params["view"]["linear"] for state in (first, one))
    assert relative(after, before) > 1e-6  # it learns
