"""Files of every loader, and ways to damage them: bits, cuts, pieces twice, numbers that lie.

    PYTHONPATH=. python -m tests.data.damage 2000    # the long run: that many files a loader

What a loader may do with a damaged file: give a value, or raise `ValueError` (of which
`InputError` is one) or `OSError` with one line. A killed process is the worst it can do, so that
the long run counts how far it came.
"""

import gzip
import io
import json
import struct
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from PIL import Image
from scipy.io import savemat

from jaxrep.data.angle_density import read_density
from jaxrep.data.cayley_files import read_group
from jaxrep.data.feature_files import read_feature_array, read_feature_csv
from jaxrep.data.idx_files import read_idx_array
from jaxrep.data.labelled import read_idx_folder, read_labelled_npz
from jaxrep.data.labelled_text import read_labelled_text
from jaxrep.data.picture_files import read_pictures
from jaxrep.models.published_weights import load_network, load_representations
from jaxrep.models.weight_files import read_weights
from jaxrep.safe_arrays import read_npy, read_npz

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 9, 9)).astype(np.uint8)
MNIST = [
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
]
WEIGHTS = {"W_x": (3, 4), "W_y": (3, 4), "W": (8, 5), "W_U": (5, 3)}
TABLE = "item;flies;size;kind\nrobin;yes;0,5;bird\nsalmon;no;2,5;fish\nsalmon;no;1e1;fish\n"


class Loader(NamedTuple):
    """A reader, and whole files for it by name."""

    read: Callable[[Path], object]
    files: dict[str, bytes]


