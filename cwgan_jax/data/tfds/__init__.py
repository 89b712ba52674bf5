"""Any image-classification set of TensorFlow Datasets (TFDS), without TensorFlow.

A set that is prepared in the data folder (`data.dir`, or TFDS's default) is read as it is; otherwise it is
prepared there first, see `prepare.py`.
"""

import difflib
import functools
import io
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax import config
from cwgan_jax.common import packages
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import idx
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.decode import FORMATS
from cwgan_jax.data.idx import files as idx_files
from cwgan_jax.data.names import checked
from cwgan_jax.data.source import Example, Source

_WARNINGS = {
    "emnist": (
        "the images of TFDS's emnist are transposed, as they were published; EMNIST's own files, in"
        " config.data.dir, are read upright",
    )
}


def source(data: config.Data, split: str) -> Source:
    """Opens one split of a TFDS data set, preparing the set if it is not.

    The test split is TFDS's "test", or "validation" if there is none; if there is neither, the last
    10 % of "train", which TFDS has shuffled.

    Args:
      data: the config's section; `name` may have a config and a version: `emnist/letters:3.1.0`.
      split: "train" or "test".

    Raises:
      DataError: there is no such set, it is not image classification, or it cannot be had or read.
    """
    packages.need(
        "cwgan_jax.data.tfds.prepare",
        "tensorflow-datasets",
        f"config.data.name={data.name}",
        "set --config.data.dir to a folder with the four files of MNIST, or --config.data.name to digits or"
        " folder",
    )
    from cwgan_jax.data.tfds import prepare

    folder = data_folder(data)
    try:
        with prepare.quiet():
            builder = _prepared(data.name, folder) or _stock(data.name, folder)
            image, label = _features(builder)
        if not prepare.is_prepared(builder):
            if data.dir:
                prepare.check_folder(builder, folder, data.name)
            prepare.prepare(builder, folder)
        with prepare.quiet():
            builder = _prepared(data.name, folder) or builder
            return _open(builder, _split(builder, split), image, label)
    except DataError:
        raise
    except Exception as error:  # TFDS documents few of the errors it raises
        raise _broken(data.name, folder, error) from error


def data_folder(data: config.Data) -> Path:
    """Returns the TFDS data folder: `data.dir`, else $TFDS_DATA_DIR, else ~/tensorflow_datasets.

    Where the last is not there and cannot be made, one in the system's folder for temporary files.
    """
    if given := data.dir or os.environ.get("TFDS_DATA_DIR"):
        return Path(os.path.expanduser(given)).absolute()
    folder = Path(os.path.expanduser("~/tensorflow_datasets"))
    if folder.is_absolute() and (folder.is_dir() or os.access(folder.parent, os.W_OK)):
        return folder
    return _temporary_folder()


@functools.cache  # one warning
def _temporary_folder() -> Path:
    """One of this user's own: what others put there is not to be taken for a data set."""
    folder = Path(tempfile.gettempdir(), f"tensorflow_datasets-{os.getuid()}")
    way = "set --config.data.dir or TFDS_DATA_DIR to a folder for data sets"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror}; {way}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise DataError(f"{folder}: it is not a folder that only you can write; {way}")
    print(f"warning: no home directory to write to; data sets are kept in {folder}: {way}", flush=True)
    return folder


def _prepared(name: str, folder: Path) -> Any:
    """Returns a builder of what is prepared, or None; `folder` may also be that of the set itself."""
    import tensorflow_datasets as tfds

    if (folder / "dataset_info.json").is_file():
        builder = tfds.builder_from_directory(folder)
        if builder.name != _base(name):
            raise DataError(
                f"config.data.dir={folder}: it holds {builder.name}, not {name}; give the folder of "
                f"{name} or config.data.name={builder.name}"
            )
        return builder
    try:
        return tfds.core.read_only_builder.builder_from_files(name, data_dir=str(folder))
    except (tfds.core.registered.DatasetNotFoundError, ValueError):
        return None


