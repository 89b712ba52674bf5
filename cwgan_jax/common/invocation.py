"""How a command is written, as this one was: `cwgan sample` or `python sample.py`."""

import sys
from pathlib import Path

SCRIPTS = ("train", "sample", "evaluate")  # those of the repository's top level
CONSOLE = "cwgan"


def command(name: str) -> str:
    """A command as it is written here: by the script if this process is one, else by the console command."""
    is_script = Path(sys.argv[0]).suffix == ".py" and name in SCRIPTS
    return f"python {name}.py" if is_script else f"{CONSOLE} {name}"
