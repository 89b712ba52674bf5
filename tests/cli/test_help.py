"""--help of every command."""

import pytest
from cli_helpers import call

from cwgan_jax.commands import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_no_failure(name):
    status, out, err = call(name, "--help")
    assert (status, err) == (0, [])
    assert f"cwgan {name}" in out
    assert "  --" in out or name == "doctor"
