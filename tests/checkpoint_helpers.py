"""States and folders of checkpoints, for the tests of them and the processes that these start."""

import contextlib
import resource
import shutil
import signal
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import optax
import pytest

from cwgan_jax import checkpoint
from cwgan_jax.checkpoint import Writer

ABOUT = {"config": {"seed": 1, "model": {"name": "dcgan", "scale": 0.1}}, "data": {"classes": ["a"]}}


class State(NamedTuple):
    step: Any
    params: Any
    optimizer: Any
    extra: Any = None


def make_state(seed=0, size=40):
    rng = np.random.default_rng(seed)
    params = {
        "Dense/0": {"kernel": jnp.asarray(rng.standard_normal((size, 7)), jnp.float32), "none": None},
        "scale": jnp.asarray(rng.standard_normal(5), jnp.bfloat16),
    }
    extra = {
        "f64": rng.standard_normal((2, 3)),
        "f16": np.float16(rng.standard_normal()),
        "flags": np.array([True, False, bool(seed % 2)]),
        "u8": np.arange(seed, seed + 6, dtype=np.uint8).reshape(2, 3),
        "i64": np.int64(2**40 + seed),
        "empty": np.zeros((0, 3), np.float32),
        "empty_bf16": np.zeros((2, 0), ml_dtypes.bfloat16),
        "transposed": rng.standard_normal((3, 4)).T,
        "sequence": (np.array(-0.0), [np.float32(1e-45), None], ()),
    }
    return State(jnp.int32(seed), params, optax.adam(1e-3).init(params), extra)


def spec_of(tree):
    return jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), tree)


def assert_same(state, restored):
    assert jax.tree.structure(state) == jax.tree.structure(restored)
    for (path, a), b in zip(
        jax.tree_util.tree_leaves_with_path(state), jax.tree.leaves(restored), strict=True
    ):
        a = np.asarray(a)
        assert isinstance(b, np.ndarray), path
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()), path


def write(folder, *numbers, keep=9, **options):
    with Writer(folder, keep=keep, **options) as writer:
        for n in numbers:
            writer.save(n, make_state(n), ABOUT | {"n": n})


def restore(folder, **options):
    """Returns the checkpoint, verified against what `write` wrote, and the warnings."""
    lines = []
    options = {"set_aside": True, "warn": lines.append} | options
    saved = checkpoint.restore(folder, lambda _: spec_of(make_state()), **options)
    if saved is not None:
        assert_same(make_state(saved.step), saved.state)
        assert saved.about == ABOUT | {"n": saved.step}
    return saved, lines


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Steps 1 and 2, for copying."""
    folder = tmp_path_factory.mktemp("written") / "checkpoints"
    write(folder, 1, 2)
    return folder


@pytest.fixture
def folder(written, tmp_path):
    return Path(shutil.copytree(written, tmp_path / "checkpoints"))


@contextlib.contextmanager
def file_size_limit(size):
    """Every write beyond `size` fails with EFBIG, in the kernel, as a full disk does with ENOSPC."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
