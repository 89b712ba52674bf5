"""Finding and loading a generator to draw from, and its sheet beside real images while it trains."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from cwgan_jax import checkpoint
from cwgan_jax.common.errors import CheckpointError
from cwgan_jax.config import Config, from_dict
from cwgan_jax.networks import Networks
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import generation
from cwgan_jax.training import plan
from cwgan_jax.training.plan import Plan

_COLUMNS = 10  # images of a class on a sheet of the training
_ROWS = 10  # classes on it, at the most


class Model(NamedTuple):
    """A trained generator, ready to draw.

    Attributes:
      step: n of its checkpoint.
      config: that it was trained with.
      networks: rebuilt from the checkpoint.
      generator: variables, the moving average where there is one.
      class_names: of its data set; empty if it is unconditional.
      data: what the checkpoint says of the data.
    """

    step: int
    config: Config
    networks: Networks
    generator: dict[str, Any]
    class_names: tuple[str, ...]
    data: dict[str, Any]


def beside_real(run: Plan, generator: dict[str, Any], step: int) -> tuple[Image.Image, np.ndarray]:
    """Draws the sheet of a training step: a class a row, with the run's own latents, beside real images.

    Args:
      run: the run.
      generator: its variables at that step.
      step: n.

    Returns:
      The sheet, and the generated images on it u8[rows, columns, H, W, D].
    """
    config, dataset, networks = run.config, run.dataset, run.networks
    total = networks.classes or _ROWS
    labels = [int(c) for c in np.unique(np.linspace(0, total - 1, min(total, _ROWS)).astype(int))]
    generated = generation.rows(
        networks, generator, seed=config.seed, classes=labels, columns=_COLUMNS, size=config.model.latent
    )
    real = np.zeros_like(generated)
    for row, label in zip(real, labels, strict=True):
        everything = np.arange(len(dataset.label))
        members = np.flatnonzero(dataset.label == label) if networks.classes else everything[label::_ROWS]
        if len(members):  # else the row stays black
            row[:] = dataset.image[members[np.linspace(0, len(members) - 1, _COLUMNS).astype(int)]]
    names = [dataset.class_names[c] for c in labels] if networks.classes else []
    panels = [sheets.Panel(f"generated, step {step}", generated), sheets.Panel("real", real)]
    return sheets.sheet(panels, row_names=names), generated


def find(path: Path) -> tuple[Path, int | None]:
    """The checkpoint folder, and the step if `path` names one; `path` may be a workdir too.

    Raises:
      CheckpointError: there is no checkpoint there.
    """
    for folder in (path / "checkpoints", path):
        if checkpoint.steps(folder):
            return folder, None
    for step in checkpoint.steps(path.parent):
        if str(step) == path.name:
            return path.parent, step
    raise CheckpointError(
        f"{path}: there is no checkpoint; give the --workdir of a run, or make one: python train.py"
        " --config=configs/digits.py"
    )


def restore(folder: Path, step: int | None, *, set_up: Any, warn: Any) -> checkpoint.Saved:
    """Restores a state from nothing but its checkpoint.

    Args:
      folder: holds the checkpoints.
      step: the one to use; none: the newest that is whole.
      set_up: called with the checkpoint's config before anything is computed.
      warn: given one line for each damaged checkpoint passed over.

    Raises:
      CheckpointError: there is no such checkpoint, or it is damaged.
    """

    def template(about: dict[str, Any]) -> Any:
        set_up(from_dict(about["config"]))
        return plan.abstract_state(*plan.rebuild(about))

    saved = checkpoint.restore(folder, template, step=step, set_aside=False, warn=warn)
    if saved is None:
        raise CheckpointError(f"{folder}: there is no checkpoint")
    return saved


def load(folder: Path, step: int | None, *, set_up: Any, warn: Any) -> Model:
    """Restores a generator; arguments and errors as in `restore`."""
    saved = restore(folder, step, set_up=set_up, warn=warn)
    config, networks = plan.rebuild(saved.about)
    names = tuple(saved.about["data"]["class_names"]) if networks.classes else ()
    return Model(saved.step, config, networks, generation.variables(saved.state), names, saved.about["data"])
