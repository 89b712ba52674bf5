"""The generator as ONNX: it agrees with the network, and is not written where it would not."""

import importlib.util
import json
import sys
import types

import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import refused
from export_helpers import EXPORT, documented, draw, inputs, saved

from cwgan_jax.interop import export

pytestmark = pytest.mark.onnx
needs_converter = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("jax2onnx", "onnxruntime")),
    reason="needs jax2onnx and onnxruntime: pip install -e '.[onnx]'",
)


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    """The folder of a conditional generator."""
    workdir = tmp_path_factory.mktemp("conditional")
    saved(workdir)
    return workdir


@pytest.mark.parametrize("package", ["jax2onnx", "onnxruntime", "flatbuffers"])
def test_a_package_that_is_not_installed(conditional, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, "jax2onnx", types.ModuleType("jax2onnx"))
    monkeypatch.setitem(sys.modules, package, None)
    kind = "stablehlo" if package == "flatbuffers" else "onnx"
    message = refused(EXPORT, f"--workdir={conditional}", f"--format={kind}", f"--out={tmp_path / 'g'}")
    assert f"{kind}: it needs {package}, try {export.NEEDS[kind][1]} (" in message


def converter(monkeypatch, to_onnx, run):
    """Stands in for the two packages."""
    fakes = {"jax2onnx": {"to_onnx": to_onnx}, "onnxruntime": {"InferenceSession": run}}
    for name, content in fakes.items():
        monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(**content))


def test_a_conversion_that_fails_or_is_wrong_is_not_written(conditional, tmp_path, monkeypatch):
    arguments = f"--workdir={conditional}", "--format=onnx", f"--out={tmp_path / 'g'}"

    def fails(*_, **__):
        raise NotImplementedError("no such\nprimitive")

    converter(monkeypatch, fails, None)
    message = refused(EXPORT, *arguments)
    assert "jax2onnx fails on this generator (NotImplementedError: no such primitive)" in message

    def session(image):
        return lambda *_, **__: types.SimpleNamespace(run=lambda _, given: [image(len(given["latent"]))])

    def converted(*_, **__):
        return types.SimpleNamespace(SerializeToString=lambda: b"graph")

    for value in (0.0, np.nan):
        converter(monkeypatch, converted, session(lambda batch, v=value: np.full((batch, 16, 16, 1), v)))
        assert "differs by" in refused(EXPORT, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_onnx_is_for_float32(tmp_path, monkeypatch):
    saved(tmp_path, model__dtype="float64")
    converter(monkeypatch, None, None)
    assert "float32 only" in refused(EXPORT, f"--workdir={tmp_path}", "--format=onnx")


@needs_converter
@pytest.mark.parametrize(("architecture", "conditional"), [("conv", True), ("mlp", False)])
def test_onnx_agrees(tmp_path, monkeypatch, architecture, conditional):
    """In a process of its own: the converter changes functions of jax for good."""
    import onnxruntime

    planned, state = saved(tmp_path, model__architecture=architecture, model__conditional=conditional)
    command = [sys.executable, "-m", "cwgan_jax", "export", "--format=onnx", f"--workdir={tmp_path}"]
    status, out, err = runs.finish(command)
    assert (status, err) == (0, "")
    assert out.startswith("step 0: ")
    names = ["latent", "label"][: 1 + conditional]
    about = json.loads((tmp_path / "generator.onnx.json").read_text())
    assert [given["name"] for given in about["inputs"]] == names
    session = onnxruntime.InferenceSession(tmp_path / "generator.onnx", providers=["CPUExecutionProvider"])
    for batch in (1, 3, 64):
        given = dict(zip(["latent", "label"], inputs(batch), strict=True))
        given["label"] %= 10
        (image,) = session.run(["image"], {name: given[name] for name in names})
        expected = draw(planned, state, **given)
        assert image.shape == expected.shape == (batch, 16, 16, 1)
        # Other sums in another order, before a tanh: rounding of float32.
        np.testing.assert_allclose(image, expected, rtol=0, atol=1e-5)
    if conditional:
        monkeypatch.chdir(tmp_path)
        found = {}
        exec(documented("import numpy as np\nimport onnxruntime\n"), found)
        assert found["image"].shape == (10, 16, 16, 1)
