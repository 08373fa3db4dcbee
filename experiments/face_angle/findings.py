"""What was found in the networks of a face-angle run, as figures, tables and answers need it."""

from typing import NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Bool, Float, PyTree

from jaxrep.analysis.angle_reading import least_squared_error
from jaxrep.analysis.fisher import Jackknifed
from jaxrep.analysis.fisher_shape import (
    PrecisionShape,
    fit_exponents,
)
from jaxrep.data.faces import Faces
from jaxrep.engine import Replicas
from jaxrep.study import GridPoint, grid_points
from jaxrep.theory.efficient_coding import information_exponent

from .config import Config
from .data import angle_range
from .depth import Depth
from .distortions import Distortions
from .emergence import Emergence
from .looks import Look
from .noise import Noise
from .problem import power_of

TOLERANCE = 0.25
"""Of an exponent: other windows of the fit move it by 0.2."""
OFTEN = 0.1
"""Share of its greatest value above which a density is often shown."""


class Dense(NamedTuple):
    """Plug-in information on a fine grid: by QR in float64, and as float32 inverses have it."""

    angles: Float[np.ndarray, " angle"]
    stable: Float[np.ndarray, "replica angle"]
    naive: Float[np.ndarray, "replica angle"]
    squared_error: Float[np.ndarray, "replica angle"]


class Found(NamedTuple):
    """Everything that figures and tables are made from.

    Attributes:
      config, replicas, faces: what was run.
      finite: networks that did not diverge; all arrays are NaN of the others.
      points: grid points that have a finite network, by name of the loss (and learning rate).
      flat: records with one leading dimension ``replica``.
      params: parameters of the networks that are analysed, ``[replica, ...]``.
      chosen_step: of the networks analysed.
      angles: where they were looked at, rad.
      inside: angles that a linear code does not lose information at for want of labels.
      density: of training angles there, per rad.
      bins: weights of the bins, or None.
      looks: by set of faces.
      jackknife: of the training faces, ``[replica, angle]`` fields.
      shape: of the information, one number for each network; with bins the share is that in the
        network's own likeliest bin.
      readout: information of the linear readout; None of circular codes.
      dense: or None.
      before: information of the networks that training started from; None without.
      depth: information of every layer, or None.
      emergence: information over training; None of too few steps.
      distortions: changes of a picture that the code sees best, or None.
      noise: information under added noise, or None.
    """

    config: Config
    replicas: Replicas
    faces: Faces
    finite: Bool[np.ndarray, " replica"]
    points: list[GridPoint]
    flat: xarray.Dataset
    params: PyTree
    chosen_step: np.ndarray
    angles: Float[np.ndarray, " angle"]
    inside: Bool[np.ndarray, " angle"]
    density: Float[np.ndarray, "replica angle"]
    bins: Float[np.ndarray, "replica bin"] | None
    looks: dict[str, Look]
    jackknife: Jackknifed
    shape: PrecisionShape
    readout: Float[np.ndarray, "replica angle"] | None
    dense: Dense | None
    before: Float[np.ndarray, "replica angle"] | None
    depth: Depth | None
    emergence: Emergence | None
    distortions: Distortions | None
    noise: Noise | None

    @property
    def information(self) -> Float[np.ndarray, "replica angle"]:
        """The mean term on training faces, the study's main quantity, 1 / rad^2."""
        return self.looks["train"].fisher.mean_term

    @property
    def readout_exponent(self) -> Float[np.ndarray, " replica"]:
        """g of the readout's information; NaN of circular codes."""
        if self.readout is None:
            return np.full(len(self.finite), np.nan)
        return fit_exponents(self.readout, self.density)

    @property
    def bound(self) -> Float[np.ndarray, "replica angle"]:
        """Cramér-Rao bound of the squared error, rad^2, of the information of both terms."""
        train = self.looks["train"]
        total = train.fisher.mean_term + train.fisher.covariance_term
        total = np.where(total > 0, total, np.nan)  # corrected, it can be below
        return least_squared_error(total, train.reading.bias, self.angles)

    @property
    def varies(self) -> bool:
        """Whether some angles are shown more often than others."""
        return bool(np.ptp(self.density, axis=1).max() > 1e-6)


def loss_of(found: Found, point: GridPoint) -> str:
    """The loss of a grid point."""
    losses = {power_of(loss): loss for loss in found.config.loss}
    return losses[loss_power(found.replicas, point)]


def loss_power(replicas: Replicas, point: GridPoint) -> float:
    """The power of a grid point's loss."""
    return replicas.arrays()[1]["power"][point.rows[0]]


def seed_of(found: Found, replica: int) -> int:
    """The seed of a network."""
    seeds = found.replicas.seeds  # the last axis of the grid
    return seeds[int(replica) % len(seeds)]


def theory_exponent(config: Config, loss: str) -> float:
    """g of ``I ~ p^g`` that a loss asks for."""
    return float(information_exponent(2.0 if config.error == "cosine" else power_of(loss)))


def window_of(config: Config) -> tuple[float, float]:
    """Centre and half width of where a concentrated density is: also for uniform angles."""
    return config.mean, 0.8 if config.code == "circular" else 0.4


def likeliest_bins(
    config: Config, bins: Float[np.ndarray, "replica bin"]
) -> Float[np.ndarray, "replica 2"]:
    """Centre and half width of the bin that each network was shown most often."""
    low, high = angle_range(config)
    half = (high - low) / bins.shape[1] / 2
    centres = low + half * (2 * bins.argmax(1) + 1)
    return np.stack([centres, np.full(len(bins), half)], 1)


def named_points(
    config: Config, replicas: Replicas, finite: Bool[np.ndarray, " replica"]
) -> list[GridPoint]:
    """Grid points by name of the loss (and learning rate), without those that diverged whole."""
    several = len(config.learning_rate) > 1
    names = [
        f"{loss}, rate {rate:g}" if several else loss
        for loss in config.loss
        for rate in config.learning_rate
    ]
    plain = [name for name, _ in replicas.points()]
    points = grid_points(replicas, finite, dict(zip(plain, names, strict=True)))
    return [point for point in points if len(point.finite)]


def of_networks(fields: PyTree, rows: np.ndarray) -> PyTree:
    """Some networks of a tuple of arrays ``[replica, ...]``."""
    return jax.tree.map(lambda x: x[rows], fields)
