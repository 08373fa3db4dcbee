"""Shared by all tests: four CPU devices and the data folder."""

import os
from pathlib import Path

import jax
import matplotlib
import pytest

matplotlib.use("Agg")
jax.config.update("jax_num_cpu_devices", 4)


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
