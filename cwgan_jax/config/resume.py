"""What a resumed run may change of its config."""

from collections.abc import Collection, Sequence
from typing import Any

from cwgan_jax.common import options
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config.penalties import PLACES
from cwgan_jax.config.resolve import every_key, flatten, to_dict
from cwgan_jax.config.sections import Config

# Where files lie, how fast it goes, how long, what is written down.
RESUMABLE = frozenset(
    {
        "data.dir",
        "data.file",
        "data.resident_mib",
        "model.implementation",
        "train.epochs",
        "train.steps",
        "train.steps_per_call",
        "train.devices",
        "train.parts",
        "train.log_every",
        "train.sample_every",
        "train.checkpoint_every",
        "train.keep_checkpoints",
        "quality.every",
        "quality.samples",
        "quality.best",
        "log.tracker",
        "log.project",
    }
)

# What it may change if --allow_change says so: what the step reads, and what leaves the shapes of the state
# and the order of the data as they are. The run is then one that neither config alone would give.
ALLOWABLE = frozenset(
    {
        "augment.p",
        "augment.target",
        "augment.every",
        "augment.speed",
        "augment.ceiling",
        "model.precision",
        "translation.cycle",
        "translation.identity",
        "objective.auxiliary.generator",
        "objective.clip",
        "objective.real_target",
        "objective.fake_target",
        "objective.equilibrium",
        "objective.equilibrium_rate",
        "optimizer.generator_learning_rate",
        "optimizer.critic_learning_rate",
        "optimizer.beta1",
        "optimizer.beta2",
        "ramp.start",
        "ramp.end",
        "ramp.shape",
        "ramp.to",
    }
    | {f"objective.penalties.{place}.{name}" for place in PLACES for name in ("weight", "kind", "sigma")}
)


def differences(old: Config, new: Config) -> list[tuple[str, Any, Any]]:
    """The keys in which two configs of one run differ, except those that a resumed run may always change.

    Of two architectures only the options that both have are compared, besides the architecture itself.

    Returns:
      Key, old value and new value of each.
    """
    before, after = dict(flatten(to_dict(old))), dict(flatten(to_dict(new)))
    compared = [key for key in after if key in before and key not in RESUMABLE]
    return [(key, before[key], after[key]) for key in compared if before[key] != after[key]]


def resume_conflicts(old: Config, new: Config, allow: Collection[str] = ()) -> list[str]:
    """Names the keys in which a checkpoint's config and the present one cannot both be right.

    Args:
      old: the checkpoint's.
      new: that of this run.
      allow: keys that may differ, see `allowed`.

    Returns:
      One `config.key: the checkpoint has X, this run asks for Y` per conflict, and what could be done.
    """
    changed = [each for each in differences(old, new) if each[0] not in allow]
    lines = [f"config.{key}: the checkpoint has {a}, this run asks for {b}" for key, a, b in changed]
    if changed and all(key in ALLOWABLE for key, _, _ in changed):
        keys = ",".join([*sorted(allow), *(key for key, _, _ in changed)])
        lines.append(f"to go on with the new values from this checkpoint on: --allow_change={keys}")
    return lines


def allowed(keys: Sequence[str]) -> frozenset[str]:
    """Reads the keys of --allow_change, with or without `config.` before them.

    Raises:
      ConfigError: one of them may not be changed in the middle of a run, or does not exist.
    """
    known = every_key()
    read, problems = set(), []
    for key in (key.strip().removeprefix("config.") for key in keys if key.strip()):
        if key not in known:
            problems.append(f"--allow_change: {options.unknown(key, known)}")
        elif key not in ALLOWABLE | RESUMABLE:
            problems.append(
                f"--allow_change={key}: not in the middle of a run, only: {', '.join(sorted(ALLOWABLE))};"
                " choose another --workdir, with --init=WORKDIR to start from this run's weights"
            )
        read.add(key)
    if problems:
        raise ConfigError("\n".join(problems))
    return frozenset(read)
