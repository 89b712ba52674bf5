"""How a command is written, as this one was: `cwgan sample` or `python sample.py`."""

import sys
from pathlib import Path

SCRIPTS = ("train", "sample", "evaluate")  # those of the repository's top level
CONSOLE = "cwgan"


def command(name: str) -> str:
    """A command as it is written here: by the script if this process is one, else by the console command."""
    by_script = Path(sys.argv[0]).name in {f"{script}.py" for script in SCRIPTS}
    return f"python {name}.py" if by_script and name in SCRIPTS else f"{CONSOLE} {name}"
