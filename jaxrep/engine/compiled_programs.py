"""Compiled programs are kept from one process to the next, in the user's cache folder."""

import hashlib
import os
import platform
from pathlib import Path

import jax

MOST_BYTES = 1 << 30
"""Of all programs together; those that were not used for longest go first."""
LEAST_SECONDS = 0.02
"""Of compiling, from which on a program is kept: reading it takes a few milliseconds."""


def keep_compiled_programs(folder: Path | None = None) -> Path | None:
    """Keep what JAX compiles from now on, and read what was kept; returns the folder.

    Called by the command line of every study. A folder that is chosen already
    (``JAX_COMPILATION_CACHE_DIR``, or ``jax.config``) stays as it is, with its own limits. None
    where no folder can be written: then every process compiles for itself.

    >>> keep_compiled_programs() is not None
    True

    Args:
      folder: None is ``$XDG_CACHE_HOME/jaxrep`` (``~/.cache/jaxrep``), with a folder for each kind
        of processor: what was compiled for another one may not run here.
    """
    chosen = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
    if chosen:
        return Path(chosen)
    folder = folder or _cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_compilation_cache_max_size", MOST_BYTES)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", LEAST_SECONDS)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


def _cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "jaxrep" / f"programs-{_processor()}"


def _processor() -> str:
    """Name of this kind of processor: by its instructions, where Linux lists them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    told = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    words = f"{platform.machine()} {platform.processor()} {told}"
    return f"{platform.machine()}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"
