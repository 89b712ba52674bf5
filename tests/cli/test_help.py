"""--help of every command."""

import pytest
from absl import app
from cli_helpers import call


@pytest.mark.parametrize(
    "name",
    [
        *("train", "sample", "evaluate", "augment"),
        *("cwgan_jax/interop/torch", "cwgan_jax/interop/export", "cwgan_jax/compare/__main__"),
    ],
)
def test_help_is_no_failure(name):
    app.define_help_flags()  # as absl's run does
    status, out, err = call(name, "--help")
    assert (status, err) == (0, [])
    assert "flags:" in out
