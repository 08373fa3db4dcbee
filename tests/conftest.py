"""Shared by all tests: four CPU devices and the data folder."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import jax
import matplotlib
import pytest

matplotlib.use("Agg")
# Read when JAX makes its first device. Costly passes take 15 % of the compilation and make
# programs that run once for seconds no faster.
FLAG = "--xla_llvm_disable_expensive_passes=true"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {FLAG}"
jax.config.update("jax_num_cpu_devices", 4)

# Compiling dominates. A program that another test of this process compiled is read back, not
# compiled again; nothing outlives the session.
COMPILED = tempfile.mkdtemp(prefix="jaxrep-compiled-")
atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)
jax.config.update("jax_compilation_cache_dir", COMPILED)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


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


@pytest.fixture
def double():
    """float64 inside the test."""
    with jax.enable_x64():
        yield
