"""Nearest-neighbour information: golden numbers, brute force, ties, scales, blindness."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from jaxrep.analysis import (
    neighbour_class_information,
    neighbour_information,
    neighbour_ties,
)


@pytest.fixture(scope="module")
def channels(shared_data):
    folder = shared_data / "frontier" / "information"
    known = json.loads((folder / "channels.json").read_text())
    arrays = dict(np.load(folder / "channels.npz"))
    return [(n, v, arrays[f"{n}__first"], arrays[f"{n}__second"]) for n, v in known.items()]


def test_golden_numbers_of_thirty_two_channels(channels):
    """Formula 2.1 of the fact sheet, on its scale: measured 5e-16."""
    for name, known, first, second in channels:
        if name.startswith("class"):
            found = neighbour_class_information(first.astype(float), second, standardise=False)
            assert found == pytest.approx(known["ties_k3"], abs=1e-12), name
            continue
        pair = first.astype(float), second.astype(float)
        for k in (3, 5):
            found = neighbour_information(*pair, k, standardise=False)
            assert found == pytest.approx(known[f"ties_k{k}"], abs=1e-12), name


def test_single_precision_and_units_change_little(channels):
    """Measured at N = 300: .075 bits where the two scales differ most (the grid), else .034."""
    for name, known, first, second in channels:
        if not name.startswith("class"):
            found = neighbour_information(first, second)
            limit = 0.12 if name == "rounded_.1" else 0.05
            assert found == pytest.approx(known["ties_k3"], abs=limit), name


def by_definition(first, second, k):
    """All pairs of distances, exact comparisons; integers, so that nothing rounds."""
    count = len(first)
    one, two = (np.abs(v[:, None] - v[None]).max(-1) for v in (first, second))
    joint, total = np.maximum(one, two), 0.0
    for i in range(count):
        reach = np.sort(joint[i])[k]
        j, a, b = ((d[i] <= reach).sum() for d in (joint, one, two))
        if reach == 0:
            total += np.log(count * j / (a * b))
        elif j - 1 == k:
            a, b = ((d[i] < reach).sum() for d in (one, two))
            total += digamma(k) + digamma(count) - digamma(a) - digamma(b)
        else:
            total += digamma(j - 1) + digamma(count) - digamma(a - 1) - digamma(b - 1)
    return total / count / np.log(2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 5), st.integers(1, 3))
def test_ties_by_brute_force(seed, values, k, columns):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, values + 1, (40, columns))
    second = (first[:, :1] + rng.integers(0, values + 1, (40, 1))) // 2
    found = neighbour_information(first, second, k, standardise=False)
    if not np.isnan(found) and np.ptp(second):
        assert found == pytest.approx(by_definition(first, second, k), abs=1e-12)


def test_published_cases_of_ties():
    """Issue: -6.63, -9.7, 2.16, -1.83 and -5.4 before; deviations over draws are .02-.05."""
    rng = np.random.default_rng(5)
    bit, normal = rng.integers(0, 2, 1000), rng.normal(size=(3, 1000))
    correlated = 0.9 * normal[0] + 0.19**0.5 * normal[1]
    assert neighbour_information(bit, bit) == pytest.approx(1, abs=0.01)
    assert neighbour_information(bit, rng.integers(0, 2, 1000)) == pytest.approx(0, abs=0.01)
    dead = np.zeros((1000, 4))
    assert neighbour_class_information(dead, bit) == 0
    assert neighbour_information(dead, normal[0]) == 0
    rectified = np.maximum(normal, 0)
    assert neighbour_information(rectified[0], rectified[1]) == pytest.approx(0, abs=0.1)
    rounded = neighbour_information(np.round(normal[0]), np.round(correlated))
    assert rounded == pytest.approx(0.848, abs=0.15)
    saturated = np.tanh(1e3 * normal[0]), np.tanh(1e3 * correlated)
    assert neighbour_information(*saturated) == pytest.approx(0.4065, abs=0.12)
    exclusive = bit ^ (normal[2] > 0)
    assert neighbour_information(np.stack([bit, normal[2] > 0], 1), exclusive) == pytest.approx(
        1, abs=0.01
    )


def test_dither_parts_a_fine_grid():
    """Truth 1.193; without 1.54 (.07), with 1.22 (.08) over draws of 1000."""
    rng = np.random.default_rng(6)
    first = rng.normal(size=1000)
    second = np.round(0.9 * first + 0.19**0.5 * rng.normal(size=1000), 1)
    first = np.round(first, 1)
    assert neighbour_ties(first, second).level > 0.3
    assert neighbour_information(first, second) > 1.35
    assert neighbour_information(first, second, dither=1e-10) == pytest.approx(1.193, abs=0.2)
    bits = rng.integers(0, 2, (2, 1000))
    assert neighbour_information(*bits, dither=1e-10) == pytest.approx(0, abs=0.1)


@settings(max_examples=15, deadline=None)
@given(
    st.floats(1e-30, 1e30),
    st.floats(1e-30, 1e30),
    st.sampled_from([np.float32, np.float64]),
    st.integers(0, 99),
)
def test_units_do_not_matter(one, other, kind, seed):
    """Also column by column, also where squares would overflow."""
    rng = np.random.default_rng(seed)
    first = np.maximum(rng.normal(size=(60, 2)), 0).astype(kind)
    second = first[:, :1] + rng.normal(size=(60, 1)).astype(kind)
    wanted = neighbour_information(first, second)
    scaled = (first * np.array([one, other])).astype(kind), (second * other).astype(kind)
    # float32 rounds the product: a near tie may change sides, 1/60 of a row's nat
    limit = 1e-9 if kind == np.float64 else 0.1
    assert neighbour_information(*scaled) == pytest.approx(wanted, abs=limit)
    labels = (second[:, 0] > 0).astype(int)
    wanted = neighbour_class_information(first, labels)
    assert neighbour_class_information(scaled[0], labels) == pytest.approx(wanted, abs=limit)


def test_blind_where_all_inputs_are_equally_far_apart():
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    unbalanced = np.delete(bits, np.arange(0, 256, 7), 0)
    layer = np.tanh(bits @ np.random.default_rng(0).normal(size=(8, 3)))
    assert np.isnan(neighbour_information(layer, bits))
    assert np.isnan(neighbour_information(layer[: len(unbalanced)], unbalanced - 0.5))
    assert np.isnan(neighbour_information(np.eye(30), np.arange(30.0)))
    assert np.isnan(neighbour_class_information(bits, bits.sum(1) > 4))
    assert np.isnan(neighbour_information(layer, bits, dither=1e-10))  # no noise to go by
    assert np.isnan(neighbour_class_information(bits, bits.sum(1) > 4, dither=1e-10))
    assert neighbour_ties(layer, bits).spanning == 1
    assert np.isfinite(neighbour_class_information(layer, bits.sum(1) > 4))
    # the same bits, each row many times: there they are categories
    repeated = np.tile(bits[:16], (20, 1))
    assert neighbour_information(repeated, repeated[:, :2]) == pytest.approx(2, abs=0.02)


def test_any_labels_and_any_numbers():
    rng = np.random.default_rng(7)
    layer, labels = rng.integers(-100, 100, (60, 2)), rng.integers(0, 2, 60)
    wanted = neighbour_class_information(layer.astype(float), labels)
    for same in (labels * 0.4 + 0.3, labels + 2**32, np.array(["no", "yes"])[labels], labels > 0):
        assert neighbour_class_information(layer.astype(np.int8), same) == wanted
    wanted = neighbour_information(layer.astype(float), labels.astype(float))
    for kind in (np.int8, np.float16, np.int64):
        assert neighbour_information(layer.astype(kind), labels > 0) == wanted


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda a, y: neighbour_information(a, a[:, 0] * np.nan), "second: 9 of 9 values"),
        (lambda a, y: neighbour_information(a[:1], a[:1]), "neighbours: 3 is outside 1 .. 0"),
        (lambda a, y: neighbour_information(a[:, :0], a), "first: shape \\(9, 0\\) is not"),
        (lambda a, y: neighbour_information(a[:0], a[:0]), "first: shape \\(0, 2\\) is not"),
        (lambda a, y: neighbour_information(a.astype(str), a), "first: values of type"),
        (lambda a, y: neighbour_information(a, a, dither=-1.0), "dither: -1.0 given"),
        (lambda a, y: neighbour_class_information(a, y * np.nan), "classes: 9 labels are NaN"),
        (lambda a, y: neighbour_class_information(a * np.inf, y), "activations: 18 of 18"),
        (lambda a, y: neighbour_class_information(a, np.arange(9)), "class 0 has 1 inputs"),
    ],
)
def test_bad_input_gets_one_line(call, message):
    values = np.random.default_rng(8).normal(size=(9, 2))
    with pytest.raises(ValueError, match=message):
        call(values, np.zeros(9))
