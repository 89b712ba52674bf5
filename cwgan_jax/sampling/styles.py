"""Style mixing: what the styles of the coarse and of the fine layers hold."""

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.pictures import picture
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet: rows give the coarse styles, columns the fine ones; the sources at the edges.

    Coarse styles are of the first class or condition, the latents 0 to n - 1; fine ones of the
    second, or of the first too, the latents n to 2n - 1.

    Raises:
      ConfigError: the generator has no styles, the crossover is none of its layers, there are more than two
        conditions, or the images are too many for one sheet.
    """
    count, rows = request.each, request.rows
    crossover = _crossover(model, request)
    output.check_size(request, count + 1, count + 1)
    ends = 0, len(rows) - 1  # the rows of the coarse and of the fine styles
    numbers = range(count), range(count, 2 * count)
    latent = model.row_latents(rows, 2 * count, request.seed)
    coarse, fine = (
        model.styles(latent[row][each], rows.vector[row], truncation=request.truncation)
        for row, each in zip(ends, numbers, strict=True)
    )
    image = table(model, coarse, fine, crossover)
    about = f"layers below {crossover} of {model.style_layers} from the row, the others from the column"
    names = rows.names or [""]
    row_names, column_names = (
        [output.numbered(names[row], i) for i in each] for row, each in zip(ends, numbers, strict=True)
    )
    sheet = picture(
        model,
        output.title(model, request, about),
        image,
        row_names=["fine", *row_names],
        column_names=["coarse", *column_names],
    )
    return Drawing(output.save_sheet(model, request, "styles", sheet), count, count)


def _crossover(model: Model, request: DrawRequest) -> int:
    """The first layer with the fine style; errors as in `draw`."""
    layers = model.style_layers
    if not layers:
        raise ConfigError(
            f"--format=styles: the generator of {model.config.model.architecture} has no styles; it takes one"
            " trained with config.model.architecture=style or stylegan2"
        )
    crossover = layers // 2 if request.crossover is None else request.crossover
    if crossover > layers:
        raise ConfigError(f"--crossover={crossover}: this generator has {layers} layers; give 0-{layers}")
    if len(request.rows) > 2:
        what = "--classes" if model.class_names else "conditions"
        raise ConfigError(
            f"--format=styles: {len(request.rows)} {what}; give one, or one for the coarse and one for"
            " the fine styles"
        )
    return crossover


def table(model: Model, coarse: np.ndarray, fine: np.ndarray, crossover: int) -> np.ndarray:
    """Every coarse style with every fine one.

    Args:
      model: a generator with styles.
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
    drawn = model.from_styles(everything)
    image = np.full((len(coarse) + 1, len(fine) + 1, *drawn.shape[1:]), 255, np.uint8)
    image[1:, 0], image[0, 1:], rest = np.split(drawn, np.cumsum(shape[:2]))
    image[1:, 1:] = rest.reshape(*shape[:2], *drawn.shape[1:])
    return image


FORMAT = Format(
    draw,
    "coarse styles of one latent with fine ones of another",
    options=("truncation", "crossover"),
    most=1,
)
