"""A task that is learned after another one: what is forgotten, and how long reversal takes."""

import jax
import numpy as np
import xarray

from jaxrep.engine import Replicas, join_replicas
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.models.mode_coordinates import SingularModes
from jaxrep.theory.balanced_solution import layer_balance
from jaxrep.theory.mode_dynamics import effective_rate
from jaxrep.theory.reversal import balanced_time

from .config import Config
from .data import TaskData
from .given_start import SUFFIXES
from .shown import data_set_of

ALIGNED = 0.02
"""Largest part of the start's map beside the modes, over the strongest singular value, of networks
whose modes count as aligned with those of the new task."""


def second_task(
    flat: xarray.Dataset,
    initial: dict[str, np.ndarray],
    modes: list[SingularModes],
    data: TaskData,
    replicas: Replicas,
    config: Config,
) -> dict[str, tuple]:
    """Closed-form times from the start's own strengths, and the loss on the first task.

    Args:
      flat: records, ``[replica, step, ...]``.
      initial: parameters at the start, ``[replica, ...]``, in coordinates of the training.
      modes: of each replica's new task.
      data: both tasks.
      replicas: of this run.
      config: of this run.
    """
    _, hyper = replicas.arrays()
    features = len(data.tables[0].features)
    strength = np.stack([one.strength for one in modes])
    start = flat["map"].values[:, 0].astype(float)
    own = np.diagonal(start, axis1=1, axis2=2)[:, : strength.shape[1]]
    beside = start.copy()
    beside[:, np.arange(own.shape[1]), np.arange(own.shape[1])] = 0
    aligned = np.abs(beside).max((1, 2)) <= ALIGNED * strength[:, 0]
    if "map_beyond" in flat:  # features that the new task does not have
        beyond = np.abs(flat.map_beyond.values[:, 0]).max((1, 2))
        aligned &= beyond <= ALIGNED * strength[:, 0]
    with jax.enable_x64():
        layers = (np.asarray(initial[name], float) for name in ("W1", "W2"))
        balance = jax.vmap(layer_balance)(*layers)
        rate = effective_rate(hyper["learning_rate"], len(modes[0].v), features)
        times = balanced_time(
            strength / 2, strength, own, np.asarray(balance)[:, None], np.asarray(rate)[:, None]
        )
    times = np.where(aligned[:, None] & (own < strength / 2), np.asarray(times), np.nan)
    found = {
        "closed_transition": (("replica", "mode"), times, {"units": "updates"}),
        "start_balance": (("replica",), np.asarray(balance) / strength[:, 0]),
        "first_transition": (
            ("replica", "mode"),
            _first_transitions(config, strength.shape),
            {"units": "updates"},
        ),
    }
    if data.before:
        found |= _loss_on_first(flat, modes, data, replicas)
    return found


def _first_transitions(config: Config, shape: tuple[int, ...]) -> np.ndarray:
    """When the first task's modes were learned, as its run found."""
    missing = np.full(shape, np.nan)
    if config.start.lower().endswith(SUFFIXES):
        return missing
    try:
        results = Run.load(config.start).results
    except InputError:  # trained, and not analysed
        return missing
    leading = [name for name in results.transition.dims if name != "mode"]
    found = join_replicas(results[["transition"]], leading).transition.values
    return found if found.shape == shape else missing


def _loss_on_first(flat, modes, data: TaskData, replicas: Replicas) -> dict[str, tuple]:
    """The network's error on the first task while it learns the second, and where it has to end.

    From the map in the modes of the second; NaN where the first asks for features beyond them.
    """
    assert data.before
    which = data_set_of(replicas, data)
    learned = flat["map"].values.astype(float)
    beyond = np.zeros(learned.shape[:2])
    if "map_beyond" in flat:
        beyond = (flat.map_beyond.values.astype(float) ** 2).sum((2, 3))
    losses, ends = [], []
    for replica, table in enumerate(which):
        first, second = data.before[table].values, data.tables[table].values
        wanted = modes[replica].u.T @ first.T @ modes[replica].v
        outside = (first**2).sum() - (wanted**2).sum()
        known = outside <= 1e-9 * (first**2).sum()
        missing = ((learned[replica] - wanted) ** 2).sum((1, 2)) + beyond[replica]
        losses.append(missing / first.size if known else np.full(len(missing), np.nan))
        ends.append(((first - second) ** 2).sum() / first.size)
    return {
        "loss_on_first": (
            ("replica", "step"),
            np.stack(losses),
            {"long_name": "mean squared error on the first task"},
        ),
        "theory_loss_on_first": (("replica",), np.array(ends)),
    }
