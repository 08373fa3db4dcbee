"""The inputs and classes of a configuration of information_plane."""

import functools
from pathlib import Path

from jaxrep.data.content import content_digest
from jaxrep.data.labelled import (
    Labelled,
    read_idx_folder,
    read_labelled_npz,
    split_at_random,
)
from jaxrep.data.labelled_text import LabelledText, read_labelled_text
from jaxrep.data.text_table import Header
from jaxrep.data.twelve_bits import twelve_bit_task
from jaxrep.errors import InputError
from jaxrep.safe_arrays import read_npz

from .config import Config


def load(config: Config) -> Labelled:
    """The data of a configuration.

    Raises:
      InputError: the file or the split cannot be used.
    """
    try:
        return _read(config) if config.data != "twelve_bits" else _twelve_bits(config)
    except InputError:
        raise
    except (ValueError, OSError, KeyError) as error:
        name = "split" if config.split and config.data == "twelve_bits" else "data"
        raise InputError(f"{name}: {config.split or config.data}: {error}") from None


def _read(config: Config) -> Labelled:
    data = config.data
    if Path(data).is_dir():
        loaded = read_idx_folder(data)
    elif data.endswith(".npz"):
        loaded = read_labelled_npz(data)
    else:
        loaded = _text(config)[:2]
    if isinstance(loaded, Labelled):
        return loaded
    return split_at_random(*loaded, config.train_share, config.split_seed)


def is_text(config: Config) -> bool:
    """Whether the data are a text file."""
    path = Path(config.data)
    return config.data != "twelve_bits" and path.is_file() and path.suffix != ".npz"


def notes_of(config: Config) -> list[str]:
    """How a text file was read, a line for each thing that was decided."""
    return list(_text(config).notes) if is_text(config) else []


def _text(config: Config) -> LabelledText:
    asked = config.data, config.item, config.class_column, config.header
    return _read_text(*asked, digest=content_digest(config.data))


@functools.lru_cache(maxsize=1)
def _read_text(
    path: str, item: str, class_column: str, header: Header, *, digest: str
) -> LabelledText:
    del digest  # part of the key: checks, notes and training read a large file once
    return read_labelled_text(path, item=item, class_column=class_column, header=header)


def _twelve_bits(config: Config) -> Labelled:
    codes = None
    if config.split:
        arrays = read_npz(config.split, ("train", "test"))
        if len(arrays) < 2 or any(part.dtype.kind not in "iu" for part in arrays.values()):
            raise ValueError("arrays train and test of pattern numbers are needed")
        codes = (arrays["train"], arrays["test"])
    return twelve_bit_task(config.train_share, config.split_seed, config.zero_mean, codes)
