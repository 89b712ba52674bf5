"""Conflicts between sections of a config; an architecture's own are beside its options."""

from collections.abc import Iterator

from cwgan_jax.common.options import Conflict
from cwgan_jax.config import ramp
from cwgan_jax.config.data_section import height_width
from cwgan_jax.config.penalties import lazy_intervals
from cwgan_jax.config.sections import Config


def conflicts(config: Config) -> Iterator[Conflict]:
    """Everything that cannot go together in a config, each value being allowed by itself."""
    yield from _data(config)
    yield from _domains(config)
    yield from config.model.conflicts(config)
    yield from _objective(config)
    yield from ramp.conflicts(config)
    yield from _augment(config)
    yield from _seeds(config)


def _data(config: Config) -> Iterator[Conflict]:
    """Whether the architecture makes such examples."""
    from cwgan_jax.data.sets.mixtures import MIXTURES  # late, as all tables
    from cwgan_jax.data.sets.package_tables import TABLES
    from cwgan_jax.networks import ARCHITECTURES

    name, sides = config.data.name, config.data.height_width
    if name == "arrays" and not config.data.file:
        yield Conflict(("data.name", "data.file"), "config.data.file is empty; say which file")
    chosen = ARCHITECTURES[config.model.architecture]
    # Of other data sets the kind is known once they are read.
    kind = {**dict.fromkeys(MIXTURES, "points"), **dict.fromkeys(TABLES, "tables")}.get(name)
    fits = lambda each: kind in each.kinds if kind else each.kinds != ("points",)  # noqa: E731
    fitting = [other for other, each in ARCHITECTURES.items() if fits(each)]
    # Those that translate are for domains, and no others.
    advised = [other for other in fitting if ARCHITECTURES[other].translates == bool(config.data.domains)]
    if config.model.architecture not in fitting:
        makes = f"which are {kind}" if kind else f"it makes points, from {', '.join(MIXTURES)}"
        yield Conflict(
            ("model.architecture", "data.name"),
            f"not for config.data.name={name}, {makes}; use {', '.join(advised)}",
        )
    elif (
        name != "arrays" and chosen.sizes and "images" in chosen.kinds and not set(sides) <= set(chosen.sizes)
    ):
        sizes = chosen.sizes
        which = "number" if sizes.step == 1 else f"multiple of {sizes.step}"
        near = "x".join(str(_nearest(sizes, side)) for side in dict.fromkeys(sides))
        each = "it" if sides[0] == sides[1] else "each side"
        makes_images = [other for other in advised if "images" in ARCHITECTURES[other].kinds]
        free = [other for other in makes_images if not ARCHITECTURES[other].sizes]
        yield Conflict(
            ("data.size", "model.architecture"),
            f"not allowed; {each} must be a {which} from {sizes[0]} to {sizes[-1]}, such as {near}"
            f" (or use config.model.architecture={' or '.join(free)})",
        )


def _domains(config: Config) -> Iterator[Conflict]:
    """Whether the two domains are of pictures, in a form that the other options allow."""
    from cwgan_jax.data.sets.mixtures import MIXTURES
    from cwgan_jax.data.sets.package_tables import TABLES
    from cwgan_jax.networks import ARCHITECTURES

    data, batch, architecture = config.data, config.train.batch_size, config.model.architecture
    if batch == 1 and not ARCHITECTURES[architecture].alone:
        yield Conflict(
            ("train.batch_size", "model.architecture"),
            f"the networks of {architecture} take batches of 2 or more; raise it",
        )
    for name in data.pair:
        if name in (*MIXTURES, *TABLES, "arrays", "appliances"):
            yield Conflict(("data.domains",), f"{name} are no pictures; give two sets of pictures, or folder")
    if data.resize is not None and any(
        kept < used for kept, used in zip(height_width(data.resize), data.height_width, strict=True)
    ):
        yield Conflict(
            ("data.resize", "data.size"),
            f"a part of {data.size} cannot be taken from less; raise it, lower config.data.size, or use none",
        )


def _objective(config: Config) -> Iterator[Conflict]:
    """Whether the loss goes with the critic, the labels and the targets."""
    from cwgan_jax.networks import ARCHITECTURES
    from cwgan_jax.objectives.losses import OBJECTIVES

    section, name = config.objective, config.model.architecture
    chosen = OBJECTIVES[section.loss]
    if chosen.reconstructs and not ARCHITECTURES[name].reconstructs:
        others = " or ".join(other for other, each in ARCHITECTURES.items() if each.reconstructs)
        yield Conflict(
            ("objective.loss", "model.architecture"),
            f"the critic of {name} is no autoencoder; use config.model.architecture={others}",
        )
    if chosen.paired and config.model.conditional and section.fake_labels == "uniform":
        yield Conflict(
            ("objective.fake_labels", "objective.loss", "model.conditional"),
            f"{section.loss} compares each real example with a generated one of the same label; use real",
        )
    yield from _auxiliary(config)
    if section.path_length.weight and not ARCHITECTURES[name].styles:
        able = " or ".join(other for other, each in ARCHITECTURES.items() if each.styles)
        why = f"the generator of {name} has no styles, only those of {able} have; set it to 0"
        yield Conflict(("objective.path_length.weight", "model.architecture"), why)
    for player, intervals in lazy_intervals(config).items():
        if config.optimizer.rescaled and len(intervals) > 1:
            why = f"the {player}'s penalties have the intervals {intervals}; give them one, or use false"
            yield Conflict(("optimizer.rescaled",), why)
    if section.fake_target >= section.real_target:
        yield Conflict(
            ("objective.fake_target", "objective.real_target"),
            f"it must be below real_target={section.real_target}",
        )


def _auxiliary(config: Config) -> Iterator[Conflict]:
    """Whether the critic can have an auxiliary classifier, and whether one that is asked for learns."""
    from cwgan_jax.networks import ARCHITECTURES

    weights, name, keys = config.objective.auxiliary, config.model.architecture, "objective.auxiliary"
    if weights.generator and not weights.critic:
        why = "the classifier would learn nothing; raise it above 0, or set the generator's weight to 0"
        yield Conflict((f"{keys}.critic", f"{keys}.generator"), why)
    if not weights.critic:
        return
    if not ARCHITECTURES[name].reads:
        able = ", ".join(other for other, each in ARCHITECTURES.items() if each.reads)
        why = f"the critic of {name} can have no classifier, only those of {able}; set it to 0"
        yield Conflict((f"{keys}.critic", "model.architecture"), why)


def _augment(config: Config) -> Iterator[Conflict]:
    """Whether the strength of the augmentation starts within its bounds."""
    section = config.augment
    if section.pipeline == "none" or section.target is None:
        return
    if section.p > section.ceiling:
        why = f"it must be at most config.augment.ceiling={section.ceiling}"
        yield Conflict(("augment.p", "augment.ceiling"), why)


def _seeds(config: Config) -> Iterator[Conflict]:
    """Whether so many runs can train side by side."""
    if config.train.seeds == 1:
        return
    if config.seed + config.train.seeds > 2**32:
        yield Conflict(("train.seeds", "seed"), "the last seed would be above 2^32 - 1; lower one of them")
    if config.log.tracker != "none":
        why = "a tracker follows one run; set it to none, or config.train.seeds to 1"
        yield Conflict(("log.tracker", "train.seeds"), why)


def _nearest(sizes: range, side: int) -> int:
    return min(sizes, key=lambda allowed: abs(allowed - side))
