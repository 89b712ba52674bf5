"""Packages that are imported late: a missing one is said at the start, in one line."""

import importlib
import importlib.util
from pathlib import Path

from cwgan_jax.common.errors import DataError

# Packages that every run needs, but at its end or after long work.
_LATE = {"matplotlib": "matplotlib", "sklearn": "scikit-learn", "tensorboardX": "tensorboardX"}


def check() -> None:
    """Raises DataError if a package that is imported late is missing."""
    missing = [package for module, package in _LATE.items() if not importlib.util.find_spec(module)]
    if missing:
        raise DataError(
            f"{', '.join(missing)}: not installed; try pip install -e . in the repository, or"
            f" pip install {' '.join(missing)}"
        )


def need(module: str, package: str, what: str, otherwise: str, *, extra: str = "") -> None:
    """Imports what only some runs need.

    Args:
      module: its name in Python.
      package: what to install.
      what: that it is needed for.
      otherwise: what to do without it.
      extra: of pyproject.toml, that has it.

    Raises:
      DataError: it is missing, or does not go with another package that is installed.
    """
    try:
        importlib.import_module(module)
    except Exception as error:  # packages that do not go together raise anything, not only ImportError
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise DataError(
            f"{what} takes {package}, which cannot be imported ({cause}): try"
            f" {_install(package, extra)}, or {otherwise}"
        ) from error


def folder(package: str, what: str, otherwise: str, *, extra: str) -> Path:
    """The folder of an installed package of which only a file is needed; it is not imported.

    Args:
      package: its name, which is that of its module.
      what: that it is needed for.
      otherwise: what to do without it.
      extra: of pyproject.toml, that has it.

    Raises:
      DataError: it is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            f"{what} comes with {package}, which is not installed: try {_install(package, extra)}, or"
            f" {otherwise}"
        )
    return Path(spec.submodule_search_locations[0])


def _install(package: str, extra: str) -> str:
    also = f" (pip install -e '.[{extra}]' in the repository)" if extra else ""
    return f"pip install {package}{also}"
