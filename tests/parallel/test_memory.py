"""What a run needs of the memory is what it is said to need: data are counted as often as they are held."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest
import run_helpers as runs
import two_translators
from cli_helpers import call
from conftest import make_algorithm, make_config

from cwgan_jax import algorithms, data, parallel
from cwgan_jax.commands import train
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.parallel import memory

MLP = {"model__architecture": "mlp", "objective__critic_updates": 1, "train__devices": 1}


def gpu(limit):
    return SimpleNamespace(platform="gpu", device_kind="H200", memory_stats=lambda: {"bytes_limit": limit})


def runner_of(cfg, dataset):
    return parallel.Runner(cfg, make_algorithm(cfg, 10), {"real": dataset}, steps_per_call=1)


def xla(runner):
    counted = runner.compiled.memory_analysis()
    return counted.argument_size_in_bytes + counted.temp_size_in_bytes


def test_resident_data_are_held_once_on_a_cpu_and_twice_where_they_cannot_be_shared():
    cfg = make_config(**MLP)
    whole = data.load(cfg.data, "train")
    runner = runner_of(cfg, whole)
    assert runner._data[0].example.unsafe_buffer_pointer() == whole.image.ctypes.data
    assert (runner.memory, runner.host) == (xla(runner), 0)
    room = np.zeros(whole.image.nbytes + 65, np.uint8)
    start = -room.ctypes.data % 64 + 1
    moved = room[start : start + whole.image.nbytes].reshape(whole.image.shape)
    assert memory.beside(runner.devices, moved, jax.device_put(moved, runner.devices[0])) == moved.nbytes


def test_what_two_streams_share_is_placed_once(monkeypatch):
    monkeypatch.setitem(algorithms.ALGORITHMS, "two_translators", two_translators.make)
    cfg = make_config(algorithm="two_translators", train__devices=1)
    whole = data.load(cfg.data, "train")
    alone = parallel.Runner(cfg, make_algorithm(cfg, 10), {"a": whole, "b": whole}, steps_per_call=1)
    copy = whole._replace(example=whole.image.copy())
    apart = parallel.Runner(cfg, make_algorithm(cfg, 10), {"a": whole, "b": copy}, steps_per_call=1)
    assert (len(alone._data), len(apart._data)) == (1, 2)
    assert apart.memory - alone.memory >= whole.image.nbytes


def test_streamed_data_are_counted_as_far_as_they_are_read_ahead():
    cfg = make_config(**MLP, data__resident_mib=0)
    runner = runner_of(cfg, data.load(cfg.data, "train"))
    assert runner.memory == xla(runner) + data.bytes_ahead((8, 16, 16, 1), 1)


def test_devices_of_one_host_share_the_data():
    image = data.load(make_config().data, "train").image
    placed = jax.device_put(
        image, jax.NamedSharding(jax.make_mesh((4,), ("device",)), jax.sharding.PartitionSpec())
    )
    assert memory.beside(jax.devices(), image, placed) == -3 * image.nbytes  # XLA counts one for each
    assert memory.beside([gpu(1)], image, None) == image.nbytes


def test_a_gpu_and_its_host_are_checked_each_for_itself():
    much = 2**60
    assert memory.require([gpu(100)], 100, 50) == (100, 50)
    with pytest.raises(ConfigError, match="GiB of memory, H200 has"):
        memory.require([gpu(99)], 100, 50)
    with pytest.raises(ConfigError, match="GiB of memory, the host has"):
        memory.require([gpu(much)], 100, much)
    with pytest.raises(ConfigError, match="GiB of memory, cpu has"):
        memory.require(jax.devices(), 100, much)


def test_a_dry_run_compiles_in_every_process(tmp_path, monkeypatch):
    compiled = []
    monkeypatch.setattr(train, "Runner", lambda *_, **keywords: compiled.append(keywords))
    monkeypatch.setattr(parallel.processes, "first", lambda: False)
    assert call("train", *runs.command(tmp_path / "run", **MLP)[2:], "--dry_run") == (0, "", [])
    assert compiled == [{"steps_per_call": 1, "runs": 1}]
