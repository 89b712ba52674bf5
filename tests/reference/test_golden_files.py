"""The golden values are what the reference gives today, byte for byte."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FULL

pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the bits are those of x86-64")
def test_golden_values_are_made_again_byte_for_byte(tmp_path):
    some = [] if FULL else ["cwgan_gp_mlp"]  # all of them take long
    script = Path(__file__).with_name("golden.py")
    subprocess.run([sys.executable, str(script), str(tmp_path), *some], check=True)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert files.keys() == ({f"{name}.npz" for name in some} or {path.name for path in GOLDEN.iterdir()})
    for name, content in files.items():
        assert content == (GOLDEN / name).read_bytes(), name
