"""What an adversarial step reports, and the signs in it that a run has stopped learning."""

from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from cwgan_jax.algorithms import augmented
from cwgan_jax.algorithms.algorithm import Alarm
from cwgan_jax.algorithms.critic import Setting, reads
from cwgan_jax.common.metric import Metric
from cwgan_jax.config import Config
from cwgan_jax.objectives import losses, penalties
from cwgan_jax.objectives.controllers import Controller

RUNAWAY = 1e4  # scores of images in [-1, 1] stay well below; from here on float32 rounds them to 1e-3
_FLAT = 1e-6  # gaps and gradient norms below are those of a critic that scores everything alike


def metrics_of(setting: Setting) -> tuple[Metric, ...]:
    """The metrics of a step, in order; those of the critic are from its last update."""
    section = setting.config.objective
    name = losses.name_of(section.loss)
    gap = f"{name} gap (falls as the examples improve)"
    metrics = [
        Metric("critic_loss", name, "losses", short=name, digits=3),
        Metric("generator_loss", "generator", "losses", short="generator", digits=3),
        Metric("critic_gap", f"{name} gap", gap, short="gap", digits=3, zero=True),
    ]
    for place, penalty in penalties.active(section.penalties).items():
        metrics += _of_penalty(place, penalty)
    if reads(setting):
        panel = "condition misread by the auxiliary classifier (nats)"
        metrics.append(Metric("critic_misread", "real", panel, short="real misread", digits=3))
        metrics.append(Metric("generator_misread", "generated", panel, short="generated misread", digits=3))
    if losses.OBJECTIVES[section.loss].logit:
        panel = "accuracy of the discriminator"
        metrics.append(Metric("real_accuracy", "real", panel, short="real accuracy"))
        metrics.append(Metric("fake_accuracy", "generated", panel, short="fake accuracy"))
    own = (metric for controller in setting.controllers.values() for metric in controller.metrics)
    return (*metrics, *own)


def _of_penalty(place: str, penalty: Any) -> Iterator[Metric]:
    value, *others = penalties.metrics_of(place, penalty.kind).items()
    yield Metric(*value, "penalties", short=value[1])
    for name, title in others:
        yield Metric(name, title, title.removeprefix(f"{place} "))


def penalty_memory(place: str) -> Controller:
    """Keeps the metrics of a penalty that is not computed at every update, for the updates in between."""
    names = {name for kind in penalties.PENALTIES for name in penalties.metrics_of(place, kind)}
    return Controller(
        lambda dtype: {name: jnp.zeros((), dtype) for name in names},
        lambda value, observed: ({name: observed.get(name, value[name]) for name in names}, {}),
    )


def alarms(config: Config) -> tuple[Alarm, ...]:
    """A critic that no longer tells examples apart, scores beyond all bounds, augmentation at its ceiling."""
    return _dead(config), _runaway(config), *augmented.alarms(config)


def _dead(config: Config) -> Alarm:
    section = config.objective
    name, active = losses.name_of(section.loss), penalties.active(section.penalties)
    reported = {name for at, x in active.items() for name in penalties.metrics_of(at, x.kind)}
    norms = [norm for at in active if (norm := penalties.named(at, "gradient_norm")) in reported]
    two_sided = any(penalty.kind == "two_sided" for penalty in active.values())

    def bad(values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Whether the critic scores everything alike, so that the generator learns nothing of it."""
        # Clipped weights may make all scores tiny; optimizers that divide by the gradients' size do not mind.
        alike = abs(values["critic_gap"]) <= (0 if section.clip is not None else _FLAT)
        if not norms:
            return alike
        flat = np.logical_and.reduce([values[norm] <= _FLAT for norm in norms])
        # Only the two-sided penalty is against a norm of 0.
        return flat if two_sided else flat & alike

    def begins(values: Mapping[str, np.ndarray], since: int) -> str:
        figures = [f"gap {values['critic_gap'][-1]:.3g}"]
        figures += [f"{norm.replace('_', ' ')} {values[norm][-1]:.3g}" for norm in norms]
        return (
            f"the {name} is dead since step {since}: it scores all examples alike ({', '.join(figures)}), and"
            " the generator learns nothing from it; lower config.optimizer.critic_learning_rate and start in"
            " a new workdir"
        )

    return Alarm(
        f"dead {name}", bad, begins, f"the {name} tells examples apart again", f"the {name} has been dead"
    )


def _runaway(config: Config) -> Alarm:
    name = losses.name_of(config.objective.loss)
    penalised = bool(penalties.active(config.objective.penalties))

    def bad(values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Whether the scores are beyond all bounds; the generator's loss says where they lie."""
        return np.maximum(abs(values["critic_gap"]), abs(values["generator_loss"])) >= RUNAWAY

    def begins(values: Mapping[str, np.ndarray], since: int) -> str:
        figures = f"gap {values['critic_gap'][-1]:.3g}, generator loss {values['generator_loss'][-1]:.3g}"
        penalty = " or raise the weight of config.objective.penalties" if penalised else ""
        return (
            f"the {name}'s scores run away since step {since} ({figures}); lower the learning rates{penalty},"
            " and start in a new workdir"
        )

    ends = f"the {name}'s scores are back below {RUNAWAY:,.0f}"
    return Alarm("runaway scores", bad, begins, ends, "the scores have run away")
