"""Fields on a segment, whose ends are no neighbours: shifts, order and fits of plain distances."""

import numpy as np
import pytest

from jaxrep.analysis import fit_gabor, localization_order, shifted_cosine


def test_shifts_along_a_segment_by_trying_them_all():
    rng = np.random.default_rng(0)
    fields, templates = rng.normal(size=(3, 7)), rng.normal(size=(2, 7))

    def moved(template, shift):
        wanted = np.zeros_like(template)
        for place, value in enumerate(template):
            if 0 <= place + shift < len(template):
                wanted[place + shift] = value
        return wanted

    exact = [
        [
            max(abs(field @ moved(template, shift)) for shift in range(-6, 7))
            / (np.linalg.norm(field) * np.linalg.norm(template))
            for template in templates
        ]
        for field in fields
    ]
    np.testing.assert_allclose(shifted_cosine(fields, templates, periodic=False), exact, atol=1e-5)
    # what wraps around a ring is lost along a segment; squares as segments of segments
    seam, middle = np.eye(6)[:1] + np.eye(6)[5:], np.eye(6)[2:3] + np.eye(6)[3:4]
    assert float(shifted_cosine(seam, middle)[0, 0]) == pytest.approx(1, abs=1e-5)
    assert float(shifted_cosine(seam, middle, periodic=False)[0, 0]) == pytest.approx(0.5, abs=1e-5)
    corners = np.zeros((1, 9))
    corners[0, [0, 2, 6, 8]] = 1
    square = np.zeros((1, 9))
    square[0, [0, 1, 3, 4]] = 1
    found = [
        float(shifted_cosine(corners, square, (3, 3), periodic=p)[0, 0]) for p in (True, False)
    ]
    np.testing.assert_allclose(found, [1, 0.25], atol=1e-5)


def test_a_field_at_both_ends_is_in_the_middle_of_a_segment():
    """Its mean place; on a ring it lies across the seam, before all others."""
    fields = np.zeros((3, 10))
    fields[0, [0, 9]], fields[1, 2], fields[2, 7] = 1, 1, 1
    assert localization_order(fields, 0.1).tolist() == [1, 2, 0]
    assert localization_order(fields, 0.1, periodic=False).tolist() == [1, 0, 2]


@pytest.mark.parametrize("centre", [3.0, 20.5, 36.0])
def test_gabor_functions_of_plain_distances_are_recovered(centre):
    distance = np.arange(40) - centre
    field = 2 * np.cos(2 * np.pi * 6 * distance / 40 + 0.4) * np.exp(-((distance / 7) ** 2)) + 0.1
    found = fit_gabor(field, periodic=False)
    numbers = [float(x) for x in (found.centre, found.width, found.frequency, found.error)]
    np.testing.assert_allclose(numbers, [centre, 7, 6, 0], atol=1e-3)
    if centre != 20.5:  # cut at an end, which a ring does not do
        assert float(fit_gabor(field).error) > 0.05


def test_a_fit_in_a_program_has_the_same_numbers():
    import jax

    field = np.exp(-(((np.arange(12) - 10) / 2.0) ** 2))
    inside = jax.jit(lambda x: fit_gabor(x, periodic=False).error)(field)
    assert float(inside) == pytest.approx(float(fit_gabor(field, periodic=False).error), abs=1e-5)
