"""Whether a pair of networks can be trained on such data, before anything is computed."""

from cwgan_jax.algorithms.algorithm import Spec
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.networks import ARCHITECTURES


def check_data(config: Config, spec: Spec) -> None:
    """Raises ConfigError if the architecture, or what it does with conditions, is not for such data."""
    if config.objective.fake_labels == "uniform" and spec.condition.draw is None and spec.condition.width:
        raise ConfigError(
            "config.objective.fake_labels=uniform: labels and texts cannot be drawn, it is not known which"
            " ones are possible; use real"
        )
    by_norms = getattr(config.model, "generator_labels", "") == "batch_norm"
    layers = getattr(config.model, "condition_layers", 0)
    one_class = [block.kind for block in spec.condition.blocks] == ["softmax"]
    if by_norms and spec.condition.width and not (layers or one_class):
        # The rows of its tables add up, and each of them starts as a scale of its own.
        raise ConfigError(
            "config.model.generator_labels=batch_norm: it takes a condition that is one class and nothing"
            " else, unless an embedding network stands before it; use config.model.condition_layers=2"
        )
    if config.data.mirror and len(spec.form.shape) != 3:
        raise ConfigError(f"config.data.mirror=true: {spec.kind} have no left and right; use false")
    if config.augment.pipeline != "none" and spec.kind != "images":
        raise ConfigError(
            f"config.augment.pipeline={config.augment.pipeline}: only images are augmented, these are"
            f" {spec.kind}; use none"
        )
    name = config.model.architecture
    able = [other for other, each in ARCHITECTURES.items() if spec.kind in each.kinds and not each.translates]
    if able and name not in able:
        what = f"adversarial training of {spec.kind}" if ARCHITECTURES[name].translates else spec.kind
        raise ConfigError(f"config.model.architecture={name}: not for {what}; use {', '.join(able)}")
    chosen, shape = ARCHITECTURES[name], spec.form.shape
    if not chosen.makes(shape):
        fit = [other for other in able or ARCHITECTURES if ARCHITECTURES[other].makes(shape)]
        raise ConfigError(
            f"config.model.architecture={name}: it makes {chosen.reach()}, the data are"
            f" {'x'.join(map(str, shape))}; use {' or '.join(fit)}"
        )
