"""Preparing a TFDS data set, without TensorFlow where that can be done, and saying what is wrong if not."""

import contextlib
import hashlib
import io
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import tensorflow_datasets as tfds
from absl import logging
from tensorflow_datasets.core.download import downloader, resource

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.idx import files as idx_files
from cwgan_jax.data.names import shown
from cwgan_jax.data.tfds.builders import BUILDERS

# Seconds. The whole probe is limited as well as its parts: a name can have many addresses, each of
# which may take the connect time, and looking up the name knows no limit at all.
_CONNECT, _READ, _PROBE = 5, 10, 15


def prepare(builder: tfds.core.DatasetBuilder, folder: Path) -> None:
    """Downloads a data set and writes it as array_record files.

    Files that are already there are not downloaded. They are looked for, under their plain name or the
    one in TFDS's download cache, in `<folder>/downloads/<name>`, `<folder>/downloads/manual`,
    `<folder>/downloads` and `<folder>`, and their sha256 must be the one TFDS knows.

    Args:
      builder: TFDS's builder, not yet prepared.
      folder: the TFDS data folder.

    Raises:
      DataError: a file is damaged or cannot be downloaded, TensorFlow is needed, or anything else.
    """
    urls = type(builder).url_infos or {}
    local = {url: file for url, info in urls.items() if (file := _local(builder, folder, url, info))}
    missing = [url for url in urls if url not in local]
    # Only of our own builders is it known that they need every file: a stock one may do with some.
    if missing and (builder.name in BUILDERS or not local):
        _probe(builder, folder, missing[0])
    print(f"preparing {builder.name} in {folder} (once) ...", file=sys.stderr, flush=True)
    own = BUILDERS.get(builder.name)
    folder.mkdir(parents=True, exist_ok=True)
    leftovers = set(_temporary(folder))
    try:
        with _links(local, urls) as manual, quiet():
            (own(data_dir=str(folder)) if own else builder).download_and_prepare(
                download_config=tfds.download.DownloadConfig(
                    # A set that the user must fetch by hand is looked for where TFDS says.
                    manual_dir=None if builder.MANUAL_DOWNLOAD_INSTRUCTIONS else manual,
                    try_download_gcs=False,
                ),
                file_format="array_record",
            )
    except Exception as error:
        if is_prepared(builder):  # another process was faster; what it wrote is as good
            return
        for path in set(_temporary(folder)) - leftovers:
            shutil.rmtree(path, ignore_errors=True)
        raise _explain(error, builder, folder, missing) from error


def check_folder(builder: tfds.core.DatasetBuilder, folder: Path, name: str) -> None:
    """Raises DataError for a folder that holds other things than TFDS's and the files that it needs.

    Such a folder may well hold the data that were meant, under a name that is not known.
    """
    needed = [name for url, info in (type(builder).url_infos or {}).items() for name in _names(url, info)]
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    other = [shown(path.name) for path in entries if path.name not in needed and not _is_of_tfds(path)]
    if not other:
        return
    listed = ", ".join(other[:5]) + (f" and {len(other) - 5:,} more" if len(other) > 5 else "")
    known = f"{idx_files.prefix(name)}{idx_files.FILES['train', 'images']}"
    advice = f"rename them, or give an empty folder to have {name} downloaded into it"
    if near := [other for other in idx_files.near(folder) if other != name]:
        advice = f"set config.data.name={' or '.join(near)} to read these, or {advice}"
    raise DataError(
        f"config.data.dir={shown(folder)}: it holds {listed}, but neither {name} prepared by TFDS nor files"
        f" of {name} under a known name ({known}, ..., with or without .gz, or"
        f" {idx_files.family(name)[0]}.npz); {advice}"
    )


def _is_of_tfds(path: Path) -> bool:
    """Whether TFDS made it: its downloads, a data set, the rest of one that was not finished."""
    if path.name.startswith(".") or path.name == "downloads":
        return True
    if not path.is_dir():
        return False
    levels = ("dataset_info.json", "*/dataset_info.json", "*/*/dataset_info.json")
    made = any(next(path.glob(level), None) for level in levels)
    return made or all("incomplete" in entry.name for entry in path.iterdir())


