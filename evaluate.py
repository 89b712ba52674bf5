"""Measures a run: python evaluate.py --workdir=runs/digits; the same as `cwgan evaluate`."""

import sys

from cwgan_jax import commands

if __name__ == "__main__":
    commands.run("evaluate", sys.argv)
