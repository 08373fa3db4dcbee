"""When a quantity appears during training, point by point, and whether that order follows another.

Benjamin, Zhang, Qiu, Stocker and Kording (2022) found that networks become sensitive to frequent
features first. Neighbouring points (angles) are alike, so an order along them is compared with
orders that are just as smooth: the other curve, moved along.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array, Real


def rise_steps(
    values: Shaped[Array, "..."], steps: Shaped[Array, " step"], share: Real = 0.5
) -> Float[np.ndarray, "..."]:
    """The first step at which each curve has risen by a share of its way from first to last.

    Between two measured steps the curve is taken to be straight. What a point reaches in the end
    does not matter: a frequent angle is not early only because it ends higher.

    >>> rise_steps(np.array([[0.0, 4], [1, 4], [4, 6]]), np.array([0, 10, 40])).tolist()
    [20.0, 25.0]

    Args:
      values: ``[..., step, point]``.
      steps: at which they were measured, rising.
      share: of the way, above 0 and at most 1.

    Returns:
      ``[..., point]``, in units of `steps`; NaN where a value is not finite, or where the last is
      not above the first.

    Raises:
      ValueError: steps that do not rise or do not fit, or another share.
    """
    curves = np.asarray(real_array(values, "values"), float)
    times = np.asarray(real_array(steps, "steps"), float)
    if times.ndim != 1 or len(times) < 2 or not (np.diff(times) > 0).all():
        raise ValueError(f"steps: shape {times.shape} given; 2 or more that rise are needed")
    if curves.ndim < 2 or curves.shape[-2] != len(times):
        raise ValueError(f"values: shape {curves.shape} given for {len(times)} steps")
    if not 0 < share <= 1:
        raise ValueError(f"share: {share} given; above 0 and at most 1 is needed")
    first, last = curves[..., 0, :], curves[..., -1, :]
    known = np.isfinite(curves).all(-2) & (last > first)
    level = np.where(known, first + float(share) * (last - first), 0)[..., None, :]
    reached = np.where(known[..., None, :], curves, 0) >= level
    after = np.maximum(reached.argmax(-2), 1)[..., None, :]
    low, high = (np.take_along_axis(curves, at, -2)[..., 0, :] for at in (after - 1, after))
    start, end = times[after[..., 0, :] - 1], times[after[..., 0, :]]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (level[..., 0, :] - low) / (high - low)
    return np.where(known, start + np.clip(part, 0, 1) * (end - start), np.nan)


class Order(NamedTuple):
    """Whether points that have more of a reference come earlier.

    Attributes:
      tau: Kendall's tau-b of steps and reference, ``[...]``: -1 where more is earlier.
      null: what 95 % of the shifted references stay below in size.
      share: of shifted references whose tau is at least as far from 0; the one that is not moved
        counts. It cannot be less than 1 / points.
    """

    tau: Float[np.ndarray, "*batch"]
    null: Float[np.ndarray, "*batch"]
    share: Float[np.ndarray, "*batch"]


def order_of_emergence(
    steps: Shaped[Array, "..."], reference: Shaped[Array, " point"], *, periodic: bool = False
) -> Order:
    """Kendall's tau (1938) of when points rise with a reference, and of all its shifts.

    On a line the reference is followed by its mirror image and begins again, so that a moved one
    has no jump and is as smooth as it was; around a circle it is moved around.

    >>> early_in_the_middle = (np.arange(21) - 10.0) ** 2
    >>> order = order_of_emergence(early_in_the_middle, -early_in_the_middle)
    >>> float(order.tau), bool(order.share < 0.05)
    (-1.0, True)

    Args:
      steps: when each point rises, ``[..., point]`` (`rise_steps`); points that are NaN are left
        out.
      reference: of every point (the density of angles).
      periodic: the points go around a circle, without the first again at the end.

    Returns:
      Fields ``[...]``; NaN of fewer than 5 points, or where either is the same at all of them.

    Raises:
      ValueError: shapes that do not fit, or a reference that is not finite.
    """
    from scipy.stats import kendalltau

    times = np.asarray(real_array(steps, "steps"), float)
    points = np.asarray(real_array(reference, "reference"), float)
    if points.ndim != 1 or times.shape[-1:] != points.shape:
        raise ValueError(f"steps: shape {times.shape} given for {points.shape} points")
    if not np.isfinite(points).all():
        raise ValueError("reference: a value that is not finite")
    around = points if periodic else np.concatenate([points, points[::-1]])
    nothing = np.full(times.shape[:-1], np.nan)
    if not len(points):
        return Order(nothing, nothing, nothing)
    shifts = [np.roll(around, -by)[: len(points)] for by in range(len(around))]
    fields = []
    for each in times.reshape(-1, len(points)):
        known = np.isfinite(each)
        if known.sum() < 5:
            fields.append([np.nan] * 3)
            continue
        taus = np.array([kendalltau(each[known], moved[known])[0] for moved in shifts])
        sizes = np.abs(taus[np.isfinite(taus)])
        if not np.isfinite(taus[0]):
            fields.append([np.nan] * 3)
            continue
        # equal but for the order in which they were summed
        as_large = sizes >= abs(taus[0]) - 1e-12
        fields.append([taus[0], np.quantile(sizes, 0.95), as_large.mean()])
    arrays = np.array(fields, float).reshape(*times.shape[:-1], 3)
    return Order(arrays[..., 0], arrays[..., 1], arrays[..., 2])