def is_prepared(builder: tfds.core.DatasetBuilder) -> bool:
    """Says whether the data set is there; TFDS writes this file last and moves the folder in one go."""
    return (Path(builder.data_path) / "dataset_info.json").is_file()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Holds back TFDS's log lines, progress bars and banners, and its ten retries (205 s) of a download."""
    verbosity, retries = logging.get_verbosity(), downloader.MAX_RETRIES
    sink = io.StringIO()
    logging.set_verbosity(logging.ERROR)
    downloader.MAX_RETRIES = 3
    try:
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
            yield
    finally:
        logging.set_verbosity(verbosity)
        downloader.MAX_RETRIES = retries


def one_line(error: BaseException) -> str:
    """Returns an exception's type and message on one line of bearable length."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def _local(builder: Any, folder: Path, url: str, info: Any) -> Path | None:
    """Finds a needed file on this machine; one whose sha256 is wrong is an error if no other is right."""
    downloads = folder / "downloads"
    places = (downloads / builder.name, downloads / "manual", downloads, folder)
    files = [place / name for place in places for name in _names(url, info) if (place / name).is_file()]
    for file in files:
        with file.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() == info.checksum:
                return file
    if files:
        raise DataError(
            f"{files[0]}: its sha256 is not {info.checksum}, so it is damaged or not the file of "
            f"{builder.name}; replace it with the one from {url}, or delete it"
        )
    return None


def _names(url: str, info: Any) -> tuple[str, str]:
    """What a file is called in TFDS's download cache, and plainly."""
    return resource.get_dl_fname(url, info.checksum), _plain(url, info)


def _plain(url: str, info: Any) -> str:
    return info.filename or url.rsplit("/", 1)[-1]


@contextlib.contextmanager
def _links(local: dict[str, Path], urls: dict[str, Any]) -> Iterator[str]:
    """Shows files from several places to TFDS as one `manual_dir`, where it looks for plain names."""
    with tempfile.TemporaryDirectory() as name:
        for url, file in local.items():
            (Path(name) / _plain(url, urls[url])).symlink_to(file.resolve())
        yield name


def _probe(builder: Any, folder: Path, url: str) -> None:
    """Makes sure that a server answers at all, in seconds; TFDS would take minutes, or for ever."""
    outcome = [f"no answer within {_PROBE} s"]

    def ask() -> None:
        try:
            with requests.get(url, stream=True, timeout=(_CONNECT, _READ)):
                outcome[0] = ""
        except requests.RequestException as error:
            outcome[0] = type(error).__name__

    if url.startswith("http"):
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(_PROBE)
        if outcome[0]:
            raise _unreachable(builder, folder, url, outcome[0])


def _unreachable(builder: Any, folder: Path, url: str, reason: str) -> DataError:
    infos = type(builder).url_infos or {}
    files = " ".join(_plain(u, i) for u, i in infos.items()) if len(infos) <= 4 else "its files"
    return DataError(
        f"{builder.name}: cannot download {url} ({reason}); put {files} in "
        f"{folder / 'downloads' / 'manual'}, or set --config.data.dir to a folder in which TFDS has "
        f"prepared {builder.name}, or run --config=configs/digits.py, which needs no download"
    )


def _explain(error: Exception, builder: Any, folder: Path, missing: list[str]) -> DataError:
    """Turns what TFDS raised into one line that says what to do."""
    if isinstance(error, DataError):
        return error
    if isinstance(error, (requests.RequestException, tfds.download.DownloadError)):
        return _unreachable(builder, folder, missing[0] if missing else "its files", one_line(error))
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ImportError) and (cause.name or "").startswith("tensorflow"):
            return DataError(
                f"{builder.name}: preparing it needs TensorFlow, which is not installed; prepare it on "
                f"a machine that has it (tfds.load('{builder.name}', data_dir=FOLDER, builder_kwargs="
                f"dict(file_format='array_record'))) and set --config.data.dir to a copy of FOLDER"
            )
        cause = cause.__cause__ or cause.__context__
    return DataError(
        f"{builder.name}: TFDS could not prepare it in {folder} ({one_line(error)}); mend this, or set "
        f"--config.data.dir to a folder in which it is prepared"
    )


def _temporary(folder: Path) -> list[Path]:
    downloads = folder / "downloads"
    return [*downloads.glob("*.tmp.*"), *downloads.glob("*/*.tmp.*")]
