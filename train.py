"""Trains: python train.py --config=configs/digits.py; the same as `cwgan train`."""

import sys

from cwgan_jax import commands

if __name__ == "__main__":
    commands.run("train", sys.argv)
