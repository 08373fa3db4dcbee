"""Every kernel against its definition written out with loops, on random networks."""

import jax
import numpy as np
import pytest

from jaxrep.analysis.hidden_attribution import ablation_losses, hidden_variance, product_parts
from jaxrep.analysis.logit_attribution import (
    fit_cubes,
    logit_parts,
    part_losses,
    trace_similarity,
)
from jaxrep.analysis.projections import pool_by_product, product_marginals, variance_explained
from jaxrep.groups import group, group_tables
from jaxrep.losses import cross_entropy


@pytest.fixture(scope="module", params=["S4", "C6", "A4"])
def case(request):
    known = group(request.param)
    n, rng = known.order, np.random.default_rng(1)
    hidden = np.maximum(rng.normal(size=(n * n, 9)), 0)
    unembed = rng.normal(size=(9, n))
    return known, group_tables(known), hidden, unembed, hidden @ unembed + rng.normal(size=n)


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64():
        yield


def softmax_loss(logits, labels):
    shifted = logits - logits.max(1, keepdims=True)
    log_total = np.log(np.exp(shifted).sum(1))
    return (log_total - shifted[np.arange(len(labels)), labels]).mean()


def cube(known, irrep):
    """chi(a b c^-1), element by element."""
    n = known.order
    out = np.zeros((n, n, n))
    for a in range(n):
        for b in range(n):
            for c in range(n):
                out[a, b, c] = irrep.character[known.table[known.table[a, b], known.inverses[c]]]
    return out.reshape(n * n, n)


def test_similarity_and_parts(case):
    known, tables, _, _, logits = case
    centred = logits - logits.mean(1, keepdims=True)
    similarity, parts = trace_similarity(logits, tables), logit_parts(logits, tables)
    chosen = np.arange(len(known.irreps)) % 2 == 1
    train = np.arange(0, known.order**2, 3)
    losses = part_losses(centred, parts, chosen, train, tables.product, cross_entropy)
    total = 0
    for r, irrep in enumerate(known.irreps):
        k = cube(known, irrep)
        expected = (centred * k).sum() / np.linalg.norm(centred) / np.linalg.norm(k)
        np.testing.assert_allclose(similarity[r], expected, atol=1e-12)
        part = expected * np.linalg.norm(centred) * k / np.linalg.norm(k)
        np.testing.assert_allclose(np.asarray(parts[r])[tables.product], part, atol=1e-10)
        np.testing.assert_allclose(
            losses.restricted[r], softmax_loss(part, tables.product), rtol=1e-10
        )
        np.testing.assert_allclose(
            losses.excluded[r],
            softmax_loss((centred - part)[train], tables.product[train]),
            rtol=1e-10,
        )
        total = total + chosen[r] * part
    np.testing.assert_allclose(
        losses.total_restricted, softmax_loss(total, tables.product), rtol=1e-10
    )
    np.testing.assert_allclose(
        losses.total_excluded,
        softmax_loss((centred - total)[train], tables.product[train]),
        rtol=1e-10,
    )


def test_least_squares_on_cubes(case):
    known, tables, _, _, logits = case
    chosen = np.arange(len(known.irreps)) > 0
    columns = [cube(known, irrep).ravel() for irrep in known.irreps[1:]] + [np.ones(logits.size)]
    beta = np.linalg.lstsq(np.stack(columns, 1), logits.ravel(), rcond=None)[0]
    fitted = np.stack(columns, 1) @ beta
    fit = fit_cubes(logits, tables, chosen, cross_entropy)
    np.testing.assert_allclose(fit.coefficients[1:], beta[:-1], atol=1e-10)
    np.testing.assert_allclose(fit.intercept, beta[-1], atol=1e-10)
    residual = ((logits.ravel() - fitted) ** 2).sum() / ((logits - logits.mean()) ** 2).sum()
    np.testing.assert_allclose(fit.r_squared, 1 - residual, atol=1e-10)
    np.testing.assert_allclose(
        fit.loss, softmax_loss(fitted.reshape(logits.shape), tables.product), rtol=1e-10
    )


def test_hidden_parts_by_orthonormal_bases(case):
    """Projection on an explicit orthonormal basis of functions of a, b or ab in n^2 rows."""
    known, tables, hidden, unembed, _ = case
    n = known.order
    a, b = np.divmod(np.arange(n * n), n)
    arguments = {"x": a, "y": b, "xy": tables.product}
    for centred in (True, False):
        whole = hidden - hidden.mean(0) if centred else hidden
        fractions = hidden_variance(hidden, tables, centred=centred)._asdict()
        for kind, argument in arguments.items():
            for r, irrep in enumerate(known.irreps):
                basis = _orthonormal(irrep.matrices.reshape(n, -1)[argument])
                expected = np.linalg.norm(basis.T @ whole) ** 2 / np.linalg.norm(whole) ** 2
                np.testing.assert_allclose(fractions[kind][r], expected, atol=1e-12)
    parts = product_parts(hidden, unembed, tables)
    ablated = ablation_losses(hidden, unembed, tables, cross_entropy)._asdict()
    for r, irrep in enumerate(known.irreps):
        entries = irrep.matrices.reshape(n, -1)
        basis = _orthonormal(entries[tables.product])
        part = basis @ (basis.T @ hidden)
        np.testing.assert_allclose(np.asarray(parts[r])[tables.product], part @ unembed, atol=1e-10)
        for kind, argument in arguments.items():
            basis = _orthonormal(entries[argument])
            rest = hidden - basis @ (basis.T @ hidden)
            np.testing.assert_allclose(
                ablated[kind][r], softmax_loss(rest @ unembed, tables.product), rtol=1e-10
            )


def _orthonormal(columns):
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, singular > 1e-9 * singular[0]]


def test_pools_and_marginals(case):
    known, tables, hidden, _, _ = case
    n = known.order
    a, b = np.divmod(np.arange(n * n), n)
    for argument, got in zip(
        (a, b, tables.product), product_marginals(hidden, tables.fibres), strict=True
    ):
        expected = np.stack([hidden[argument == g].sum(0) for g in range(n)])
        np.testing.assert_allclose(got, expected / n**0.5, atol=1e-12)
    np.testing.assert_allclose(pool_by_product(hidden, tables.fibres), expected, atol=1e-12)


def test_variance_explained_of_a_pure_function(case):
    known, tables, *_ = case
    for r, irrep in enumerate(known.irreps):
        pure = irrep.matrices.reshape(known.order, -1)
        np.testing.assert_allclose(
            variance_explained(tables.projectors, pure),
            np.arange(len(known.irreps)) == r,
            atol=1e-12,
        )
