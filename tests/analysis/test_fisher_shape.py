"""The shape of precision curves against the functions it is made of, and closed forms."""

import numpy as np
import pytest

from jaxrep.analysis.fisher_curves import fit_floor, flatness, share_within
from jaxrep.analysis.fisher_shape import bin_means, fit_exponents, inner_angles, precision_shape

ANGLES = np.linspace(-1.5, 1.5, 31)
DENSITY = np.stack([np.exp(-2 * ANGLES**2), np.exp(-3 * ANGLES**2)])
POWERS = np.array([[1.0], [2.0]])
INFORMATION = 50 * DENSITY**POWERS + 3


def shape(information=INFORMATION, window=(0.0, 0.4), **changes):
    given = {"errors": 0.1 * INFORMATION, "window": window} | changes
    return precision_shape(information, DENSITY, ANGLES, **given)


def test_every_number_is_of_its_own_network():
    inside = inner_angles(ANGLES, 0.15)
    found, root = shape(inside=inside), np.sqrt(INFORMATION)
    np.testing.assert_allclose(found.share, share_within(root, ANGLES, 0.0, 0.4))
    np.testing.assert_allclose(found.total, np.trapezoid(INFORMATION, ANGLES, axis=1))
    np.testing.assert_allclose(found.total_root, np.trapezoid(root, ANGLES, axis=1))
    np.testing.assert_allclose(found.peak, [53, 53])
    np.testing.assert_allclose(found.floor, [3, 3], rtol=1e-4)
    # the error of a root is half of its relative error
    for part, known in zip(found.flat, flatness(root, 0.05 * root, inside), strict=True):
        np.testing.assert_allclose(part, known)
    plain = fit_exponents(INFORMATION - 3, DENSITY)
    np.testing.assert_allclose(plain, POWERS[:, 0])
    assert (found.exponent < plain).all()  # a floor makes it blunter


def test_a_network_without_information_has_no_numbers():
    information = INFORMATION.copy()
    information[0, 3] = np.nan
    found, whole = shape(information), shape()
    for field in ("share", "total", "total_root", "peak"):
        assert np.isnan(getattr(found, field)[0])
        assert getattr(found, field)[1] == getattr(whole, field)[1]
    nothing = shape(np.full_like(INFORMATION, np.nan))
    assert all(np.isnan(x).all() for x in (*nothing[:6], *nothing.flat))
    assert np.isnan(fit_floor(np.full(31, np.nan), DENSITY[0]).floor)


def test_a_window_outside_the_angles_has_no_share():
    assert np.isnan(shape(window=(1.4, 0.2)).share).all()
    assert np.isfinite(shape(window=(1.2, 0.2)).share).all()


@pytest.mark.parametrize("margin, count", ((0.0, 31), (0.05, 29), (0.15, 27), (2.0, 0)))
def test_inner_angles_leave_out_both_ends(margin, count):
    inside = inner_angles(ANGLES, margin)
    assert inside.sum() == count
    np.testing.assert_array_equal(inside, inside[::-1])


def test_means_of_bins_by_hand():
    curves = np.arange(22.0).reshape(2, 11)
    angles = np.linspace(0, 1, 11)
    # the ends, 0 and 10, belong to no bin; the middle one to the upper
    np.testing.assert_allclose(bin_means(curves, angles, 2), [[2.5, 7], [13.5, 18]])
    assert np.isnan(bin_means(curves[:, :3], angles[:3], 4)[0]).sum() == 3
