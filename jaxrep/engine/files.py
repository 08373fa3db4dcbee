"""Files that are whole or not there, and that tell when they were changed.

`SHA256SUMS` lists the digests of the files of a run, in the form that ``sha256sum --check`` reads.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jaxrep.engine.storage import storage_errors
from jaxrep.errors import Damaged

SUMS = "SHA256SUMS"


@contextmanager
def atomically(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path`, whole and synced, when the block ends.

    Raises:
      StorageError: it cannot be written there.
    """
    with storage_errors(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            with open(temporary, "rb+") as written:
                os.fsync(written.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """The sha256 of a file's content, as hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, and list its digest in the folder's `SHA256SUMS`."""
    with atomically(path) as temporary:
        temporary.write_text(json_text(value))
    list_files(path)


def json_text(value: Any) -> str:
    """JSON as `write_json` writes it."""
    return json.dumps(value, indent=1) + "\n"


def text_digest(value: Any) -> str:
    """The digest of what `write_json` would write."""
    return hashlib.sha256(json_text(value).encode()).hexdigest()


def read_json(path: Path) -> Any:
    """Read JSON that is what was written.

    Raises:
      Damaged: it differs from its digest, or is no JSON.
      OSError: it cannot be read.
    """
    verify(path)
    try:
        return json.loads(path.read_text())
    except ValueError:  # also of text that is no UTF-8
        raise Damaged(f"run: {path} is damaged (it is no JSON)") from None


def list_files(*paths: Path) -> None:
    """Write the digests of files of one folder to its `SHA256SUMS`, beside those listed there."""
    folder = paths[0].parent
    lines = digests(folder) | {path.name: file_digest(path) for path in paths}
    with atomically(folder / SUMS) as temporary:
        temporary.write_text("".join(f"{lines[name]}  {name}\n" for name in sorted(lines)))


def digests(folder: Path) -> dict[str, str]:
    """File name → digest, as listed in a folder."""
    try:
        text = (folder / SUMS).read_text(errors="replace")
    except OSError:
        return {}
    pairs = (line.split("  ", 1) for line in text.splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def verify(path: Path) -> None:
    """Compare a file with its listed digest; one that is not listed passes.

    Raises:
      Damaged: it is not what was written.
      OSError: it is listed but cannot be read.
    """
    listed = digests(path.parent).get(path.name)
    if listed is not None and file_digest(path) != listed:
        raise Damaged(f"run: {path} is damaged (its content differs from {SUMS})")
