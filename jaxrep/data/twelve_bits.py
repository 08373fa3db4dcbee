"""The twelve-bit data of the information plane: points on an icosahedron, told apart by a rule.

Twelve bits are the corners of an icosahedron, on or off; the label depends only on how many are
on (k), how many neighbouring pairs (a) and how many opposite pairs (c), so it is the same for
all rotations. The rule gives the 4096 labels of the published table (Shwartz-Ziv and Tishby
2017) without the file: see `CHECKSUM`.
"""

import hashlib

import numpy as np
from jaxtyping import Int, Integer

from jaxrep.data.labelled import Labelled, split_at_random

BITS = 12
CHECKSUM = "77732f16f85e91b49d3997196b56163b3bd362d8cf631468a8de3f986e88359f"
"""sha256 of the 4096 labels as bytes, in the order of the patterns."""

_OPPOSITE = ((0, 9), (1, 7), (2, 5), (3, 6), (4, 10), (8, 11))
_NEIGHBOURS = (
    (1, 3, 5, 10, 11),
    (0, 2, 3, 4, 11),
    (1, 3, 4, 8, 9),
    (0, 1, 2, 8, 10),
    (1, 2, 6, 9, 11),
    (0, 6, 7, 10, 11),
    (4, 5, 7, 9, 11),
    (5, 6, 8, 9, 10),
    (2, 3, 7, 9, 10),
    (2, 4, 6, 7, 8),
    (0, 3, 5, 7, 8),
    (0, 1, 4, 5, 6),
)


def bit_patterns() -> Int[np.ndarray, "pattern bit"]:
    """All 4096 patterns; row r is r in binary, the highest bit first.

    >>> bit_patterns()[5].tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    """
    return (np.arange(2**BITS)[:, None] >> np.arange(BITS)[::-1]) & 1


def pattern_classes() -> Int[np.ndarray, " pattern"]:
    """The label of every pattern.

    0 up to k = 4, 1 from k = 8 on; k = 5: a = 7; k = 6: a >= 7, or a = 6 and c = 0; k = 7: not
    (a = 8 and c = 2).

    >>> classes = pattern_classes()
    >>> len(classes), int(classes[0]), int(classes[-1])
    (4096, 0, 1)
    """
    on = bit_patterns()
    k = on.sum(1)
    a = sum(on[:, i] * on[:, list(near)].sum(1) for i, near in enumerate(_NEIGHBOURS)) // 2
    c = sum(on[:, i] * on[:, j] for i, j in _OPPOSITE)
    middle = {5: a == 7, 6: (a >= 7) | ((a == 6) & (c == 0)), 7: ~((a == 8) & (c == 2))}
    found = (k >= 8).astype(int)
    for bits, rule in middle.items():
        found = np.where(k == bits, rule, found)
    return found


def class_checksum(labels: Int[np.ndarray, " pattern"]) -> str:
    """sha256 of labels as bytes; compare with `CHECKSUM`.

    >>> class_checksum(pattern_classes()) == CHECKSUM
    True
    """
    return hashlib.sha256(np.asarray(labels, np.uint8).tobytes()).hexdigest()


def twelve_bit_task(
    train_share: float = 0.8,
    seed: int = 0,
    zero_mean: bool = False,
    codes: tuple[Integer[np.ndarray, " train"], Integer[np.ndarray, " test"]] | None = None,
) -> Labelled:
    """The data set, split at random or by given pattern numbers.

    Args:
      train_share: share of the 4096 patterns that is trained on; 1 trains and tests on all.
      seed: of the split.
      zero_mean: -0.5 and 0.5 instead of 0 and 1.
      codes: pattern numbers of the two sets; the original split is such a file.

    Raises:
      ValueError: a share outside (0, 1], or codes that are not distinct pattern numbers.

    >>> task = twelve_bit_task(train_share=0.75)
    >>> task.train_inputs.shape, task.test_inputs.shape
    ((3072, 12), (1024, 12))
    """
    inputs, labels = (bit_patterns() - 0.5 * zero_mean).astype(np.float32), pattern_classes()
    if codes is None:
        return split_at_random(inputs, labels, train_share, seed)
    every = np.concatenate([np.asarray(part, int) for part in codes])
    if len(np.unique(every)) < len(every) or not ((every >= 0) & (every < len(labels))).all():
        raise ValueError("codes: the pattern numbers are not distinct or outside 0 .. 4095")
    train, test = (np.asarray(part, int) for part in codes)
    return Labelled(inputs[train], labels[train], inputs[test], labels[test])
