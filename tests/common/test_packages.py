"""Packages: what is declared, and one line at the start where one is missing or a tree is not installed."""

import ast
import importlib.metadata
import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest
from cli_helpers import refused
from conftest import make_config
from data_helpers import fails

import cwgan_jax
from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.common.invocation import SCRIPTS
from cwgan_jax.report import checkpoints
from cwgan_jax.training import plan

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Imported by other packages without their declaring it.
FOR_OTHERS = {"flatbuffers", "importlib_resources"}


def bounds(requirements):
    """{package: lowest version} of those that have one."""
    return dict(re.match(r"([\w-]+)>=([\d.]+)", text).groups() for text in requirements)


def test_what_is_imported_is_declared_and_the_other_way_round():
    used = set()
    for path in [
        *(ROOT / "cwgan_jax").rglob("*.py"),
        *(ROOT / f"{name}.py" for name in SCRIPTS),
        *(ROOT / "launch").glob("*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add(node.module)
    used = {name.partition(".")[0] for name in used} - sys.stdlib_module_names - {"cwgan_jax"}
    names = {"PIL": "pillow", "sklearn": "scikit-learn", "orbax": "orbax-checkpoint", "absl": "absl-py"}
    names |= {"tensorflow_datasets": "tensorflow-datasets"}
    extras = {"jax2onnx", "onnxruntime", "h5py", "sentence_transformers", "huggingface_hub"}
    extras |= {"wandb", "trackio", "mlflow"}
    declared = set(bounds(PROJECT["dependencies"]))
    late = {"tensorboardX"}  # imported by its parts, see board.py
    assert {names.get(name, name) for name in used} - extras | late == declared - FOR_OTHERS


def test_the_lowest_versions_are_those_that_ci_tries():
    declared = bounds([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"][:-3]])
    lines = (ROOT / "constraints" / "lowest.txt").read_text().splitlines()
    assert dict(line.split("==") for line in lines if not line.startswith("#")) == declared


def test_versions_in_a_tree_that_is_not_installed(monkeypatch):
    def nowhere(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", nowhere)
    found = checkpoints.versions()
    assert found["cwgan_jax"] == cwgan_jax.__version__
    assert {"jax", "flax", "optax", "numpy", "scipy", "scikit-learn"} <= set(found)


@pytest.mark.parametrize("name", ["matplotlib", "sklearn", "tensorboardX"])
def test_what_is_imported_at_the_end_is_missed_at_the_start(name, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda module: None if module == name else find(module))
    package = {"sklearn": "scikit-learn"}.get(name, name)
    for command in ("train", "sample", "evaluate", "augment"):
        said = refused(command)
        assert f"{package}: not installed" in said
        assert f"pip install {package}" in said


def test_without_tfds(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    for name in ("prepare", "builders"):
        monkeypatch.delitem(sys.modules, f"cwgan_jax.data.tfds.{name}", raising=False)
        monkeypatch.delattr(data.tfds, name, raising=False)
    cfg = make_config(data__name="mnist")
    fails(cfg.data, "config.data.name=mnist", "pip install tensorflow-datasets", "--config.data.dir")
    plan.make(make_config())  # needs none of it


def test_without_grain(monkeypatch):
    monkeypatch.setitem(sys.modules, "grain", None)
    plan.make(make_config())
    with pytest.raises(DataError, match=r"^config.data.resident_mib=0: .*pip install grain, or raise it"):
        plan.make(make_config(data__resident_mib=0))
