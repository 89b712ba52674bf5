"""The notebook runs from top to bottom; with a few steps here, and with its own numbers as it is shown."""

from pathlib import Path

import pytest
from conftest import FLAGS

ROOT = Path(__file__).parents[2]


def test_quickstart(monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    for name, value in {
        "CWGAN_NOTEBOOK_STEPS": "2",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "JAX_NUM_CPU_DEVICES": "1",
        "PYTHONPATH": str(ROOT),
        "XLA_FLAGS": FLAGS,
    }.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(ROOT / "notebooks/quickstart.ipynb", as_version=4)
    shown = {i for i, cell in enumerate(notebook.cells) if _has_picture(cell)}
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    client = nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where)
    client.execute()
    assert {i for i, cell in enumerate(notebook.cells) if _has_picture(cell)} == shown
    assert len(shown) >= 3
    said = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    assert said.endswith("True\n")  # the loaded model draws the same


def _has_picture(cell):
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
