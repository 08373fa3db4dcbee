"""When the precision appears: information over training, and whether frequent angles come first."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from jaxrep.analysis.emergence import Order, order_of_emergence, rise_steps
from jaxrep.analysis.fisher_networks import information_of_networks
from jaxrep.analysis.fisher_shape import fit_exponents
from jaxrep.data.faces import Faces
from jaxrep.engine.run import Run

from .config import Config
from .looks import Angles, persons_of, respond

FEWEST_STEPS = 12
"""Steps at which networks were kept, without which no order can be told."""


class Emergence(NamedTuple):
    """Information of the code over training, training faces.

    Attributes:
      steps: at which networks were kept, the initial ones first.
      information: ``[step, replica, angle]``, 1 / rad^2.
      exponent: g of ``I ~ p^g`` at each step, ``[step, replica]``; NaN for uniform angles.
      half: step at which sqrt(I) has risen by half of all it rises, ``[replica, angle]``.
      density: of training angles, per rad.
      often: angles among which there is an order: those that are often shown.
      periodic: whether they go around a circle.
    """

    steps: Int[np.ndarray, " step"]
    information: Float[np.ndarray, "step replica angle"]
    exponent: Float[np.ndarray, "step replica"]
    half: Float[np.ndarray, "replica angle"]
    density: Float[np.ndarray, "replica angle"]
    often: Bool[np.ndarray, " angle"]
    periodic: bool

    def order(self, rows: Int[np.ndarray, " network"]) -> Order:
        """Of the median steps of some networks, which were shown the same angles."""
        middle = np.median(self.half[rows][:, self.often], 0)
        reference = self.density[rows[0], self.often]
        return order_of_emergence(middle, reference, periodic=self.periodic)

    def orders(self, rows: Int[np.ndarray, " network"]) -> Float[np.ndarray, " network"]:
        """Kendall's tau of every network by itself."""
        return np.array([self.order(rows[index : index + 1]).tau for index in range(len(rows))])


def information_over_training(
    config: Config,
    faces: Faces,
    run: Run,
    finite: Bool[np.ndarray, " replica"],
    angles: Angles,
    density: Float[np.ndarray, "replica angle"],
    often: Bool[np.ndarray, " angle"],
) -> Emergence | None:
    """Of all networks that were kept, in the order of their steps; None of a single one."""
    steps = np.array(run.steps)
    if len(steps) < 2 or not finite.any():
        return None
    persons, curves = persons_of(faces, "train"), []
    for step in steps:
        found = respond(config, faces, run.states(int(step)).params, faces.rows["train"], angles)
        curves.append(information_of_networks(found, groups=persons).mean_term)
    information = np.where(finite[:, None], np.stack(curves), np.nan)
    root = np.sqrt(np.maximum(information, 0))  # corrected, it can be below 0
    periodic = config.code == "circular"
    # the last angle of a circle is the first again
    whole = np.arange(len(angles)) < len(angles) - periodic
    return Emergence(
        steps,
        information,
        np.stack([fit_exponents(curve, density) for curve in information]),
        rise_steps(root.swapaxes(0, 1), steps),
        density,
        often & whole,
        periodic,
    )
