"""Pruned networks by definition, in plain loops; groups, orders, what diverged."""

import numpy as np

from jaxrep.analysis import (
    group_means,
    localization_order,
    localization_orders,
    localized_groups,
    peak_distance,
    prune_networks,
    unit_contributions,
)

RANDOM = np.random.default_rng(0)
HIDDEN = RANDOM.normal(size=(3, 20, 4)).astype(np.float32)
WEIGHTS = RANDOM.normal(size=(3, 4)).astype(np.float32)
POSITIVE = np.arange(20) >= 10
RATIO = np.array([[0.2, 0.05, 0.5, 0.01], [0.3, 0.4, 0.2, 0.6], [0.05, 0.2, 0.3, 0.1]])
OFFSETS = np.array([0.1, 0.0, -0.2], np.float32)


def area_by_pairs(scores):
    """Share of pairs of a positive and another input that are in order; ties do not occur."""
    return (scores[POSITIVE][:, None] > scores[~POSITIVE]).mean()


def refitted_by_search(scores):
    """The best cut between every other input, judged on the rest."""
    ordered = np.sort(scores[::2])
    middles = (ordered[1:] + ordered[:-1]) / 2
    cuts = np.concatenate([ordered[:1] - 1, middles, ordered[-1:] + 1])
    right = [((scores[::2] > cut) == POSITIVE[::2]).mean() for cut in cuts]
    return ((scores[1::2] > cuts[np.argmax(right)]) == POSITIVE[1::2]).mean()


def pruned(contributions):
    groups, orders = localized_groups(RATIO, 0.1), localization_orders(RATIO)
    return prune_networks(contributions, OFFSETS, POSITIVE, groups, orders, 0.05)


def test_groups_of_units_by_definition():
    contributions = unit_contributions(HIDDEN, WEIGHTS)
    np.testing.assert_allclose(contributions[1, :, 2], HIDDEN[1, :, 2] * WEIGHTS[1, 2] / 4)
    found = pruned(contributions)
    for network in range(3):
        local = RATIO[network] > 0.1
        for group, units in enumerate((local | True, local, ~local)):
            if not units.any():
                assert np.isnan(found.accuracy[network, group])
                assert np.isnan(found.refitted[network, group] + found.area[network, group])
                continue
            scores = contributions[network][:, units].sum(1) + OFFSETS[network]
            accuracy = ((scores > 0.05) == POSITIVE).mean()
            np.testing.assert_allclose(found.accuracy[network, group], accuracy, rtol=1e-6)
            area, refitted = area_by_pairs(scores), refitted_by_search(scores)
            np.testing.assert_allclose(found.area[network, group], area, rtol=1e-6)
            np.testing.assert_allclose(found.refitted[network, group], refitted, rtol=1e-6)


def test_units_added_in_order():
    contributions = unit_contributions(HIDDEN)
    found = pruned(contributions)
    for order, units in enumerate(([2, 0, 1, 3], [3, 1, 0, 2])):
        for kept in range(1, 5):
            area = area_by_pairs(contributions[0][:, units[:kept]].sum(1))
            np.testing.assert_allclose(found.curve[0, order, kept - 1], area, rtol=1e-6)


def test_a_diverged_network_is_no_result_and_changes_no_other():
    broken = unit_contributions(HIDDEN)
    whole = pruned(broken)
    broken[1, 3, 0] = np.inf
    found = pruned(broken)
    for before, after in zip(whole, found, strict=True):
        assert np.isnan(after[1]).all()
        np.testing.assert_array_equal(before[[0, 2]], after[[0, 2]])


def test_means_of_groups():
    values, units = RANDOM.normal(size=(3, 5, 4)), RATIO > 0.25
    found = group_means(values, units)
    np.testing.assert_allclose(found[1], values[1][:, [0, 1, 3]].mean(1))
    assert np.isnan(group_means(values, units & False)).all()


def test_localized_fields_come_first_by_their_place():
    bump = np.exp(-((np.arange(12) - 3.0) ** 2))
    fields = np.stack([np.ones(12), np.roll(bump, 5), bump, np.cos(np.arange(12) / 3)])
    assert localization_order(fields, 0.2)[:2].tolist() == [2, 1]
    assert set(localization_order(fields)[:2].tolist()) == {1, 2}


def test_distances_of_peaks_go_around():
    fields = np.zeros((2, 3, 12))
    fields[0, [0, 1, 2], [0, 5, 11]] = -1
    fields[1, [0, 1, 2], [9, 5, 1]] = 1
    assert peak_distance(*fields).tolist() == [3, 0, 2]
    # on a torus of 3 x 4: (0, 0) and (2, 1); the same; (2, 3) and (0, 1)
    assert peak_distance(*fields, (3, 4)).tolist() == [1, 0, 2]
