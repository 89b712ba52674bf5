"""Metrics of classes: what a conditional generator was asked for against what a classifier reads."""

import numpy as np


def agreement(target: np.ndarray, read: np.ndarray) -> float:
    """The share of images that are read as the class they were asked for.

    The classifier's own errors are in it: its accuracy on held-out real images is the value to compare with.

    Args:
      target: i[N], the labels given to the generator.
      read: i[N], the labels a classifier gives its images.

    Returns:
      In [0, 1].

    Raises:
      ValueError: the labels are not integers, not of one length, or none.
    """
    target, read = _pair(target, read)
    return float((target == read).mean())


def per_class(target: np.ndarray, read: np.ndarray, classes: int) -> np.ndarray:
    """`agreement` class by class.

    Args:
      target: i[N] in [0, C).
      read: i[N] in [0, C).
      classes: C.

    Returns:
      f64[C] in [0, 1]; nan where a class was not asked for.

    Raises:
      ValueError: see `confusion`.
    """
    table = confusion(target, read, classes)
    count = table.sum(1)
    return np.where(count > 0, np.diag(table) / np.maximum(count, 1), np.nan)


def confusion(target: np.ndarray, read: np.ndarray, classes: int) -> np.ndarray:
    """How often an image of each class is read as each class.

    Args:
      target: i[N] in [0, C).
      read: i[N] in [0, C).
      classes: C.

    Returns:
      i64[C, C]: row the class asked for, column the class read.

    Raises:
      ValueError: the labels are not integers in [0, C), not of one length, or none.
    """
    target, read = _pair(_labels(target, classes), _labels(read, classes))
    return np.bincount(target * classes + read, minlength=classes**2).reshape(classes, classes)


def class_entropy(read: np.ndarray, classes: int) -> float:
    """Shannon entropy, in nats, of the distribution of the labels that are read.

    Args:
      read: i[N] in [0, C).
      classes: C.

    Returns:
      In [0, log C]: 0 where all images are of one class, log C where all classes are equally frequent. A
      sample of a uniform distribution stays about (C - 1) / 2N below log C (Miller 1955).

    Raises:
      ValueError: the labels are not integers in [0, C), or none.
    """
    share = _shares(read, classes)
    return float(np.log(classes) - _relative_entropy(share, 1 / classes).sum())


def present(read: np.ndarray, real: np.ndarray, *, least: float = 0.1) -> np.ndarray:
    """Which of the classes that real data have are present among the labels that are read.

    Once is not present: a classifier's errors put some images into a class that is never drawn. Present means
    at least `least` of the share that real data have of the class. At a tenth, errors do not hide a dropped
    class while fewer than a tenth of the images are misread; and where twenty images of a class or more are
    expected, chance alone does not drop one.

    Args:
      read: i[N] in [0, C).
      real: f[C], shares of the classes in real data.
      least: in (0, 1].

    Returns:
      bool[C]; true for a class that real data do not have.

    Raises:
      ValueError: the labels are not integers in [0, C), or none, or `least` is not in (0, 1].
    """
    if not 0 < least <= 1:
        raise ValueError(f"least must be in (0, 1], not {least}")
    real = np.asarray(real, np.float64)
    return _shares(read, len(real)) >= least * real


def inception_score(probability: np.ndarray, splits: int = 10, *, seed: int = 0) -> tuple[float, float]:
    """The inception score, exp E KL(p(y|x) || p(y)) (Salimans et al. 2016, arXiv:1606.03498, Sec. 4).

    The images are shuffled before they are split: images in the order of their classes would otherwise make
    splits of one class each, which score 1.

    Args:
      probability: f[N, C], a classifier's p(y|x); rows sum to 1.
      splits: parts of nearly equal size, scored one by one. A part needs many more than C images: p(y) is the
        mean of the part, and a part of n images cannot score above n.
      seed: of the shuffle.

    Returns:
      Mean and standard deviation over the splits; each score in [1, C], high where every image is read with
      confidence and all classes are equally frequent. It does not see the real images.

    Raises:
      ValueError: not two axes, rows that are no probabilities, or fewer images than splits.
    """
    probability = np.asarray(probability, np.float64)
    if probability.ndim != 2:
        raise ValueError(f"probability must be [N, C], not {list(probability.shape)}")
    if not 1 <= splits <= len(probability):
        raise ValueError(f"splits must be from 1 to the number of images, {len(probability)}, not {splits}")
    _check_probability(probability)
    order = np.random.default_rng(seed).permutation(len(probability))
    scores = [
        np.exp(_relative_entropy(part, part.mean(0)).sum(1).mean())
        for part in np.array_split(probability[order], splits)
    ]
    return float(np.mean(scores)), float(np.std(scores))


def modes(mode: np.ndarray, reference: np.ndarray) -> tuple[int, float]:
    """Modes found, and KL(generated || reference) in nats: the test on stacked MNIST, with 1,000 modes.

    Metz et al. 2017 (arXiv:1611.02163, Sec. 3.3.1); Srivastava et al. 2017 (VEEGAN, arXiv:1705.07761).
    A mode is the triple of digits that a classifier reads in the three channels. Compare at equal N only: a
    perfect generator misses modes by chance where N is a few times M, and its divergence is not 0 but about
    (M - 1) / 2N: 0.0195 for 1,000 modes and 25,600 images.

    Args:
      mode: i[N] in [0, M), the mode of each generated image.
      reference: f[M], the real data's distribution over the modes; sums to 1.

    Returns:
      The number of modes with at least one image, in [1, M]; the divergence, at least 0, inf where a mode of
      no probability was drawn.

    Raises:
      ValueError: the modes are not integers in [0, M), or none, or the reference is no distribution.
    """
    reference = np.asarray(reference, np.float64)
    if reference.ndim != 1:
        raise ValueError(f"reference must be [M], not {list(reference.shape)}")
    _check_probability(reference)
    share = _shares(mode, len(reference))
    return int((share > 0).sum()), max(0.0, float(_relative_entropy(share, reference).sum()))


def _relative_entropy(p: np.ndarray, q: np.ndarray | float) -> np.ndarray:
    """The terms p log(p / q), 0 where p is."""
    from scipy import special  # slow to import

    return np.asarray(special.rel_entr(p, q))


def _labels(label: np.ndarray, classes: int) -> np.ndarray:
    label = np.asarray(label)
    if label.ndim != 1 or not np.issubdtype(label.dtype, np.integer):
        raise ValueError(f"labels must be integers [N], not {label.dtype} {list(label.shape)}")
    if not len(label):
        raise ValueError("there are no labels")
    if label.min() < 0 or label.max() >= classes:
        raise ValueError(f"labels must be in [0, {classes}), not in [{label.min()}, {label.max()}]")
    return label.astype(np.int64)


def _pair(target: np.ndarray, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    anything = np.iinfo(np.int64).max
    target, read = _labels(target, anything), _labels(read, anything)
    if len(target) != len(read):
        raise ValueError(f"{len(target)} labels asked for, but {len(read)} read")
    return target, read


def _shares(label: np.ndarray, classes: int) -> np.ndarray:
    return np.bincount(_labels(label, classes), minlength=classes) / len(label)


def _check_probability(p: np.ndarray) -> None:
    """Over the last axis; single precision has to pass."""
    if not ((p >= 0).all() and np.allclose(p.sum(-1), 1, atol=1e-4)):
        raise ValueError("probabilities must be at least 0 and sum to 1")
