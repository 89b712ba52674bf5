"""What the labels and the images themselves say, beside what their source says of them."""

from collections.abc import Iterator, Sequence

import numpy as np

from cwgan_jax.data.stream import Images

_SAMPLED = 64  # images of a streamed set that are looked at
_DARK = 32  # of 255: no set of pictures is meant to be as dark everywhere
_MOST = 20  # classes listed


def summary(label: np.ndarray, class_names: Sequence[str]) -> str:
    """How many classes there are, and how many images they have: those with the least and the most."""
    count = np.bincount(label, minlength=len(class_names))
    least, most = int(count.argmin()), int(count.argmax())
    if count[least] == count[most]:
        return f"{len(count):,} with {count[least]:,} image{'s' if count[least] > 1 else ''} each"
    span = f"{count[least]:,} ({class_names[least]}) to {count[most]:,} ({class_names[most]})"
    return f"{len(count):,} with {span} images each"


def missing(label: np.ndarray, class_names: Sequence[str]) -> Iterator[str]:
    """A warning of classes without an image."""
    absent = [
        name
        for name, n in zip(class_names, np.bincount(label, minlength=len(class_names)), strict=True)
        if not n
    ]
    if absent:
        listed = ", ".join(absent[:_MOST]) + (", ..." if len(absent) > _MOST else "")
        yield (
            f"{len(absent):,} of {len(class_names):,} classes have no image ({listed}): what is generated for"
            " them means nothing"
        )


def dark(image: np.ndarray | Images) -> Iterator[str]:
    """A warning of images that are all but black."""
    some = np.unique(np.linspace(0, image.shape[0] - 1, _SAMPLED).astype(int))
    brightest = int((image if isinstance(image, np.ndarray) else image[some]).max())
    if brightest < _DARK:
        yield f"no pixel is brighter than {brightest}, and 255 is white: the images are all but black"
