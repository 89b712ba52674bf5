"""One device and four: the same trajectory, compiled once, the state donated."""

import jax
import numpy as np
import pytest
from conftest import long, make_algorithm, make_config, relative

from cwgan_jax import algorithms, data, parallel
from cwgan_jax.common.errors import ConfigError, DriftError

STEPS = 30


def runner_of(cfg, dataset, steps_per_call=1):
    return parallel.Runner(cfg, make_algorithm(cfg), {"real": dataset}, steps_per_call=steps_per_call)


def placed(runner, cfg):
    return runner.place(algorithms.initial(make_algorithm(cfg), cfg.seed))


def train(dataset, devices, steps=STEPS, steps_per_call=1, **changes):
    """The final state and the metrics of every step."""
    cfg = make_config(train__devices=devices, **changes)
    rounds = 1 if cfg.objective.schedule == "tutorial" else cfg.objective.critic_updates
    runner = runner_of(cfg, dataset, steps_per_call)
    state = placed(runner, cfg)
    curves = []
    for n in range(0, steps, steps_per_call):
        index = data.indices(0, n * rounds, steps_per_call * rounds, len(dataset.label), cfg.train.batch_size)
        state, metrics = runner(state, {"real": index})
        curves.append(jax.device_get(metrics))
    return jax.device_get(state), jax.tree.map(lambda *parts: np.concatenate(parts), *curves)


@long
@pytest.mark.parametrize(
    "changes",
    [{}, {"objective__schedule": "paper", "objective__fake_labels": "uniform", "train__ema_decay": 0.9}],
)
def test_float64_trajectories_agree(x64, toy_data, changes):
    changes = {"model__dtype": "float64", **changes}
    one, curve = train(toy_data, 1, **changes)
    four, curve4 = train(toy_data, 4, **changes)
    assert one.step == STEPS
    for path, leaf in jax.tree_util.tree_flatten_with_path(one)[0]:
        other = dict(jax.tree_util.tree_flatten_with_path(four)[0])[path]
        assert relative(other, leaf) < 1e-9, jax.tree_util.keystr(path)
    assert relative(curve4, curve) < 1e-9


@long
def test_float32_first_step_and_curves_agree(toy_data):
    changes = {"objective__critic_updates": 1, "train__batch_size": 16}
    one, curve = train(toy_data, 1, steps=1, **changes)
    four, curve4 = train(toy_data, 4, steps=1, **changes)
    for name, first in curve.items():
        assert relative(curve4[name], first) < 1e-5, name
    for name in one.players:  # after one update Adam's mean is half the gradient
        gradient, gradient4 = (state.players[name].optimizer[0].mu for state in (one, four))
        assert relative(gradient4, gradient) < 1e-4, name
    curve, curve4 = (train(toy_data, devices, **changes)[1] for devices in (1, 4))
    for name, first in curve.items():
        assert relative(curve4[name], first) < 1e-2, name


@long
def test_steps_per_call_does_not_change_the_run(x64, toy_data):
    one = train(toy_data, 1, steps=6, steps_per_call=1, model__dtype="float64")
    three = train(toy_data, 1, steps=6, steps_per_call=3, model__dtype="float64")
    assert relative(three, one) < 1e-12  # another program may round differently


@pytest.mark.parametrize("devices", [1, 4])
def test_compiled_once_and_donated(toy_data, devices):
    cfg = make_config(train__devices=devices, model__architecture="mlp")
    runner = runner_of(cfg, toy_data, 2)
    state = placed(runner, cfg)
    size = sum(leaf.nbytes for leaf in jax.tree.leaves(state))
    assert runner.compiled.memory_analysis().alias_size_in_bytes >= size
    index = data.indices(0, 0, 2, len(toy_data.label), cfg.train.batch_size)
    state, _ = runner(state, {"real": index})
    compilations = []

    def listen(event, duration, **_):
        if event == "/jax/core/compile/backend_compile_duration":
            compilations.append(duration)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        for n in range(2, 8, 2):
            old = state
            index = data.indices(0, n, 2, toy_data.size, cfg.train.batch_size)
            state, metrics = runner(state, {"real": index})
            jax.block_until_ready(metrics)
            assert all(leaf.is_deleted() for leaf in jax.tree.leaves(old))
        jax.jit(lambda x: x * 1.2345)(1.0)  # the listener does hear
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert len(compilations) == 1
    assert state.step == 8


