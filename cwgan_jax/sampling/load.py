"""Finding and loading a generator to draw from."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax import checkpoint, data
from cwgan_jax.algorithms import Request, abstract, generation, player
from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import CheckpointError
from cwgan_jax.common.invocation import command
from cwgan_jax.config import Config
from cwgan_jax.data import conditions, origin, scaling
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.origin import Origin
from cwgan_jax.data.scaling import Scaling
from cwgan_jax.kinds import KINDS, Kind, form_of
from cwgan_jax.networks import Networks, build
from cwgan_jax.sampling.rows import Rows, of_nothing, of_values
from cwgan_jax.training import plan


class Model(NamedTuple):
    """A trained generator, ready to draw.

    Attributes:
      step: n of its checkpoint.
      config: that it was trained with.
      networks: rebuilt from the checkpoint.
      generator: variables, the moving average where there is one.
      class_names: of its data set, see `Dataset.class_names`; none if it is unconditional.
      data: what the checkpoint says of the data.
    """

    step: int
    config: Config
    networks: Networks
    generator: dict[str, Any]
    class_names: tuple[str, ...]
    data: dict[str, Any]

    @property
    def kind(self) -> Kind:
        """The kind of its data."""
        return KINDS[self.data["kind"]]

    @property
    def schema(self) -> Schema:
        """What its conditions are made of; nothing of an unconditional generator."""
        return conditions.from_json(self.data["conditions"]) if self.config.model.conditional else ()

    @property
    def scaling(self) -> Scaling | None:
        """How stored examples become values in the user's units; None: they are such."""
        return scaling.from_json(self.data["scaling"])

    @property
    def origin(self) -> Origin:
        """How the file of its data is laid out; the usual layout where they come from none."""
        return origin.from_json(self.data["origin"], self.data["shape"])

    @property
    def dtype(self) -> np.dtype:
        """The dtype of latents and conditions."""
        return np.dtype(self.config.model.dtype)

    @property
    def style_layers(self) -> int:
        """L, how many layers take a style each; 0: the generator has no styles."""
        return generation.style_layers(self.networks)

    def conditions(self, label: Any) -> np.ndarray:
        """Class numbers i[...] as vectors f[..., C]; C = 0 of an unconditional generator."""
        return generation.one_hot(label, len(self.class_names), self.dtype)

    def asked(self, columns: Mapping[str, Sequence[Any]]) -> Rows:
        """Rows of the values of every part of a condition, by its name; see `rows.of_values`."""
        return of_values(self.schema, columns, self.dtype)

    def classes(self, labels: Sequence[int]) -> Rows:
        """Rows of class numbers; of a generator without classes they only number the latents."""
        if not self.class_names:
            return of_nothing(labels, self.dtype)
        (part,) = self.schema
        return self.asked({part.name: [self.class_names[label] for label in labels]})

    def latents(self, seed: int, series: int, count: int) -> np.ndarray:
        """The first `count` latents of a series, such as those of a class, f[count, Z]; see `Rows.series`."""
        return generation.latents(seed, series, count, size=self.config.model.latent, dtype=self.dtype)

    def each_latent(self, seed: int, series: np.ndarray, slot: np.ndarray) -> np.ndarray:
        """Any latents f[..., Z]: number slot i[...] of a series i[...], which are broadcast."""
        series, slot = np.broadcast_arrays(series, slot)
        size = self.config.model.latent
        flat = generation.each_latent(seed, series.ravel(), slot.ravel(), size=size, dtype=self.dtype)
        return flat.reshape(*slot.shape, size)

    def row_latents(self, rows: Rows, count: int, seed: int) -> np.ndarray:
        """The first `count` latents of each row, f[R, count, Z]."""
        return self.each_latent(seed, rows.series[:, None], rows.slots(count))

    def draw(self, request: Request, *, truncation: float = 1.0) -> np.ndarray:
        """Stored examples [..., *shape] of latents f[..., Z] and conditions f[..., C].

        See `generation.generate`.
        """
        latent, condition = np.asarray(request.latent), np.asarray(request.condition)
        count = int(np.prod(latent.shape[:-1]))
        example = generation.generate(
            self.networks,
            self.generator,
            latent.reshape(count, latent.shape[-1]),
            condition.reshape(count, condition.shape[-1]),
            truncation=truncation,
            decode=self.kind.codec.decode,
        )
        return example.reshape(*latent.shape[:-1], *example.shape[1:])

    def examples(self, latent: np.ndarray, condition: np.ndarray, *, truncation: float = 1.0) -> np.ndarray:
        """As `draw`; the conditions are broadcast to the latents."""
        full = np.broadcast_to(condition, (*latent.shape[:-1], condition.shape[-1]))
        return self.draw(Request(latent, full), truncation=truncation)

    def rows(self, rows: Rows, count: int, *, seed: int, truncation: float = 1.0) -> np.ndarray:
        """The first `count` examples of each row, [R, count, *shape]."""
        latent = self.row_latents(rows, count, seed)
        return self.examples(latent, rows.vector[:, None], truncation=truncation)

    def styles(self, latent: np.ndarray, condition: np.ndarray, *, truncation: float = 1.0) -> np.ndarray:
        """The styles f[N, L, Z] of latents f[N, Z] under a condition f[C], of a generator that has styles."""
        full = np.broadcast_to(condition, (len(latent), condition.shape[-1]))
        return generation.styles(self.networks, self.generator, latent, full, truncation=truncation)

    def from_styles(self, mixed: np.ndarray) -> np.ndarray:
        """Stored examples [N, *shape] from a style for each layer, f[N, L, Z]."""
        decode = self.kind.codec.decode
        return generation.from_styles(self.networks, self.generator, mixed, decode=decode)


