"""What stays the same throughout a run of CycleGAN: names, rules, metrics, and what cannot be."""

from collections.abc import Mapping
from typing import NamedTuple

from cwgan_jax.algorithms import player
from cwgan_jax.algorithms.algorithm import Spec
from cwgan_jax.algorithms.player import Rule
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.metric import Metric
from cwgan_jax.config import Config
from cwgan_jax.data import DOMAINS
from cwgan_jax.networks import ARCHITECTURES, Networks, build
from cwgan_jax.objectives import losses

DIRECTIONS = {f"{a}to{b}": (a, b) for a, b in (DOMAINS, DOMAINS[::-1])}
"""Each translator, which is also the name of its player: from which domain to which."""

UNREAD = (
    ("objective.penalties", "its critics have no penalties"),
    ("objective.path_length", "its translators have no styles"),
    ("optimizer.rescaled", "it has no penalties"),
    ("augment", "its critics see pictures as they are"),
    ("objective.auxiliary", "its networks see no conditions"),
    ("objective.critic_updates", "a step updates each network once"),
    ("objective.schedule", "a step updates each network once"),
    ("objective.fake_labels", "its networks see no conditions"),
    ("train.parts", "its batches are small, and are not divided"),
)
"""Keys and sections of the config that have no effect, and why."""


class Setting(NamedTuple):
    """What stays the same throughout a run.

    Attributes:
      config: of the run.
      spec: of its data.
      networks: a translator and a critic, of which there are two each.
      rules: how each player is trained.
      shape: of a picture as the networks take it, (H, W, D).
    """

    config: Config
    spec: Spec
    networks: Networks
    rules: Mapping[str, Rule]
    shape: tuple[int, ...]


def critic_of(domain: str) -> str:
    """The player that tells translations into a domain from pictures of it."""
    return f"critic_{domain}"


def settle(config: Config, spec: Spec) -> Setting:
    """What stays the same throughout a run; ConfigError where the config asks for what cannot be."""
    _check(config, spec)
    section = config.objective
    translator = Rule(
        player.optimizer(config, "generator_learning_rate"),
        average=player.averaging(config),
        spectral_norm=section.generator_spectral_norm,
    )
    critic = Rule(
        player.optimizer(config, "critic_learning_rate"),
        spectral_norm=section.critic_spectral_norm,
        clip=section.clip,
    )
    rules = dict.fromkeys(DIRECTIONS, translator) | dict.fromkeys(map(critic_of, DOMAINS), critic)
    shape = (*config.data.height_width, spec.form.shape[-1])
    return Setting(config, spec, build(config.model, spec.form), rules, shape)


def _check(config: Config, spec: Spec) -> None:
    name, loss = config.model.architecture, config.objective.loss
    if not config.data.domains:
        raise ConfigError(
            f"config.data.domains is empty: config.algorithm={config.algorithm} translates between two sets"
            " of pictures; give folder, or two names such as digits,turned_digits"
        )
    if not ARCHITECTURES[name].translates:
        able = " or ".join(other for other, each in ARCHITECTURES.items() if each.translates)
        raise ConfigError(
            f"config.model.architecture={name}: it draws from latents, and config.algorithm="
            f"{config.algorithm} translates; use {able}"
        )
    if spec.kind not in ARCHITECTURES[name].kinds:
        able = ", ".join(ARCHITECTURES[name].kinds)
        raise ConfigError(f"config.algorithm={config.algorithm}: not for {spec.kind}, only for {able}")
    if loss == "wasserstein" and config.objective.clip is None:
        raise ConfigError(
            f"config.objective.loss={loss}: config.algorithm={config.algorithm} has no penalty that bounds"
            " its critics; use least_squares, or set config.objective.clip"
        )


def metrics_of(config: Config) -> tuple[Metric, ...]:
    """The metrics of a step, in order; differences are mean absolute ones, and without their weights."""
    name = losses.name_of(config.objective.loss)
    differences = "mean absolute difference (pixels in [-1, 1])"
    panel = "losses of the translators"
    metrics = [Metric("generator_loss", "both, all terms", panel, short="translators")]
    for way in DIRECTIONS:
        metrics.append(Metric(f"{way}_loss", f"{way}, by the {name}", panel))
    for domain in DOMAINS:
        title = f"{name} of {domain}"
        metrics.append(Metric(f"{critic_of(domain)}_loss", title, f"losses of the {name}s", short=title))
    for domain in DOMAINS:
        metrics.append(Metric(f"cycle_{domain}", f"{domain} and back", differences, short=f"cycle {domain}"))
    if config.translation.identity:
        for domain in DOMAINS:
            metrics.append(Metric(f"identity_{domain}", f"{domain} into {domain}", differences))
    return tuple(metrics)
