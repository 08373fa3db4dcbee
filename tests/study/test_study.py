"""What all studies share: grid points, claims, checks, the parts of a configuration."""

from dataclasses import dataclass

import numpy as np
import pytest

from jaxrep.engine import Replicas, finite_replicas, where_finite
from jaxrep.errors import InputError
from jaxrep.study import (
    Claim,
    Replication,
    check_claim,
    check_finite,
    check_known,
    check_layers,
    check_least,
    check_memory,
    check_positive,
    claims_summary,
    claims_table,
    grid_points,
    median_by_point,
)
from jaxrep.study.command_line import parse


def test_a_median_is_of_the_finite_networks_of_one_grid_point():
    replicas = Replicas((0, 1, 2), {"rate": (0.1, 0.2)})
    finite = np.array([True, True, False, False, False, False])
    points = grid_points(replicas, finite)
    assert [point.name for point in points] == ["rate=0.1", "rate=0.2"]
    assert [point.finite.tolist() for point in points] == [[0, 1], []]
    summary = median_by_point({"loss": np.array([1.0, 2, 1e9, 4, 5, 6])}, points)
    assert summary["loss[rate=0.1]"] == 1.5 and np.isnan(summary["loss[rate=0.2]"])


def test_one_point_has_no_name_and_other_names_are_used():
    (point,) = grid_points(Replicas((0, 1), {"rate": 0.1}))
    assert (point.name, point.title) == ("", "all networks")
    named = grid_points(Replicas((0,), {"power": (1.0, 2.0)}), names={"power=1.0": "linear"})
    assert [point.name for point in named] == ["linear", "power=2.0"]


def test_a_network_with_one_number_that_is_not_finite_diverged():
    params = {"w": np.ones((3, 2, 2)), "deep": {"b": np.ones((3, 4))}}
    params["w"][1, 0, 1] = np.inf
    params["deep"]["b"][2, 3] = np.nan
    assert finite_replicas(params).tolist() == [True, False, False]


def test_values_of_diverged_networks_are_nan():
    finite = np.array([True, False])
    np.testing.assert_array_equal(where_finite(np.array([[1, 2], [3, 4]]), finite)[1], np.nan)
    assert where_finite(np.array([True, True]), finite).tolist() == [True, False]


@pytest.mark.parametrize(
    "claim, values, holds, errors",
    [
        (Claim("", "a", 1.0, 0.3, networks=9), [0.9, 1.0, 1.1], True, 0.0),
        # standard errors: 0.1 and 0.1 / sqrt 3, together 0.1155
        (Claim("", "a", 1.3, 0.3, networks=9), [0.9, 1.0, 1.1], True, 0.3 / 0.11547),
        (Claim("", "a", 1.4, 0.3, networks=9), [0.9, 1.0, 1.1], False, 0.4 / 0.11547),
        (Claim("", "a", 1.0, tolerance=0.1), [1.05, 1.05], True, np.inf),
        (Claim("", "a", 1.0, tolerance=0.1), [1.2, 1.2], False, np.inf),
        (Claim("", "a", 1.0), [1.2, 1.4], None, 0.3 / (0.02 + 0.01) ** 0.5),
        (Claim("", "a", None, statement="more is more"), [1.2, 1.4], None, np.nan),
        (Claim("", "a", 1.0, 0.1, networks=3), [np.nan], None, np.nan),
    ],
)
def test_a_claim_holds_within_its_standard_errors_or_its_tolerance(claim, values, holds, errors):
    checked = check_claim(claim, np.array(values))
    assert checked.holds is holds
    np.testing.assert_allclose(checked.errors, errors, rtol=1e-4, atol=1e-9)


def test_claims_are_one_table():
    claims = [
        Claim("here", "loss (nats)", 1.0, 0.1, "figure 1", networks=9),
        Claim("there", "accuracy", 0.5, tolerance=0.1, source="table 2"),
        Claim("there", "accuracy", 0.9, source="table 2"),
    ]
    checked = [check_claim(claim, np.array([1.0, 1.02, 0.98])) for claim in claims]
    table = claims_table(checked)
    assert [row[-1] for row in table.rows] == ["✓", "✗", "?"]
    assert table.rows[0][:5] == ["figure 1", "here", "loss (nats)", "1 ± 0.1 (9)", "1 ± 0.02 (3)"]
    assert table.caption.startswith("1 of 2 hold.")
    assert claims_summary(checked) == {"claims": 2, "claims_held": 1}


@dataclass(frozen=True)
class Config(Replication):
    rate: tuple[float, ...] = (0.1,)
    name: str = "tanh"
    bias: float = 0.0


@pytest.mark.parametrize(
    "check, message",
    [
        (lambda: check_least(Config(seeds=0), seeds=1), "seeds: 0 given; at least 1 is needed"),
        (lambda: check_least(Config(rate=()), rate=0), "rate: none given; at least 1 is needed"),
        (lambda: check_positive(Config(rate=(1.0, 0.0)), "rate"), r"rate: \[1.0, 0.0\] given"),
        (lambda: check_positive(Config(rate=(np.inf,)), "rate"), r"rate: \[inf\] given"),
        (lambda: check_positive(Config(rate=(np.nan,)), "rate"), r"rate: \[nan\] given"),
        (lambda: check_finite(Config(bias=np.nan), "bias"), "bias: nan given; finite"),
        (lambda: check_known(Config(name="x"), "name", ["tanh"]), "name: 'x' is not known; .*tanh"),
        (
            lambda: check_memory(Config(seeds=7), seeds=10**30),
            "seeds: 7 given, of which arrays take",
        ),
        (lambda: check_layers(Config(), "architecture", (3, 0)), r"architecture: \[3, 0\] has a"),
    ],
)
def test_a_check_names_the_field_the_value_and_what_is_allowed(check, message):
    with pytest.raises(InputError, match=message) as caught:
        check()
    assert caught.value.field == message.partition(":")[0]


def test_values_that_are_allowed_pass():
    config = Config()
    check_least(config, seeds=4, rate=0.1)
    check_positive(config, "rate")
    check_memory(config, seeds=4096)
    check_finite(config, "bias")
    check_known(config, "name", ["relu", "tanh"])
    check_layers(config, "architecture", ())


@pytest.mark.parametrize(
    "words, given",
    [
        ("--out seeds", ()),
        ("--out first_seed --seeds 3", ("seeds",)),
        ("--seeds=3 --out=first_seed", ("seeds",)),
        ("--first-seed 4 --out a", ("first_seed",)),
    ],
)
def test_a_value_with_the_name_of_an_option_is_not_that_option(words, given):
    """What is given holds for all runs of a preset of several, the others' own values for each."""
    _, _, options = parse("toy", "A toy.", Replication, {"plain": Replication()}, words.split())
    assert options.given == given
