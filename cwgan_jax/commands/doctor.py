"""What this installation has: versions, devices, caches, and what is missing.

cwgan doctor

The exit status is 0 if all that a run needs is there, else 2.
"""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import jax
from packaging.requirements import Requirement

import cwgan_jax
from cwgan_jax import cli, pretrained
from cwgan_jax.cli import recipes
from cwgan_jax.common.files import cache_folder
from cwgan_jax.common.invocation import CONSOLE

# What each extra of pyproject.toml is for; those of the tests and of development are not a user's.
EXTRAS = {
    "cuda12": "NVIDIA GPUs, CUDA 12",
    "cuda13": "NVIDIA GPUs, CUDA 13",
    "onnx": "export --format=onnx, play",
    "hub": "models of the Hugging Face Hub, publish --push",
    "files": "data in HDF5 and MATLAB 7.3",
    "signals": "the signals `appliances`",
    "tables": "the tables `diamonds` and `randhie`",
    "text": "conditions of the type `sentence`",
    "wandb": "the tracker wandb",
    "trackio": "the tracker trackio",
    "mlflow": "the tracker mlflow",
    "reference": "PyTorch's files of weights",
}


def define_flags() -> None:
    """It has none."""


def main(overrides: dict[str, str]) -> int:
    """Prints one screen; returns 0 if a run can start."""
    cli.refuse_overrides(overrides)
    found, problems = requirements()
    python = platform.python_version()
    rows = [
        (CONSOLE, f"{cwgan_jax.__version__}, in {Path(cwgan_jax.__file__).parent}"),
        ("python", f"{python}, {sys.executable}, on {platform.system()} {platform.machine()}"),
        ("packages", ", ".join(f"{name} {version}" for name, version in found.items())),
        *(("" if number else "extras", line) for number, line in enumerate(extras())),
        ("devices", devices(problems)),
        *(("" if number else "caches", line) for number, line in enumerate(caches())),
        ("recipes", ", ".join(recipes.names())),
        ("models", ", ".join(pretrained.names())),
    ]
    for title, text in rows:
        print(textwrap.fill(text, 100, initial_indent=f"{title:<10}", subsequent_indent=" " * 10))
    for problem in problems:
        print(f"problem:  {problem}")
    print(f"next: {CONSOLE} train digits" if not problems else f"{len(problems)} found")
    return 2 if problems else 0


def requirements() -> tuple[dict[str, str], list[str]]:
    """The packages that every run needs, with their versions, and a line for each that cannot be used."""
    needs = _needs("cwgan_jax")
    found, problems = {}, [] if needs else ["cwgan_jax is not installed: pip install -e . in the repository"]
    for need in needs:
        version = _version(need.name)
        found[need.name] = version or "missing"
        if version is None:
            problems.append(f"{need.name} is missing: pip install '{need.name}{need.specifier}'")
        elif not need.specifier.contains(version, prereleases=True):
            problems.append(
                f"{need.name} {version} is not {need.specifier}: pip install '{need.name}{need.specifier}'"
            )
    return found, problems


def extras() -> Iterator[str]:
    """A line for each optional part: whether it is there, and how to get it."""
    for extra, purpose in EXTRAS.items():
        missing = [need for need in _needs("cwgan_jax", extra) if not _installed(need)]
        packages = " ".join(f"'{need.name}{_extras(need)}{need.specifier}'" for need in missing)
        how = f"missing: pip install {packages}" if missing else "there"
        yield f"{extra:<8} {purpose}: {how}"


def _extras(need: Requirement) -> str:
    return f"[{','.join(sorted(need.extras))}]" if need.extras else ""


def _installed(need: Requirement) -> bool:
    """Whether a package is there, and what it adds with its own extras (jax[cuda12]: CUDA's)."""
    added = [one for extra in need.extras for one in _needs(need.name, extra)]
    return None not in [_version(one.name) for one in (need, *added)]


def _needs(package: str, extra: str = "") -> list[Requirement]:
    """What an installed package asks for always; with an extra, what that adds."""
    try:
        needs = map(Requirement, importlib.metadata.requires(package) or [])
    except importlib.metadata.PackageNotFoundError:
        return []
    always, more = [], []
    for need in needs:
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            always.append(need)
        elif need.marker.evaluate({"extra": extra}):
            more.append(need)
    return more if extra else always


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def devices(problems: list[str]) -> str:
    """What jax computes on; a GPU that it does not see is added to the problems."""
    try:
        there = jax.devices()
    except RuntimeError as error:
        problems.append(" ".join(str(error).split()))
        return "none"
    if there[0].platform == "cpu" and (driver := _driver()):
        major = driver[1].partition(".")[0]
        advice = f"pip install 'jax[cuda{min(int(major), 13)}]'"
        if int(major) < 12:
            advice = "its driver is too old for jax, which needs one for CUDA 12 or newer"
        problems.append(f"there is a GPU ({driver[0]}, CUDA {driver[1]}), but jax has no CUDA: {advice}")
    kinds = dict.fromkeys(device.device_kind for device in there)
    return f"{len(there)} x {', '.join(kinds)}; {os.cpu_count()} CPU cores"


def _driver() -> tuple[str, str] | None:
    """Name of the GPU and the newest CUDA version that its driver knows; None: there is none."""
    if not shutil.which("nvidia-smi"):
        return None
    said = subprocess.run(["nvidia-smi", "-q"], capture_output=True, text=True, check=False).stdout
    name = re.search(r"Product Name\s*: (.+)", said)
    version = re.search(r"CUDA Version\s*: (\d+\.\d+)", said)
    return (name[1], version[1]) if name and version else None


def caches() -> Iterator[str]:
    """A line for each folder of what is kept from run to run; all of them may be deleted."""
    for name, what in (("xla", "compiled programs"), ("judges", "judges of pictures, readers")):
        if folder := cache_folder(name):
            files = [path for path in folder.rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in files)
            yield f"{what}: {len(files):,} files, {size / 2**20:,.0f} MiB, in {folder}"