def _stock(name: str, folder: Path) -> Any:
    """Returns TFDS's own builder, or says which names there are."""
    import tensorflow_datasets as tfds

    from cwgan_jax.data.tfds import prepare

    known = tfds.list_builders(with_community_datasets=False)
    base = _base(name)
    if base not in known and name in idx.CLASS_NAMES:
        raise DataError(
            f"config.data.name={name}: TFDS does not have it; set config.data.dir to a folder with its files,"
            f" {idx_files.prefix(name)}{idx_files.FILES['train', 'images']} and the other three"
        )
    try:
        if base not in known:
            raise KeyError(base)
        return tfds.builder(name, data_dir=str(folder))
    except Exception as error:
        problem, choices = "there is no such data set", ["digits", "folder", *known]
        if base in known:
            problem = f"TFDS does not open it ({prepare.one_line(error)})"
            choices = [f"{base}/{key}" for key in tfds.builder_cls(base).builder_configs] or [base]
        near = difflib.get_close_matches(name, choices, n=3, cutoff=0.0)
        raise DataError(
            f"config.data.name={name}: {problem}; the nearest names are {', '.join(near)} "
            f"(digits, folder, stacked_mnist, and all of https://www.tensorflow.org/datasets)"
        ) from error


def _base(name: str) -> str:
    """Returns a TFDS name without config and version, in snake case."""
    import tensorflow_datasets as tfds

    return tfds.core.naming.camelcase_to_snakecase(name.partition("/")[0].partition(":")[0])


def _features(builder: Any) -> tuple[str, str]:
    """Returns the keys of the image and of the label."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    keys = builder.info.supervised_keys or ("image", "label")
    kinds = (tfds.features.Image, tfds.features.ClassLabel)
    known: dict[str, Any] = dict(features.items())
    found = [known.get(key) for key in keys]
    if len(found) != 2 or not all(map(isinstance, found, kinds)):
        raise DataError(
            f"config.data.name={builder.name}: it has {', '.join(features)}, not one image and one "
            f"class label per example; name an image-classification set"
        )
    image = known[keys[0]]
    if image.np_dtype != np.uint8 or image.shape[-1] not in (1, 3, 4):
        raise DataError(
            f"config.data.name={builder.name}: its images have {image.shape[-1]} channels of "
            f"{np.dtype(image.np_dtype)}, allowed are 1, 3 or 4 channels of uint8; name another set"
        )
    return keys


def _split(builder: Any, split: str) -> str:
    """Returns the split, or part of one, in TFDS's terms."""
    there = set(builder.info.splits)
    if "train" not in there:
        raise DataError(
            f"config.data.name={builder.name}: it has no train split, only {', '.join(sorted(there))}; "
            f"name another set"
        )
    held_out = [name for name in ("test", "validation") if name in there]
    if split == "test":
        return held_out[0] if held_out else "train[90%:]"
    return "train" if held_out else "train[:90%]"


def _open(builder: Any, split: str, image: str, label: str) -> Source:
    import tensorflow_datasets as tfds

    name, folder, features = builder.name, Path(builder.data_path), builder.info.features
    try:
        # Bytes instead of pixels: TFDS would decode with OpenCV where that is installed, and so
        # give other values of a JPEG on another machine.
        records = builder.as_data_source(split, decoders={image: tfds.decode.SkipDecoding()})
    except NotImplementedError as error:
        raise DataError(
            f"{folder}: it is not in array_record format, the one that can be read without "
            f"TensorFlow; prepare it with file_format='array_record'"
        ) from error

    def read(block: Sequence[int]) -> Iterator[Example]:
        try:
            for record in records.__getitems__(list(block)):
                yield _pixels(record[image]), int(record[label])
        except Exception as error:  # from array_record, protobuf or Pillow
            raise _broken(name, folder, error) from error

    depth = 1 if features[image].shape[-1] == 1 else 3
    only = tfds.decode.PartialDecoding({label: True})

    def labels() -> np.ndarray:
        found = builder.as_data_source(split, decoders=only)
        return np.array([int(record[label]) for record in found])

    names = tuple(checked(features[label].names, name).values())
    summary = (("files", f"{folder}, split {split}"),)
    return Source(
        name, len(records), depth, of_classes(names), read, labels, summary, _WARNINGS.get(name, ())
    )


def _pixels(encoded: bytes) -> np.ndarray:
    from PIL import Image

    with Image.open(io.BytesIO(encoded), formats=FORMATS) as picture:
        return np.asarray(picture if picture.mode in ("L", "RGB", "RGBA") else picture.convert("RGB"))


def _broken(name: str, folder: Path, error: Exception) -> DataError:
    from cwgan_jax.data.tfds.prepare import one_line

    return DataError(
        f"{folder}: {name} cannot be read from there ({one_line(error)}); delete the folder of the data "
        f"set to have it prepared again, or set --config.data.dir to another one"
    )
