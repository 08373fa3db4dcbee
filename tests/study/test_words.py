"""Words for what is swept: in titles, tables and pages, not in files."""

import importlib

import pytest

from jaxrep.study.words import FigureKey, figure_words, in_words


@pytest.mark.parametrize(
    "name, words",
    [
        ("gain=100.0 clone=0", "gain 100, the inputs themselves"),
        ("positive=4.47 negative=0.1", "higher class 4.47, lower class 0.1"),
        ("flip=0.15 data_seed=2021", "flip probability 0.15, data set 2021"),
        ("max_norm=0.0 initial_bias=-3.0", "norm not limited, initial bias -3"),
        ("group=S4 model=mlp", "group S4, model mlp"),
        ("zero_mean=True weights=", "zero mean: yes, weights: none"),
        ("widths=(10, 7) steps=1000000", "widths (10, 7), steps 1000000"),
        ("learning_rate=1e+20 seed=1", "learning rate 1e20, seed 1"),
        ("", ""),
        ("a=b=c", "a b=c"),
    ],
)
def test_names_are_said_in_words(name, words):
    assert in_words(name) == words


def test_a_key_figure_keeps_its_name_beside_the_words():
    key = FigureKey("layer 2 counted_seeds_compress[bits=3]")
    assert figure_words(key) == "layer 2 counted seeds compress (3 bits)"
    assert key == "layer 2 counted_seeds_compress[bits=3]"


@pytest.mark.parametrize(
    "study", ["deep_linear", "face_angle", "group_composition", "information_plane", "localization"]
)
def test_no_option_of_a_study_is_said_in_code(study):
    """Whatever is swept, of any study: no underscore and no equals sign is left."""
    config = importlib.import_module(f"experiments.{study}.config").Config
    for name in config.__dataclass_fields__:
        words = in_words(f"{name}=0.5")
        assert "=" not in words and "_" not in words, (name, words)
