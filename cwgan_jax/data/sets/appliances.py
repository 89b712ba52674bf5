"""What household appliances draw from the mains when they are switched on: 1,000 real signals of 11 classes.

PLAID (Gao et al. 2014, doi:10.1145/2674061.2675032; www.plaidplug.com): the current of appliances in more
than 56 homes in Pittsburgh, as the UCR archive has it (Schaefer and Leser 2017). The package sktime carries
the file; it is read as text, and sktime is not imported. The licence of sktime (BSD) is that of its code; the
file states none of its own, so ask the authors before passing the data on.
"""

from pathlib import Path

import numpy as np

from cwgan_jax import config
from cwgan_jax.common import packages
from cwgan_jax.data import conditions, held_out
from cwgan_jax.data.dataset import Dataset
from cwgan_jax.data.scaling import Channels

NAMES = (
    "air conditioner",
    "fluorescent lamp",
    "fan",
    "fridge",
    "hairdryer",
    "heater",
    "light bulb",
    "laptop",
    "microwave",
    "vacuum",
    "washing machine",
)
LENGTH = 128
_BEFORE = 8  # steps before the current sets in
_ON = 0.05  # of the largest current: it has set in
_TEST_SHARE = 0.2


def load(data: config.Data, split: str) -> Dataset:
    """The signals of one split; in each class 20 %, always the same ones, are the test split.

    Each is cut from 8 steps before the current sets in, and divided by its largest value: the currents
    themselves differ by a factor of a million. Signals that end too early are left out.

    Args:
      data: the config's section, of which only the name matters here.
      split: "train" or "test".

    Raises:
      DataError: sktime is not installed.
    """
    what = f"config.data.name={data.name}: the file"
    folder = packages.folder("sktime", what, "take another data set", extra="signals")
    signals, label = [], []
    for part in ("TRAIN", "TEST"):
        for current, number in _read(folder / "datasets" / "data" / "PLAID" / f"PLAID_{part}.ts"):
            first = max(0, int(np.argmax(current > _ON * current.max())) - _BEFORE)
            if len(current) >= first + LENGTH:
                signals.append(current[first : first + LENGTH] / current.max())
                label.append(number)
    signal, classes = np.array(signals, np.float32)[..., None], np.array(label, np.int32)
    test = held_out.by_share(_TEST_SHARE, len(classes), classes)
    chosen, scaling = test == (split == "test"), Channels.of(signal[~test])
    summary = (("signals", "current at switching on, over its largest value (PLAID)"),)
    schema = conditions.of_classes(NAMES)
    example = scaling.encode(signal[chosen])
    return Dataset(example, classes[chosen], schema, summary, kind="signals", scaling=scaling)


def _read(path: Path) -> list[tuple[np.ndarray, int]]:
    """Signals f64[L] of different lengths, with their classes."""
    lines = path.read_text("utf-8", "replace").splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().lower() == "@data") + 1
    pairs = (line.rpartition(":")[::2] for line in lines[start:] if line.strip())
    return [(np.array(values.split(","), np.float64), int(label)) for values, label in pairs]
