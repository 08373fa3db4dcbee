"""Grey pictures and the person each one shows: Olivetti faces, sizes, splits."""

from typing import Any, NamedTuple, cast

import numpy as np
from jaxtyping import Float, Int

from jaxrep.extras import extra
from jaxrep.typing import Array

PER_PERSON = 10
"""Pictures of each of the 40 people of the Olivetti faces, one person after the other."""


class Pictures(NamedTuple):
    """Square grey pictures, 0 to 1.

    Attributes:
      values: grey values.
      person: who is shown; -1 where nobody says.
    """

    values: Float[Array, "picture size size"]
    person: Int[Array, " picture"]


class Split(NamedTuple):
    """Numbers of the pictures of each set."""

    train: Int[np.ndarray, " train"]
    validation: Int[np.ndarray, " validation"]
    test: Int[np.ndarray, " test"]


def fetch_olivetti(data_home: str | None = None) -> Pictures:
    """The 400 Olivetti faces by scikit-learn's own loader (AT&T Laboratories Cambridge, 1994).

    Args:
      data_home: folder of scikit-learn's cache; None is its default. Nothing is downloaded if
        the pictures are there.

    Raises:
      ValueError: scikit-learn is not installed, or the pictures are neither there nor to be had.

    >>> fetch_olivetti().values.shape  # 4 MB are fetched: # doctest: +SKIP
    (400, 64, 64)
    """
    with extra("faces"):
        from sklearn.datasets import fetch_olivetti_faces
    try:
        values = cast(Any, fetch_olivetti_faces(data_home=data_home)).images
    except OSError as error:
        raise ValueError(f"Olivetti faces cannot be fetched ({error})") from None
    return Pictures(np.asarray(values, np.float32), np.arange(len(values)) // PER_PERSON)


def scale_together(
    values: Float[np.ndarray, "picture height width"], person: Int[np.ndarray, " picture"]
) -> Pictures:
    """Least value 0, greatest 1, over all pictures together, as scikit-learn has it.

    >>> scale_together(np.array([[[5.0, 7.0]]]), np.array([-1])).values.tolist()
    [[[0.0, 1.0]]]

    Raises:
      ValueError: values that are not finite, or all the same.
    """
    if not np.isfinite(values).all() or values.min() == values.max():
        raise ValueError("pictures: values are not finite, or all the same")
    values = values - values.min()
    return Pictures(values / values.max(), person)


def resize(pictures: Pictures, size: int) -> Pictures:
    """Smaller square pictures by the mean over the area of each new pixel.

    Raises:
      ValueError: the pictures are smaller than `size`.

    >>> pictures = Pictures(np.array([[[0.0, 1.0], [1.0, 2.0]]], np.float32), np.array([0]))
    >>> resize(pictures, 1).values.tolist()
    [[[1.0]]]
    """
    from PIL import Image

    height, width = pictures.values.shape[1:]
    side = min(height, width)
    if side < size:
        raise ValueError(f"size: {size} is more than the {side} pixels of the pictures")
    top, left = (height - side) // 2, (width - side) // 2
    values = pictures.values[:, top : top + side, left : left + side]
    if side != size:
        box = Image.Resampling.BOX
        values = [np.asarray(Image.fromarray(x).resize((size, size), box)) for x in values]
    return Pictures(np.asarray(values, np.float32), pictures.person)


def split_pictures(count: int, sizes: tuple[int, int, int], seed: int) -> Split:
    """Train, validation and test pictures at random: a person may be in all three.

    The test set comes first in the order, then training, then validation, and the order is
    NumPy's legacy one: with 300, 50, 50 and seed 787 this is the split of the original study.

    Raises:
      ValueError: an empty set, or more pictures than there are.

    >>> split = split_pictures(10, (6, 2, 2), seed=0)
    >>> [len(part) for part in split], sorted(np.concatenate(split).tolist()) == list(range(10))
    ([6, 2, 2], True)
    """
    train, validation, test = sizes
    if min(sizes) < 1 or sum(sizes) > count:
        raise ValueError(f"{train} + {validation} + {test} pictures asked for; {count} are there")
    order = np.random.RandomState(seed).permutation(count)  # noqa: NPY002 - the published order
    return Split(
        order[test : test + train], order[test + train : test + train + validation], order[:test]
    )


def split_people(person: Int[Array, " picture"], sizes: tuple[int, int, int], seed: int) -> Split:
    """The same with whole people, in proportion to `sizes`: no person is in two sets.

    Every set has at least one person; of few people the greater of the other sets gives one to
    the training set.

    >>> person = np.array([0, 0, 1, 2, 3])
    >>> [len(np.unique(person[part])) for part in split_people(person, (100, 150, 150), 0)]
    [1, 1, 2]

    Raises:
      ValueError: the pictures do not say whom they show, or fewer than three people are there.
    """
    people = np.unique(person)
    if len(people) < 3 or people[0] < 0:
        raise ValueError("split by person: the pictures do not name at least three people")
    order = np.random.default_rng(seed).permutation(people)
    rest = np.array(sizes[1:]) / np.sum(sizes) * len(people)
    validation, test = (max(1, round(share)) for share in rest)
    while validation + test >= len(people):
        if validation >= test:
            validation -= 1
        else:
            test -= 1
    chosen = np.split(order, [len(people) - validation - test, len(people) - test])
    return Split(*(np.flatnonzero(np.isin(person, part)) for part in chosen))
