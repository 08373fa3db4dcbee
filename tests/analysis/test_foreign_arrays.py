"""Every function of `analysis` takes tensors and labelled arrays wherever it takes numpy's."""

import jax
import numpy as np
import pytest

from jaxrep import analysis as A  # noqa: N812
from jaxrep.arrays import native_array, native_tree, real_array
from jaxrep.losses import accuracy, cross_entropy

from ..foreign_arrays import (
    KINDS,
    NO_TORCH,
    TENSORS,
    Tensor,
    call_everywhere,
    refused_gradients,
    run_example,
)
from .function_cases import (
    ALL,
    BIT,
    CASES,
    HIDDEN,
    KEY,
    LOGITS,
    S3,
    TABLES,
    UNEMBED,
    numbers_of,
)

DRAW = np.random.default_rng(0)
CODES = DRAW.normal(size=(60, 2))
ABOVE = CODES + np.array([0.5, 0.2])
POINTS = np.linspace(-1, 1, 3)
CURVE = np.sin(np.linspace(0, 3, 24))[:, None] * np.array([1.0, 2.0])
GRADIENT_METRICS = (HIDDEN, UNEMBED.T, UNEMBED.T, UNEMBED)


def metrics():
    arrays = (LOGITS, *GRADIENT_METRICS, ALL, ALL, TABLES, cross_entropy, accuracy)
    return A.group_metrics(*arrays)


CALLS = {
    "check_activations": lambda f: f(CODES[:24], BIT),
    "contrastive_bound": lambda f: f(jax.random.key(0), CODES, ABOVE, batch=10, steps=3, units=4),
    "delta_matrix": lambda f: f(BIT),
    "decoder_information": lambda f: f(
        np.concatenate([CODES, ABOVE]), np.repeat([-0.5, 0.5], 60), CODES, ABOVE, 1.0
    ),
    "group_portrait": lambda f: f(
        LOGITS,
        *GRADIENT_METRICS,
        KEY,
        TABLES,
        [irrep.matrices for irrep in S3.irreps],
        S3.inverses,
        S3.signature,
        cross_entropy,
    ),
    "machine_discriminability": lambda f: f(CODES, ABOVE),
    "published_names": lambda f: f(metrics(), ["a", "b", "c"], 1.0),
    "total_metrics": lambda f: f(metrics()),
    "responses": lambda f: f(lambda angle: angle * jax.numpy.ones((4, 2)), POINTS),
    "responses_by_difference": lambda f: f(
        lambda x: x**2, lambda angle: angle * jax.numpy.ones((4, 2)), POINTS, 0.1
    ),
    "robust_information": lambda f: f(CODES, ABOVE, 1.0),
    "smooth_fit_information": lambda f: f(CURVE, 0.1, np.stack([np.eye(2)] * 24), 7),
    "independent_components": lambda f: f(DRAW.uniform(size=(200, 3)), 3),
    "sparse_dictionary": lambda f: f(DRAW.uniform(size=(50, 4)), 3, iterations=2),
}
"""How functions are called that have neither an example nor a row in the table of properties."""
WITHOUT_ARRAYS = {
    "binning_program",
    "canonical_chance",
    "chance_distances",
    "code_ceiling",
    "character_cubes",  # of a group
    "coherence",
    "counted_program",
    "distances_program",
    "estimate_names",
    "gaussian_entropy",
    "measure_named",
    "microscope",
    "monte_carlo_bound",
    "neighbour_offsets",
    "neighbour_overlap_chance",
    "pair_estimate_names",
    "predictivity_chance",
    "random_relabellings",
    "rank_one_chance",
    "refine_grid",  # of a function
    "relative_movement",  # of JAX's trees of parameters
    "scaled_width",
}
ORIGINALS = {
    name: getattr(A, name)
    for name in A.__all__
    if callable(getattr(A, name)) and not isinstance(getattr(A, name), type)
}


def uses(name):
    """All that is known of how a function is called, with another in its place."""

    def use(function):
        run_example(name, function)
        if name in CASES:
            call, rows = CASES[name].call, numbers_of(0, CASES[name].shape).astype(float)
            (function if call is ORIGINALS[name] else call)(rows)
        if name in CALLS:
            CALLS[name](function)

    return use


@pytest.mark.parametrize("name", ORIGINALS)
@pytest.mark.parametrize("kind", ["labelled", *TENSORS])
def test_what_it_takes(kind, name, monkeypatch):
    """The numbers of numpy's arrays."""
    replaced = call_everywhere(A, name, monkeypatch, uses(name), KINDS[kind])
    assert bool(replaced) != (name in WITHOUT_ARRAYS)


@pytest.mark.parametrize("name", ORIGINALS)
@pytest.mark.parametrize("kind", TENSORS)
def test_gradients_are_not_lost_unnoticed(kind, name, monkeypatch):
    for line in refused_gradients(A, name, monkeypatch, uses(name), KINDS[kind]):
        assert line is not None and line.endswith(".detach()") and "\n" not in line


def test_lists_of_tensors_and_what_numpy_does_not_have():
    rows = np.arange(6.0).reshape(2, 3)
    both = native_array([Tensor(rows), Tensor(rows + 1)], "layers")
    np.testing.assert_array_equal(both, [rows, rows + 1])
    with pytest.raises(ValueError, match=r"layers: a tensor .* give layers.detach\(\)"):
        real_array([Tensor(rows), Tensor(rows, requires_grad=True)], "layers")
    with pytest.raises(ValueError, match=r"layers: no array of numbers \("):
        native_array([Tensor(rows), Tensor(rows[:1])], "layers")
    found = native_tree({"a": Tensor(rows), "b": None, "c": 1.5}, "layers")
    assert type(found["a"]) is np.ndarray and found["b"] is None and found["c"] == 1.5


@pytest.mark.skipif(NO_TORCH, reason="PyTorch (extra [bench]) is not installed")
def test_tensors_that_have_to_be_brought_over():
    import torch

    with pytest.raises(ValueError, match="codes: no array of numbers .*BFloat16"):
        real_array(torch.ones(2, dtype=torch.bfloat16), "codes")
    with pytest.raises(ValueError, match="codes: no array of numbers .*meta"):
        real_array(torch.ones(2, device="meta"), "codes")
    assert real_array(torch.ones(2, dtype=torch.float16), "codes").dtype == np.float64
    assert real_array(torch.ones(2), "codes").dtype == np.float32
