"""Files and folders by what is in them, so that a changed one is never taken for the old."""

import hashlib
from pathlib import Path


def content_digest(path: str | Path) -> str:
    """sha256 of a file, or of all names and files below a folder; empty where there is neither.

    >>> content_digest("no such file")
    ''
    """
    path = Path(path)
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    if not path.is_dir():
        return ""
    whole = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        whole.update(f"{file.relative_to(path)}\0".encode())
        if file.is_file():
            whole.update(bytes.fromhex(content_digest(file)))
    return whole.hexdigest()
