"""Options that have no effect beside the others of a config: worth a warning, since someone set them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cwgan_jax.config.rules import PLACES, POINTS

# Which another key takes the place of, or switches off. A config file may well hold both, so that the command
# line can change which of them counts.
_SWITCHED = frozenset({"train.epochs", "quality.samples", "quality.best"})


def idle(
    values: Mapping[str, Any], defaults: Mapping[str, Any], given: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The keys that were set and change nothing, with the reason.

    Args:
      values: dotted key -> value; together they make a config.
      defaults: dotted key -> default; a file that says the same says nothing.
      given: keys that stand on the command line, whatever their value.
    """
    for key, why in _unused(values):
        if key in given or (key not in _SWITCHED and values[key] != defaults[key]):
            yield key, why


def _unused(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every key without effect."""
    yield from _of_data(values)
    yield from _of_model(values)
    yield from _of_objective(values)
    if values["optimizer.name"] == "rmsprop":
        yield "optimizer.beta1", "rmsprop has no mean of the gradients"
    if values["train.steps"] is not None:
        yield "train.epochs", f"config.train.steps={values['train.steps']} says how long; set it to none"
    if values["quality.every"] is None:
        yield from _all("nothing is measured, since config.quality.every is none", *_QUALITY)
    elif values["data.name"] in POINTS:
        yield from _all("points are measured in their own way", *_QUALITY)


_QUALITY = ("quality.samples", "quality.best")


def _of_data(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = values["data.name"]
    if name in ("digits", *POINTS):
        yield "data.dir", f"{name} need no files"
    if name in POINTS:
        yield from _all("points have none", "data.size", "data.channels", "data.resident_mib")


def _of_model(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    architecture = values["model.architecture"]
    labels = values["model.generator_labels"], values["model.critic_labels"]
    if not values["model.conditional"]:
        keys = ("model.embedding", "model.generator_labels", "model.critic_labels", "objective.fake_labels")
        yield from _all("the networks do not see the labels, since config.model.conditional is false", *keys)
    elif labels == ("batch_norm", "projection"):
        yield "model.embedding", "neither network embeds the labels (generator_labels, critic_labels)"
    if architecture in ("mlp", "points"):
        yield "model.implementation", f"there are no convolutions in {architecture}"
    if architecture in ("style", "autoencoder", "points"):
        yield "model.batch_norm_epsilon", f"the generator of {architecture} has no batch norm"


def _of_objective(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    from cwgan_jax.objectives.losses import OBJECTIVES  # late: those who read data need no jax

    loss = values["objective.loss"]
    for at in (f"objective.penalties.{place}" for place in PLACES):
        if values[f"{at}.weight"] == 0:
            yield from _all(f"config.{at}.weight is 0", f"{at}.kind", f"{at}.every", f"{at}.sigma")
        elif values[f"{at}.kind"] != "finite_difference":
            yield f"{at}.sigma", f"config.{at}.kind is {values[f'{at}.kind']}"
    if not OBJECTIVES[loss].has_targets:
        yield from _all(f"{loss} has no targets", "objective.real_target", "objective.fake_target")
    if "balance" not in OBJECTIVES[loss].controllers:
        why = f"config.objective.loss is {loss}, and only began has it"
        yield from _all(why, "objective.equilibrium", "objective.equilibrium_rate")


def _all(why: str, *keys: str) -> Iterator[tuple[str, str]]:
    return ((key, why) for key in keys)
