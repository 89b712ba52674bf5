"""The house rules that a machine can hold: import order, sizes, docstrings."""

import ast
from pathlib import Path

import pytest
from conftest import FAST

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "cwgan_jax").rglob("*.py"))
FILES = [
    path
    for part in ("cwgan_jax", "configs", "tests", "benchmarks", "launch")
    for path in sorted((ROOT / part).rglob("*.py"))
] + [ROOT / f"{name}.py" for name in ("train", "sample", "evaluate")]

# No module imports one of a later line; modules of one line do not import each other.
ORDER = [
    {"common"},
    {"objectives", "random"},
    {"config"},
    {"data", "networks"},
    {"algorithms"},
    {"parallel"},
    {"checkpoint"},
    {"metrics", "pictures"},
    {"training"},
    {"sampling"},
    {"evaluation"},
    {"report"},
    {"cli"},
    {"interop", "compare"},
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}


def module(path):
    return path.relative_to(ROOT / "cwgan_jax").parts[0].removesuffix(".py")


def imports(path):
    """Names of the package's modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "cwgan_jax":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("cwgan_jax."))


def functions(path):
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_every_module_has_its_place():
    assert {module(path) for path in SOURCES} - {"__init__"} == set(RANK)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    name = module(path)
    for imported in imports(path):
        if imported != name:
            assert RANK[imported] < RANK[name], f"{name} imports {imported}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path):
    assert len(path.read_text().splitlines()) <= 250
    for function in functions(path):
        assert function.end_lineno - function.lineno < 50, function.name


def test_the_fast_part_is_of_tests_there_are():
    for stem, parts in FAST.items():
        (path,) = (ROOT / "tests").rglob(f"{stem}.py")
        text = path.read_text()
        assert all(f"def {part}" in text for part in parts if part.startswith("test_")), stem


def test_losses_know_no_framework():
    text = (ROOT / "cwgan_jax" / "objectives" / "losses.py").read_text()
    assert not any(f"import {name}" in text for name in ("flax", "optax", "config"))
    assert "jax.vmap(jax.grad(critic))" in text


def test_only_one_module_knows_devices_and_only_one_knows_orbax():
    for path in SOURCES:
        text = path.read_text()
        assert ("jax.pmap" in text or "local_devices" in text) <= (module(path) == "parallel"), path
        assert ("orbax" in text.lower()) <= (module(path) == "checkpoint"), path
