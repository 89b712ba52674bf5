"""Walks of a generator: from latent to latent, over a plane of latents, from class to class."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax import random
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.networks import Networks
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import formats, generation
from cwgan_jax.sampling.formats import Asked, Made
from cwgan_jax.sampling.load import Model

_SECONDS = 0.08  # of a frame
_STOPS = 4  # latents a walk passes through before it is back at the first
LEG = 8  # frames from a class to the next
_SHOWN = 2  # one in so many stands on the sheet


def walk(model: Model, asked: Asked) -> Made:
    """Writes a sheet, a class a row from one latent to another, and a GIF, a round trip through four.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    labels, frames = asked.labels, asked.per_class
    formats.fits(asked, len(labels), frames)
    between = generation.INTERPOLATIONS[asked.interpolation]
    stops = [formats.latents(model, asked, label, _STOPS) for label in labels]

    def draw(paths: list[np.ndarray]) -> np.ndarray:
        return formats.generate(model, asked, np.stack(paths), np.repeat(labels, len(paths[0])))

    names = formats.names(model, labels)
    strip = draw([between(stop[0], stop[1], frames) for stop in stops])
    way = "a walk between two latents" if asked.interpolation == "spherical" else "a line between two latents"
    panel = sheets.Panel(formats.title(model, asked, way), strip)
    path = formats.save(model, asked, "walk", ".png", sheets.png(sheets.sheet([panel], row_names=names)))
    paths = []
    for stop in stops:
        legs = [between(stop[i], stop[(i + 1) % _STOPS], 2 * frames)[:-1] for i in range(_STOPS)]
        paths.append(np.concatenate(legs))
    moments = draw(paths).swapaxes(0, 1)
    frames_ = [sheets.sheet([sheets.Panel("", moment[None])], column_names=names) for moment in moments]
    moving = sheets.gif(frames_, seconds=_SECONDS, hold=_SECONDS)
    formats.save(model, asked, "walk", ".gif", moving)
    return Made(path, len(labels), frames)


def plane(model: Model, asked: Asked) -> Made:
    """Writes a sheet: a class, its first four latents in the corners, and what is between them.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    label, side = asked.labels[0], asked.per_class
    formats.fits(asked, side, side)
    corners = formats.latents(model, asked, label, 4)
    latent = generation.plane(corners, side, interpolation=asked.interpolation)
    image = formats.generate(model, asked, latent, np.full((side, side), label))
    of = f" of class {model.class_names[label]}" if model.class_names else ""
    linear = ", linear" if asked.interpolation == "linear" else ""
    panel = sheets.Panel(
        formats.title(model, asked, f"a plane{of}, latents 0 to 3 in its corners{linear}"), image
    )
    shares = [f"{share:.2f}" for share in np.linspace(0, 1, side)]
    path = formats.save(
        model,
        asked,
        "plane",
        ".png",
        sheets.png(sheets.sheet([panel], row_names=shares, column_names=shares)),
    )
    return Made(path, side, side)


def classes(model: Model, asked: Asked) -> Made:
    """Writes a sheet and a GIF: from class to class and back to the first, a latent a row.

    Raises:
      ConfigError: the generator has no classes, only one was chosen, or they are too many for one sheet.
    """
    labels, count = asked.labels, asked.per_class
    if not model.class_names:
        raise ConfigError("--format=classes: this model was trained without classes; use --format=walk")
    if len(labels) < 2:
        raise ConfigError("--format=classes: a walk needs at least two --classes, for example --classes=0,1")
    share = round_trip(labels, len(model.class_names))
    formats.fits(asked, count, len(share))
    networks, generator = blended(model.networks, model.generator, share, size=model.config.model.latent)
    blend = model._replace(networks=networks, generator=generator)
    latent = formats.latents(model, asked, labels[0], count)
    every = np.repeat(latent[:, None], len(share), axis=1)
    image = formats.generate(blend, asked, every, np.tile(np.arange(len(share)), count))
    names = formats.names(model, [*labels, labels[0]])
    columns = [names[i // LEG] if i % LEG == 0 else "" for i in range(0, len(share), _SHOWN)]
    panel = sheets.Panel(formats.title(model, asked, "from class to class"), image[:, ::_SHOWN])
    rows = [f"#{i}" for i in range(count)]
    sheet = sheets.sheet([panel], row_names=rows, column_names=columns)
    path = formats.save(model, asked, "classes", ".png", sheets.png(sheet))
    frames = []
    for i, moment in enumerate(image.swapaxes(0, 1)[:-1]):
        leg, step = divmod(i, LEG)
        ends = f"{names[leg]} to {names[leg + 1]}, {step / LEG:.0%}" if step else names[leg]
        frames.append(sheets.sheet([sheets.Panel(ends, moment[None])]))
    moving = sheets.gif(frames, seconds=_SECONDS, hold=_SECONDS)
    formats.save(model, asked, "classes", ".gif", moving)
    return Made(path, count, len(columns))


def round_trip(labels: list[int], classes: int) -> np.ndarray:
    """How much of each class is in each frame, f[P, C]: from class to class and back, P = 8 per class + 1."""
    one = np.eye(classes)[[*labels, labels[0]]]
    legs = [generation.line(one[i], one[i + 1], LEG + 1)[:-1] for i in range(len(labels))]
    return np.concatenate([*legs, one[-1:]])


def blended(
    networks: Networks, generator: dict[str, Any], share: np.ndarray, *, size: int
) -> tuple[Networks, dict[str, Any]]:
    """A generator whose classes are mixtures of another's.

    A label is a row of a table: an embedding, or the scales and biases of a batch norm. The new generator's
    tables hold weighted means of such rows; all else stays.

    Args:
      networks: holds the generator module.
      generator: its variables.
      share: f[P, C], how much of each class goes into each new one; its rows sum to 1.
      size: Z.

    Returns:
      Networks with P classes, and the generator's variables for them.
    """
    count, known = share.shape

    def shapes(number: int) -> Any:
        module = networks.generator.clone(classes=number)
        inputs = jnp.zeros((1, size)), jnp.zeros((1,), jnp.int32)
        return jax.eval_shape(lambda: module.init(random.start(0), *inputs, train=False))["params"]

    def leaf(weight: Any, one: Any, another: Any) -> Any:
        table = one.shape != another.shape  # it grows with the number of classes
        return share.astype(weight.dtype) @ np.asarray(weight) if table else weight

    params = jax.tree.map(leaf, generator["params"], shapes(known), shapes(known + 1))
    clone = networks.generator.clone(classes=count)
    return networks._replace(generator=clone, classes=count), generator | {"params": params}
