"""The house rules that a machine can hold: import order, sizes, docstrings."""

import ast
import re
from pathlib import Path

import pytest
from conftest import FAST

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "cwgan_jax").rglob("*.py"))
FILES = [
    path
    for part in ("cwgan_jax", "configs", "tests", "benchmarks", "launch")
    for path in sorted((ROOT / part).rglob("*.py"))
] + [ROOT / f"{name}.py" for name in ("train", "sample", "evaluate", "setup")]

# No package imports one of a later line; packages of one line do not import each other.
ORDER = [
    {"common", "random"},
    {"config", "objectives"},
    {"data", "networks"},
    {"algorithms"},
    {"parallel"},
    {"checkpoint"},
    {"pretrained"},
    {"metrics", "pictures"},
    {"evaluation"},
    {"kinds"},
    {"training"},
    {"sampling"},
    {"report"},
    {"cli"},
    {"interop", "compare"},
    {"augmentation", "play"},
    {"publish"},
    {"commands"},
    {"api"},
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
RANK["__init__"] = RANK["__main__"] = len(ORDER)  # the public names, which it imports late


def module(path):
    return path.relative_to(ROOT / "cwgan_jax").parts[0].removesuffix(".py")


def imports(path):
    """Names of the packages that a file imports, wherever in it.

    Only `config` may import later ones inside of functions: it reads their tables when it judges a value.
    """
    tree = ast.parse(path.read_text())
    for node in tree.body if module(path) == "config" else ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "cwgan_jax":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("cwgan_jax."))


def functions(path):
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_every_package_has_its_place():
    assert {module(path) for path in SOURCES} == set(RANK)


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


def test_nothing_lies_loose():
    loose = {path.stem for path in (ROOT / "cwgan_jax").glob("*.py")}
    assert loose == {"__init__", "__main__", "random"}


def test_the_mathematics_knows_no_framework():
    for path in (ROOT / "cwgan_jax" / "objectives").glob("*.py"):
        text = path.read_text()
        assert not any(f"import {name}" in text for name in ("flax", "optax", "config")), path
    text = (ROOT / "cwgan_jax" / "objectives" / "penalties.py").read_text()
    assert "jax.vmap(jax.grad(critic))" in text


def test_what_runs_an_algorithm_does_not_know_which():
    """Not a word of it: neither names nor comments nor messages."""
    words = re.compile(r"critic|generator|label|\bclass_names\b|\bclasses\b", re.IGNORECASE)
    for part in ("parallel", "training", "checkpoint"):
        for path in (ROOT / "cwgan_jax" / part).glob("*.py"):
            assert not words.findall(path.read_text()), path


def test_the_step_knows_no_system():
    """What a system needs is something that any other could use."""
    systems = re.compile(r"stylegan|r3gan|sngan|cyclegan|resnet|cifar", re.IGNORECASE)
    for name in ("adversarial", "critic", "generator", "draws", "augmented"):
        assert not systems.findall((ROOT / "cwgan_jax" / "algorithms" / f"{name}.py").read_text()), name


def test_networks_are_told_apart_by_what_they_can_do():
    for path in SOURCES:
        for call in re.findall(r"isinstance\([^)]*\)", path.read_text()):
            assert not re.search(r"Generator|Critic|network|module", call), (path, call)


def test_only_one_package_knows_devices_and_only_one_knows_orbax():
    for path in SOURCES:
        text = path.read_text()
        assert ("jax.pmap" in text or "local_devices" in text) <= (module(path) == "parallel"), path
        assert ("orbax" in text.lower()) <= (module(path) == "checkpoint"), path
