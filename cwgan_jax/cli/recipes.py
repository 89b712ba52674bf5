"""Config files may import from those beside them, and from those of this repository.

For instance `from .wgan_gp import get_config as base`.
"""

import contextlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path

_INSTALLED = Path(__file__).parents[1] / "recipes"  # where a wheel has what the repository has in configs/
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "configs"
_PACKAGE = "cwgan_jax_recipes"  # no real package: while a file is read, its folder stands for it


def module_name(path: Path) -> str:
    """What a config file is called while it is read."""
    return f"{_PACKAGE}.{path.stem.replace('.', '_')}"


def names() -> list[str]:
    """The recipes that come along."""
    return sorted(path.stem for path in SHIPPED.glob("*.py") if not path.stem.startswith("_"))


def find(name: str) -> Path:
    """The file of a recipe: a path, or the name of one of this repository's, such as `digits:quick`."""
    path = Path(name)
    file, colon, variant = path.name.partition(":")
    shipped = SHIPPED / (file if file.endswith(".py") else f"{file}.py")
    if path.with_name(file).is_file() or not shipped.is_file():
        return path
    return shipped.with_name(f"{shipped.name}{colon}{variant}")


@contextlib.contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Lets a config file import from its folder, wherever that is and whatever else has these names."""
    package = types.ModuleType(_PACKAGE)
    package.__path__ = [str(folder.resolve()), str(SHIPPED)]
    sys.modules[_PACKAGE] = package
    try:
        yield
    finally:  # the next file may be in another folder
        for name in [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]:
            del sys.modules[name]
