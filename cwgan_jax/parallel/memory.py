"""What a run needs of the memory of its devices and of the host, and whether there is as much."""

import contextlib
import ctypes
import math
import os
from collections.abc import Sequence

import jax
import numpy as np

from cwgan_jax.common.errors import ConfigError

_KEPT = 64 * 2**20  # bytes: the most that glibc's heap of a thread holds
_FEW_PROCESSORS = 4
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt, see malloc.h


def require(devices: Sequence[jax.Device], size: int, besides: int) -> tuple[int, int]:
    """Checks what a run needs.

    Args:
      devices: those of this process.
      size: bytes of each device.
      besides: bytes of data in the host's memory that are not among them.

    Returns:
      Bytes of each device and of the host besides: CPU devices have all in the host's.

    Raises:
      ConfigError: there is less.
    """
    device, machine = devices[0], os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if device.platform == "cpu":
        size, besides = size + besides // len(devices), 0
        _check(size * len(devices), machine, device.device_kind)
    else:
        _check(size, (device.memory_stats() or {}).get("bytes_limit", math.inf), device.device_kind)
        _check(besides, machine, "the host")
    return size, besides


def beside(devices: Sequence[jax.Device], image: np.ndarray, placed: jax.Array | None) -> int:
    """Bytes that resident images take of the host's memory, besides those of the devices.

    Args:
      devices: those of this process.
      image: the images in the host's memory.
      placed: the same on the devices; None: not there yet.

    Returns:
      Of CPU devices, which use the host's array if they can, the copies there are less one for each device.
    """
    if devices[0].platform != "cpu":
        return image.nbytes
    held = {image.ctypes.data}
    if placed is not None:
        held |= {shard.data.unsafe_buffer_pointer() for shard in placed.addressable_shards}
    return (len(held) - len(devices)) * image.nbytes


def return_memory() -> None:
    """Gives the compiler's memory back to the system: 600 MB after the step of configs/mnist.py.

    The C library would keep it.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def keep_buffers() -> None:
    """Lets the C library keep the buffers of a step, of up to 64 MiB, until the next.

    A step of cwgan_gp_conv at f = 16 takes 14 % less time on two CPU cores. XLA asks for its buffers at each
    call there. The C library gives back to the system what has more than 32 MiB, and the system clears the
    pages anew. Each of XLA's threads, as many as processors, may keep that much; of more than a few the
    memory would be missed, and all stays as it was.
    """
    if jax.default_backend() != "cpu" or (os.cpu_count() or 1) > _FEW_PROCESSORS:
        return
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_MMAP_THRESHOLD, _KEPT)
        library.mallopt(_TRIM_THRESHOLD, 2 * _KEPT)


def _check(size: int, limit: float, where: str) -> None:
    if size > limit:
        raise ConfigError(
            f"the run needs {size / 2**30:,.1f} GiB of memory, {where} has {limit / 2**30:,.1f}; lower"
            " config.train.batch_size, train.steps_per_call, model.features or data.size"
        )
