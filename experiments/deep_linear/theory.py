"""What theory says of a deep_linear run: transition times, and curves from the actual start."""

import jax
import numpy as np
import xarray

from jaxrep.engine import Replicas
from jaxrep.models.mode_coordinates import SingularModes
from jaxrep.problems.feature_task import FeatureSetting
from jaxrep.theory import mode_dynamics, reduced_model
from jaxrep.theory.balanced_start import similarity_change

ALIGNED_FROM = 0.01
"""Share of its final strength from which a mode of a deeper network counts as aligned."""


def predictions(
    records: xarray.Dataset,
    initial: dict[str, np.ndarray],
    modes: list[SingularModes],
    replicas: Replicas,
    setting: FeatureSetting,
    features: int,
) -> xarray.Dataset:
    """Theory for every replica, float64, for the linear network (also beside nonlinear ones).

    Args:
      records: of the run, replicas joined: ``[replica, step, ...]``.
      initial: parameters at step 0, ``[replica, ...]``, in the run's coordinates.
      modes: of each replica's data.
      replicas: their hyper-parameters.
      setting: of the run.
      features: number of features.

    Returns:
      ``predicted_transition [replica, mode]`` (steps; NaN where theory has no closed form),
      ``theory_mode_strength [replica, step, mode]``, ``theory_loss [replica, step]``.
    """
    items = len(modes[0].v)
    _, hyper = replicas.arrays()
    steps = records.step.values
    strength = np.stack([one.strength for one in modes])
    with jax.enable_x64():
        rate = mode_dynamics.effective_rate(hyper["learning_rate"], items, features)
        if setting.depth == 2:
            curves, losses = _two_layers(initial, modes, strength, rate, steps, setting, features)
            times = mode_dynamics.transition_times(
                strength,
                hyper["scale"][:, None],
                hyper["learning_rate"][:, None],
                items=items,
                hidden=setting.hidden,
                features=features,
            )
        else:
            curves = _aligned(records, strength, rate, steps, setting.depth)
            missing = np.sum((strength[:, None] - curves) ** 2, -1)
            losses = missing / (items * features)
            shared = np.log(0.5) / np.log1p(-np.minimum(rate, 1 - 1e-12))
            times = np.repeat(shared[:, None], strength.shape[1], 1)
            times = times if setting.depth == 1 else np.full_like(times, np.nan)
    return xarray.Dataset(
        {
            "predicted_transition": (("replica", "mode"), np.array(times), {"units": "updates"}),
            "theory_mode_strength": (("replica", "step", "mode"), np.array(curves)),
            "theory_loss": (("replica", "step"), np.array(losses)),
        }
    )


def closed_change(modes: SingularModes, balance: np.ndarray) -> np.ndarray:
    """`similarity_change` for each of several lambda over the largest singular value."""
    absolute = balance * modes.strength[0]
    with jax.enable_x64():
        change = [similarity_change(modes.strength, value, len(modes.v)) for value in absolute]
    return np.array(change, float)


def in_mode_coordinates(
    initial: dict[str, np.ndarray], modes: list[SingularModes], setting: FeatureSetting
) -> tuple[np.ndarray, np.ndarray]:
    """Two layers of every replica in the coordinates of its task's modes, float64."""
    first, last = (np.asarray(initial[name], float) for name in ("W1", "W2"))
    if not setting.rotated:
        first = np.einsum("rih,rik->rkh", first, np.stack([one.v for one in modes]))
    if not setting.in_modes:
        last = np.stack([_in_modes(w, one.u) for w, one in zip(last, modes, strict=True)])
    return first, last


def _two_layers(initial, modes, strength, rate, steps, setting, features):
    """The reduced model from each replica's own initial weights."""
    first, last = in_mode_coordinates(initial, modes, setting)
    items, count = len(modes[0].v), strength.shape[1]

    @jax.jit
    @jax.vmap
    def follow(first, last, strength, rate):
        start = reduced_model.reduced_start(first, last, count)
        g = reduced_model.solve_reduced_model(start, strength, rate, int(steps[-1]))[steps]
        return reduced_model.reduced_mode_strengths(g), reduced_model.reduced_loss(
            g, strength, items, features
        )

    return follow(first, last, strength, rate)


def _in_modes(last: np.ndarray, u: np.ndarray) -> np.ndarray:
    """``[W2 U, R]``, see `jaxrep.models.mode_coordinates`."""
    core = last @ u
    return np.concatenate([core, np.linalg.qr((last - core @ u.T).T)[1].T], 1)


def _aligned(records, strength, rate, steps, depth):
    """Each mode alone: exact for one layer, from the first sign of growth for three and more."""
    seen = records.mode_strength.values.astype(float)
    if depth == 1:
        start = seen[:, :1]
        return mode_dynamics.shallow_mode(
            steps[None, :, None], strength[:, None], start, np.reshape(rate, (-1, 1, 1))
        )
    curves = np.full(seen.shape, np.nan)
    for replica, mode in np.ndindex(*strength.shape):
        grown = np.flatnonzero(seen[replica, :, mode] > ALIGNED_FROM * strength[replica, mode])
        if not len(grown):
            continue
        first = grown[0]
        path = mode_dynamics.descend_modes(
            seen[replica, first, mode, None],
            strength[replica, mode, None],
            rate[replica],
            int(steps[-1] - steps[0]),
            depth,
        )
        curves[replica, first:, mode] = np.asarray(path)[steps[first:] - steps[first], 0]
    return curves
