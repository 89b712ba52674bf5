"""Three steps of StyleGAN2, on two devices and in two parts, against plain PyTorch in float64.

So the groups of the critic, the random numbers of the generator and the mean path length are those of one
device and of a batch in one part, which is what PyTorch has here. Each step starts from a state on the host,
as after a restart. `tests/algorithms/test_family.py` has one device against four.
"""

import functools

import jax
import numpy as np
import pytest
from conftest import make_algorithm, make_config, make_setting

from cwgan_jax import algorithms, data, parallel, random
from cwgan_jax.algorithms import adversarial, generation
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.interop import layout
from cwgan_jax.networks import Form, build

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import bridge, inputs, measure, stylegan2_steps  # noqa: E402 - they need it too
from reference.stylegan2_bridge import CLASSES, SMALL, carry, drawn, filled, modules  # noqa: E402

torch.set_num_threads(1)
STEPS, SIZE = 3, 8
BOUND = 1e-9  # rounding of 1e-16, divided by a small gradient in Adam, three updates of each network
_RATES = {"generator": 0.01, "critic": 0.02}  # large, so that three steps move the weights
_CONFIG = SMALL | {
    "data__size": SIZE,
    "train__batch_size": 8,
    "train__devices": 2,
    "train__parts": 2,
    "model__group": 2,
    "objective__loss": "non_saturating",
    "objective__schedule": "paper",
    "objective__critic_updates": 1,
    "objective__penalties__interpolates__weight": 0,
    "objective__penalties__real__weight": 0.5,
    "objective__penalties__real__kind": "zero_centred",
    "objective__penalties__real__every": 2,  # at steps 0 and 2
    "objective__path_length__weight": 2,
    "objective__path_length__decay": 0.2,
    "objective__path_length__every": 2,
    "optimizer__beta1": 0.3,
    "optimizer__beta2": 0.99,
    "optimizer__rescaled": True,
    "train__ema_half_life": 12,
    "train__ema_rampup": 1,  # half-lives of 0, 8 and 12 images
    **{f"optimizer__{name}_learning_rate": rate for name, rate in _RATES.items()},
}


def dataset():
    rng = np.random.default_rng(3)
    label = rng.integers(0, CLASSES, 24).astype(np.int32)
    return data.Dataset(rng.integers(0, 256, (24, SIZE, SIZE, 1), np.uint8), label, of_classes("abc"))


def started(cfg, algorithm):
    """A state without special values, such as the zeros of a strength."""
    players = algorithms.abstract(algorithm).players
    generator = filled({"params": players["generator"].params, "stats": players["generator"].stats})
    weights = {
        "generator": tuple(generator.values()),
        "critic": (filled(players["critic"].params), {}),
    }
    begin = functools.partial(adversarial.begin, make_setting(cfg), cfg.seed)
    state = jax.device_get(jax.jit(begin)(weights))
    assert measure.tree_difference(state.players["generator"].average, generator) == 0
    return state


def trained():
    """The config, the states from the first to the last, and the metrics of each step."""
    cfg = make_config(**_CONFIG)
    algorithm, examples = make_algorithm(cfg), dataset()
    runner = parallel.Runner(cfg, algorithm, {"real": examples}, steps_per_call=1)

    def step(state, n):
        index = np.arange(8 * n, 8 * n + 8, dtype=np.int32).reshape(1, 8)
        state, metrics = runner(runner.place(state), {"real": index})
        return jax.device_get((state, metrics))

    states, curves = [started(cfg, algorithm)], []
    for n in range(STEPS):
        state, metrics = step(states[-1], n)
        states.append(state)
        curves.append({name: np.ravel(value)[-1] for name, value in metrics.items()})
    return cfg, states, curves


def draws_of(cfg, n):
    """Those of step n, for the critic and for the generator, and the picture of the path lengths."""
    batch, slot = inputs.batch(cfg, dataset(), n), np.arange(8)
    latents, _, _ = inputs.numbers(n, cfg, CLASSES)
    one_hot = generation.one_hot(batch.streams["real"].condition[0], CLASSES, np.float64)
    real = bridge.pixels(batch.streams["real"].example[0], cfg)
    found = []
    for k in (0, 1):
        keys = random.keys(random.key(cfg.seed, random.Stream.NOISE, n, k), slot)
        own = drawn(build(cfg.model, Form((SIZE, SIZE, 1))).generator, keys)
        found.append(
            stylegan2_steps.Draw(bridge.to_tensor(latents[k]), bridge.to_tensor(one_hot), real, *own)
        )
    key = random.key(cfg.seed, random.Stream.NOISE, n, 2)
    picture = random.normals(key, slot[::2], (SIZE, SIZE, 1), np.dtype(np.float64))
    return (*found, bridge.planes_first(picture))


def reference(cfg, state):
    """PyTorch's pair with the weights of a state, and all that trains it."""
    shape, pair = (SIZE, SIZE, 1), modules(cfg, SIZE, 1)
    for name, module in zip(("generator", "critic"), pair, strict=True):
        player = state.players[name]
        carry(module, player.params, player.stats or None, shape)
    betas = cfg.optimizer.beta1, cfg.optimizer.beta2
    optimizers = {
        name: stylegan2_steps.adam(module, _RATES[name], betas, 2)
        for name, module in zip(("generator", "critic"), pair, strict=True)
    }
    settings = stylegan2_steps.Settings(
        gamma=1, r1_every=2, weight=2, decay=0.2, path_every=2, share=2, half_life=12, rampup=1
    )
    return stylegan2_steps.Trainer(*pair, optimizers, settings)


def arrays(module, template):
    return layout.from_torch(
        {name: x.numpy(force=True) for name, x in module.state_dict().items()}, template, (SIZE, SIZE, 1)
    )


def test_three_steps(x64):
    cfg, states, curves = trained()
    theirs, found = reference(cfg, states[0]), {}
    for n, ours in enumerate(curves):
        metrics = theirs.step(n, *draws_of(cfg, n))
        assert metrics.keys() == ours.keys()
        for name, value in metrics.items():
            found[f"{name} of step {n}"] = measure.difference(ours[name], value)
            assert value != 0 or name.endswith("accuracy")
    generator, critic = states[-1].players["generator"], states[-1].players["critic"]
    params, stats = arrays(theirs.generator, generator.params)
    found["generator"] = measure.worst_leaf(generator.params, params)
    found["running mean"] = measure.worst_leaf(generator.stats, stats)
    average = dict(zip(("params", "stats"), arrays(theirs.average, generator.params), strict=True))
    found["average"] = measure.worst_leaf(generator.average, average)
    found["critic"] = measure.worst_leaf(critic.params, arrays(theirs.critic, critic.params)[0])
    kept = states[-1].controllers["path_length"]
    found["mean path length"] = measure.difference(kept["mean"], theirs.mean)
    assert max(found.values()) < BOUND, found
    for name in ("generator", "critic"):  # they have moved
        before, after = (states[n].players[name].params for n in (0, -1))
        assert measure.tree_difference(after, before) > 1e-4
    assert curves[0]["path_length"] == curves[1]["path_length"] != curves[2]["path_length"]
