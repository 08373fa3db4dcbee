"""Information of layers of any type, unit and labels; what is refused, and by which name."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    binned_information,
    check_activations,
    class_entropy,
    clipped_share,
    edge_information,
    edge_layer_information,
    is_dead,
    kernel_information,
    layer_information,
    lost_from_peak,
    share_of_most_common,
    validity,
)

RNG = np.random.default_rng(0)
LAYER, CLASSES = RNG.integers(-100, 100, (40, 2)), np.arange(40) % 3
KINDS = (np.int8, np.int16, np.int64, np.float16, np.float64, jnp.bfloat16)


def flat(found):
    return np.concatenate([np.ravel(x) for x in jax.tree.leaves(found)])


@pytest.mark.parametrize("kind", KINDS)
def test_the_type_of_a_layer_does_not_matter(kind):
    """A width of .5 was 0 for integers; squares of int8 overflow. Numbers that all types hold."""
    single, typed = LAYER.astype(np.float32), LAYER.astype(kind)
    for call in (
        lambda a: binned_information(a, CLASSES, 7.5),
        lambda a: kernel_information(a, CLASSES, 90.0),
        lambda a: edge_layer_information(a, LAYER[:, :1].astype(float), CLASSES),
    ):
        np.testing.assert_allclose(flat(call(typed)), flat(call(single)), atol=2e-6)
    inside = jax.jit(lambda a: (binned_information(a, CLASSES, 7.5), is_dead(a)))(typed)
    outside = flat(binned_information(single, CLASSES, 7.5))
    np.testing.assert_allclose(flat(inside[0]), outside, atol=2e-6)  # sums of float32
    assert not inside[1]


def test_booleans_are_zeros_and_ones():
    bits = LAYER > 0
    wanted = flat(binned_information(bits.astype(np.float32), CLASSES, 0.5))
    np.testing.assert_allclose(flat(binned_information(bits, CLASSES, 0.5)), wanted)
    assert np.isfinite(flat(kernel_information(bits, CLASSES, 0.1))).all()


LABELS = [
    lambda c: c * 0.1 + 0.3,
    lambda c: c.astype(np.int64) + 2**32,
    lambda c: np.array(["ant", "bee", "cat"])[c],
    lambda c: -c,
]


@pytest.mark.parametrize("relabel", LABELS)
def test_labels_are_told_apart_by_their_values(relabel):
    """.3 and .7 were both 0, 2^32 wrapped, text ended in an error of JAX's."""
    single, other = LAYER.astype(np.float32), relabel(CLASSES)
    for call in (
        lambda y: binned_information(single, y, 7.5),
        lambda y: kernel_information(single, y, 90.0),
        lambda y: edge_layer_information(single, single, y),
        lambda y: layer_information([single], single, y, ("binning", "neighbours")),
        class_entropy,
        share_of_most_common,
    ):
        np.testing.assert_allclose(flat(call(other)), flat(call(CLASSES)), atol=1e-6)
    if other.dtype.kind == "U" or other.max() > 2**31:
        return
    inside = jax.jit(
        lambda y: (binned_information(single, y, 7.5), kernel_information(single, y, 9.0))
    )
    np.testing.assert_allclose(flat(inside(other)), flat(inside(CLASSES)), atol=1e-6)


def test_a_class_that_is_nan_inside_jit_gives_no_number():
    labels = np.where(CLASSES == 1, np.nan, CLASSES.astype(np.float32))
    single = LAYER.astype(np.float32)
    program = jax.jit(
        lambda y: (binned_information(single, y, 7.5), kernel_information(single, y, 9.0))
    )
    assert np.isnan(flat(program(labels))).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(-100, 100), st.integers(0, 99))
def test_bits_do_not_depend_on_units(power, seed):
    """Powers of two: nothing rounds. Variances from 1e-60 to 1e60, in single precision."""
    layer = np.random.default_rng(seed).normal(size=(40, 2)).astype(np.float32)
    layer[:10] = layer[0]
    scale = np.float32(2.0**power)
    wanted = kernel_information(layer, CLASSES, 0.1), binned_information(layer, CLASSES, 0.5)
    found = (
        kernel_information(layer * scale, CLASSES, 0.1 * 4.0**power),
        binned_information(layer * scale, CLASSES, 0.5 * 2.0**power),
    )
    np.testing.assert_allclose(flat(found), flat(wanted), atol=2e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e-5, 1e-3, 1e5, 1e30, 1e300])
