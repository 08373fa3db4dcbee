"""Memory that is free, and trainings that cannot fit it."""

import math
from typing import Any

import jax
import numpy as np

from jaxrep.errors import InputError

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def available_bytes(device: Any, devices: int) -> int:
    """Memory of a device that is free, as far as it says so; a CPU device has its share."""
    stats = device.memory_stats() or {}
    if "bytes_limit" in stats:
        return stats["bytes_limit"] - stats.get("bytes_in_use", 0)
    return main_memory() // devices


def main_memory() -> int:
    """Free bytes of the machine; where it does not say so, more than any machine has."""
    try:
        with open("/proc/meminfo") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return np.iinfo(np.int64).max


def tree_bytes(tree: Any) -> int:
    """Of all arrays of a tree, or of their shapes."""
    return sum(math.prod(x.shape) * x.dtype.itemsize for x in jax.tree.leaves(tree))


def check_fits(networks: int, state: int, kept: int, on_device: int, device: Any, devices: int):
    """Refuse what cannot fit, before anything is compiled.

    What training needs beyond its variables (gradients, working space) is not counted: what this
    lets pass may still be too large; ``--dry-run`` knows more.

    Args:
      networks: of the training.
      state: bytes of one network's variables and optimizer.
      kept: bytes that one network's measurements take in main memory.
      on_device: networks of the fullest device.
      device: that device.
      devices: number of devices.

    Raises:
      InputError: the variables or the measurements are larger than what is free.
    """
    for words, needed, free in (
        (
            "their variables",
            state * on_device * devices,
            available_bytes(device, devices) * devices,
        ),
        ("what is measured of them", kept * networks, main_memory()),
    ):
        if needed > free:
            raise InputError(
                f"memory: of {networks:,} networks {words} alone take {size_words(needed)}, and "
                f"{size_words(free)} are free; fewer or smaller networks are needed (--dry-run "
                "says how many fit)"
            )


def size_words(size: float | int) -> str:
    """Bytes in words.

    >>> size_words(1536), size_words(3e13)
    ('1.5 KiB', '27 TiB')
    """
    unit = 0
    while size >= 1024 and unit + 1 < len(UNITS):
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if size >= 10 or not unit else f"{size:.1f} {UNITS[unit]}"
