"""What all figures of the face-angle page share: names, their colours, words."""

import numpy as np

from jaxrep.plots.style import COLOURS, Palette, shades
from jaxrep.study import GridPoint

from .findings import Found, seed_of
from .looks import persons_of

UNTRAINED = "0.55"
"""Grey of networks before training, and of other nulls."""
FACES = {"train": "training faces", "test": "test faces", "validation": "validation faces"}
"""Names of the sets of faces."""
SPREAD = "Line: median over seeds, band: minimum to maximum."
COLOURED = (*COLOURS[:4], COLOURS[5], COLOURS[4])
"""Black and grey are for densities, theory and marks; both blues are not neighbours."""


def palette_of(found: Found) -> Palette:
    """Colours by name, the same in all figures: sets of faces, losses."""
    return Palette([*FACES.values(), *(point.title for point in found.points)], COLOURED)


def shown_points(found: Found) -> list[GridPoint]:
    """What medians and bands are taken over: the grid points, or, where every network has a
    density of angles of its own, every network by itself."""
    if found.bins is None:
        return found.points
    return [
        GridPoint(f"{point.title}, seed {seed_of(found, row)}", np.array([row]), np.array([row]))
        for point in found.points
        for row in point.finite
    ]


def own_density(found: Found) -> str:
    """What a caption says where networks have densities of their own."""
    if found.bins is None:
        return SPREAD
    return "Every network has a density of angles of its own, and is shown by itself."


def left_out(found: Found) -> str:
    """What the jackknife leaves out, in words."""
    persons = persons_of(found.faces, "train")
    if persons is None:
        return "faces"
    return f"the {len(np.unique(persons))} persons of {len(persons)} faces"


def seed_colours(found: Found) -> Palette:
    """A colour for each seed of the run, which no other name has."""
    return shades([f"seed {seed}" for seed in found.replicas.seeds])


def named_seeds(found: Found, rows: np.ndarray) -> list[str]:
    """Networks by their seeds."""
    return [f"seed {seed_of(found, replica)}" for replica in rows]
