"""Numbers of a config that may move during a run, and where to; see `sections.Ramp`."""

import math
from collections.abc import Iterator, Mapping

from cwgan_jax.common import options
from cwgan_jax.common.options import Conflict
from cwgan_jax.config.penalties import PLACES
from cwgan_jax.config.sections import Config

_RATES = tuple(f"optimizer.{name}_learning_rate" for name in ("generator", "critic"))

# Like the weights of the objective: at 0 what it weighs is not computed at all.
_ABSENT = ("translation.identity",)
# The numbers that a step reads anew each time.
MOVABLE = (
    *_RATES,
    "optimizer.beta1",
    "optimizer.beta2",
    *(f"objective.penalties.{place}.weight" for place in PLACES),
    "objective.path_length.weight",
    "objective.auxiliary.critic",
    "objective.auxiliary.generator",
    "augment.p",
    "train.ema_half_life",
    "translation.cycle",
    "translation.identity",
)


def targets(config: Config) -> Mapping[str, float]:
    """Where each number moves that does: dotted key -> its last value; {} where nothing moves."""
    return {} if config.ramp.end is None else dict(_read(config.ramp.to))


def value(config: Config, key: str) -> float:
    """What stands at a dotted key."""
    found = _stored(config, key)
    assert isinstance(found, float)
    return found


def _stored(config: Config, key: str) -> object:
    found: object = config
    for name in key.split("."):
        found = getattr(found, name)
    return found


def _read(text: str) -> Iterator[tuple[str, float]]:
    """Keys and values of `ramp.to`; ValueError with what is wrong."""
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, number = (piece.strip() for piece in part.partition("="))
        key = key.removeprefix("config.")
        if not equals:
            raise ValueError(f"{part}: it must be key=value, such as {_RATES[0]}=0")
        if key not in MOVABLE:
            raise ValueError(f"{key}: it cannot move, only: {', '.join(MOVABLE)}")
        try:
            yield key, float(number)
        except ValueError:
            raise ValueError(f"{part}: {number} is no number") from None


def conflicts(config: Config) -> Iterator[Conflict]:
    """What is wrong with a ramp."""
    ramp = config.ramp
    if ramp.end is not None and ramp.end <= ramp.start:
        yield Conflict(("ramp.start", "ramp.end"), f"it must be below config.ramp.end={ramp.end}")
    try:
        read = dict(_read(ramp.to))
    except ValueError as error:
        yield Conflict(("ramp.to",), str(error))
        return
    if ramp.end is None:
        return
    adapts = config.augment.pipeline != "none" and config.augment.target is not None
    if "augment.p" in read and adapts:
        why = "p cannot adapt and move along the ramp at once; set it to none, or leave p out of ramp.to"
        yield Conflict(("augment.target", "ramp.to"), why)
    known = dict(options.declared(Config))
    for key, last in read.items():
        allowed = known[key].allowed
        if not (math.isfinite(last) and (known[key].check(last) or (key in _RATES and last == 0))):
            allowed = f"{allowed}, or 0" if key in _RATES else allowed
            yield Conflict(("ramp.to",), f"{key}={last:g} is not allowed; it must be {allowed}")
        if _stored(config, key) is None:
            yield Conflict(("ramp.to", key), f"config.{key} is none, so there is nothing to move; set it")
        elif (key.startswith("objective.") or key in _ABSENT) and value(config, key) == 0:
            why = f"config.{key} is 0, so there is nothing to move; start from a small number instead"
            yield Conflict(("ramp.to", key), why)
