"""Shared by all tests: four CPU devices, no silent rank promotion, tiny configs."""

import contextlib
import gc
import os
import signal
from pathlib import Path

os.environ["JAX_NUM_CPU_DEVICES"] = "4"
# Virtual devices share few cores: without as many threads XLA's collectives can wait for each other for ever.
os.environ["NPROC"] = "8"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "xla"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
# Threads of OpenMP that wait for each other by spinning keep the cores from the other worker's tests: t-SNE
# of the reports' pages took 24 s of CPU time beside others, and takes 1.5 s, to the same bits.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# So do OpenBLAS's: a Frechet distance takes 6 ms on one thread, and up to 500 on two beside other work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import jax
import ml_collections
import numpy as np
import pytest

from cwgan_jax import algorithms, config, data, kinds
from cwgan_jax.algorithms import adversarial
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.evaluation import fitting
from cwgan_jax.networks import Form, build

jax.config.update("jax_numpy_rank_promotion", "raise")
# A shell starts background jobs with SIGINT ignored, which is inherited; some tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Most tests compile for longer than they compute. XLA's older fusions compile four times as fast (an extra
# option that XLA does not know is ignored), and code in one piece instead of one for each thread a fifth
# faster. XLA reads its flags once, here: processes of their own get the program that users get.
FLAGS = "--xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters"
FLAGS += " --xla_cpu_parallel_codegen_split_count=1"
jax.config.update("jax_disable_most_optimizations", True)
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("XLA_FLAGS", f"{os.environ.get('XLA_FLAGS', '')} {FLAGS}".strip())
    jax.devices()

FULL = bool(os.environ.get("CWGAN_FULL"))
long = pytest.mark.skipif(not FULL, reason="takes long: set CWGAN_FULL=1")


def names(every, *short):
    """Every name as a parameter; all but the `short` ones take long."""
    given = [pytest.param(name, marks=[] if name in short else [long]) for name in every]
    return pytest.mark.parametrize("name", given)


# What exercises the packages this one stands on, whole files or tests of them: `pytest -m fast`, which CI
# runs with the lowest versions that pyproject.toml allows, and with the newest.
FAST = {
    "test_tensorboard": (),
    "test_checkpoint_roundtrip": (),
    "test_config": (),
    "test_data": (),
    "test_data_folder": (),
    "test_data_order": (),
    "test_data_tfds": (),
    "test_export": (),
    "test_golden": ("wgan_gp_mlp", "paper-uniform"),
    "test_sheets": (),
    "test_interchange": ("test_there_and_back", "test_imported_as_step_0"),
    "test_layers": ("test_dead_bias", "4-2-1-8-8"),
    "test_loop": ("test_what_a_run_leaves_behind", "test_resuming_from_an_older_checkpoint"),
    "test_norms": ("batch_norm",),
    "test_packages": (),
    "test_parallel": ("test_compiled_once_and_donated", "test_a_drift_between_devices_is_named"),
    "test_curves": (),
    "test_quality_judge": ("test_it_reads_held_out_digits",),
    "test_quality_metrics": (),
    "test_random": (),
    "test_sampling": (),
    "test_stream": (),
    "test_sample_cli": ("test_folder_and_grid_hold_the_same_pictures",),
    "test_train_cli": ("test_dry_run", "test_bad_command_lines", "test_a_process_of_its_own"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks the fast part, before pytest looks at the marks."""
    for item in items:
        parts = FAST.get(item.path.stem)
        if parts is not None and (not parts or any(part in item.name for part in parts)):
            item.add_marker("fast")


def pytest_collection_finish():
    """Tracing makes objects by the million; looking for cycles among them took a fifth of its time."""
    gc.freeze()  # modules stay
    gc.set_threshold(100_000, 10, 10)


TINY = {
    "data.name": "digits",
    "data.size": "16",
    "model.features": "2",
    "model.latent": "5",
    "model.embedding": "3",
    "objective.critic_updates": "2",
    "train.batch_size": "8",
    "train.steps": "6",
    "train.log_every": "1",
    "train.sample_every": "3",
    "train.checkpoint_every": "3",
    "quality.every": "none",
}


def make_config(**changes):
    """The tiny config with `section__key=value` changes."""
    changes = {key.replace("__", "."): str(value) for key, value in changes.items()}
    return config.resolve(ml_collections.ConfigDict(), TINY | changes)


# As the objective's section has it for critics without any penalty.
NO_PENALTY = {"objective__penalties__interpolates__weight": 0}


def make_spec(cfg, classes=3, channels=1, *, shape=None, kind="images"):
    """What an algorithm must know of images of this config's size, or of other examples."""
    shape = shape or (cfg.data.size, cfg.data.size, channels)
    known = kind if kind in kinds.KINDS else "points"  # others are numbers too
    described = data.description(known, shape, of_classes([f"c{i}" for i in range(classes)]))
    return kinds.spec_of(cfg, described)._replace(kind=kind)


def make_networks(cfg, channels=1):
    return build(cfg.model, Form((cfg.data.size, cfg.data.size, channels)))


def make_setting(cfg, classes=3, channels=1, **more):
    """What `adversarial.init` and `adversarial.train_step` take first."""
    return adversarial.settle(cfg, make_spec(cfg, classes, channels, **more))


def make_algorithm(cfg, classes=3, channels=1, **more):
    return algorithms.make(cfg, make_spec(cfg, classes, channels, **more))


def make_batch(image, label):
    """A batch of R real batches: examples [R, b, H, W, D] and class numbers i32[R, b]."""
    return algorithms.Batch({"real": data.Examples(image, label)}, np.arange(image.shape[1], dtype=np.int32))


@pytest.fixture
def x64():
    """float64 for one test."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def one_program():
    """For tests that run the same several times, see `run_helpers.compiled_once`."""
    import run_helpers

    with run_helpers.compiled_once():
        yield


@pytest.fixture(scope="session")
def toy_data():
    """40 random 16x16 images of three classes."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 16, 16, 1), np.uint8)
    return data.Dataset(image, rng.integers(0, 3, 40).astype(np.int32), of_classes("abc"))


def relative(a, b):
    """Norm of the difference over the norm of b, over all leaves together."""
    a, b = (np.concatenate([np.ravel(x).astype(np.float64) for x in jax.tree.leaves(t)]) for t in (a, b))
    return np.linalg.norm(a - b) / max(np.linalg.norm(b), 1e-300)


@contextlib.contextmanager
def full_optimisation():
    """As in a process of its own: where bits are compared, or the computation outweighs the compilation."""
    name = "jax_disable_most_optimizations"
    before = jax.config.read(name)
    jax.config.update(name, False)
    try:
        yield
    finally:
        jax.config.update(name, before)


@contextlib.contextmanager
def full_steps():
    """`fitting.fit` whose steps are compiled in full; what they begin from takes longer to compile so."""
    steps = fitting._steps

    def compiled(*arguments):
        with full_optimisation():
            return steps(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_steps", compiled)
        yield
