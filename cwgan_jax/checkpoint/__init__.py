"""Checkpoints that are whole or refused. The only package that knows Orbax.

A step is one Orbax folder, made visible by one rename, with three items: `state` (the arrays), `about` (JSON:
config, data) and `digest` (JSON: SHA-256 of each array and of `about`), since Orbax alone restores a flipped
byte, another shape or another dtype without a word. In a pod all of this is for process 0, which then shares
what it restored: nothing waits for others.
"""

from cwgan_jax.checkpoint.reader import Saved, restore, steps
from cwgan_jax.checkpoint.writer import Writer

__all__ = ["Saved", "Writer", "restore", "steps"]
