"""Files that are not these networks' state dicts, wrong flags: one line, nothing run, nothing lost."""

import os
import pickle
import shutil

import numpy as np
import pytest
import safetensors.numpy
from cli_helpers import call, refused
from test_interchange import DIGITS, TORCH, arrays, write

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import state_dict


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return arrays()


def said(tmp_path, found, *more):
    flags = write(tmp_path, found)
    line = refused(TORCH, *DIGITS, *flags, f"--workdir={tmp_path / 'run'}", *more)
    assert not (tmp_path / "run").exists()
    return line


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("model.0.weight", None, "needs 'model.0.weight', not in the file; give the config of this network,"),
        ("label_embed.weight", None, "no label_embed.weight; for networks without labels set --config.mod"),
        ("model.0.weight", lambda x: x[:, :3], "is [8, 3, 4, 4], this config needs [8, 8, 4, 4]; set"),
        ("model.0.weight", lambda x: x.astype(np.float64), "is float64, this config needs float32; conv"),
        ("model.0.bias", lambda x: x * np.float32(np.nan), "model.0.bias holds values that are not finite"),
        ("model.1.running_var", lambda x: -x, "model.1.running_var is negative"),
        ("model.1.num_batches_tracked", lambda x: x.astype(np.float32), "this config needs int64"),
        ("label_embed.weight", lambda x: x[0], "is [3], it must be [classes, embedding]"),
        ("label_embed.weight", lambda x: x[:0], "is [0, 3], it must be [classes, embedding]"),
    ],
)
def test_tensors(good, tmp_path, name, change, expected):
    values = dict(good["generator"])
    if change is None:
        del values[name]
    else:
        values[name] = np.ascontiguousarray(change(values[name]))
    assert expected in said(tmp_path, good | {"generator": values})


def test_tensors_of_another_network(good, tmp_path):
    line = said(tmp_path, {"generator": good["generator"], "critic": good["generator"]})
    assert "critic.safetensors: this network needs 'model.2.weight', 'model.2.bias'" in line
    assert (
        "; the file has 'model.1.bias', 'model.1.num_batches_tracked', 'model.1.running_mean' and 11" in line
    )
    line = said(tmp_path, {"generator": good["generator"]}, "--config.model.conditional=false")
    assert "label_embed.weight is not expected; for networks with labels set --config.model.cond" in line
    assert "this config needs [" in said(tmp_path, good, "--config.model.features=4")


def test_names_of_another_kind_are_shown_beside_those_expected(good, tmp_path):
    line = said(tmp_path, {"generator": {f"net.{i}": np.zeros((2, 2), np.float32) for i in range(5)}})
    assert "needs 'label_embed.weight', 'model.0.weight', 'model.0.bias' and " in line
    assert "the file has 'net.0', 'net.1', 'net.2' and 2 more, not in this network" in line


def test_several_networks_in_one_file_are_not_chosen_from(good, tmp_path):
    both = {f"{which}.{k}": v for which in ("online", "ema") for k, v in good["generator"].items()}
    line = said(tmp_path, {"generator": both})
    assert "it holds several such networks, under 'ema.' and 'online.'; save one of them alone" in line


def test_a_single_number_inside_the_network_is_not_passed_over(good, tmp_path):
    values = good["generator"] | {"model.2.weight": np.ones(1, np.float32)}  # as of a PReLU
    assert "the file has 'model.2.weight', not in this network" in said(tmp_path, {"generator": values})


@pytest.mark.parametrize("content", [b"", b"{}", b"\x80\x04N.", b"PK\x03\x04" + bytes(50), b"\xff" * 100])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
def test_bytes_that_are_no_state_dict(tmp_path, content, suffix):
    if suffix != ".safetensors":
        pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")
    path = tmp_path / f"generator{suffix}"
    path.write_bytes(content)
    line = refused(TORCH, *DIGITS, f"--generator={path}", f"--workdir={tmp_path / 'run'}")
    assert f"{path}: " in line
    assert not (tmp_path / "run").exists()


