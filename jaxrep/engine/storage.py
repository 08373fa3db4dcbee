"""What a full, read-only or vanished disk comes to: one line that says where and what to do."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jaxrep.errors import StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_ADVICE = {
    errno.ENOSPC: "make room, then run the same command again",
    errno.EDQUOT: "make room, then run the same command again",
    errno.EROFS: "choose a folder that can be written with --out or --report-to",
    errno.EACCES: "choose a folder that can be written with --out or --report-to",
    errno.EPERM: "choose a folder that can be written with --out or --report-to",
    errno.ENOENT: "it was removed meanwhile; run the same command again",
    errno.ENOTDIR: "it was replaced meanwhile; choose another folder with --out",
    errno.EIO: "the disk fails; choose another one with --out",
    errno.ESTALE: "the file system went away; run the same command again when it is back",
}
# TensorStore and HDF5 raise errors of their own around the system's words.
_WORDS = {
    "no space left": errno.ENOSPC,
    "disk quota": errno.EDQUOT,
    "read-only file system": errno.EROFS,
    "permission denied": errno.EACCES,
    "no such file": errno.ENOENT,
    "input/output error": errno.EIO,
}


def storage_error(error: BaseException, path: Path) -> StorageError | None:
    """The `StorageError` that an exception stands for; None where it is about something else."""
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, StorageError):
            return chain
        number = getattr(chain, "errno", None) if isinstance(chain, OSError) else None
        if number is None:
            text = str(chain).lower()
            named = re.search(r"errno = (\d+)", text)  # of HDF5
            by_words = next((n for words, n in _WORDS.items() if words in text), None)
            number = int(named[1]) if named else by_words
        if number in _ADVICE:
            reason = f"cannot be written or read ({os.strerror(number).lower()})"
            return StorageError(path, reason, _ADVICE[number], temporary=number in _FULL)
        chain = chain.__cause__ or chain.__context__
    return None


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the disk says inside the block into a `StorageError` about `path`."""
    try:
        yield
    except Exception as error:
        known = storage_error(error, path)
        if known is None or known is error:
            raise
        raise known from error
