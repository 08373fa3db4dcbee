"""The proving ground: truths of the channels, bias and spread of every estimator on them."""

import json

import jax
import numpy as np
import pytest

from jaxrep.analysis import pair_estimate_names, pair_information
from jaxrep.data.known_channels import KINDS, known_channels

DRAWS, SIZES = 5, (100, 300)
CHEAP = ("binning", "kernel", "edge", "neighbours")
CHANNELS = known_channels()
NAMES = pair_estimate_names(CHEAP)

SHEET = {
    "gaussian_pair": "gauss_1",
    "gaussian_3_pairs": "gauss_3",
    "gaussian_10_pairs": "gauss_10",
    "powers": "cubed",
    "uniform_margins": "copula_uniform",
    "swiss_roll": "swiss_roll",
    "uniform_noise_0.1": "additive_uniform_.1",
    "uniform_noise_0.75": "additive_uniform_.75",
    "student_2": "student_2_1x1",
    "student_3_uncorrelated": "student_3_2x2",
    "integer_plus_uniform": "discrete_to_uniform_5",
    "zero_inflated_poisson": "zero_inflated_poisson_.15",
    "half_discrete": "half_gauss_half_discrete",
    "binary_symmetric": "bsc_.1",
    "relu_pair": "relu_pair_.9",
    "relu_sparse": "relu_sparse_.9",
    "rounded_1": "rounded_1",
    "rounded_0.1": "rounded_.1",
    "saturated": "saturated_sign",
    "class_gaussian": "class_two_gauss_1",
    "class_relu": "class_relu",
    "class_sign": "class_sign",
}


@pytest.fixture(scope="module")
def estimates():
    """``{size: [channel, draw, estimate]}``, estimate less truth."""
    found = {}
    for size in SIZES:
        rows = []
        for channel in CHANNELS.values():
            for seed in range(DRAWS):
                first, second = channel.draw(seed, size)
                about = {
                    "classes": channel.kind == "classes",
                    "signal": channel.signal(first, second),
                    "noise": channel.noise,
                }
                bits = pair_information(first, second, CHEAP, **about)
                rows.append(np.array(list(bits.values())) - channel.information)
        found[size] = np.reshape(rows, (len(CHANNELS), DRAWS, len(NAMES)))
    return found


def test_truths_as_on_the_fact_sheet(shared_data):
    """Computed there by other means (quadrature, Monte Carlo); measured 1e-10."""
    sheet = json.loads((shared_data / "frontier" / "information" / "channels.json").read_text())
    for name, other in SHEET.items():
        assert CHANNELS[name].information == pytest.approx(sheet[other]["truth"], abs=1e-9), name


def density_ratio(channel, first, second):
    """log2 p(x, y) / (p(x) p(y)) of the channels that no sheet has."""
    if channel.name == "cauchy_noise":
        return np.log2((0.5 / ((second - first) ** 2 + 0.25)) / (1.5 / (second**2 + 2.25))).squeeze(
            1
        )
    noise, signal = channel.noise, first @ channel.gain
    whole = channel.gain.T @ channel.gain + noise * np.eye(signal.shape[1])
    apart = ((second - signal) ** 2).sum(1) / noise
    spread = np.einsum("ni,ij,nj->n", second, np.linalg.inv(whole), second)
    volume = np.linalg.slogdet(whole)[1] - signal.shape[1] * np.log(noise)
    return (spread - apart + volume) / 2 / np.log(2)


@pytest.mark.parametrize("name", ["cauchy_noise", "gaussian_2_by_3", "gaussian_3_pairs"])
def test_truths_by_monte_carlo(name):
    """Mean of the log ratio of densities; four standard errors (.006 to .02 bits)."""
    channel = CHANNELS[name]
    ratio = density_ratio(channel, *channel.draw(1, 20_000))
    error = ratio.std() / np.sqrt(len(ratio))
    assert abs(ratio.mean() - channel.information) < 4 * error < 0.1


def test_draws_are_reproducible_and_of_different_streams():
    for channel in CHANNELS.values():
        first, second = channel.draw(3, 40)
        for one, other in zip(channel.draw(3, 40), (first, second), strict=True):
            np.testing.assert_array_equal(one, other)
        assert len(first) == len(second) == 40 and first.ndim == 2
        assert channel.kind in KINDS and channel.source and channel.information >= 0
        if channel.kind == "classes":
            assert set(second) == {0, 1}
    one, other = (CHANNELS[name].draw(0, 40)[0] for name in ("gaussian_pair", "powers"))
    assert not np.isclose(abs(other), abs(one) ** 1.5).any()
    with pytest.raises(ValueError, match="number: 0 given"):
        CHANNELS["powers"].draw(0, 0)


