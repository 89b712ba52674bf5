"""What every command does before its own work."""

import os

import pytest

from cwgan_jax import cli


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (None, "--xla_gpu_deterministic_ops=true"),
        ("--xla_dump_to=x", "--xla_gpu_deterministic_ops=true --xla_dump_to=x"),
        ("--xla_gpu_deterministic_ops=false", "--xla_gpu_deterministic_ops=false"),
    ],
)
def test_gpus_compute_the_same_bits_unless_told_otherwise(flags, expected, monkeypatch):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    if flags is not None:
        monkeypatch.setenv("XLA_FLAGS", flags)
    cli.ask_for_same_bits()
    cli.ask_for_same_bits()  # by a command that calls another
    assert os.environ["XLA_FLAGS"] == expected
