"""Arrays by name from somebody else's file of weights: .npz, or .safetensors."""

import json
import math
from pathlib import Path

import numpy as np

from jaxrep.errors import InputError
from jaxrep.safe_arrays import check_room, read_npz, whole

PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt")
PREFIXES = ("model.", "module.", "_orig_mod.", "network.")
"""Of names of a state_dict that a wrapper was saved with; taken off."""
_LARGEST_HEADER = 10_000_000
_KINDS = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}


def read_weights(path: str | Path) -> dict[str, np.ndarray]:
    """Arrays of a .npz or .safetensors file, without the prefix that all names share.

    Raises:
      InputError: the file cannot be read, is damaged, or is a pickle.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "weights.npz")
    ...     np.savez(file, **{"model.W": np.ones((2, 3)), "model.b": np.zeros(3)})
    ...     {name: array.shape for name, array in read_weights(file).items()}
    {'W': (2, 3), 'b': (3,)}
    """
    path = Path(path)
    if path.suffix.lower() in PICKLES:
        raise InputError(
            f"weights: {path} is a pickle, which may run anything and is not read; save the "
            "state_dict by safetensors.torch.save_file or numpy.savez"
        )
    named = "safetensors" if path.suffix.lower() == ".safetensors" else "npz"
    try:
        arrays = read_safetensors(path) if named == "safetensors" else read_npz(path)
    except (OSError, ValueError) as error:
        words = str(error).removeprefix(f"{path} ").removeprefix(f"{path}: ")
        raise InputError(f"weights: {path} is not a readable {named} file ({words})") from None
    for prefix in PREFIXES:
        if arrays and all(name.startswith(prefix) for name in arrays):
            arrays = {name.removeprefix(prefix): values for name, values in arrays.items()}
    return arrays


def read_safetensors(path: str | Path) -> dict[str, np.ndarray]:
    """Arrays of a .safetensors file: eight bytes of length, a JSON header, and the numbers.

    bfloat16 becomes float32. Format: https://github.com/huggingface/safetensors.

    >>> import tempfile, pathlib
    >>> head = b'{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}'
    >>> numbers = np.array([1, 2], "<f4").tobytes()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "w.safetensors")
    ...     _ = file.write_bytes(len(head).to_bytes(8, "little") + head + numbers)
    ...     read_safetensors(file)["w"].tolist()
    [1.0, 2.0]

    Raises:
      ValueError: a header that does not fit the file, or more than fits into memory.
      OSError: it cannot be read.
    """
    path = Path(path)
    with whole(path, ".safetensors file"), open(path, "rb") as file:
        size = path.stat().st_size
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(size - 8, _LARGEST_HEADER):
            raise ValueError(f"{path} claims a header of {length:,} bytes in {size:,}")
        header = json.loads(file.read(length))
        check_room(path, size, "as much")
        data = bytearray(file.read())
        return {
            name: _tensor(path, name, entry, data)
            for name, entry in header.items()
            if name != "__metadata__"
        }


def _tensor(path: Path, name: str, entry: dict, data: bytearray) -> np.ndarray:
    if entry["dtype"] not in _KINDS:
        raise ValueError(f"{path}: {name} is {entry['dtype']}, which is not read")
    kind, shape = np.dtype(_KINDS[entry["dtype"]]), entry["shape"]
    start, end = entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, start, end)):
        raise ValueError(f"{path}: {name} has shape {shape} from {start} to {end}")
    if not start <= end <= len(data) or end - start != math.prod(shape) * kind.itemsize:
        raise ValueError(
            f"{path}: {name} of shape {shape} claims bytes {start:,} to {end:,} of {len(data):,}"
        )
    values = np.frombuffer(data, kind, math.prod(shape), start).reshape(shape)
    if entry["dtype"] == "BF16":
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values
