"""The race between a path that several contexts share and a path of each context's own.

A gated linear network answers in context c with the sum of its open paths, ``sum_p g_cp W_p``. All
contexts ask for the same table, so that the shared path is pulled by all of them and an own path
by one: of the mean over n contexts the shared one gets a pull s in every mode, an own one s / n.
Small strengths grow in proportion, ``ln b = (ln a) / n``, and who is ahead when the mode is learned
keeps it. The paths race, and sharing wins the more the smaller the start.

The reduction of the network to its paths is Saxe, Sodhani and Lewallen's (2022, ICML, "The neural
race reduction", arXiv:2207.10430); the conserved product and the end that follows from it, of a
path that all contexts share and of any paths, are derived here.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import finite_array, jax_arrays, real_array
from jaxrep.typing import Array, Real


def descend_pathways(
    growing: Shaped[Array, "path low mode"],
    strength: Shaped[Array, " mode"],
    weights: Shaped[Array, " context"],
    gates: Shaped[Array, "context path"],
    rate: Real,
    steps: int,
) -> tuple[Float[jax.Array, "step path mode"], Float[jax.Array, "step context"]]:
    """Gradient descent of all paths of two linear layers, all modes at once, from a small start.

    ``R_p <- R_p + rate R_p E_p``, ``E_p = sum_c w_c g_cp (S - sum_q g_cq R_q^T R_q)``: the
    `reduced_model` of every path, coupled by what the others have learned. Neglected is the
    decaying half of the start, as there.

    >>> strength, missing = descend_pathways(  # a shared path, two own ones
    ...     jnp.full((3, 1, 1), 0.1),
    ...     jnp.array([1.0]),
    ...     jnp.array([0.5, 0.5]),
    ...     jnp.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]),
    ...     rate=0.01,
    ...     steps=2000,
    ... )
    >>> strength[-1, :, 0].round(2).tolist()
    [0.9..., 0.0..., 0.0...]

    Args:
      growing: R of every path, see `jaxrep.theory.reduced_start`.
      strength: singular values of the table.
      weights: of every context in the loss; 0 of one that is looked at and not trained.
      gates: 1 where a path is open in a context.
      rate: see `jaxrep.theory.mode_dynamics`.
      steps: updates.

    Returns:
      Strengths ``u_k W_p v_k`` of every path, and what every context misses, ``|S - W|^2``, at
      steps 0 .. steps.

    Raises:
      ValueError: a negative number of steps, or other numbers of paths, modes or contexts.
    """
    growing, strength, weights, gates = jax_arrays(
        growing=growing, strength=strength, weights=weights, gates=gates
    )
    if steps < 0:
        raise ValueError(f"steps: {steps} is negative")
    wanted = (*weights.shape, growing.shape[0])
    if gates.shape != wanted:
        raise ValueError(f"gates: shape {gates.shape} given; {wanted} is needed")
    if growing.shape[2] != len(strength):
        raise ValueError(f"growing: {growing.shape[2]} modes for {len(strength)} of the table")
    target, rate = jnp.diag(strength), jnp.asarray(real_array(rate, "rate"), strength.dtype)

    def seen(r):
        grams = jnp.einsum("plk,plm->pkm", r, r, precision="highest")
        missing = target - jnp.einsum("cp,pkm->ckm", gates, grams, precision="highest")
        shown = jnp.diagonal(grams, axis1=1, axis2=2), jnp.sum(missing**2, (1, 2))
        return missing, shown

    def update(r, _):
        missing, shown = seen(r)
        pull = jnp.einsum("c,cp,ckm->pkm", weights, gates, missing, precision="highest")
        # the rate first: weights times pulls of a table in other units leave the range of float32
        return r + jnp.einsum("plk,pkm->plm", r, rate * pull, precision="highest"), shown

    last, path = jax.lax.scan(update, growing.astype(strength.dtype), length=steps)
    return jax.tree.map(lambda x, end: jnp.concatenate([x, end[None]]), path, seen(last)[1])


def shared_strength(strength: Real, shared: Real, own: Real, contexts: Real) -> jax.Array:
    """What the shared path has of a mode in the end: ``s - a = own (a / shared)^(1 / n)``.

    Gradient flow conserves ``prod_c b_c / a``, whatever the paths of the n contexts start from; in
    the end every own path has what the shared one left, ``b_c = s - a``. With equal starts a0 the
    own paths are left with about ``a0^(1 - 1/n) s^(1/n)``: half of the mode where n is 1, and the
    less the more contexts share and the smaller the start.

    >>> [round(float(shared_strength(1.0, 1e-4, 1e-4, n)), 3) for n in (1, 2, 4)]
    [0.5, 0.99, 0.999]

    Args:
      strength: singular value s of the mode.
      shared: the shared path's strength at the start, above 0.
      own: geometric mean of the own paths' strengths at the start.
      contexts: n, 1 or more.

    Raises:
      ValueError: values that are no real numbers.
    """
    given = jax_arrays(strength=strength, shared=shared, own=own, contexts=contexts)
    kind = jnp.result_type(*given, jnp.float32)
    s, shared, own, n = jnp.broadcast_arrays(*(x.astype(kind) for x in given))

    def closer(bounds, _):
        low, high = bounds
        middle = (low + high) / 2
        above = middle + own * (middle / shared) ** (1 / n) > s
        return (jnp.where(above, low, middle), jnp.where(above, middle, high)), None

    (low, high), _ = jax.lax.scan(closer, (jnp.zeros_like(s), s), length=80)
    return (low + high) / 2


SWEEPS, MOST_NEWTON = 50, 200
"""Iterations of `race_end`."""


def race_end(
    start: Shaped[Array, "path mode"],
    strength: Shaped[Array, " mode"],
    gates: Shaped[Array, "context path"],
) -> Float[np.ndarray, "path mode"]:
    """Where the race of any paths ends: what each has of every mode, float64.

    Gradient flow multiplies a strength by ``exp(sum_c g_cp x_c)``, x_c being what context c has
    missed so far, whatever the contexts' weights in the loss. In the end none misses anything:
    ``sum_p g_cp a_p = s`` with ``a_p = a_p(0) exp(sum_c g_cp x_c)``, the minimum of the convex
    ``sum_p a_p(x) - s sum_c x_c``. Of all ends that answer every context it is the nearest to the
    start in relative entropy; the smaller the start the less the sum of all strengths: the fewest
    paths win. With one shared path and own ones it is `shared_strength`. Exact for modes that are
    learned alone, layers that are balanced, and small rates.

    >>> gates = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])  # two contexts share a path
    >>> race_end(np.full((4, 1), 1e-6), np.array([1.0]), gates)[:, 0].round(3).tolist()
    [0.999, 0.001, 0.001, 1.0]

    Args:
      start: strengths of the paths, above 0.
      strength: singular values of the table; 0 gives 0.
      gates: 1 where a path is open in a context; every context needs a path of its own.

    Raises:
      ValueError: numbers that are not finite, a start that is not above 0, gates that are not 0 or
        1, other numbers of paths or modes, or a context without a path of its own.
    """
    start, strength, gates = (
        np.asarray(finite_array(x, name), float)
        for x, name in ((start, "start"), (strength, "strength"), (gates, "gates"))
    )
    if start.shape != (gates.shape[1], len(strength)) or not (start > 0).all():
        raise ValueError(
            f"start: shape {start.shape} given; [{gates.shape[1]}, {len(strength)}] numbers above "
            "0 are needed"
        )
    if not np.isin(gates, (0, 1)).all():
        raise ValueError("gates: values other than 0 and 1 given")
    alone = gates[:, gates.sum(0) == 1].any(1)
    if not alone.all():
        raise ValueError(f"gates: context {int(alone.argmin())} has no path of its own")
    ends = [_race_end(a, s, gates) for a, s in zip(start.T, strength, strict=True)]
    return np.stack(ends, 1)


def _race_end(start: np.ndarray, s: float, gates: np.ndarray) -> np.ndarray:
    if s <= 0:
        return np.zeros_like(start)
    log, x = np.log(start / s), np.zeros(len(gates))
    used = gates.any(0)

    def at(x):
        a = np.exp(np.minimum(log + x @ gates, 500))
        return a, a[used].sum() - x.sum()

    for _ in range(SWEEPS):  # each context in turn is answered exactly: no strength passes 1
        for context, open_here in enumerate(gates):
            x[context] -= np.log(open_here @ at(x)[0])
    a, height = at(x)
    for _ in range(MOST_NEWTON):
        slope = gates @ a - 1
        if np.abs(slope).max() < 1e-13:
            break
        bent = (gates * a) @ gates.T
        # from tiny starts some contexts are answered by the same path: the curvature is singular
        step = np.linalg.solve(bent + 1e-13 * np.eye(len(bent)), slope)
        step *= min(1.0, 2 / np.abs(step).max())
        size = 1.0
        while size > 1e-9:
            a, new = at(x - size * step)
            if new <= height + 1e-14 * abs(height):
                break
            size /= 2
        x, height = x - size * step, new
    return s * a
