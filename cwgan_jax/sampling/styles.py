"""Style mixing and truncation: what the layers' styles hold, and the way from the mean picture outwards."""

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.networks import style
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import formats, generation
from cwgan_jax.sampling.formats import Asked, Made
from cwgan_jax.sampling.load import Model

SWEEP = (0.0, 0.3, 0.5, 0.7, 1.0, 1.3)


def styles(model: Model, asked: Asked) -> Made:
    """Writes a sheet: rows give the coarse styles, columns the fine ones; the sources at the edges.

    Coarse styles are of the first class chosen, the latents 0 to n - 1; fine ones of the second, or of the
    first too, the latents n to 2n - 1.

    Raises:
      ConfigError: it is no style generator, the crossover is none of its layers, there are more than two
        classes, or the images are too many for one sheet.
    """
    count = asked.per_class
    crossover, layers = _crossover(model, asked)
    formats.fits(asked, count + 1, count + 1)
    labels = asked.labels[0], asked.labels[-1]
    numbers = range(count), range(count, 2 * count)
    coarse, fine = (
        generation.styles(
            *(model.networks, model.generator),
            *(formats.latents(model, asked, label, 2 * count)[each], np.full(count, label)),
            truncation=asked.truncation,
        )
        for label, each in zip(labels, numbers, strict=True)
    )
    image = table(model, coarse, fine, crossover)
    about = f"layers below {crossover} of {layers} from the row, the others from the column"
    rows, columns = ([_name(model, c, i) for i in each] for c, each in zip(labels, numbers, strict=True))
    sheet = sheets.sheet(
        [sheets.Panel(formats.title(model, asked, about), image)],
        row_names=["fine", *rows],
        column_names=["coarse", *columns],
    )
    path = formats.save(model, asked, "styles", ".png", sheets.png(sheet))
    return Made(path, count, count)


def _crossover(model: Model, asked: Asked) -> tuple[int, int]:
    """The first layer with the fine style, and how many layers there are; errors as in `styles`."""
    module = model.networks.generator
    if not isinstance(module, style.Generator):
        raise ConfigError(
            f"--format=styles: the generator of {model.config.model.architecture} has no styles; it takes one"
            " trained with config.model.architecture=style"
        )
    crossover = module.layers // 2 if asked.crossover is None else asked.crossover
    if crossover > module.layers:
        raise ConfigError(
            f"--crossover={crossover}: this generator has {module.layers} layers; give 0-{module.layers}"
        )
    if len(asked.labels) > 2:
        raise ConfigError(
            f"--format=styles: {len(asked.labels)} --classes; give one, or one for the coarse and one for the"
            " fine styles"
        )
    return crossover, module.layers


def table(model: Model, coarse: np.ndarray, fine: np.ndarray, crossover: int) -> np.ndarray:
    """Every coarse style with every fine one.

    Args:
      model: a style generator.
      coarse: f[R, L, Z], for the layers below `crossover`.
      fine: f[C, L, Z], for those from it on.
      crossover: in [0, L].

    Returns:
      u8[R + 1, C + 1, H, W, D]; first row: the fine sources, first column: the coarse ones, the corner white.
    """
    shape = len(coarse), len(fine), *coarse.shape[1:]
    low = np.arange(shape[2])[:, None] < crossover
    mixed = np.where(low, np.broadcast_to(coarse[:, None], shape), np.broadcast_to(fine[None], shape))
    everything = np.concatenate([coarse, fine, mixed.reshape(-1, *shape[2:])])
    drawn = generation.from_styles(model.networks, model.generator, everything)
    image = np.full((len(coarse) + 1, len(fine) + 1, *drawn.shape[1:]), 255, np.uint8)
    image[1:, 0], image[0, 1:], rest = np.split(drawn, np.cumsum(shape[:2]))
    image[1:, 1:] = rest.reshape(*shape[:2], *drawn.shape[1:])
    return image


def truncation(model: Model, asked: Asked) -> Made:
    """Writes a sheet: a latent a row, with psi from 0 to 1.3.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    rows = [(label, i) for label in asked.labels for i in range(asked.per_class)]
    formats.fits(asked, len(rows), len(SWEEP))
    latent = np.concatenate([formats.latents(model, asked, label, asked.per_class) for label in asked.labels])
    label = np.repeat(asked.labels, asked.per_class)
    image = np.stack(
        [formats.generate(model, asked._replace(truncation=psi), latent, label) for psi in SWEEP], axis=1
    )
    drawn = isinstance(model.networks.generator, style.Generator)
    way = "styles towards their mean" if drawn else "latents times psi"
    panel = sheets.Panel(formats.title(model, asked, f"truncation, {way}"), image)
    alone = asked.per_class == 1 and model.class_names
    sheet = sheets.sheet(
        [panel],
        row_names=formats.names(model, asked.labels) if alone else [_name(model, *row) for row in rows],
        column_names=[f"{psi:g}" for psi in SWEEP],
    )
    path = formats.save(model, asked, "truncation", ".png", sheets.png(sheet))
    return Made(path, len(rows), len(SWEEP))


def _name(model: Model, label: int, number: int) -> str:
    """Class and number of a latent."""
    return " ".join([*formats.names(model, [label]), f"#{number}"])
