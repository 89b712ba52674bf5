"""The compilation cache: where it lies, what it may hold, and that nothing about it ends a run."""

import os
import zlib
from pathlib import Path

import jax
import pytest
from jax.experimental.compilation_cache.compilation_cache import reset_cache

from cwgan_jax.common import files
from cwgan_jax.common.errors import ConfigError, DataError
from cwgan_jax.data import tfds
from cwgan_jax.parallel import compilation, processes

WHOLE = zlib.compress(os.urandom(10_000))


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """What is set of jax is put back; the caches of this module's functions are emptied."""
    before = {
        "jax_compilation_cache_dir": jax.config.jax_compilation_cache_dir,
        "jax_persistent_cache_min_compile_time_secs": jax.config.jax_persistent_cache_min_compile_time_secs,
    }
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
    for function in (compilation.keep, files._warn, tfds._temporary_folder):
        function.cache_clear()
    yield
    compilation.keep.cache_clear()
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.mark.parametrize("cut", [b"", WHOLE[:500], WHOLE[:-1], b"\0" * 10_000])
def test_a_cut_entry_is_deleted_so_that_jax_writes_it_again(tmp_path, cut):
    (tmp_path / "good-cache").write_bytes(WHOLE)
    compilation.sweep(tmp_path, most=None)
    (tmp_path / "cut-cache").write_bytes(cut)
    compilation.sweep(tmp_path, most=None)
    assert names(tmp_path) == ["good-cache"]


def test_entries_are_those_of_jax(tmp_path):
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    reset_cache()
    try:
        jax.jit(lambda x: x * 1.2345 + 7)(1.0)
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
        reset_cache()
    (entry,) = tmp_path.glob("*-cache")
    (tmp_path / "cut-cache").write_bytes(entry.read_bytes()[:-100])
    compilation.sweep(tmp_path, most=None)
    assert [name for name in names(tmp_path) if name.endswith("-cache")] == [entry.name]


def test_only_what_was_written_since_is_read_again(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(compilation, "_whole", lambda path: read.append(path.name) or True)
    for i in range(3):
        path = tmp_path / f"{i}-cache"
        path.write_bytes(WHOLE)
        os.utime(path, ns=(10**18, 10**18))
    compilation.sweep(tmp_path, most=None)
    assert len(read) == 3
    (tmp_path / "new-cache").write_bytes(WHOLE)
    compilation.sweep(tmp_path, most=None)
    assert read[3:] == ["new-cache"]


def test_the_longest_unused_go_when_there_are_too_many(tmp_path):
    compilation.sweep(tmp_path, most=0)  # what follows is older, and not read again
    for age, name in enumerate(["c-cache", "a-cache", "tuned/b"]):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(WHOLE)
        os.utime(path, (10**9 - age, 10**9 - age))
    compilation.sweep(tmp_path, most=2 * len(WHOLE))
    assert names(tmp_path) == ["a-cache", "c-cache"]
    compilation.sweep(tmp_path, most=2 * len(WHOLE) - 1)
    assert names(tmp_path) == ["c-cache"]


def test_alone_in_the_cache_folder_and_bounded(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compilation, "_MOST", 0)
    folder = tmp_path / "cwgan_jax" / "xla"
    folder.mkdir(parents=True)
    (folder / "old-cache").write_bytes(WHOLE)
    compilation.keep()
    assert jax.config.jax_compilation_cache_dir == str(folder)
    assert jax.config.jax_persistent_cache_min_compile_time_secs == 0
    assert names(folder) == []


def test_a_given_folder_is_mended_not_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(compilation, "_MOST", 0)
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))
    (tmp_path / "good-cache").write_bytes(WHOLE)
    (tmp_path / "cut-cache").write_bytes(WHOLE[:-1])
    compilation.keep()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path)
    assert names(tmp_path) == ["good-cache"]


def test_one_of_several_processes_takes_a_given_folder_or_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(processes, "count", lambda: 2)
    jax.config.update("jax_compilation_cache_dir", None)
    compilation.keep()
    assert jax.config.jax_compilation_cache_dir is None
    compilation.keep.cache_clear()
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "shared"))
    compilation.keep()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / "shared")


@pytest.mark.parametrize(("mine", "first"), [("own", "shared"), (None, "shared"), ("own", None)])
def test_a_folder_that_processes_do_not_share_is_refused(tmp_path, monkeypatch, mine, first):
    monkeypatch.setattr(processes, "count", lambda: 2)
    monkeypatch.setattr(processes, "index", lambda: 1)
    monkeypatch.setattr(processes, "once", lambda _: first and compilation._prove(str(tmp_path / first)))
    monkeypatch.setattr(processes, "together", lambda function: function())
    if mine:
        monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / mine))
    with pytest.raises(ConfigError, match="it is not the folder that process 0 has"):
        compilation.check_shared()
    if first:
        monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / first))
        compilation.check_shared()


def nobody():
    raise RuntimeError("Could not determine home directory.")


def without_home(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(os.path, "expanduser", str)


def in_a_file(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))


@pytest.mark.parametrize("place", [without_home, in_a_file])
def test_without_a_place_for_caches_there_is_one_warning(place, tmp_path, monkeypatch, capsys):
    place(monkeypatch, tmp_path)
    compilation.keep()
    assert jax.config.jax_compilation_cache_dir is None
    assert files.cache_folder("judges") is None
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("warning: ")
    assert "set XDG_CACHE_HOME" in line


def test_a_folder_that_cannot_be_written_is_only_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: allowed(path, mode) and not mode & os.W_OK)
    compilation.keep()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / "cwgan_jax" / "xla")
    assert jax.config.jax_persistent_cache_min_compile_time_secs > 1e6
    assert capsys.readouterr().out == ""


def test_without_a_home_data_sets_lie_in_a_folder_of_ones_own(tmp_path, monkeypatch, capsys):
    from conftest import make_config

    given = make_config(data__name="mnist").data
    without_home(monkeypatch, tmp_path)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    monkeypatch.setattr(tfds.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = tmp_path / f"tensorflow_datasets-{os.getuid()}"
    assert tfds.data_folder(given) == tfds.data_folder(given) == folder
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"warning: no home directory to write to; data sets are kept in {folder}")
    folder.chmod(0o777)  # others may have put something there
    tfds._temporary_folder.cache_clear()
    with pytest.raises(DataError, match=r"only you can write; set --config\.data\.dir"):
        tfds.data_folder(given)
