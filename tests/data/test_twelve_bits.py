"""The twelve-bit data: the published table's checksum, its split, its facts."""

import numpy as np
import pytest

from jaxrep.data.twelve_bits import (
    CHECKSUM,
    bit_patterns,
    class_checksum,
    pattern_classes,
    twelve_bit_task,
)


def test_the_rule_gives_the_published_labels():
    labels, count = pattern_classes(), bit_patterns().sum(1)
    assert class_checksum(labels) == CHECKSUM
    assert labels.sum() == 2118
    # fact sheet: ones by number of bits
    assert [labels[count == k].sum() for k in (4, 5, 6, 7, 8)] == [0, 60, 532, 732, 495]
    flipped = [np.mean(labels != labels[np.arange(4096) ^ (1 << bit)]) for bit in range(12)]
    np.testing.assert_allclose(flipped, 0.21582, atol=5e-6)


def test_the_original_split(shared_data):
    with np.load(shared_data / "information_plane" / "split_codes.npz") as file:
        data = twelve_bit_task(codes=(file["train"], file["test"]))
    assert data.train_inputs.shape == (3277, 12) and len(data.test_classes) == 819
    assert (data.train_classes.sum(), data.test_classes.sum()) == (1692, 426)
    first = data.train_inputs[0].astype(int) @ (1 << np.arange(12)[::-1])
    assert first == 1075


def test_random_splits_share_and_mean():
    data = twelve_bit_task(0.25, seed=3, zero_mean=True)
    assert len(data.train_inputs) == 1024 and set(np.unique(data.train_inputs)) == {-0.5, 0.5}
    every = np.concatenate([data.train_inputs, data.test_inputs])
    assert len(np.unique(every, axis=0)) == 4096
    assert not np.array_equal(twelve_bit_task(0.25, 4, True).train_inputs, data.train_inputs)
    whole = twelve_bit_task(1.0)
    assert len(whole.train_inputs) == len(whole.test_inputs) == 4096
    for bad in ({"train_share": 0.0}, {"codes": (np.array([1, 1]), np.array([2]))}):
        with pytest.raises(ValueError, match="train_share|codes"):
            twelve_bit_task(**bad)
