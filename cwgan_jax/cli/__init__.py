"""What the commands share: running one, loading config files, setting jax up."""

from cwgan_jax.cli.configs import load_config, split_overrides
from cwgan_jax.cli.entry import READING, TRAINING, Advice, guarded, refuse_overrides, run, warn
from cwgan_jax.cli.settings import ask_for_same_bits, set_up_jax
from cwgan_jax.cli.workdir import workdir

__all__ = [
    "READING",
    "TRAINING",
    "Advice",
    "ask_for_same_bits",
    "guarded",
    "load_config",
    "refuse_overrides",
    "run",
    "set_up_jax",
    "split_overrides",
    "warn",
    "workdir",
]
