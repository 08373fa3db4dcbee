"""What the configurations of all studies share.

The configuration of a study is made of parts, frozen dataclasses of plain values with
defaults; `--help` shows each part as a group of options:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Model:
...     hidden: int = 10
>>> @dataclass(frozen=True)
... class Config(Replication, Model):
...     pass
>>> Config(hidden=3, seeds=2)
Config(hidden=3, seeds=2, first_seed=0, precision='float32')
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

from jaxrep.engine.files import SUMS, file_digest
from jaxrep.errors import InputError

Configuration = TypeVar("Configuration")


@dataclass(frozen=True)
class Replication:
    """How many networks, and in which arithmetic."""

    seeds: int = 4
    """Number of seeds."""
    first_seed: int = 0
    """The seeds are first_seed, first_seed + 1, ..."""
    precision: Literal["float32", "float64"] = "float32"
    """Of training."""


class InputFile:
    """Marks a field that may name a file or folder: ``Annotated[str, InputFile()]``.

    What is in the file is a part of the configuration then.
    """


def plain_values(config: Any) -> dict[str, Any]:
    """A configuration as JSON holds it."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def from_plain(kind: type[Configuration], values: Mapping[str, Any]) -> Configuration:
    """The configuration of `plain_values`; what an older run does not have is the default.

    Raises:
      InputError: a value the configuration does not have.

    >>> from_plain(Replication, plain_values(Replication(seeds=2)))
    Replication(seeds=2, first_seed=0, precision='float32')
    """
    known = {field.name for field in dataclasses.fields(kind)}
    for name in values:
        if name not in known:
            raise InputError(f"config: {name!r} is not a value of this study (any more)")
    return kind(**{name: _hashable(value) for name, value in values.items()})


def _hashable(value: Any) -> Any:
    return tuple(_hashable(item) for item in value) if isinstance(value, list) else value


def input_files(config: Any) -> dict[str, str]:
    """Field → digest of the content of the file or folder that it names, where it names one.

    A folder's digest is of the names and contents of all its files; that of a run directory is of
    its configuration.

    >>> import tempfile
    >>> from typing import Annotated
    >>> @dataclass
    ... class Config:
    ...     data: Annotated[str, InputFile] = ""
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "table.csv")
    ...     _ = file.write_text("1,2")
    ...     named = input_files(Config(str(file)))
    >>> named["data"] == hashlib.sha256(b"1,2").hexdigest(), input_files(Config())
    (True, {})
    """
    hints = get_type_hints(type(config), include_extras=True)
    named = {}
    for field in dataclasses.fields(config):
        marks = getattr(hints[field.name], "__metadata__", ())
        value = getattr(config, field.name)
        if value and any(isinstance(mark, InputFile) or mark is InputFile for mark in marks):
            path = Path(value)
            if path.is_file():
                named[field.name] = file_digest(path)
            elif path.is_dir():
                named[field.name] = _folder_digest(path)
    return named


def _folder_digest(folder: Path) -> str:
    config = folder / "config.json"
    if config.is_file() and (folder / SUMS).is_file():
        return file_digest(config)
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(f"{path.relative_to(folder)}\0{file_digest(path)}\0".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
