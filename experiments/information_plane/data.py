"""The inputs and classes of a configuration of information_plane."""

from pathlib import Path

import numpy as np

from jaxrep.data.labelled import (
    Labelled,
    read_idx_folder,
    read_labelled_csv,
    read_labelled_npz,
    split_at_random,
)
from jaxrep.data.twelve_bits import twelve_bit_task
from jaxrep.errors import InputError

from .config import Config


def load(config: Config) -> Labelled:
    """The data of a configuration.

    Raises:
      InputError: the file or the split cannot be used.
    """
    try:
        return _read(config) if config.data != "twelve_bits" else _twelve_bits(config)
    except (ValueError, OSError, KeyError) as error:
        name = "split" if config.split and config.data == "twelve_bits" else "data"
        raise InputError(f"{name}: {config.split or config.data}: {error}") from None


def _read(config: Config) -> Labelled:
    data = config.data
    if Path(data).is_dir():
        loaded = read_idx_folder(data)
    else:
        loaded = read_labelled_npz(data) if data.endswith(".npz") else read_labelled_csv(data)
    if isinstance(loaded, Labelled):
        return loaded
    return split_at_random(*loaded, config.train_share, config.split_seed)


def _twelve_bits(config: Config) -> Labelled:
    codes = None
    if config.split:
        with np.load(config.split) as file:
            codes = (file["train"], file["test"])
    return twelve_bit_task(config.train_share, config.split_seed, config.zero_mean, codes)
