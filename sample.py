"""Draws from a trained generator: python sample.py --workdir=runs/digits; the same as `cwgan sample`."""

import sys

from cwgan_jax import commands

if __name__ == "__main__":
    commands.run("sample", sys.argv)
