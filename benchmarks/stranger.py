"""A stranger's ten minutes: README's commands from top to bottom, in a new clone and a new environment.

    python benchmarks/stranger.py [--python=python3.11] [--data_dir=path/to/mnist] [--extra=onnx]

Nothing is known beforehand: HOME is empty, so nothing is compiled, cached or downloaded. Commands that need
the reader's own data, or longer than ten minutes allow, are left out with the reason. The first that fails
ends it. Writes results/stranger.json: every command with its seconds.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from documented import commands  # noqa: E402

# What a command contains -> why it is left out.
LEFT_OUT = {
    "pytest": "the tests have their own figure",
    "[test]": "the tests have their own figure",
    "=photos": "the reader's own pictures",
    "=flowers": "the reader's own pictures",
    "beats.npz": "the reader's own signals",
    "arrays-signals": "the reader's own signals",
    "rotated_digits": "two minutes more",
    "coloured_digits": "eight minutes more",
    "grid.py": "two minutes more",
    "sagan": "a minute and a half more",
    "launch/local.py": "digits once more, as four devices",
    "cwgan compare": "hours",
    "runs/best": "of the reader's own pictures",
}
NEEDS_MNIST = ("mnist.py:quick", "runs/mnist-quick")
NEEDS_ONNX = ("cwgan play",)


def reason(words, options):
    """Why a command is left out; empty: it is run."""
    text = " ".join(words)
    for part in NEEDS_MNIST:
        if part in text:
            return "" if options.data_dir else "downloads MNIST, or --data_dir"
    if any(part in text for part in NEEDS_ONNX) and "onnx" not in options.extra:
        return "needs --extra=onnx"
    return next((why for part, why in LEFT_OUT.items() if part in text), "")


def main():
    """Clones, makes the environment, and types what README says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default="python3.11")
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--extra", default="", help="of pyproject.toml, installed as well")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home, clone = Path(folder) / "home", Path(folder) / "cwgan_jax"
        home.mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        subprocess.run([options.python, "-m", "venv", str(home / "venv")], check=True)
        env = {"HOME": str(home), "PATH": f"{home}/venv/bin:{os.environ['PATH']}", "LANG": "C.UTF-8"}
        for words in commands(ROOT / "README.md"):
            why = reason(words, options)
            typed = shlex.join(words)
            if why:
                print(f"{'':>7}  {typed}  ({why})", flush=True)
                rows.append({"command": typed, "left_out": why})
                continue
            if "mnist.py:quick" in typed:
                typed += f" --config.data.dir={options.data_dir}"
            if words[:2] == ["pip", "install"] and options.extra:
                typed = typed.replace(" .", f" '.[{options.extra}]'")
            begun = time.perf_counter()
            done = subprocess.run(
                ["bash", "-c", typed], cwd=clone, env=env, capture_output=True, text=True, check=False
            )
            seconds = round(time.perf_counter() - begun, 1)
            print(f"{seconds:6.1f}s  {typed}", flush=True)
            rows.append({"command": typed, "seconds": seconds})
            if done.returncode:
                print(done.stdout[-2000:], done.stderr[-2000:])
                raise SystemExit(f"{typed}: exit status {done.returncode}")
    total = sum(row.get("seconds", 0) for row in rows)
    print(f"{total:6.1f}s  in all")
    common.write("stranger", common.environment() | {"commands": rows, "seconds": round(total, 1)})


if __name__ == "__main__":
    main()
