"""Options that have no effect beside the others of a config: worth a warning, since someone set them."""

import dataclasses
from collections.abc import Collection, Iterator

from cwgan_jax.common import options
from cwgan_jax.config import ramp
from cwgan_jax.config.penalties import lazy_intervals
from cwgan_jax.config.resolve import flatten, to_dict
from cwgan_jax.config.sections import Config

# These are replaced or switched off by another key. A config file may well hold both, so that the command
# line can change which of them counts.
_SWITCHED = frozenset({"train.epochs", "quality.samples", "quality.best"})
BUNDLED = (
    *("digits", "rotated_digits", "coloured_digits", "turned_digits"),
    *("sans_letters", "serif_letters"),
)
_CHOSEN = ("folder", "arrays")  # data sets whose condition is a choice
_QUALITY = ("quality.samples", "quality.best")


def without_effect(config: Config, overrides: Collection[str] = ()) -> list[str]:
    """One line for each option that was set and changes nothing beside the others.

    Args:
      config: the config.
      overrides: keys on the command line; they are reported even where the value is the default.
    """
    values = dict(flatten(to_dict(config)))
    default = {key: option.default for key, option in options.declared(Config, values)}
    reasons: dict[str, str] = {}
    for key, why in _unused(config):
        reasons.setdefault(key, why)
    still = [
        f"config.ramp.to={key}={last:g} has no effect: {reasons[key]}"
        for key, last in ramp.targets(config).items()
        if key in reasons
    ]
    return still + [
        f"config.{key}={options.shown(values[key])} has no effect: {why}"
        for key, why in reasons.items()
        if key in overrides or (key not in _SWITCHED and values[key] != default[key])
    ]


def _unused(config: Config) -> Iterator[tuple[str, str]]:
    """Every key without effect, and why."""
    yield from _of_algorithm(config)
    yield from _of_data(config)
    yield from config.model.idle()
    yield from _of_objective(config)
    yield from _of_augment(config)
    if config.optimizer.name == "rmsprop":
        yield "optimizer.beta1", "rmsprop has no mean of the gradients"
    if config.ramp.end is None:
        yield from _all("nothing moves, since config.ramp.end is none", "ramp.start", "ramp.shape", "ramp.to")
    elif not ramp.targets(config):
        why = "nothing moves, since config.ramp.to is empty"
        yield from _all(why, "ramp.start", "ramp.end", "ramp.shape")
    if config.train.ema_half_life is None:
        yield "train.ema_rampup", "config.train.ema_half_life is none"
    elif config.train.ema_decay:
        yield "train.ema_decay", f"config.train.ema_half_life={config.train.ema_half_life:g} says it"
    if config.train.steps is not None:
        yield "train.epochs", f"config.train.steps={config.train.steps} says how long; set it to none"
    if config.log.tracker == "none":
        yield "log.project", "config.log.tracker is none"
    if config.quality.every is None:
        yield from _all("nothing is measured, since config.quality.every is none", *_QUALITY)
    elif config.data.name in _points():
        yield from _all("points are measured in their own way", *_QUALITY)


def _points() -> Collection[str]:
    """The data sets of points."""
    from cwgan_jax.data.sets.mixtures import MIXTURES  # late, as all tables

    return MIXTURES.keys()


def _tables() -> Collection[str]:
    """The data sets that are bundled tables."""
    from cwgan_jax.data.sets.package_tables import TABLES

    return TABLES.keys()


def _of_algorithm(config: Config) -> Iterator[tuple[str, str]]:
    from cwgan_jax.algorithms import UNREAD

    keys = [key for key, _ in flatten(to_dict(config))]
    for part, why in UNREAD.get(config.algorithm, ()):
        yield from _all(why, *(key for key in keys if key == part or key.startswith(f"{part}.")))


def _of_data(config: Config) -> Iterator[tuple[str, str]]:
    name = config.data.name
    if config.data.domains:
        yield "data.name", "config.data.domains says which data"
        yield from _all("domains have no conditions", "data.condition", "data.types", "data.vicinity")
        # What is said of one set must be true of both.
        name = config.data.pair[0] if all(each in BUNDLED for each in config.data.pair) else ""
    else:
        yield "data.resize", "config.data.domains is empty"
    if name in (*BUNDLED, *_points(), *_tables()):
        yield "data.dir", f"{name} need no files"
    if name == "arrays":
        why = "arrays are taken as they are, from config.data.file"
        yield from _all(why, *(f"data.{key}" for key in ("dir", "size", "channels", "dtype", "resident_mib")))
    else:
        yield from _all("it is for arrays", "data.file", "data.key", "data.test", "data.axes")
    if name in _tables():
        yield from _all("tables have none", "data.size", "data.channels", "data.resident_mib")
    if name in _points():
        keys = ("size", "channels", "dtype", "mirror", "resident_mib")
        yield from _all("points have none", *(f"data.{key}" for key in keys))
    if name not in _CHOSEN:
        why = f"only {' and '.join(_CHOSEN)} have columns to choose from"
        yield from _all(why, "data.condition", "data.types")
    if config.data.vicinity == "none":
        why = "config.data.vicinity is none"
        yield from _all(why, "data.vicinity_sigma", "data.vicinity_radius")


def _of_objective(config: Config) -> Iterator[tuple[str, str]]:
    from cwgan_jax.objectives.losses import OBJECTIVES  # late: those who read data need no jax

    section = config.objective
    for place, penalty in dataclasses.asdict(section.penalties).items():
        at = f"objective.penalties.{place}"
        if penalty["weight"] == 0:
            yield from _all(f"config.{at}.weight is 0", f"{at}.kind", f"{at}.every", f"{at}.sigma")
        elif penalty["kind"] != "finite_difference":
            yield f"{at}.sigma", f"config.{at}.kind is {penalty['kind']}"
    for option in dict.fromkeys(name for each in OBJECTIVES.values() for name in each.options):
        able = [loss for loss, each in OBJECTIVES.items() if option in each.options]
        if section.loss not in able:
            why = f"config.objective.loss={section.loss} does not read it, only {', '.join(able)}"
            yield f"objective.{option}", why
    if not section.path_length.weight:
        why = "config.objective.path_length.weight is 0"
        yield from _all(why, *(f"objective.path_length.{key}" for key in ("decay", "every", "share")))
    if config.optimizer.rescaled and not any(lazy_intervals(config).values()):
        yield "optimizer.rescaled", "no penalty has an interval above 1"
    if not config.model.conditional:
        why = "there are no labels, since config.model.conditional is false"
        keys = ("fake_labels", "auxiliary.critic", "auxiliary.generator")
        yield from _all(why, *(f"objective.{key}" for key in keys))


def _of_augment(config: Config) -> Iterator[tuple[str, str]]:
    section = config.augment
    rate = ("every", "speed", "ceiling")
    if section.pipeline == "none":
        why = "nothing is augmented, since config.augment.pipeline is none"
        yield from _all(why, *(f"augment.{key}" for key in ("p", "target", *rate)))
    elif section.target is None:
        why = "config.augment.p does not adapt, since config.augment.target is none"
        yield from _all(why, *(f"augment.{key}" for key in rate))
        if section.p == 0 and "augment.p" not in ramp.targets(config):
            yield (
                "augment.pipeline",
                "config.augment.p is 0, and nothing moves it",
            )


def _all(why: str, *keys: str) -> Iterator[tuple[str, str]]:
    return ((key, why) for key in keys)
