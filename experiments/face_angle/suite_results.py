"""Finished runs side by side: their curves of information, loss by loss."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray
from jaxtyping import Float

from jaxrep.analysis.fisher_curves import share_within
from jaxrep.engine.run import Run

from .config import Config
from .data import density_of, grid_of
from .findings import window_of


class Results(NamedTuple):
    """Several finished runs, by their labels."""

    results: Mapping[str, xarray.Dataset]
    configs: Mapping[str, Config]

    @classmethod
    def of(cls, runs: Mapping[str, Run], configs: Mapping[str, Config]) -> "Results":
        """What the runs' analyses wrote: NaN of networks that diverged."""
        return cls({label: run.results for label, run in runs.items()}, configs)

    def angles(self, label: str) -> Float[np.ndarray, " angle"]:
        """Where the networks of a run were looked at, rad."""
        return self.results[label].angle.values

    def curves(self, label: str) -> dict[str, Float[np.ndarray, "network angle"]]:
        """Information by loss, 1 / rad^2, training faces: finite networks, first learning rate."""
        return self._by_loss(label, "train_information")

    def _by_loss(self, label: str, name: str) -> dict[str, np.ndarray]:
        """A variable of the finite networks, ``[network, ...]``, of the first learning rate."""
        config, found = self.configs[label], []
        for variable in ("train_information", name):
            values = self.results[label][variable]
            if "learning_rate" in values.dims:
                values = values.isel(learning_rate=0)
            if "power" not in values.dims:
                values = values.expand_dims("power")
            found.append(values.transpose("power", "seed", ...).values)
        chosen = [one[np.isfinite(curves).all(1)] for curves, one in zip(*found, strict=True)]
        return dict(zip(config.loss, chosen, strict=True))

    def of_loss(self, label: str, name: str, loss: str) -> Float[np.ndarray, "network angle"]:
        """A variable of the finite networks of a loss, first learning rate."""
        return self._by_loss(label, name)[loss]

    def own_densities(self, label: str) -> dict[str, Float[np.ndarray, "network angle"]]:
        """Of the training angles of every network of `curves`."""
        same = self.density(label)
        if same is None:
            return self._by_loss(label, "density")
        curves = self.curves(label)
        return {loss: np.broadcast_to(same, one.shape) for loss, one in curves.items()}

    def first(self, label: str) -> Float[np.ndarray, "network angle"]:
        """Curves of the first loss."""
        return next(iter(self.curves(label).values()))

    def density(self, label: str) -> Float[np.ndarray, " angle"] | None:
        """Of training angles; None where every network has its own (`own_densities`)."""
        config = self.configs[label]
        if config.density == "stepwise":
            return None
        return np.asarray(density_of(config).pdf(grid_of(config, config.angles)))

    def varied_density(self, label: str) -> Float[np.ndarray, " angle"] | None:
        """The density, where some angles are shown more often than others."""
        density = self.density(label)
        return None if density is None or np.ptp(density) < 1e-6 else density

    def share(
        self, label: str, information: Float[np.ndarray, "network angle"] | None = None
    ) -> Float[np.ndarray, " network"]:
        """Of sqrt(I) around the centre (first loss); NaN where that is not inside the angles, and
        where every network has a density of its own, with a likeliest bin for a centre."""
        if self.configs[label].density == "stepwise":
            count = len(self.first(label) if information is None else information)
            return np.full(count, np.nan)
        information = self.first(label) if information is None else information
        angles, (centre, half) = self.angles(label), window_of(self.configs[label])
        period = 2 * np.pi if self.configs[label].code == "circular" else None
        if period is None and (centre - half < angles[0] or centre + half > angles[-1]):
            return np.full(len(information), np.nan)
        root = np.sqrt(np.maximum(information, 0))
        return np.asarray(share_within(root, angles, centre, half, period))
