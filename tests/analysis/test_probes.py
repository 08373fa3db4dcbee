"""Probes against scikit-learn, of any labels, with what chance reads."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jaxrep.analysis import logistic_probe, ridge_probe

from .comparing import Tensor, plain

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 90)
ROWS = RNG.normal(size=(90, 5)) + 1.5 * RNG.normal(size=(3, 5))[LABELS]
SPLIT = (ROWS[:60], LABELS[:60], ROWS[60:], LABELS[60:])


@pytest.mark.parametrize("penalty", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("classes", [2, 3])
def test_ridge_is_scikit_learns(penalty, classes):
    labels = np.minimum(LABELS, classes - 1)
    found = ridge_probe(ROWS[:60], labels[:60], ROWS[60:], labels[60:], penalty, permutations=0)
    model = make_pipeline(StandardScaler(), RidgeClassifier(penalty)).fit(ROWS[:60], labels[:60])
    assert found.accuracy == pytest.approx(model.score(ROWS[60:], labels[60:]))
    assert found.null.shape == (0,)


@pytest.mark.parametrize("probe", [ridge_probe, logistic_probe])
def test_classes_that_are_there_are_read_and_others_not(probe):
    found = probe(*SPLIT, permutations=40)
    assert found.accuracy > found.null.max()
    assert found.null.mean() == pytest.approx(1 / 3, abs=4 * found.null.std() / 40**0.5)
    frequent = np.bincount(LABELS[:60]).argmax()
    assert found.majority == np.mean(LABELS[60:] == frequent)
    again = probe(*SPLIT, permutations=40)
    assert again.accuracy == found.accuracy and np.array_equal(again.null, found.null)


@settings(max_examples=10, deadline=None)
@given(st.integers(-100, 100), st.floats(-1e3, 1e3))
def test_scale_shift_and_order_of_units_do_not_matter(power, shift):
    wanted = ridge_probe(*SPLIT, permutations=2)
    x = (ROWS[:, ::-1] + shift) * 10.0**power
    found = ridge_probe(x[:60], LABELS[:60], x[60:], LABELS[60:], permutations=2)
    assert found.accuracy == wanted.accuracy and np.array_equal(found.null, wanted.null)


def test_labels_of_any_kind_silent_units_and_tensors():
    wanted = ridge_probe(*SPLIT, permutations=0).accuracy
    words = np.array(["ant", "bee", "cat"])[LABELS]
    dead = np.concatenate([ROWS, np.full((90, 1), 0.1)], 1)
    for probe in (ridge_probe, logistic_probe):
        value = probe(*SPLIT, permutations=0).accuracy
        found = probe(dead[:60], words[:60], dead[60:], words[60:], permutations=0)
        assert found.accuracy == pytest.approx(value)
    tensors = [Tensor(SPLIT[0]), SPLIT[1], Tensor(SPLIT[2]), SPLIT[3]]
    assert plain(ridge_probe)(*tensors, permutations=0).accuracy == wanted
    # a class that training has not shown is never right
    unseen = np.where(LABELS[60:] == 2, 7, LABELS[60:])
    kept = ridge_probe(ROWS[:60], LABELS[:60], ROWS[60:], unseen, permutations=0)
    assert kept.accuracy < wanted


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(ValueError, match="pip install -e '.\\[probes\\]'"):
        logistic_probe(*SPLIT)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ridge_probe(ROWS, LABELS * 0, ROWS, LABELS), "train_labels: 1 class given"),
        (lambda: plain(ridge_probe)(ROWS, LABELS[:5], ROWS, LABELS), "train_labels: 5 given for"),
        (lambda: plain(ridge_probe)(ROWS, LABELS, ROWS[:, :2], LABELS), "test: 2 units given"),
        (lambda: ridge_probe(ROWS * np.nan, LABELS, ROWS, LABELS), "train: 450 of 450 values"),
        (lambda: ridge_probe(*SPLIT, -1.0), "penalty: -1.0 given"),
        (lambda: logistic_probe(*SPLIT, 0.0), "penalty: 0.0 given"),
        (lambda: ridge_probe(*SPLIT, permutations=-1), "permutations: -1 given"),
        (lambda: plain(ridge_probe)(ROWS[0], LABELS, ROWS, LABELS), "train: shape \\(5,\\)"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