def test_devices_that_do_not_fit_are_one_line():
    with pytest.raises(ConfigError, match=r"train\.devices=9: this machine has 4"):
        parallel.devices(make_config(train__devices=9))
    with pytest.raises(ConfigError, match="of the 4 devices times 4 examples that go together"):
        parallel.runner.devices(make_config(train__batch_size=8, train__devices=4), 4)
    with pytest.raises(ConfigError, match="batch_size=10: it must be a multiple of the 4 devices"):
        parallel.devices(make_config(train__devices=4, train__batch_size=10))
    assert len(parallel.devices(make_config(train__batch_size=8))) == 4


def test_a_run_too_large_for_the_memory_is_refused_before_it_starts(toy_data):
    cfg = make_config(model__features=4096, data__size=128, train__devices=1)
    with pytest.raises(ConfigError, match=r"the run needs [\d.,]+ GiB of memory, cpu has"):
        runner_of(cfg, toy_data)


def test_gradients_in_parts_are_those_of_the_whole(x64, toy_data):
    changes = {"model__dtype": "float64", "train__batch_size": 16, "train__ema_decay": 0.9}
    changes["model__architecture"] = "mlp"  # small; its generator has batch norm
    whole, curve = train(toy_data, 1, steps=4, **changes)
    split, other = train(toy_data, 2, steps=4, **changes, train__parts=4)
    assert relative(split, whole) < 1e-9
    assert relative(other, curve) < 1e-9


@long
def test_parts_need_less_memory(toy_data):
    sizes = []
    for parts in (1, 8):
        cfg = make_config(train__devices=1, train__batch_size=256, train__parts=parts)
        sizes.append(runner_of(cfg, toy_data).compiled.memory_analysis().temp_size_in_bytes)
    assert sizes[1] < 0.6 * sizes[0]


def collectives(text):
    kinds = "all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute"
    return sum(text.count(f" {kind}(") + text.count(f" {kind}-start(") for kind in kinds)


@pytest.mark.parametrize("schedule", ["tutorial", "paper"])
def test_collectives_are_as_few_as_can_be(toy_data, schedule):
    """K for the updates; for each norm one for all other draws and two for the one that is scored; one."""
    changes = {"objective__critic_updates": 3, "objective__schedule": schedule}
    cfg = make_config(train__devices=4, model__architecture="mlp", **changes)
    players = algorithms.abstract(make_algorithm(cfg)).players
    critic, generator = (
        sum(leaf.size for leaf in jax.tree.leaves(players[name].params)) for name in ("critic", "generator")
    )
    computations = runner_of(cfg, toy_data).compiled.as_text().split("\n\n")
    places = [text for text in computations if collectives(text)]
    once, repeated = sorted(places, key=lambda text: f"f32[{generator + 1}]" not in text)
    # The loop of the updates: all gradients and scalars of an update together.
    assert collectives(repeated) == 1
    scalars = 5  # the four metrics of a critic with a penalty, and its mean score of real images
    assert f"f32[{critic + scalars}]" in repeated
    assert collectives(once) <= 3 * len(players["generator"].stats) + 1


def test_a_drift_between_devices_is_named(toy_data):
    cfg = make_config(train__devices=4, model__architecture="mlp")
    runner = runner_of(cfg, toy_data)
    state = placed(runner, cfg)
    runner.check_equal(3, state)
    params = state.players["critic"].params
    kernel = params["linear_0"]["kernel"]
    copies = [shard.data for shard in kernel.addressable_shards]
    wrong = np.array(copies[2])
    wrong.view(np.uint32)[0, 0] ^= 1  # the last bit of a number
    copies[2] = jax.device_put(wrong, copies[2].device)
    params["linear_0"]["kernel"] = jax.make_array_from_single_device_arrays(
        kernel.shape, kernel.sharding, copies
    )
    with pytest.raises(
        DriftError, match=r"step 3: .*'critic'\]\.params\['linear_0'\]\['kernel'\] on device 2 is not what"
    ):
        runner.check_equal(3, state)