def test_the_hashing_estimator_does_not_depend_on_units_either(scale):
    """1e-5 gave .04 for 5.3 bits."""
    first = np.random.default_rng(1).normal(size=(200, 2))
    second = first + np.random.default_rng(2).normal(size=(200, 2))
    wanted = edge_information(first, second, 12.0)
    assert edge_information(first * scale, second, 12.0) == pytest.approx(wanted, abs=0.02)


def test_columns_on_both_sides_of_the_least_deviation_are_weighted_as_published():
    """A fact of the published recipe, which only some units meet."""
    layer = np.random.default_rng(1).normal(size=(200, 2)) * [1.0, 0.5]
    whole, both = (edge_information(layer * unit, layer, 12.0) for unit in (1.0, 1.5e-4))
    assert both != pytest.approx(whole, abs=0.02)
    assert edge_information(layer * 1e-5, layer, 12.0) == pytest.approx(whole, abs=0.02)


def test_values_that_have_no_bin_give_no_number():
    layer = np.array([[1e30], [2e30], [0.0], [0.0]])
    assert np.isnan(flat(binned_information(layer, np.arange(4) % 2, 1e-37))).all()
    assert np.isnan(flat(kernel_information(layer, np.arange(4) % 2, 1e-37))).all()
    wide = kernel_information(layer, np.arange(4) % 2, 1e-3)
    assert float(wide.upper.with_input) == pytest.approx(1.5)


A, Y = LAYER.astype(np.float32), CLASSES


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: binned_information(A, Y, np.inf), "width: inf is outside"),
        (lambda: binned_information(A, Y, 1e-45), "width: 1e-45 is outside"),
        (lambda: binned_information(A, Y, np.nan), "width: nan is not positive"),
        (lambda: binned_information(A, Y * np.nan, 0.1), "classes: 40 labels are NaN"),
        (lambda: binned_information(A.astype(str), Y, 0.1), "activations: values of type <U"),
        (lambda: binned_information(A * 1j, Y, 0.1), "activations: values of type complex"),
        (lambda: kernel_information(A, Y, np.inf), "variance: inf is not positive and finite"),
        (lambda: kernel_information(A, Y, np.nan), "variance: nan is not positive"),
        (lambda: check_activations(A.astype("datetime64[s]")), "activations: values of type date"),
        (lambda: edge_information(A, A, np.nan), "cap: nan is not positive"),
        (lambda: edge_information(A, A[:, :0], 1.0), "second: shape \\(40, 0\\)"),
        (lambda: class_entropy(Y[:0]), "classes: none given"),
        (lambda: share_of_most_common(Y[:0]), "classes: none given"),
        (lambda: lost_from_peak(np.zeros((3, 0))), "values: shape \\(3, 0\\) has no steps"),
        (lambda: validity(np.zeros(3), 0), "inputs: 0 given"),
        (lambda: is_dead(np.zeros((3, 0))), "activations: shape \\(3, 0\\)"),
        (lambda: clipped_share(A, Y + 1), "classes: 2 given; 0 .. 1 are the outputs"),
        (lambda: clipped_share(A, Y / 2), "classes: 0.5 given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_diverged_layer_is_dead_and_has_no_share():
    """Both answered as if it were healthy: False and 0."""
    layer = np.eye(5, 3)
    layer[2, 1] = np.nan
    assert bool(is_dead(layer)) and bool(is_dead(np.full((5, 3), np.inf)))
    classes = np.array([0, 1, 2, 0, 1])
    assert np.isnan(float(clipped_share(layer, classes)))
    assert float(clipped_share(40 * np.eye(5, 3), classes)) == pytest.approx(0.6)
    outside = jax.jit(lambda c: clipped_share(40 * np.eye(5, 3), c))
    assert np.isnan(float(outside(classes + 1))) and float(outside(classes)) == pytest.approx(0.6)


def test_a_diverged_network_has_lost_nothing_known():
    """4.28 bits, of its last finite record, was the answer."""
    bits = np.array([[12.0, 7.72, np.nan], [12.0, np.nan, 7.72], [np.nan] * 3, [1, 3, np.inf]])
    np.testing.assert_allclose(lost_from_peak(bits), [np.nan, 4.28, np.nan, np.nan])
    assert lost_from_peak(np.array([3, 1])) == 2