def test_a_truncated_file(good, tmp_path):
    flags = write(tmp_path, good)
    path = tmp_path / "generator.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    assert f"{path}: not a state dict: " in refused(TORCH, *DIGITS, *flags, f"--workdir={tmp_path / 'run'}")


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_code_in_a_file_is_not_run(tmp_path):
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")
    path, trace = tmp_path / "generator.pth", tmp_path / "run by the file"
    torch.save({"model.0.weight": Payload(trace)}, path)
    line = refused(TORCH, *DIGITS, f"--generator={path}", f"--workdir={tmp_path / 'run'}")
    assert "it holds more than tensors, or is damaged; nothing in it was run" in line
    path.write_bytes(pickle.dumps({"model.0.weight": Payload(trace)}))
    refused(TORCH, *DIGITS, f"--generator={path}", f"--workdir={tmp_path / 'run'}")
    assert not trace.exists()
    pickle.loads(path.read_bytes())  # the trap is a real one
    assert trace.exists()


def test_objects_that_are_no_state_dict(tmp_path):
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")
    path = tmp_path / "generator.pth"
    huge = torch.zeros(1).expand(2**20, 2**20, 4, 4)  # 64 TiB, if anybody believed it
    for content, expected in (
        ([torch.zeros(2)], "it holds a list"),
        (
            {"epoch": 3, "model": {}},
            "'epoch' is a int; give a file of the state dict alone",
        ),
        (
            {"state_dict": {}},
            "'state_dict' is a dict; give a file of the state dict alone",
        ),
        ({1: torch.zeros(2)}, "'1' is not a plain tensor"),
        ({"a": torch.zeros(3, 3).to_sparse()}, "'a' is not a plain tensor"),
        ({"label_embed.weight": torch.zeros(10, 3), "model.0.weight": huge}, "not in the file"),
    ):
        torch.save(content, path)
        assert expected in refused(TORCH, *DIGITS, f"--generator={path}", f"--workdir={tmp_path / 'run'}")


def test_flags(good, tmp_path):
    flags, run = write(tmp_path, good), f"--workdir={tmp_path / 'run'}"
    refusals = (
        ((), "--workdir=DIR is missing"),
        (
            (run,),
            "give --generator=FILE or --translators=DIR (with --config) to import, or --out=DIR to export",
        ),
        ((run, *flags, "--out=x"), "give --generator=FILE"),
        ((run, *flags), "--config=RECIPE is missing"),
        ((run, *flags, *DIGITS, "--step=-1"), "--step=-1"),
        ((run, *DIGITS, f"--generator={tmp_path / 'no.pth'}"), "no.pth: there is no such file"),
        ((run, *DIGITS, f"--generator={tmp_path / 'model.onnx'}"), "is read from .pth, .pt, .ckpt, .bin, .p"),
        (
            (run, *DIGITS, *flags, f"--average={tmp_path / 'generator.safetensors'}"),
            "set config.train.ema_decay",
        ),
        ((run, "--out=x", "--config.seed=1"), "the config is taken from the checkpoint"),
        ((run, "--out=x"), "there is no checkpoint"),
        ((run, "--out=x", "--format=npz"), "npz"),
    )
    for given, expected in refusals:
        assert expected in refused(TORCH, *given), given


def test_nothing_is_overwritten(good, tmp_path):
    flags, run = write(tmp_path, good), f"--workdir={tmp_path / 'run'}"
    assert call(TORCH, *DIGITS, *flags, run)[0] == 0
    assert "holds checkpoint 0, but this run starts anew" in refused(TORCH, *DIGITS, *flags, run)
    out = tmp_path / "out"
    out.mkdir()
    (out / "critic.safetensors").write_text("mine")
    export = (run, f"--out={out}", "--format=safetensors")
    assert "critic.safetensors: the file is there already" in refused(TORCH, *export)
    assert [path.name for path in out.iterdir()] == ["critic.safetensors"]
    shutil.rmtree(out)
    assert "no checkpoint 3" in refused(TORCH, *export, "--step=3")


def test_without_pytorch(monkeypatch, tmp_path):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(state_dict.importlib, "import_module", missing)
    path = tmp_path / "generator.pth"
    path.touch()
    with pytest.raises(ConfigError, match=r"take PyTorch: pip install torch, or give a .safetensors file"):
        state_dict.read(path)
    with pytest.raises(ConfigError, match=r"take PyTorch: .* or use --format=safetensors"):
        state_dict.write(tmp_path / "new.pth", {"a": np.zeros(2)})
    safetensors.numpy.save_file({"a": np.zeros(2)}, tmp_path / "a.safetensors")
    assert state_dict.read(tmp_path / "a.safetensors")["a"].shape == (2,)
