"""PyTorch state dicts in and out: the same bits on the way back, and training from them."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import run_helpers as runs
import safetensors.numpy
from cli_helpers import call
from conftest import long, make_algorithm, make_config
from interchange_helpers import CHANGES, DIGITS, TORCH, arrays, loaded, write

from cwgan_jax.algorithms import initial
from cwgan_jax.interop import layout, names, state_dict
from cwgan_jax.training import loop, plan


def tensors(values):
    """As `state_dict.read` gives them."""
    return {k: state_dict.Tensor(v.shape, v.dtype.name, lambda v=v: v) for k, v in values.items()}


@pytest.fixture(scope="module")
def good():
    return arrays()


def read(path):
    return safetensors.numpy.load_file(path)


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert (ours[name].dtype, ours[name].tobytes()) == (
            value.dtype,
            np.ascontiguousarray(value).tobytes(),
        )


def test_there_and_back(tmp_path):
    found = arrays()
    status, out, err = call(TORCH, *DIGITS, *write(tmp_path / "in", found), f"--workdir={tmp_path / 'run'}")
    assert (status, err) == (0, [])
    assert f"imported as step 0 of {tmp_path / 'run'}" in out
    status, out, _ = call(
        TORCH, f"--workdir={tmp_path / 'run'}", f"--out={tmp_path / 'out'}", "--format=safetensors"
    )
    assert status == 0
    for name, values in found.items():
        assert f"{name}.safetensors" in out
        assert_same(read(tmp_path / "out" / f"{name}.safetensors"), values)


@long
def test_a_run_goes_on_from_imported_weights(tmp_path):
    """From step 4 of 6, as from a checkpoint of its own; afterwards the run is like any other."""
    found, workdir = arrays(), tmp_path / "run"
    assert call(TORCH, *DIGITS, *write(tmp_path, found), f"--workdir={workdir}", "--step=4")[0] == 0
    planned = plan.make(make_config(**CHANGES))
    assert loop.run(planned, workdir) == 0
    n, leaves = runs.final_state(workdir)
    assert n == 6
    moved = leaves[".players['generator'].params['image']['kernel']"] - found["generator"][
        "model.6.weight"
    ].transpose(2, 3, 0, 1)
    assert 0 < np.abs(moved).max() < 2e-3  # two steps of Adam at 5e-4, not a new network
    assert call(TORCH, f"--workdir={workdir}", f"--out={tmp_path / 'o'}", "--format=safetensors")[0] == 0
    assert read(tmp_path / "o/generator.safetensors")["model.1.num_batches_tracked"] == 6 * 2
    about = json.loads((workdir / "config.json").read_text())
    assert about == planned.about["config"]


def test_imported_as_step_0_is_a_checkpoint_like_any_other(tmp_path):
    workdir = tmp_path / "run"
    assert call(TORCH, *DIGITS, *write(tmp_path, arrays()), f"--workdir={workdir}")[0] == 0
    assert loop.run(plan.make(make_config(**CHANGES)), workdir) == 0
    assert runs.final_state(workdir)[0] == 6


def test_a_moving_average_comes_along(tmp_path):
    found = arrays() | {"average": arrays(seed=1)["generator"]}
    flags = [
        *DIGITS,
        *write(tmp_path, found),
        f"--workdir={tmp_path / 'run'}",
        "--config.train.ema_decay=0.9",
    ]
    assert call(TORCH, *flags)[0] == 0
    drawn = loaded(tmp_path / "run").generator
    expected = found["average"]["model.6.weight"].transpose(2, 3, 0, 1)
    np.testing.assert_array_equal(drawn["params"]["image"]["kernel"], expected)
    assert (
        call(TORCH, f"--workdir={tmp_path / 'run'}", f"--out={tmp_path / 'o'}", "--format=safetensors")[0]
        == 0
    )
    average = read(tmp_path / "o/average.safetensors")
    np.testing.assert_array_equal(average["model.6.weight"], found["average"]["model.6.weight"])


def test_the_generator_alone(tmp_path):
    found = arrays()
    del found["critic"]
    assert call(TORCH, *DIGITS, *write(tmp_path, found), f"--workdir={tmp_path / 'run'}")[0] == 0
    critic = initial(make_algorithm(make_config(), 10), 0).players["critic"].params
    leaves = runs.final_state(tmp_path / "run")[1]
    np.testing.assert_array_equal(
        leaves[".players['critic'].params['score']['kernel']"], critic["score"]["kernel"]
    )


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.module.", "module._orig_mod.", "model.", "my.own."])
@pytest.mark.parametrize("extra", [{}, {"n_averaged": np.asarray(9)}, {"ema.decay": np.ones(1)}])
@pytest.mark.parametrize("conditional", [True, False])
def test_names_of_wrapped_modules(good, prefix, extra, conditional):
    values = {k: v for k, v in good["generator"].items() if conditional or not k.startswith("label")}
    wrapped = tensors({prefix + k: v for k, v in values.items()} | extra)
    found = names.match(Path("g.pth"), wrapped, values)
    assert {name: x.values().tobytes() for name, x in found.tensors.items()} == {
        name: x.tobytes() for name, x in values.items()
    }
    assert found.notes == [f"prefix {prefix} dropped"] + [f"'{name}' passed over" for name in extra]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_less_precision_is_converted_and_told(good, tmp_path, dtype):
    narrow = {
        net: {k: v.astype(jnp.dtype(dtype)) if v.dtype == np.float32 else v for k, v in values.items()}
        for net, values in good.items()
    }
    status, out, _ = call(TORCH, *DIGITS, *write(tmp_path, narrow), f"--workdir={tmp_path / 'run'}")
    assert status == 0
    assert f"{tmp_path / 'generator.safetensors'}: {dtype} converted" in out
    drawn = loaded(tmp_path / "run").generator["params"]["image"]["bias"]
    np.testing.assert_array_equal(drawn, narrow["generator"]["model.6.bias"].astype(np.float32))
    assert drawn.dtype == np.float32


@pytest.mark.parametrize("name", ["G.PTH", "g.ckpt", "g.bin", "g.pth.tar", "g.SafeTensors"])
def test_usual_names_of_files(good, tmp_path, name):
    path, values = tmp_path / name, good["generator"]
    if name == "g.SafeTensors":
        write(tmp_path, {"generator": values})
        (tmp_path / "generator.safetensors").rename(path)
    else:
        torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")
        half = {k: torch.from_numpy(np.array(v)).to(torch.bfloat16) for k, v in values.items()}
        torch.save(half, path)
    found = state_dict.read(path)
    assert {k: x.shape for k, x in found.items()} == {k: v.shape for k, v in values.items()}
    np.testing.assert_allclose(found["model.0.weight"].values(), values["model.0.weight"], rtol=1e-2)


def test_without_num_batches_tracked(tmp_path):
    """PyTorch had no such buffer before 0.4.1."""
    found = arrays()
    values = {k: v for k, v in found["generator"].items() if not k.endswith("num_batches_tracked")}
    flags = write(tmp_path, found | {"generator": values})
    assert call(TORCH, *DIGITS, *flags, f"--workdir={tmp_path / 'run'}")[0] == 0


@pytest.mark.parametrize("channels", [pytest.param(1, marks=long), 3])
def test_colour_is_read_from_the_weights(tmp_path, channels):
    """Pixels of a fully connected pair are planes there, triples here."""
    changes = {"model__architecture": "mlp", "data__size": 8, "model__conditional": False}
    changes["data__name"] = "folder"  # of which nothing is known
    cfg = make_config(**changes)
    generator = initial(make_algorithm(cfg, 0, channels), cfg.seed).players["generator"]
    values = layout.to_torch(generator.params, generator.stats, (8, 8, channels))
    flags = [*DIGITS, *(f"--config.{k.replace('__', '.')}={v}" for k, v in changes.items())]
    given = write(tmp_path, {"generator": values})
    assert call(TORCH, *flags, *given, f"--workdir={tmp_path / 'run'}")[0] == 0
    model = loaded(tmp_path / "run")
    assert model.data["shape"] == [8, 8, channels]
    bias = values["model.11.bias"].reshape(channels, 8, 8)
    there = np.moveaxis(bias, 0, -1).ravel()
    np.testing.assert_array_equal(model.generator["params"]["image"]["bias"], there)


def test_stylegan2_has_the_names_of_its_public_code(tmp_path):
    """Those of NVlabs/stylegan2-ada-pytorch; the filters, which it stores too, may be missing."""
    changes = {"model__architecture": "stylegan2", "data__size": 8, "model__mapping_layers": 2}
    found = arrays(**changes)
    convolution = ("weight", "bias", "affine.weight", "affine.bias")
    wanted = {"mapping.w_avg", "synthesis.b4.const", "synthesis.b4.resample_filter"}
    wanted |= {f"mapping.{layer}.{x}" for layer in ("embed", "fc0", "fc1") for x in ("weight", "bias")}
    for place in ("b4.conv1", "b8.conv0", "b8.conv1"):
        noise = ("noise_strength", "noise_const", "resample_filter")
        wanted |= {f"synthesis.{place}.{x}" for x in (*convolution, *noise)}
    wanted |= {f"synthesis.{place}.torgb.{x}" for place in ("b4", "b8") for x in convolution}
    assert set(found["generator"]) == {*wanted, "synthesis.b8.resample_filter"}
    layers = ("b8.fromrgb", "b8.conv0", "b8.conv1", "b4.conv", "b4.fc", "b4.out", "mapping.embed")
    its = {f"{layer}.{x}" for layer in layers for x in ("weight", "bias")} | {"b8.skip.weight"}
    its |= {f"mapping.fc{i}.{x}" for i in range(8) for x in ("weight", "bias")}
    filters = {f"{x}.resample_filter" for x in ("b8", *layers[:4], "b8.skip")}
    assert set(found["critic"]) == its | filters
    assert found["critic"]["b4.fc.weight"].shape == (4, 4 * 16)
    given = {name: {k: v for k, v in x.items() if "filter" not in k} for name, x in found.items()}
    flags = [*DIGITS, *(f"--config.{key.replace('__', '.')}={value}" for key, value in changes.items())]
    workdir, out = f"--workdir={tmp_path / 'run'}", f"--out={tmp_path / 'out'}"
    status, _, err = call(TORCH, *flags, *write(tmp_path / "in", given), workdir)
    assert (status, err) == (0, [])
    assert call(TORCH, workdir, out, "--format=safetensors")[0] == 0
    filters = {name: np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64 for name in filters}
    for name, values in found.items():
        again = read(tmp_path / "out" / f"{name}.safetensors")
        assert_same(again, {k: again[k] if k.endswith("filter") else v for k, v in values.items()})
        assert all((x == filters["b8.resample_filter"]).all() for k, x in again.items() if "filter" in k)
