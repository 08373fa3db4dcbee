"""Statistics of Gabor functions: known ones, published ones, bandwidths by brute force."""

import numpy as np
import pytest

from jaxrep.analysis import GaborStatistics, gabor_statistics

SIDE = 24
DOWN, RIGHT = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2


def gabor(frequency, angle, across, along):
    """A Gabor function by its definition, even."""
    u = RIGHT * np.cos(angle) + DOWN * np.sin(angle)
    v = DOWN * np.cos(angle) - RIGHT * np.sin(angle)
    envelope = np.exp(-(u**2) / (2 * across**2) - v**2 / (2 * along**2))
    return envelope * np.cos(2 * np.pi * frequency * u)


def test_known_gabor_functions():
    """Three of one shape and different angles, one blob and noise."""
    shape = {"frequency": 0.2, "across": 2.0, "along": 3.0}
    angles = (0.0, 0.1, np.pi / 4)
    noise = np.random.default_rng(0).normal(size=(SIDE, SIDE))
    blob = np.exp(-(RIGHT**2 + DOWN**2) / 18)
    found = gabor_statistics(np.stack([*(gabor(angle=a, **shape) for a in angles), blob, noise]))
    wanted = {"fitted": 0.8, "low_pass": 0.25, "frequency": 0.2, "aspect": 1.5, "cardinal": 2 / 3}
    wanted |= {"across": 0.4, "along": 0.6, "error": 0.0}
    for name, value in wanted.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-3), name


def test_bandwidths_are_those_of_the_spectrum():
    """Half height of one lobe of the transform, on a grid forty times finer."""
    width, length, frequency = 3.0, 2.5, 0.25
    found = gabor_statistics(gabor(frequency, 0.0, width, length)[None])
    fine = np.linspace(0, 0.5, 4001)
    lobe = np.exp(-((2 * np.pi * width * (fine - frequency)) ** 2) / 2)
    passed = fine[lobe > 0.5]
    assert found.octaves == pytest.approx(np.log2(passed[-1] / passed[0]), abs=5e-3)
    across = fine[np.exp(-((2 * np.pi * length * fine) ** 2) / 2) > 0.5][-1]
    assert found.degrees == pytest.approx(2 * np.degrees(np.arctan(across / frequency)), abs=0.1)


def test_golden_fields(shared_data):
    """gabor2d.npz: medians of the numbers that the fields were made of."""
    golden = np.load(shared_data / "frontier" / "localization" / "gabor2d.npz")
    _, _, across, along, _, frequency, _ = golden["parameters"].T
    clear = across * frequency > 0.2
    found = gabor_statistics(golden["fields"])
    assert found.fitted == 1 and found.low_pass == pytest.approx(1 - clear.mean())
    shape = across[clear], along[clear], frequency[clear]
    wanted = {"frequency": shape[2], "aspect": shape[1] / shape[0]}
    wanted |= {"across": shape[0] * shape[2], "along": shape[1] * shape[2]}
    for name, values in wanted.items():
        assert getattr(found, name) == pytest.approx(np.median(values), rel=1e-6), name


def test_nothing_to_summarise():
    nothing = gabor_statistics(np.zeros((2, 6, 6)))
    assert all(np.isnan(value) for value in nothing)
    assert len(GaborStatistics._fields) == len(nothing)
    with pytest.raises(ValueError, match=r"weights: shape \(0, 6, 6\) given; one or more fields"):
        gabor_statistics(np.zeros((0, 6, 6)))
