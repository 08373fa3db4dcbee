"""The race of pathways in gated linear networks: one strength for every path, closed equations.

Each path is two linear layers that a gate opens for some of the samples. From small balanced
weights with one mode in each path their strengths follow ``b' = rate b (S - D b^2)``, a = b^2:
what the gates share with the target pulls, what they share with each other competes, and the
first path to grow takes what others could have learned.

Saxe, Sodhani and Lewallen (2022, ICML, "The neural race reduction", arXiv:2207.10430).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays, real_array
from jaxrep.typing import Array, Real


class Race(NamedTuple):
    """What decides a race.

    Attributes:
      pull: ``S_p = <g_p y (u_p . x)>``, of each path with the target.
      overlap: ``D_pq = <g_p g_q (u_p . x)(u_q . x)>``, of the paths with each other.
      power: ``<y^2>``, of the target.
    """

    pull: Float[Array, " path"]
    overlap: Float[Array, "path path"]
    power: Float[Array, ""]


def pathway_race(
    inputs: Shaped[Array, "sample input"],
    targets: Shaped[Array, " sample"],
    gates: Shaped[Array, "sample path"],
    directions: Shaped[Array, "path input"],
) -> Race:
    """The race of paths that read one direction each and write one output, means over samples.

    >>> x = jnp.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
    >>> units = x / jnp.sqrt(2.0)
    >>> race = pathway_race(x, x[:, 0] * x[:, 1], (x @ x.T > 0) * 1.0, units)
    >>> [round(float(pull), 3) for pull in race.pull], race.overlap[0].tolist()
    ([0.354, 0.354, -0.354, -0.354], [0.5, 0.0, 0.0, 0.0])

    Args:
      inputs, targets: the data.
      gates: 1 where a path is open for a sample.
      directions: unit vectors that the paths read.

    Raises:
      ValueError: other numbers of samples, inputs or paths.
    """
    inputs, targets, gates, directions = jax_arrays(
        inputs=inputs, targets=targets, gates=gates, directions=directions
    )
    samples, features = inputs.shape
    if targets.shape != (samples,) or gates.shape[0] != samples:
        raise ValueError(
            f"targets, gates: {targets.shape} and {gates.shape} given for {samples} samples; "
            "one for each is needed"
        )
    if directions.shape != (gates.shape[1], features):
        raise ValueError(
            f"directions: shape {directions.shape} given; [{gates.shape[1]}, {features}] is needed"
        )
    open_to = gates * jnp.matmul(inputs, directions.T, precision="highest")
    pull = jnp.matmul(open_to.T, targets, precision="highest") / samples
    overlap = jnp.matmul(open_to.T, open_to, precision="highest") / samples
    return Race(pull, overlap, jnp.mean(targets**2))


def descend_race(
    race: Race, start: Shaped[Array, " path"], rate: Real, steps: int
) -> tuple[Float[jax.Array, "step path"], Float[jax.Array, " step"]]:
    """Gradient descent of all paths, balanced and aligned: exact at any rate.

    A path has read-in b and read-out sign(S) b, and learns ``a = sign(S) b^2``:
    ``b <- b + rate b |S - (D a)|`` in the direction of S, on half the mean squared error.

    >>> race = Race(jnp.array([1.0]), jnp.array([[0.5]]), jnp.array(2.0))
    >>> strength, loss = descend_race(race, jnp.array([0.01]), 0.1, 200)
    >>> round(float(strength[-1, 0]), 4), round(float(loss[-1]), 4)
    (2.0, 0.0)

    Args:
      race: of `pathway_race`.
      start: strengths |a| at the start, above 0.
      rate: of gradient descent.
      steps: updates.

    Returns:
      Strengths with their signs and half the mean squared error, at steps 0 .. steps.

    Raises:
      ValueError: a negative number of steps, or other numbers of paths.
    """
    start, pull, overlap, power = jax_arrays(
        start=start, pull=race.pull, overlap=race.overlap, power=race.power
    )
    if steps < 0:
        raise ValueError(f"steps: {steps} is negative")
    if start.shape != pull.shape:
        raise ValueError(f"start: {len(start)} given for {len(pull)} paths; as many are needed")
    rate = jnp.asarray(real_array(rate, "rate"), pull.dtype)
    sign = jnp.sign(pull)

    def update(b, _):
        a = sign * b**2
        missing = pull - jnp.matmul(overlap, a, precision="highest")
        return b + rate * b * sign * missing, a

    last, path = jax.lax.scan(update, jnp.sqrt(start.astype(pull.dtype)), length=steps)
    path = jnp.concatenate([path, (sign * last**2)[None]])
    shared = jnp.einsum("tp,pq,tq->t", path, overlap, path, precision="highest")
    loss = (power - 2 * jnp.matmul(path, pull, precision="highest") + shared) / 2
    return path, loss


def race_half_time(pull: Real, overlap: Real, start: Real, rate: Real) -> jax.Array:
    """Step at which a path that competes with no other has half of its strength ``|S| / D``.

    ``ln(|S| / (D a0) - 1) / (2 ln(1 + rate |S|))``: the growth of gradient descent while it is
    small; a little late, as the rest is a flow's. NaN of paths that start beyond.

    >>> round(float(race_half_time(2**0.5 / 4, 0.5, 1e-4, 0.05)), 1)  # exclusive or
    252.9
    """
    pull, overlap, start = jax_arrays(pull=pull, overlap=overlap, start=start)
    rate = jnp.asarray(real_array(rate, "rate"))
    pull = jnp.abs(pull)
    return jnp.log(pull / (overlap * start) - 1) / (2 * jnp.log1p(rate * pull))
