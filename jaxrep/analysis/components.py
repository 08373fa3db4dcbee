"""Other ways to learn local features from the same inputs: independent components, sparse codes.

Both are scikit-learn's (extra ``components``), so that comparisons rest on well-known code.
"""

import warnings
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import finite_array
from jaxrep.typing import Array


class IndependentComponents(NamedTuple):
    """Filters, and whether the search for them came to an end.

    Attributes:
      filters: in the input's pixels.
      iterations: that it took.
      converged: whether these were fewer than the limit. The filters of a search that has not
        converged are those of its last step, and no property of the inputs: Gaussian inputs
        have no independent components.
    """

    filters: Float[np.ndarray, "component pixel"]
    iterations: int
    converged: bool


def independent_components(
    samples: Shaped[Array, "sample pixel"],
    components: int,
    *,
    seed: int = 0,
    algorithm: str = "parallel",
    iterations: int = 200,
) -> Float[np.ndarray, "component pixel"]:
    """Filters of FastICA (Hyvarinen 1999) with contrast log cosh, in the input's pixels.

    With few samples for each pixel the filters follow the samples: of inputs of 40 pixels with a
    mean inverse participation ratio of .31 (8,000 samples or more), 1,000 samples show .19.

    Args:
      samples: inputs, all classes pooled.
      components: number of filters, at most the number of pixels.
      seed: of the initial unmixing.
      algorithm: ``parallel`` or ``deflation``.
      iterations: upper limit; a search that has not converged by then is used as it is
        (`search_independent_components` tells).

    Raises:
      ImportError: scikit-learn is not installed.
      ValueError: more components than pixels, samples that are not finite.

    >>> sources = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    >>> mixing = np.array([[1.0, 0.5], [0.0, 1.0]])
    >>> filters = independent_components(sources @ mixing, 2)
    >>> found = np.abs(filters @ mixing.T)  # of each source in each filter: one each
    >>> (found > 0.2 * found.max()).sum(1).tolist()
    [1, 1]
    """
    return search_independent_components(
        samples, components, seed=seed, algorithm=algorithm, iterations=iterations
    ).filters


def search_independent_components(
    samples: Shaped[Array, "sample pixel"],
    components: int,
    *,
    seed: int = 0,
    algorithm: str = "parallel",
    iterations: int = 200,
) -> IndependentComponents:
    """`independent_components`, and whether the search converged.

    Raises:
      ImportError: scikit-learn is not installed.
      ValueError: more components than pixels, samples that are not finite.

    >>> samples = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    >>> search_independent_components(samples, 2).converged
    True
    """
    from sklearn.decomposition import FastICA
    from sklearn.exceptions import ConvergenceWarning

    samples = finite_array(samples, "samples")
    if not 1 <= components <= samples.shape[1]:
        raise ValueError(f"components: {components} is outside 1 .. {samples.shape[1]} pixels")
    search = FastICA(
        components,
        algorithm=algorithm,
        whiten="unit-variance",
        max_iter=iterations,
        tol=1e-3,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the result says so
        filters = search.fit(samples).components_
    return IndependentComponents(filters, int(search.n_iter_), bool(search.n_iter_ < iterations))


def sparse_dictionary(
    samples: Shaped[Array, "sample pixel"],
    atoms: int,
    *,
    price: float = 1.0,
    seed: int = 0,
    iterations: int = 20,
) -> Float[np.ndarray, "atom pixel"]:
    """Atoms of a sparse code (Olshausen and Field 1996; online algorithm of Mairal et al. 2009).

    Minimises ``1/2 |x - code . atoms|^2 + price |code|_1`` over codes and atoms of unit norm.

    Args:
      samples: inputs, all classes pooled.
      atoms: number of atoms.
      price: of activity.
      seed: of the initial dictionary and the order of samples.
      iterations: passes over the samples.

    Raises:
      ImportError: scikit-learn is not installed.

    >>> samples = np.repeat(np.eye(2), 10, axis=0)  # one pixel each
    >>> np.sort(np.abs(sparse_dictionary(samples, 2, price=0.1)).max(1)).round(3).tolist()
    [1.0, 1.0]
    """
    from sklearn.decomposition import MiniBatchDictionaryLearning

    found = MiniBatchDictionaryLearning(
        atoms,
        alpha=price,
        max_iter=iterations,
        batch_size=256,
        fit_algorithm="cd",
        random_state=seed,
    )
    # float32 cannot hold the duality gap that the search for a code is to reach
    return found.fit(finite_array(samples, "samples").astype(np.float64)).components_
