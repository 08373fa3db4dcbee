"""The sentences a page opens with change with the numbers: each in both of its forms."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray

from experiments.deep_linear.verdict import verdicts as of_modes
from experiments.group_composition.verdict import verdicts as of_groups
from experiments.localization.cumulant_factors import PointFactors
from experiments.localization.cumulant_report import factor_verdict
from experiments.localization.learned_when import Learned
from experiments.localization.order_verdict import order_verdict
from experiments.localization.picture_codes import (
    AUTOENCODER,
    CLONED,
    INDEPENDENT,
    SPARSE,
    SeedCode,
)
from experiments.localization.picture_report import picture_verdicts
from experiments.localization.verdict import verdicts as of_fields
from jaxrep.analysis import (
    CumulantFactors,
    GaborStatistics,
    fit_gabor_2d,
    lasting_departure,
)
from jaxrep.engine import Replicas
from jaxrep.study import grid_points
from jaxrep.study.report import Page, Verdict, write_report

IRREPS = ["trivial", "sign", "standard"]


def groups(accuracy, key):
    """Results of networks with these test accuracies and key irreps."""
    accuracy = np.array(accuracy)
    count = len(accuracy)
    numbers = {
        "final_test_acc": accuracy,
        "final_test_loss": 1 - accuracy,
        "final_generalises": (accuracy >= 0.99).astype(float),
        "final_percent_logits_explained": np.full(count, 0.7),
        "final_percent_hidden_explained": np.full(count, 0.9),
        "final_total_hidden_excluded_loss": np.full(count, 4.5),
        "final_total_hidden_restricted_loss": np.full(count, 1e-7),
    }
    values = {name: (("seed",), array) for name, array in numbers.items()}
    values["final_key"] = (("seed", "irrep"), np.array(key, bool))
    coordinates = {"seed": np.arange(count), "irrep": IRREPS}
    return xarray.Dataset(values, coordinates)


def test_networks_that_generalise_and_those_that_do_not():
    mine = of_groups(groups([1.0, 0.995, 0.4], [[0, 1, 1], [0, 1, 0], [0, 0, 0]]), 1 / 24)
    assert mine[0].text.startswith("2 of 3 networks generalise") and mine[0].agrees is False
    assert "guessing has 0.042" in mine[0].text
    assert "sign in 2, standard in 1, of 2 networks" in mine[1].text
    assert "1.0e-07 (1.0e-07 to 1.0e-07) with them alone" in mine[2].text
    none = of_groups(groups([0.1, 0.2], [[0, 0, 0]] * 2), 1 / 24)
    assert none[0].text.startswith("0 of 2 networks generalise")
    assert len(none) == 2 and "cannot be said" in none[1].text


def neurons(by_cosets, by_irrep, chance=0.02):
    """Results of networks of whose neurons these shares are shortest by cosets, or by an irrep."""
    count = len(by_cosets)
    cosets, irrep = np.array(by_cosets), np.array(by_irrep)
    shares = {
        "by_cosets": cosets,
        "by_irrep": irrep,
        "by_either": np.zeros(count),
        "by_neither": 1 - cosets - irrep,
        "by_cosets_chance": np.full(count, chance),
        "on_cosets": cosets,
        "on_cosets_chance": np.full(count, 0.3),
        "in_irrep": irrep,
        "in_irrep_chance": np.full(count, 0.4),
    }
    results = groups([1.0] * count, [[0, 1, 1]] * count)
    shares = {f"final_share_{name}": ("seed", values) for name, values in shares.items()}
    return results.assign(shares | {"final_live_neurons": ("seed", np.full(count, 99.0))})


def test_neurons_by_cosets_by_irreps_and_by_chance():
    def said(*shares):
        return of_groups(neurons(*shares), 1 / 24)[3:]

    mine = said([0.9, 0.8], [0.1, 0.0])
    assert mine[0].text.startswith("Cosets explain their neurons better than irreps")
    assert "85 (80 to 90) % (random functions of the same irreps 2 (2 to 2) %)" in mine[0].text
    assert "(2 networks)" in mine[0].text and mine[0].agrees is True
    assert "85 (80 to 90) % (30 (30 to 30) % by chance, given their irreps)" in mine[1].text
    other = said([0.43], [0.55])
    assert other[0].text.startswith("Irreps explain their neurons better than cosets")
    assert "(1 network)" in other[0].text and other[0].agrees is False
    # as many by cosets as chance alone has is no evidence for them
    assert said([0.6], [0.2], 0.6)[0].agrees is False
    assert said([0.6], [0.2], 0.1)[0].agrees is True
    dead = neurons([0.9], [0.1]).assign(final_live_neurons=("seed", np.zeros(1)))
    assert len(of_groups(dead, 1 / 24)) == 3


def test_accuracy_that_bi_equivariance_proves():
    def said(certified):
        count = len(certified)
        numbers = {
            "bi_equivariant": np.full(count, 0.9),
            "bi_equivariant_memorised": np.full(count, 0.7),
            "bi_equivariant_initial": np.full(count, np.nan),
            "certified_accuracy": np.array(certified),
            "certified_by_size": np.array(certified) - 0.1,
        }
        numbers = {f"final_{name}": ("seed", values) for name, values in numbers.items()}
        results = groups([1.0] * count, [[0, 1, 1]] * count).assign(numbers)
        return of_groups(results, 1 / 24)[-1]

    mine = said([1.0, 0.97])
    assert mine.agrees is True and "at least 0.95 for 2 of 2" in mine.text
    assert "(a memory of the training set 0.700 (0.700 to 0.700))" in mine.text
    assert "of the rest alone for 0." in mine.text
    assert said([1.0, 0.5]).agrees is False and "for 1 of 2" in said([1.0, 0.5]).text


def modes(transition, predicted):
    """What deep_linear shows of networks with these transition steps ``[network, mode]``."""
    replicas = Replicas(tuple(range(len(transition))), {})
    finite = np.ones(len(transition), bool)
    flat = xarray.Dataset(
        {
            "transition": (("replica", "mode"), np.array(transition, float)),
            "predicted_transition": (("replica", "mode"), np.tile(predicted, (len(finite), 1))),
        }
    )
    strengths = SimpleNamespace(strength=np.array([3.0, 2.0, 1.0]))
    return SimpleNamespace(
        replicas=replicas,
        finite=finite,
        points=grid_points(replicas, finite),
        flat=flat,
        modes=[strengths] * len(finite),
        results=flat,
        data=SimpleNamespace(before=None),
    )


@pytest.mark.parametrize(
    ("transition", "agrees", "words"),
    [
        ([[10, 20, 30], [11, 21, 31]], [True, True], "2 of 2 networks learn all 3 modes"),
        ([[10, 30, 20], [11, 21, 31]], [False, False], "1 of 2 networks learn all 3 modes"),
        ([[10, np.nan, np.nan]] * 2, [False], "No network learns all 3 modes: 1 (median"),
    ],
)
def test_modes_in_order_out_of_order_and_not_learned(transition, agrees, words):
    found = of_modes(modes(transition, [10.0, 20.5, 30.0]))
    assert found[0].text.startswith(words)
    assert [verdict.agrees for verdict in found] == agrees


def fields(local, clone):
    """What localization found for an input and its clone, shares of units that are local."""
    replicas = Replicas((0, 1), {"gain": (0.1, 100.0), "clone": (0, 1)})
    finite = np.ones(len(replicas), bool)
    shares = np.repeat([0.0, 0.0, local, clone], 2)
    localized = np.arange(40) < (40 * shares)[:, None]
    flat = xarray.Dataset({"accuracy": (("replica", "step"), np.full((8, 1), 0.97))})
    return SimpleNamespace(
        replicas=replicas,
        points=grid_points(replicas, finite),
        localized=localized,
        ratio=np.where(localized, 0.3, 0.05),
        config=SimpleNamespace(localized=0.1, length=40, dimensions=1),
        flat=flat,
        learned="accuracy",
        learned_when=None,
        factors=[],
        pictures={},
    )


def test_fields_that_localize_and_fields_that_do_not():
    mine = of_fields(fields(0.75, 0.0))
    assert mine[0].text.startswith(
        "75 (75 to 75) % of the 40 units localize for gain 100, the inputs themselves"
    )
    assert mine[0].agrees is True
    flat = of_fields(fields(0.05, 0.0))
    assert flat[0].agrees is False
    assert any(verdict.text == "No inputs here make receptive fields local." for verdict in flat)


def order(inputs, clone, cloned=0.0, chance=0.01):
    """The verdict on these errors over training, and on a clone's network that ends so far off."""
    found = fields(0.75, 0.0)
    steps = np.array([0, 100, 200, 400])
    ratio = np.tile([0.05, 0.06, 0.25, 0.3], (8, 1))[..., None].repeat(3, 2)
    shown = xarray.Dataset({"participation": (("replica", "step", "unit"), ratio)}, {"step": steps})
    found.flat, found.config.inputs = shown, "nonlinear"
    errors = np.tile(np.array(inputs, float), (8, 1)), np.tile(np.array(clone, float), (8, 1))
    errors[1][6:] = errors[0][6:] + cloned
    departure = lasting_departure(errors[1] - errors[0], steps)
    return order_verdict(found, Learned(*errors, np.full((8, 4), chance), departure))


