"""A drawing as files: PNG for the page, SVG and PDF for papers, its numbers as CSV."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from PIL import Image

from jaxrep.engine.files import atomically
from jaxrep.study.figure_data import curves_text, matrices_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 110
"""Per inch of a PNG, of a drawing that asks for no more."""
RASTERISED = 20_000
"""Points of one curve or cloud from which on it is a picture in an SVG and a PDF as well."""
VECTORS = ("svg", "pdf")
VECTOR_LOOK = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "jaxrep"}
"""Text stays text; two writings of one drawing are the same bytes."""
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


def shown_picture(drawing: "Figure", target: Path) -> bytes:
    """Write a PNG; returns the same pixels as the page shows them.

    Raises:
      StorageError: it cannot be written.
    """
    with atomically(target) as temporary:
        drawing.savefig(temporary, format="png", dpi=_dots(drawing))
    with Image.open(target) as picture:
        return webp(picture.convert("RGB"))


def vector_files(drawing: "Figure", target: Path, kinds: Sequence[str] = VECTORS) -> list[Path]:
    """Write a drawing as SVG and PDF beside ``target`` (its PNG); returns what was written.

    The drawing keeps the places that its PNG has: laying it out again takes most of the time.

    Raises:
      StorageError: one cannot be written.
    """
    written = []
    drawing.set_layout_engine("none")
    _rasterise(drawing)
    with mpl.rc_context(VECTOR_LOOK):
        for kind in kinds:
            path = target.with_suffix(f".{kind}")
            with atomically(path) as temporary:
                drawing.savefig(temporary, format=kind, dpi=_dots(drawing), metadata=UNDATED[kind])
            written.append(path)
    return written


def number_files(drawing: "Figure", target: Path) -> list[Path]:
    """Write what a drawing shows as CSV beside ``target`` (its PNG); returns what was written.

    Raises:
      StorageError: one cannot be written.
    """
    written = []
    for suffix, text in ((".csv", curves_text(drawing)), (".matrices.csv", matrices_text(drawing))):
        if text:
            path = target.with_suffix(suffix)
            with atomically(path) as temporary:
                temporary.write_text(text)
            written.append(path)
    return written


def _dots(drawing: "Figure") -> float:
    """Per inch: a figure for a paper has more than one for the page."""
    return float(max(DOTS, drawing.dpi))


def _rasterise(drawing: "Figure") -> None:
    """Clouds and curves of very many points become pictures in vector files."""

    def many(artist: Any) -> bool:
        if isinstance(artist, Line2D):
            return np.size(artist.get_xdata(orig=False)) > RASTERISED
        if isinstance(artist, Collection):
            paths = sum(len(path.vertices) for path in artist.get_paths())
            return max(len(artist.get_offsets()), paths, np.size(artist.get_array())) > RASTERISED
        return False

    for artist in drawing.findobj(many):
        artist.set_rasterized(True)


def smaller(pictures: Sequence[bytes], most: int) -> list[bytes]:
    """WebP pictures without loss, or, where all together are more bytes than `most`, with some."""
    if sum(map(len, pictures)) <= most:
        return list(pictures)
    encoded = []
    for picture in pictures:
        file = io.BytesIO()
        Image.open(io.BytesIO(picture)).save(file, "webp", quality=75, method=2)
        encoded.append(min(file.getvalue(), picture, key=len))
    return encoded


def webp(pixels: Any) -> bytes:
    """A picture as WebP without loss: three quarters of a PNG."""
    file = io.BytesIO()
    pixels.save(file, "webp", lossless=True, quality=20, method=1)
    return file.getvalue()
