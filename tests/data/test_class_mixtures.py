"""Classes of different families, classes that are drawn, and inputs on segments."""

import jax
import numpy as np
import pytest

from jaxrep.data import (
    INPUT_FAMILIES,
    InputClass,
    gaussian_process,
    input_family,
    ising,
    rescale_support,
    sample_drawn_classes,
    sample_each_class,
)
from jaxrep.theory import input_law

KEY = jax.random.key(5)
COUNT = 20_000


def covariance(samples):
    samples = np.asarray(samples, float)
    return samples.T @ samples / len(samples)


def plain_covariance(length, correlation):
    """By its definition, of plain distances."""
    place = np.arange(length)
    return np.exp(-(((place[:, None] - place) / correlation) ** 2))


def test_every_class_is_drawn_from_a_family_of_its_own():
    edges = InputClass(input_family("nonlinear", 6), 1.5, {"gain": 100.0})
    clone = edges._replace(parameters={"gain": 100.0, "clone": 1.0})
    spins = InputClass(input_family("ising", 6), 0.5)
    found = np.asarray(sample_each_class(KEY, [edges, clone, spins], [COUNT, COUNT, 5]))
    first, second, third = jax.random.split(KEY, 3)
    np.testing.assert_array_equal(found[:COUNT], edges.sample(first, COUNT))
    np.testing.assert_array_equal(found[COUNT:-5], clone.sample(second, COUNT))
    np.testing.assert_array_equal(found[-5:], spins.sample(third, 5))
    # the same covariance, whose standard error is at most (2 / COUNT)^(1/2) = 0.01
    both = covariance(found[:COUNT]), covariance(found[COUNT:-5])
    np.testing.assert_allclose(*both, atol=0.05)
    assert np.abs(found[:COUNT]).std() < 0.1 < 0.5 < np.abs(found[COUNT:-5]).std()
    with pytest.raises(ValueError, match="counts: 1 given for 2 classes"):
        sample_each_class(KEY, [edges, clone], [1])


def test_a_batch_of_one_is_of_any_class_in_its_share():
    """2,000 batches; the inputs of a class have its neighbours' correlation."""
    pair = [InputClass(input_family("normal", 6), xi) for xi in (0.1, 50.0)]
    draw = jax.jit(jax.vmap(lambda key: sample_drawn_classes(key, pair, 1, (0.25, 0.75))))
    inputs, classes = (np.asarray(x)[:, 0] for x in draw(jax.random.split(KEY, 2000)))
    assert classes.mean() == pytest.approx(0.75, abs=0.04)  # four standard errors
    flat = np.ptp(inputs, 1) < 0.5  # all pixels of class 1 are nearly one number
    np.testing.assert_array_equal(flat, classes == 1)
    with pytest.raises(ValueError, match="shares: 3 given for 2 classes"):
        sample_drawn_classes(KEY, pair, 1, (1.0, 1.0, 1.0))
    for shares in ((-0.5, 1.5), (0.0, 0.0), (np.nan, 1.0)):
        with pytest.raises(ValueError, match="none below 0 and one above 0 are needed"):
            sample_drawn_classes(KEY, pair, 1, shares)


@pytest.mark.parametrize("dimensions", [1, 2])
def test_a_segment_has_the_covariance_of_plain_distances(dimensions):
    family = input_family("normal", 5, dimensions, boundary="open")
    found = covariance(jax.jit(lambda key: family.sample(key, COUNT, 1.5))(KEY))
    exact = plain_covariance(5, 1.5)
    exact = exact if dimensions == 1 else np.kron(exact, exact)
    np.testing.assert_allclose(found, exact, atol=0.05)
    ring = input_family("normal", 5, dimensions).sample(KEY, COUNT, 1.5)
    assert np.abs(covariance(ring) - exact).max() > 0.3  # its ends are neighbours


def test_edges_and_clone_of_a_segment_and_given_pixels():
    family = input_family("nonlinear", 5, boundary="open", given={4: 0.5})
    inputs = np.asarray(family.sample(KEY, COUNT, 1.5, gain=3.0))
    np.testing.assert_allclose(inputs[:, 4], 0.5, atol=2e-3)
    # its neighbour feels it; the other end, its neighbour around a ring, does not
    assert inputs[:, 3].mean() > 0.07 and abs(inputs[:, 0].mean()) < 0.03
    plain = input_family("nonlinear", 5, boundary="open")
    exact = gaussian_process.saturated_covariance(plain_covariance(5, 1.5), 3.0)
    for clone in (0.0, 1.0):
        found = plain.sample(KEY, COUNT, 1.5, gain=3.0, clone=clone)
        np.testing.assert_allclose(covariance(found), exact, atol=0.05)


def test_an_open_ising_chain_by_its_law():
    """t^d at distance d, and by enumeration of its states."""
    family = input_family("ising", 4, boundary="open")
    found = covariance(family.sample(KEY, COUNT, 0.6))
    states = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1).T
    weight = np.exp(0.6 * np.sum(states[:, 1:] * states[:, :-1], 1))
    exact = (states * weight[:, None]).T @ states / weight.sum()
    np.testing.assert_allclose(exact[0], ising.ising_covariance(4, 0.6, periodic=False))
    np.testing.assert_allclose(found, exact, atol=0.05)


def test_which_families_have_segments_and_that_there_is_no_law_of_them():
    numbers = {"gain": 3.0, "power": 10.0, "freedom": 9.0}
    refused = set()
    for name, kind in INPUT_FAMILIES.items():
        if not kind.drawn or name == "block":
            continue
        own = {key: numbers[key] for key in kind.parameters if key in numbers}
        try:
            family = input_family(name, 6, boundary="open")
        except ValueError as error:
            assert str(error) == f"boundary: open given; inputs {name} exist on a ring only"
            refused.add(name)
            continue
        assert family.sample(KEY, 3, 0.5, **own).shape == (3, 6)
        assert input_law(family, 0.5, **own) is None
    assert refused == {"shell", "extreme", "pulse"}
    with pytest.raises(ValueError, match="boundary: 'torus' is not known; allowed: periodic, open"):
        input_family("normal", 6, boundary="torus")


def test_the_support_and_the_signs_that_change_along_a_segment():
    found = rescale_support(np.array([-1.0, 0.5, 2.0], np.float32), -2.0, 4.0)
    np.testing.assert_allclose(found, [-2, 2.5, 7])
    rows = np.array([[1.0, -1.0, -1.0, -1.0]], np.float32)
    assert gaussian_process.sign_changes(rows).tolist() == [0.5]
    np.testing.assert_allclose(gaussian_process.sign_changes(rows, periodic=False), [1 / 3])
