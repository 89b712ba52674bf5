"""The data sets of a run, one for each stream of examples that its algorithm takes."""

from collections.abc import Mapping

from cwgan_jax import data
from cwgan_jax.algorithms import Algorithm
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset


def load(config: Config) -> dict[str, Dataset]:
    """The training split of each data set, by the name of its stream; of one alone it has no name."""
    if config.data.domains:
        return dict(data.load_domains(config.data, "train"))
    return {"": data.load(config.data, "train")}


def of(config: Config, algorithm: Algorithm, loaded: Mapping[str, Dataset]) -> dict[str, Dataset]:
    """The data set of each stream: its own, or for all of them the same."""
    if len(loaded) == 1:
        return dict.fromkeys(algorithm.inputs, next(iter(loaded.values())))
    if loaded.keys() != algorithm.inputs.keys():
        raise ConfigError(
            f"config.data.domains={config.data.domains}: two sets are for an algorithm that translates, as"
            f" cyclegan does; config.algorithm={config.algorithm} takes one, config.data.name"
        )
    return {name: loaded[name] for name in algorithm.inputs}


def describe(config: Config, streams: Mapping[str, Dataset], unit: str) -> dict[str, str]:
    """Lines about the data, for people; of several data sets the name of the stream stands before each."""
    different = {id(dataset): (name, dataset) for name, dataset in reversed([*streams.items()])}
    names = config.data.pair if config.data.domains else [config.data.name]
    lines = {}
    for i, (stream, dataset) in enumerate(reversed(different.values())):
        after = f" {stream}" if len(different) > 1 else ""
        size = f"{dataset.size:,} training {unit} {'x'.join(map(str, dataset.shape))}"
        lines[f"data{after}"] = f"{names[i % len(names)]}: {size}"
        lines |= {f"{key}{after}": text for key, text in dataset.summary}
    return lines