# Biases that are known, of the mean of five draws at N = 300: 10 pairs need more than 300 samples,
# ties of half the sample and heavy tails pull towards 0, a fine grid needs dither.
NEIGHBOURS = {
    "gaussian_10_pairs": (-3.5, -3.1),
    "gaussian_3_pairs": (-0.7, -0.3),
    "half_discrete": (-0.5, -0.2),
    "rounded_0.1": (0.35, 0.6),
}


def test_nearest_neighbours_with_and_without_dither(estimates):
    """Elsewhere within .25 bits; measured -.19 (Cauchy, standard deviation .25) to .08."""
    bias = dict(zip(CHANNELS, estimates[300].mean(1), strict=True))
    for name, values in bias.items():
        plain, dithered = values[NAMES.index("neighbours")], values[NAMES.index("dithered")]
        if name == "twelve_bits":
            assert np.isnan([plain, dithered]).all()  # they say that they measure nothing
            continue
        low, high = NEIGHBOURS.get(name, (-0.25, 0.25))
        assert low < plain < high, name
        if name == "rounded_0.1":
            assert abs(dithered) < 0.2
        else:
            assert low - 0.1 < dithered < high, name


def test_spread_over_draws_shrinks(estimates):
    """Median standard deviation of neighbours .12 at N = 100, .07 at 300; dead layers have none."""
    place = NAMES.index("neighbours")
    spread = [np.nanmedian(estimates[size][..., place].std(1, ddof=1)) for size in SIZES]
    assert spread[1] < 0.8 * spread[0] < 0.15
    dead = [list(CHANNELS).index(name) for name in ("dead_relu", "class_with_dead_relu")]
    assert abs(estimates[100][dead][..., place]).max() < 1e-9


def test_binning_is_right_for_few_codes_only(estimates):
    """Bins of half a deviation: right within .08 of categories, bits wrong of three columns."""
    place = NAMES.index("binning")
    bias = dict(zip(CHANNELS, estimates[300][..., place].mean(1), strict=True))
    for name, value in bias.items():
        if CHANNELS[name].kind == "classes" or "bit" in name:
            assert abs(value) < 0.08, name
    assert bias["gaussian_3_independent"] > 6
    assert bias["uniform_noise_0.1"] < -0.5  # narrower than a bin
    assert bias["cauchy_noise"] < -0.7  # the deviation is that of the tail


def test_kernel_bounds_are_bounds(estimates):
    """Lower below and upper above the truth where the noise is known, NaN elsewhere."""
    lower, upper = NAMES.index("kernel lower"), NAMES.index("kernel upper")
    for place, channel in enumerate(CHANNELS.values()):
        mean = estimates[300][place].mean(0)
        if channel.gain is None:
            assert np.isnan(mean[[lower, upper]]).all()
        else:
            assert mean[lower] < 1e-6 and mean[upper] > -1e-6, channel.name


def test_edge_is_high_on_continuous_pairs(estimates):
    """Up to 7.2 bits; right, within .3, for pairs of categories: see its docstring."""
    bias = dict(zip(CHANNELS, estimates[300][..., NAMES.index("edge")].mean(1), strict=True))
    for name in ("bit_itself", "bits_independent", "exclusive_or_of_both", "dead_relu"):
        assert abs(bias[name]) < 0.06, name
    assert bias["gaussian_3_independent"] > 6 and bias["gaussian_pair"] > 1.5
    assert abs(bias["saturated"]) < 0.35 and abs(bias["class_gaussian"]) < 0.35


def test_the_contrastive_bound_stays_below():
    """Mean of three draws of 256 within .2 above the truth (a test part of 64 is noisy), and not
    below 0."""
    for name in ("gaussian_pair", "bits_independent", "relu_sparse", "rounded_1", "half_discrete"):
        channel, bits = CHANNELS[name], []
        for seed in range(3):
            found = pair_information(
                *channel.draw(seed, 256), ("contrastive",), key=jax.random.key(seed)
            )
            bits.append(found["contrastive"])
        assert min(bits) >= 0
        assert np.mean(bits) - channel.information < 0.2, name
    few = pair_information(*CHANNELS["bit_itself"].draw(0, 40), ("contrastive",))
    assert np.isnan(few["contrastive"])


def test_names_and_bad_input():
    assert pair_estimate_names(("contrastive", "neighbours")) == [
        "neighbours",
        "dithered",
        "contrastive",
    ]
    with pytest.raises(ValueError, match="estimators: 'guess' is not known"):
        pair_estimate_names(("guess",))
    rows = np.ones((40, 1))
    with pytest.raises(ValueError, match="first: 40 of 40 values are not finite"):
        pair_information(rows * np.nan, rows)
    with pytest.raises(ValueError, match="second: 30 rows given for 40"):
        pair_information(rows, rows[:30])
