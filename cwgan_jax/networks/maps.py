"""The feature maps of the convolutional architectures: heights, features, and the kernels between them."""

SIZES = range(16, 257, 4)  # heights of the images
_LARGEST_BASE = 7  # height of the smallest maps, at most


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


def kernel_between(height: int) -> int:
    """Size of the kernel that halves maps of this height, or doubles maps to it.

    4, but 5 between maps of h and 2h + 1 pixels, such as 12 and 25 in an image of 100, which it fits exactly.
    """
    return 4 + height % 2


def critic_widths(size: int, features: int) -> tuple[int, ...]:
    """Features of the critic's hidden layers, from the largest maps to the smallest: f, 2f, up to 8f."""
    return tuple(features * min(8, 2**i) for i in range(len(map_heights(size))))


def generator_widths(size: int, features: int) -> tuple[int, ...]:
    """Features of the generator's hidden layers, from the smallest maps to the largest.

    Twice the critic's at the same resolution, at most 8f.
    """
    return tuple(min(8 * features, 2 * width) for width in reversed(critic_widths(size, features)))
