"""Photographs of installed packages, and the filter that whitens them."""

import sys

import numpy as np
import pytest

from jaxrep.data import PHOTOGRAPHS, photographs, whiten_photograph, whitened_photographs


def test_a_wave_comes_out_by_the_filters_gain():
    """Two waves of one size have the ratio of the gains of r exp(-(r / .4)^4) after it."""
    place = np.arange(120)
    waves = [np.cos(2 * np.pi * place * k / 120) for k in (12, 30)]  # .1 and .25 cycles per pixel
    picture = np.tile(waves[0] + waves[1], (120, 1)) + 40
    white = whiten_photograph(picture, border=0)
    assert white.std() == pytest.approx(1) and abs(white.mean()) < 1e-12
    found = [abs(np.mean(white * wave)) for wave in waves]
    gain = [r * np.exp(-((r / 0.4) ** 4)) for r in (0.1, 0.25)]
    assert found[0] / found[1] == pytest.approx(gain[0] / gain[1], rel=1e-9)
    turned = whiten_photograph(picture.T * 7 - 3, border=4)
    middle = white[4:-4, 4:-4] - white[4:-4, 4:-4].mean()
    np.testing.assert_allclose(turned.T, middle / middle.std(), atol=1e-9)


@pytest.mark.parametrize(("source", "number"), [("scikit-learn", 2), ("scikit-image", 10)])
def test_shipped_photographs(source, number):
    """Whitened, their pixels have heavy tails: excess kurtosis 9.9 of nine in the fact sheet."""
    pytest.importorskip({"scikit-learn": "sklearn", "scikit-image": "skimage"}[source])
    grey = photographs(source)
    assert len(grey) == number and all(0 <= x.min() < x.max() <= 1 for x in grey)
    white = whitened_photographs(source)
    assert len(white) == number and min(white.shape[1:]) > 250 and white.dtype == np.float32
    kurtosis = np.mean(white.astype(float) ** 4) / np.mean(white.astype(float) ** 2) ** 2 - 3
    assert 5 < kurtosis < 20


def test_bad_input_gets_one_line(monkeypatch):
    for call, message in (
        (lambda: photographs("pictures"), "source: 'pictures' is not known; allowed are scikit-le"),
        (
            lambda: whiten_photograph(np.ones((16, 40))),
            r"picture: shape \(16, 40\) given for a bor",
        ),
        (lambda: whiten_photograph(np.ones((40, 40))), "picture: one grey value all over"),
        (lambda: whiten_photograph(np.eye(40), 0.0), "cutoff: 0.0 given; above 0 is needed"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    monkeypatch.setitem(sys.modules, "skimage", None)
    assert "scikit-image" in PHOTOGRAPHS
    with pytest.raises(
        ValueError, match=r"skimage is not installed: pip install -e '.\[pictures\]'"
    ):
        photographs("scikit-image")
