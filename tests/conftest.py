"""Shared by all tests: four CPU devices, compiled programs and the data folder."""

import gc
import os
from contextlib import contextmanager
from pathlib import Path

import jax
import matplotlib
import matplotlib.pyplot
import pytest

matplotlib.use("Agg")
jax.config.update("jax_num_cpu_devices", 4)

# Compiling is most of the work. Programs that run for seconds at most are not worth optimising,
# and what any test of any process compiled is read back, in this run and in later ones. Processes
# that tests start inherit the level: with another one they would round differently.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
jax.config.update("jax_disable_most_optimizations", True)
COMPILED = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "jaxrep" / "tests"
jax.config.update("jax_compilation_cache_dir", str(COMPILED))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.01)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
MOST_MAPS = 15_000
"""Memory maps of a process from which on compiled programs are dropped between two files."""


@contextmanager
def optimised_programs():
    """Around training that is longer than its compilation."""
    jax.config.update("jax_disable_most_optimizations", False)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", True)


def data_folder() -> Path | None:
    """`$JAXREP_DATA`, or ``../shared/data`` from the repository's root."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("JAXREP_DATA", default))
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, published weights and golden values."""
    folder = data_folder()
    if folder is None:
        pytest.skip("no ../shared/data and no $JAXREP_DATA: golden values are not checked")
    return folder


@pytest.fixture(scope="session")
def published(shared_data) -> Path:
    """Published networks of group_composition."""
    return shared_data / "group_composition"


@pytest.fixture(autouse=True)
def figures_are_closed():
    """A figure that a test leaves open would be counted by the next one."""
    yield
    matplotlib.pyplot.close("all")


@pytest.fixture(scope="module", autouse=True)
def programs_are_dropped():
    """A process may have 65,530 memory maps (Linux), and a compiled program takes nine: at the end
    of 5,000 tests reading one more from the cache was a segmentation fault."""
    yield
    maps = Path("/proc/self/maps")
    if maps.exists() and maps.read_bytes().count(b"\n") > MOST_MAPS:
        jax.clear_caches()
        gc.collect()


@pytest.fixture
def double():
    """float64 inside the test."""
    with jax.enable_x64():
        yield