def find(path: Path) -> tuple[Path, int | None]:
    """The checkpoint folder or packed file, and the step if `path` names one; `path` may be a workdir too.

    Raises:
      CheckpointError: there is no checkpoint there.
    """
    for folder in (path / "checkpoints", path, path / packed.IN_FOLDER):
        if checkpoint.steps(folder):
            return folder, None
    for step in checkpoint.steps(path.parent):
        if str(step) == path.name:
            return path.parent, step
    if several := sorted(path.glob("seed*/checkpoints")):
        names = ", ".join(str(each.parent) for each in several[:3])
        raise CheckpointError(
            f"{path}: holds runs of {len(several)} seeds; give one of them, such as {names}"
        )
    raise CheckpointError(
        f"{path}: there is no checkpoint; give the --workdir of a run, or make one:"
        f" {command('train')} --config=digits"
    )


def name_of(folder: Path) -> str:
    """What a model is called: the name of its run's folder, or of its packed file."""
    whole = folder.resolve()
    packed_alone = whole.is_file() and whole.name != packed.IN_FOLDER
    return whole.stem if packed_alone else whole.parent.name


def restore(
    folder: Path, step: int | None, *, set_up: Callable[[Config], None], warn: Callable[[str], None]
) -> checkpoint.Saved:
    """Restores a state from its checkpoint alone, without the data.

    Args:
      folder: holds the checkpoints; or a packed file.
      step: the one to use; none: the newest that is whole.
      set_up: called with the checkpoint's config before anything is computed.
      warn: called with one line for each damaged checkpoint that is passed over.

    Raises:
      CheckpointError: there is no such checkpoint, or it is damaged.
    """

    def template(about: dict[str, Any]) -> Any:
        set_up(plan.config_of(about))
        return abstract(plan.rebuild(about)[1])

    saved = checkpoint.restore(folder, template, step=step, set_aside=False, warn=warn)
    if saved is None:
        raise CheckpointError(f"{folder}: there is no checkpoint")
    return saved


def load(
    folder: Path, step: int | None, *, set_up: Callable[[Config], None], warn: Callable[[str], None]
) -> Model:
    """Restores a generator; arguments and errors as in `restore`."""
    saved = restore(folder, step, set_up=set_up, warn=warn)
    described = saved.about["data"]
    config, algorithm = plan.rebuild(saved.about)
    if algorithm.directions:
        raise CheckpointError(
            f"{folder}: config.algorithm={config.algorithm} translates, and has no generator of latents, to"
            " draw from, to measure or to export; draw with --format=translate, or take the weights with"
            " cwgan torch"
        )
    if algorithm.translates or "generator" not in saved.state.players:
        raise CheckpointError(
            f"{folder}: config.algorithm={config.algorithm} has no generator of latents, which is what is"
            " drawn from and measured here"
        )
    names = data.class_names(described) if config.model.conditional else ()
    networks = build(config.model, form_of(described))
    generator = player.variables(saved.state.players["generator"])
    return Model(saved.step, config, networks, generator, names, described)