def saved(write: Callable, *arguments, suffix: str = "", **keywords) -> bytes:
    """The bytes of a file as some library writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file{suffix}")
        write(path, *arguments, **keywords)
        return path.read_bytes()


def picture(values: np.ndarray, suffix: str) -> bytes:
    return saved(lambda path: Image.fromarray(values).save(path), suffix=suffix)


def matlab73(path: Path, compression: str | None) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("faces", data=IMAGES.reshape(6, 81), compression=compression)


def safetensors(arrays: dict[str, np.ndarray]) -> bytes:
    header, data = {}, b""
    for name, values in arrays.items():
        place = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": place}
        data += values.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def read_folder_of(path: Path) -> object:
    return read_pictures(path.parent, 8)


def read_mnist(path: Path) -> object:
    """A folder in which one of the four files is damaged."""
    images = np.zeros((6, 9, 9), np.uint8)
    for name in MNIST:
        if not (path.parent / name).exists():
            (path.parent / name).write_bytes(
                idx_file(images if "images" in name else images[:, 0, 0])
            )
    try:
        return read_idx_folder(path.parent)
    finally:
        for name in {*MNIST} - {path.name}:
            (path.parent / name).unlink()


def idx_file(values: np.ndarray) -> bytes:
    """Bytes of an array as MNIST's files hold them."""
    sizes = struct.pack(f">{values.ndim}I", *values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes()


def loaders() -> dict[str, Loader]:
    """Every loader with whole files."""
    draw = np.random.default_rng(1)
    weights = {name: draw.normal(size=size).astype("f4") for name, size in WEIGHTS.items()}
    split = {"x_train": IMAGES, "y_train": np.arange(6), "x_test": IMAGES, "y_test": np.arange(6)}
    idx = idx_file(IMAGES)
    klein = "e,a,b,c\na,e,c,b\nb,c,e,a\nc,b,a,e\n"
    products = np.add.outer(np.arange(5), np.arange(5)) % 5
    rows = "0,1\n0.5,2\n1,1\n"
    mats = {
        f"{name}.mat": saved(savemat, {"faces": IMAGES.reshape(6, 81).T}, **keywords)
        for name, keywords in {
            "plain": {},
            "packed": {"do_compression": True},
            "four": {"format": "4"},
        }.items()
    }
    hdf5 = {f"{kind}.mat": saved(matlab73, kind) for kind in (None, "gzip")}
    grey = {f"p{suffix}": picture(IMAGES[0], suffix) for suffix in (".png", ".pgm", ".bmp", ".gif")}
    lossy = {f"p{suffix}": picture(IMAGES[0], suffix) for suffix in (".jpg", ".tif", ".webp")}
    deep = {"p.png": picture(IMAGES[0].astype(np.uint16) * 257, ".png")}
    utf16 = {"t.csv": TABLE.encode("utf-16"), "u.csv": TABLE.encode()}
    npz, packed = (
        saved(save, suffix=".npz", **weights) for save in (np.savez, np.savez_compressed)
    )
    return {
        "npy": Loader(read_npy, {"a.npy": saved(np.save, np.eye(5), suffix=".npy")}),
        "npz": Loader(read_npz, {"a.npz": npz, "b.npz": packed}),
        "feature text": Loader(read_feature_csv, utf16),
        "feature array": Loader(
            read_feature_array, {"a.npy": saved(np.save, np.eye(5), suffix=".npy")}
        ),
        "labelled text": Loader(read_labelled_text, utf16),
        "labelled npz": Loader(
            read_labelled_npz, {"a.npz": saved(np.savez, suffix=".npz", **split)}
        ),
        "idx": Loader(read_idx_array, {"a": idx, "b.gz": gzip.compress(idx)}),
        "idx folder": Loader(
            read_mnist,
            {
                name: idx_file(IMAGES if "images" in name else np.arange(6, dtype="u1"))
                for name in MNIST
            },
        ),
        "cayley table": Loader(
            read_group,
            {"k.csv": klein.encode(), "c.npy": saved(np.save, products, suffix=".npy")},
        ),
        "density": Loader(lambda path: read_density(str(path)), {"d.csv": rows.encode()}),
        "pictures npy": Loader(
            lambda path: read_pictures(path, 8),
            {"a.npy": saved(np.save, IMAGES, suffix=".npy")},
        ),
        "pictures npz": Loader(
            lambda path: read_pictures(path, 8), {"a.npz": saved(np.savez, suffix=".npz", **split)}
        ),
        "pictures mat": Loader(lambda path: read_pictures(path, 8), mats),
        "pictures mat 7.3": Loader(lambda path: read_pictures(path, 8), hdf5),
        "picture folder": Loader(read_folder_of, grey | deep | lossy),
        "weights npz": Loader(
            lambda path: load_network(path, "C3"), {"w.npz": npz, "v.npz": packed}
        ),
        "weights safetensors": Loader(
            lambda path: load_network(path, "C3"), {"w.safetensors": safetensors(weights)}
        ),
        "arrays of a model": Loader(
            read_weights,
            {"w.npz": packed, "w.safetensors": safetensors(weights)},
        ),
        "representations": Loader(
            load_representations,
            {"r.npz": saved(np.savez, suffix=".npz", trivial=np.ones((3, 1, 1)))},
        ),
    }


def damaged(data: bytes, draw: np.random.Generator) -> bytes:
    """One to three things done to a file."""
    changed = bytearray(data)
    for _ in range(draw.integers(1, 4)):
        if not changed:
            break
        place, kind = int(draw.integers(len(changed))), draw.integers(8)
        if kind == 0:  # cut off
            del changed[place:]
        elif kind == 1:  # a piece lost
            del changed[place : place + int(draw.integers(1, 40))]
        elif kind == 2:  # a piece twice
            changed[place:place] = changed[place : place + int(draw.integers(1, 40))]
        elif kind == 3:  # a number that lies
            lie = draw.choice([0, 1, 2**7, 2**15, 2**31 - 1, 2**32 - 1])
            changed[place : place + 4] = struct.pack(draw.choice(["<I", ">I"]), lie)
        elif kind == 4:  # a digit of a header
            digits = [i for i, byte in enumerate(changed[:300]) if chr(byte).isdigit()]
            if digits:
                spot = int(draw.choice(digits))
                changed[spot : spot + 1] = bytes(draw.choice(list(b"0123456789-,e. "), 1).tolist())
        elif kind == 5:  # a byte of the first ones
            changed[int(draw.integers(min(len(changed), 64)))] = int(draw.integers(256))
        else:  # bits
            for spot in draw.integers(0, len(changed), int(draw.integers(1, 9))):
                changed[spot] ^= 1 << int(draw.integers(8))
    return bytes(changed)


def damaged_inside(data: bytes, draw: np.random.Generator) -> bytes:
    """The same within an archive, whose sums are right again; other files as they are."""
    if data[:2] == b"\x1f\x8b":
        return gzip.compress(damaged(gzip.decompress(data), draw))
    if data[:2] != b"PK":
        return damaged(data, draw)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    chosen = str(draw.choice(list(inside)))
    inside[chosen] = damaged(inside[chosen], draw)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return packed.getvalue()


def outcome(loader: Loader, path: Path) -> str:
    """What became of a file: a value, a refusal, or what must not be."""
    try:
        loader.read(path)
    except (ValueError, OSError) as error:
        return "refused" if "\n" not in str(error) and str(error) else f"lines: {error!r:.80}"
    except BaseException as error:  # whatever else it is, is what is looked for
        return f"{type(error).__name__}: {error!s:.80}"
    return "value"


def try_all(loader: Loader, count: int, seed: int) -> Counter:
    """Outcomes of so many damaged files."""
    draw, found = np.random.default_rng(seed), Counter()
    names = list(loader.files)
    with tempfile.TemporaryDirectory() as folder:
        for i in range(count):
            name = names[i % len(names)]
            path = Path(folder, "in", name)
            path.parent.mkdir(exist_ok=True)
            damage = damaged if draw.integers(2) else damaged_inside
            path.write_bytes(damage(loader.files[name], draw))
            found[outcome(loader, path)] += 1
            path.unlink()
    return found


if __name__ == "__main__":
    for name, loader in loaders().items():
        if len(sys.argv) < 3 or name == sys.argv[2]:
            clock = time.monotonic()
            print(f"{name:20}", end="", flush=True)
            found = try_all(loader, int(sys.argv[1]), 0)
            print(dict(found), f"{time.monotonic() - clock:.1f} s", flush=True)
