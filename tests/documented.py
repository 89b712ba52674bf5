"""The commands that README and the pages show, line by line."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PROGRAM = re.compile(r"(\w+=\S+ )*(python|cwgan|pip|pytest|bash|git|docker|pre-commit)\b")


def commands(page):
    """Every command of a page as a list of words, without comments and what stands in brackets."""
    for language, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if language not in ("", "bash", "sh"):
            continue
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.split("&&"):
                plain = re.sub(r"\[-[^\]]*\]", "", part).strip()
                if _PROGRAM.match(plain):
                    yield shlex.split(plain, comments=True)


def ours(words):
    """(command, its arguments) of a command of this package; None: it is another program."""
    if words[0] == "cwgan":
        return words[1], words[2:]
    if words[:1] == ["python"] and words[1] in ("train.py", "sample.py", "evaluate.py"):
        return words[1].removesuffix(".py"), words[2:]
    return None
