"""Pictures through a trained translator: one file for each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from cwgan_jax.algorithms import Algorithm, State, generation
from cwgan_jax.common.errors import CheckpointError, ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.config import Config
from cwgan_jax.data import decode
from cwgan_jax.data.folder import check
from cwgan_jax.data.names import natural, shown
from cwgan_jax.data.source import fit
from cwgan_jax.kinds import KINDS
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling.load import restore
from cwgan_jax.training import plan

_PART = 64  # pictures read at a time


class Translator(NamedTuple):
    """A trained algorithm that translates.

    Attributes:
      step: n of its checkpoint.
      config: that it was trained with.
      algorithm: rebuilt from the checkpoint.
      state: of the checkpoint.
      data: what the checkpoint says of the data.
    """

    step: int
    config: Config
    algorithm: Algorithm
    state: State
    data: dict[str, Any]

    def __call__(self, image: np.ndarray, direction: str) -> np.ndarray:
        """Translates pictures u8[N, H, W, D], of the size and channels that it was trained with."""
        decode_ = KINDS[self.data["kind"]].codec.decode
        return generation.translate(self.algorithm, self.state, image, direction, decode_)


def load(
    folder: Path, step: int | None, *, set_up: Callable[[Config], None], warn: Callable[[str], None]
) -> Translator:
    """Restores translators; arguments and errors as in `load.restore`.

    Raises:
      CheckpointError: the algorithm of the run does not translate.
    """
    saved = restore(folder, step, set_up=set_up, warn=warn)
    config, algorithm = plan.rebuild(saved.about)
    if not algorithm.directions:
        raise CheckpointError(
            f"{folder}: config.algorithm={config.algorithm} translates nothing; use another --format, such as"
            " grid"
        )
    return Translator(saved.step, config, algorithm, saved.state, saved.about["data"])


def direction(model: Translator, asked: str | None) -> str:
    """The direction that is asked for; ConfigError if it is none of the model's."""
    known = model.algorithm.directions
    if asked not in known:
        given = "--direction is missing" if asked is None else f"--direction={shown(asked)}: there is no such"
        raise ConfigError(f"{given}; give {' or '.join(f'--direction={way}' for way in known)}")
    return asked


def write(
    model: Translator, direction: str, source: str | None, out: Path, *, overwrite: bool = False
) -> int:
    """Writes a PNG for each picture, of its name, in folders as the pictures have them.

    Pictures of any size are brought to the size of the training, as those of the training are: the middle of
    each that has its proportions, resized.

    Args:
      model: to translate with.
      direction: which way, one of the model's.
      source: a folder of pictures, or one picture.
      out: the folder to write to.
      overwrite: whether files with other content are replaced.

    Returns:
      How many were written.

    Raises:
      ConfigError: there are no pictures, two would have one name, or a file is there already with other
        content.
      DataError: a picture cannot be read; nothing is written then.
    """
    if source is None:
        raise ConfigError("--input is missing: give a folder of pictures, or one picture")
    files = _files(Path(source).expanduser())
    names = {file: (out / place).with_suffix(".png") for file, place in files.items()}
    _check_names(names)
    check.check(Path(source), list(files))
    with tqdm(total=len(files), unit=" images", disable=None) as bar:
        for some, image in _parts(model, list(files)):
            for file, drawn in zip(some, model(image, direction), strict=True):
                _save(names[file], sheets.png(sheets.picture(drawn)), overwrite)
            bar.update(len(some))
    return len(files)


def _files(source: Path) -> dict[Path, Path]:
    """The pictures, in natural order, and their places in the folder."""
    if source.is_file():
        return {source: Path(source.name)}
    if not source.is_dir():
        raise ConfigError(f"--input={shown(source)}: there is no such file or folder")
    found = (path for path in source.rglob("*") if path.suffix.lower() in decode.SUFFIXES)
    places = [path.relative_to(source) for path in found]
    places = [place for place in places if not any(part.startswith(".") for part in place.parts)]
    if not places:
        raise ConfigError(f"--input={shown(source)}: there are no pictures in it (png, jpg, webp, tif, ...)")
    return {source / place: place for place in sorted(places, key=lambda place: natural(str(place)))}


def _check_names(names: dict[Path, Path]) -> None:
    """Raises ConfigError where two pictures would have one name."""
    first: dict[Path, Path] = {}
    for file, name in names.items():
        if name in first:
            raise ConfigError(
                f"--input: {shown(first[name])} and {shown(file.name)} would both become {shown(name.name)};"
                " rename one"
            )
        first[name] = file


def _parts(model: Translator, files: list[Path]) -> Iterator[tuple[list[Path], np.ndarray]]:
    """Some files at a time, with their pictures u8[n, H, W, D]."""
    size, depth = model.config.data.height_width, int(model.data["shape"][-1])
    for start in range(0, len(files), _PART):
        some = files[start : start + _PART]
        yield some, np.stack([fit(_read(file, depth), size, depth) for file in some])


def _read(file: Path, depth: int) -> np.ndarray:
    try:
        return decode.read(file, depth).pixels
    except Exception as error:  # see decode.read; it was readable at the start
        raise check.unreadable(file, error) from error


def _save(path: Path, content: bytes, overwrite: bool) -> None:
    if not overwrite and path.exists() and path.read_bytes() != content:
        raise ConfigError(
            f"{path}: the file is there already, with other content; replace it with --overwrite, or choose"
            " another folder with --out"
        )
    write_whole(path, content)