def test_what_is_learned_first_and_what_is_not():
    mine = order([1, 0.9, 0.7, 0.5], [1, 0.92, 0.8, 0.75])
    assert (
        mine.agrees is True and "Trained on gain 100, the inputs themselves, the error" in mine.text
    )
    assert "apart by 0.05 or more from step 200 (200 to 200) on (2 of 2 networks)" in mine.text
    assert "made 20 (20 to 20) % of its fall" in mine.text
    assert "0.500 (0.500 to 0.500) and 0.750 (0.750 to 0.750)" in mine.text
    assert "halfway to its final localization at step 200 (200 to 200)" in mine.text
    assert "halves of the same inputs differ by 0.010" in mine.text
    alike = order([1, 0.9, 0.7, 0.5], [1, 0.92, 0.7, 0.51])
    assert alike.agrees is False and "stays alike within 0.05 in 2 of 2" in alike.text
    # the clone's networks are as far apart, or nothing was learned before
    assert order([1, 0.9, 0.7, 0.5], [1, 0.92, 0.8, 0.75], cloned=0.2).agrees is False
    assert order([1, 0.9, 0.7, 0.5], [1.1, 1.1, 0.8, 0.75]).agrees is False
    assert order([1, 0.9, 0.7, 0.5], [1, 0.92, 0.8, 0.75], chance=0.2).agrees is False


