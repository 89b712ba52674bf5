"""The feature maps of the convolutional architectures: lengths, features, and the kernels between them."""

SIZES = range(16, 257, 4)  # lengths of the examples' axes
_LARGEST_BASE = 7  # length of the smallest maps' shortest axis, at most


def map_heights(size: int) -> tuple[int, ...]:
    """Heights of the maps in an image of `size` pixels, from the largest to the smallest.

    Each is half of the one before, rounded down, until it is at most 7: 32 has 16, 8, 4; 56 has 28, 14, 7;
    100 has 50, 25, 12, 6.
    """
    heights = []
    while size > _LARGEST_BASE:
        size //= 2
        heights.append(size)
    return tuple(heights)


def map_shapes(lengths: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Lengths of the maps' axes in an example of these lengths, from the largest maps to the smallest.

    All axes are halved as often as the shortest: 64x96 has 32x48, 16x24, 8x12, 4x6.
    """
    halvings = len(map_heights(min(lengths)))
    return tuple(tuple(length >> i for length in lengths) for i in range(1, halvings + 1))


def kernel_between(lengths: tuple[int, ...], size: int = 4) -> tuple[int, ...]:
    """Sizes of the kernel that halves maps of these lengths, or doubles maps to them, one for each axis.

    Even axes have `size`, an even number; odd ones one more, which fits maps of h and 2h + 1 places exactly,
    such as 12 and 25 in an image of 100.
    """
    return tuple(size + length % 2 for length in lengths)


def critic_widths(lengths: tuple[int, ...], features: int) -> tuple[int, ...]:
    """Features of the critic's hidden layers, from the largest maps to the smallest: f, 2f, up to 8f."""
    return tuple(features * min(8, 2**i) for i in range(len(map_shapes(lengths))))


def generator_widths(lengths: tuple[int, ...], features: int) -> tuple[int, ...]:
    """Features of the generator's hidden layers, from the smallest maps to the largest.

    Twice the critic's at the same resolution, at most 8f.
    """
    return tuple(min(8 * features, 2 * width) for width in reversed(critic_widths(lengths, features)))


def whole_halvings(lengths: tuple[int, ...]) -> int:
    """How often all axes can be halved without a rest until the shortest has 7 places or fewer.

    32 is halved three times, to 4; 28 twice, to 7; 100 twice, to 25.
    """
    count = 0
    while min(lengths) > _LARGEST_BASE and not any(length % 2 for length in lengths):
        lengths, count = tuple(length // 2 for length in lengths), count + 1
    return count
