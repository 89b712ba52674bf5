"""What cannot go together in a config, each of its keys being allowed by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

SIZES = range(16, 257, 4)  # of the convolutional pairs
PLACES = ("interpolates", "real", "fake")  # of the penalties
POINTS = ("normal", "ring", "grid")  # data sets of one or two numbers
_LARGEST_BASE = 7  # height of the smallest feature maps, at the most
_ANY_SIZE = ("mlp", "points")
_CONVOLUTIONAL = ("conv", "dcgan")


def map_heights(size: int) -> tuple[int, ...]:
    """Heights of the feature maps of the convolutional pairs, from the largest to the smallest.

    Each is half of the one before, rounded down, until it is at most 7: 32 has 16, 8, 4; 56 has 28, 14, 7;
    100 has 50, 25, 12, 6.
    """
    heights = []
    while size > _LARGEST_BASE:
        size //= 2
        heights.append(size)
    return tuple(heights)


def problems(values: Mapping[str, Any]) -> Iterator[str]:
    """One line for each pair of keys that contradict each other.

    Args:
      values: dotted key -> value; values that are not allowed by themselves are passed over.
    """
    yield from _data(values)
    yield from _networks(values)
    yield from _critic(values)
    yield from _objective(values)
    if values["model.dtype"] == "float64" and values["model.precision"] in ("tf32", "bfloat16"):
        yield "config.model.precision: with config.model.dtype=float64 it must be full"


def _data(values: Mapping[str, Any]) -> Iterator[str]:
    architecture, size, name = (values[k] for k in ("model.architecture", "data.size", "data.name"))
    if (name in POINTS) != (architecture == "points"):
        yield (
            f"config.model.architecture={architecture}: not for config.data.name={name}; points are made with"
            f" architecture points, from the data sets {', '.join(POINTS)}"
        )
    if architecture not in _ANY_SIZE and size in range(8, 1025) and size not in SIZES:
        near = min(SIZES, key=lambda allowed: abs(allowed - size))
        yield (
            f"config.data.size={size}: not allowed; it must be a multiple of 4 from {SIZES[0]} to"
            f" {SIZES[-1]}, such as {near} (or use config.model.architecture=mlp)"
        )


def _networks(values: Mapping[str, Any]) -> Iterator[str]:
    architecture, height = values["model.architecture"], values["model.attention"]
    if height is not None and architecture not in _CONVOLUTIONAL:
        yield f"config.model.attention={height}: {architecture} has none; use architecture conv or dcgan"
    elif height is not None and values["data.size"] in SIZES:
        heights = map_heights(values["data.size"])
        if height not in heights:
            allowed = ", ".join(map(str, reversed(heights)))
            yield f"config.model.attention={height}: there are no such feature maps; one of: {allowed}"
    if values["model.generator_labels"] == "batch_norm" and architecture not in (*_CONVOLUTIONAL, "mlp"):
        yield (
            f"config.model.generator_labels=batch_norm: the generator of {architecture} has no batch norm;"
            " use concatenated"
        )
    if values["model.critic_labels"] == "projection" and architecture in ("autoencoder", "points"):
        yield f"config.model.critic_labels=projection: not in {architecture}; use concatenated"


def _critic(values: Mapping[str, Any]) -> Iterator[str]:
    architecture, norm = values["model.architecture"], values["model.critic_norm"]
    if norm in ("instance", "batch") and architecture not in (*_CONVOLUTIONAL, "style"):
        yield f"config.model.critic_norm={norm}: the critic of {architecture} has no norms; use auto"
    if norm == "batch" or (norm == "auto" and architecture == "dcgan"):
        for key in (f"objective.penalties.{place}.weight" for place in PLACES):
            if isinstance(values[key], float) and values[key] > 0:
                yield (
                    f"config.{key}={values[key]}: the critic has batch norm, so its score is no function of"
                    " one example; set the weight to 0, or config.model.critic_norm=instance or off"
                )
        if values["train.parts"] != 1:
            yield (
                f"config.train.parts={values['train.parts']}: the critic's batch norm needs the whole batch;"
                " set it to 1, or config.model.critic_norm=instance or off"
            )


def _objective(values: Mapping[str, Any]) -> Iterator[str]:
    from cwgan_jax.objectives.losses import OBJECTIVES  # late: those who read data need no jax

    architecture, loss = values["model.architecture"], values["objective.loss"]
    objective = OBJECTIVES.get(loss)
    if objective and objective.reconstructs and architecture != "autoencoder":
        yield (
            f"config.objective.loss={loss}: the critic of {architecture} is no autoencoder; use"
            " config.model.architecture=autoencoder"
        )
    if (
        objective
        and objective.paired
        and values["model.conditional"] is True
        and values["objective.fake_labels"] == "uniform"
    ):
        yield (
            f"config.objective.fake_labels=uniform: {loss} compares each real example with a generated one of"
            " the same label; use real"
        )
    real, fake = values["objective.real_target"], values["objective.fake_target"]
    if isinstance(real, float) and isinstance(fake, float) and fake >= real:
        yield f"config.objective.fake_target={fake}: it must be below real_target={real}"