def factors(match, start, clone, local=True):
    """The verdict on fields of two networks that match factors of one pixel, or of two."""
    sharp = CumulantFactors(np.eye(8)[:2], np.full(2, -2.5), np.ones(2, bool))
    blunt = CumulantFactors(np.ones((2, 8)) / 8**0.5, np.full(2, 0.2), np.ones(2, bool))
    point = grid_points(Replicas((0, 1), {}))[0]
    matches = [np.array(values, float) for values in (match, start, clone)]
    one = PointFactors(point, sharp, sharp, blunt, np.ones((2, 3), bool), *matches)
    return factor_verdict(one, local)


def test_fields_that_match_factors_and_fields_that_do_not():
    mine = factors([0.9, 0.8], [0.5, 0.4], [0.6, 0.7])
    assert (
        mine.agrees is True and "localized fields match a factor by a cosine of 0.85" in mine.text
    )
    assert "is -2.5 (-2.5 to -2.5) along its leading factors (IPR 1.000" in mine.text
    assert "better than both in 2 of 2 networks" in mine.text
    other = factors([0.9, 0.5], [0.5, 0.6], [0.95, 0.7])
    assert other.agrees is False and "better than both in 0 of 2" in other.text
    assert factors([0.9, 0.8], [0.5, 0.4], [0.6, 0.7], local=False).agrees is None


def pictures(error, by_chance):
    """The verdicts on codes of two seeds with these median errors, and on their clone's."""

    def codes(errors):
        fit = fit_gabor_2d(np.zeros((1, 4, 4)))
        numbers = [GaborStatistics(e, 0.9, 0.2, 0.21, 1.6, 18, 3.5, 0.4, 1.1, 0.5) for e in errors]
        return [SeedCode(np.zeros((1, 4, 4)), np.ones(1), fit, n, True) for n in numbers]

    every = {name: codes(error) for name in (INDEPENDENT, SPARSE)}
    every[AUTOENCODER] = codes([0.9, 0.8])
    every |= {name + CLONED: codes(by_chance) for name in (INDEPENDENT, SPARSE)}
    return picture_verdicts(every)


def test_pictures_that_make_gabor_functions_and_pictures_that_do_not():
    mine, _, alone = pictures([0.3, 0.34], [0.8, 0.7])
    assert mine.agrees is True and "leaves 0.32 (0.30 to 0.34) of a field" in mine.text
    assert "the null: 0.75 (0.70 to 0.80); 2 seeds" in mine.text
    assert "1.60 (1.60 to 1.60) octaves and 18 (18 to 18) degrees (macaque V1: 1.4" in mine.text
    assert alone.agrees is None and alone.text.endswith("pictures: 0.85 (0.80 to 0.90).")
    assert pictures([0.6, 0.7], [0.8, 0.7])[0].agrees is False
    assert pictures([0.3, 0.3], [0.3, 0.4])[1].agrees is False


def test_the_page_opens_with_the_answer(tmp_path):
    said = [
        Verdict("4 < 5 of 4.", True, "published: 5"),
        Verdict("Nothing.", False),
        Verdict("So."),
    ]
    write_report(Page("toy", "Why?", [], [], {}, (), said), tmp_path, {}, {})
    text = (tmp_path / "report.html").read_text()
    assert text.index("Why?") < text.index("4 &lt; 5 of 4.") < text.index("<nav")
    assert text.count("✓") == 1 and text.count("✗") == 1 and "published: 5" in text
