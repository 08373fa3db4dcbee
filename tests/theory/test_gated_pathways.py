"""The race of pathways against the full gated network: exclusive or, and paths that compete."""

import numpy as np
import pytest

from jaxrep.theory.gated_pathways import Race, descend_race, pathway_race, race_half_time

pytestmark = pytest.mark.usefixtures("double")

X = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
Y = X[:, 0] * X[:, 1]
UNITS = X / np.sqrt(2)


def full_network(gates, directions, start, rate, steps, hidden=5):
    """Gradient descent in numpy: path p is ``x W_p v_p`` where its gate is open."""
    rng = np.random.default_rng(0)
    signs = np.sign((gates * (X @ directions.T)).T @ Y)
    spread = rng.normal(size=(len(directions), hidden))
    spread /= np.linalg.norm(spread, axis=1, keepdims=True)
    b = np.sqrt(start)
    first = b[:, None, None] * directions[:, :, None] * spread[:, None]
    last = signs[:, None] * b[:, None] * spread
    losses = []
    for _ in range(steps + 1):
        hidden_layer = np.einsum("si,pih->sph", X, first)
        outputs = np.einsum("sp,sph,ph->s", gates, hidden_layer, last)
        error = Y - outputs
        losses.append(np.mean(error**2) / 2)
        slope_first = np.einsum("s,sp,si,ph->pih", error, gates, X, last) / len(X)
        slope_last = np.einsum("s,sp,sph->ph", error, gates, hidden_layer) / len(X)
        first, last = first + rate * slope_first, last + rate * slope_last
    return np.array(losses)


def test_exclusive_or_is_the_golden_race():
    """The sheet's losses to their six digits; the full network is the race, measured 2e-16."""
    gates = (X @ X.T > 0) * 1.0
    race = pathway_race(X, Y, gates, UNITS)
    np.testing.assert_allclose(np.abs(race.pull), np.sqrt(2) / 4, atol=1e-15)
    np.testing.assert_allclose(race.overlap, np.eye(4) / 2, atol=1e-15)
    strength, loss = descend_race(race, np.full(4, 1e-4), 0.05, 400)
    golden = {0: 0.499859, 100: 0.495327, 200: 0.373412, 250: 0.135847, 300: 0.0119457}
    for step, wanted in {**golden, 400: 1.24757e-5}.items():
        assert float(loss[step]) == pytest.approx(wanted, rel=1e-5)
    wanted = full_network(gates, UNITS, np.full(4, 1e-4), 0.05, 400)
    np.testing.assert_allclose(loss, wanted, atol=1e-14)
    np.testing.assert_allclose(
        loss, 0.5 * (1 - np.sqrt(2) * np.abs(strength[:, 0])) ** 2, atol=1e-14
    )
    half = np.interp(np.sqrt(0.5) / 2, np.abs(strength[:, 0]), np.arange(401))
    assert half == pytest.approx(252.4, abs=0.05)
    closed = float(race_half_time(race.pull[0], 0.5, 1e-4, 0.05))
    assert closed == pytest.approx(252.9, abs=0.05)


def test_the_first_path_takes_what_another_could_have_learned():
    """Two paths for the same sample: the one that starts larger wins; the full network agrees."""
    gates = np.concatenate([(X @ X.T > 0) * 1.0, (X @ X[:1].T > 0) * 1.0], 1)
    directions = np.concatenate([UNITS, UNITS[:1]])
    race = pathway_race(X, Y, gates, directions)
    start = np.array([1e-3, 1e-4, 1e-4, 1e-4, 1e-5])
    strength, loss = descend_race(race, start, 0.05, 600)
    np.testing.assert_allclose(loss, full_network(gates, directions, start, 0.05, 600), atol=1e-13)
    assert strength[-1, 0] > 50 * strength[-1, 4] > 0
    assert float(strength[-1, 0] + strength[-1, 4]) == pytest.approx(np.sqrt(0.5), abs=1e-4)


def test_what_does_not_fit_is_refused():
    plain = getattr(pathway_race, "__wrapped__", pathway_race)
    with pytest.raises(
        ValueError, match=r"targets, gates: \(3,\) and \(4, 4\) given for 4 samples"
    ):
        plain(X, Y[:3], np.ones((4, 4)), UNITS)
    with pytest.raises(ValueError, match=r"directions: shape \(4, 2\) given; \[3, 2\] is needed"):
        plain(X, Y, np.ones((4, 3)), UNITS)
    race = Race(np.ones(2), np.eye(2), np.ones(()))
    plain = getattr(descend_race, "__wrapped__", descend_race)
    with pytest.raises(ValueError, match="start: 1 given for 2 paths"):
        plain(race, np.ones(1), 0.1, 3)
    with pytest.raises(ValueError, match="steps: -1 is negative"):
        plain(race, np.ones(2), 0.1, -1)
