"""deep_linear with a noisy teacher: training, theory beside it, the page and its sentences."""

import dataclasses

import numpy as np
import pytest
import xarray

from experiments import deep_linear
from experiments.deep_linear.overfitting import Overfitted, best_moments, overfitting_verdicts
from experiments.deep_linear.overfitting_figures import stopping
from jaxrep.engine import Replicas
from jaxrep.engine.run import Run
from jaxrep.study import main
from jaxrep.theory.mode_dynamics import effective_rate, expected_start
from jaxrep.theory.noisy_teacher import teacher_error

STUDY = deep_linear.STUDY
COMMON = (
    "--signal 0 3 --teacher-inputs 60 --teacher-outputs 40 --hidden 80 --scale 0.01 --steps 400 "
    "--learning-rate 72 --seeds 2 --quiet --measurements 101 --precision float64"
).split()

SETS = "inputs", "sample"


def drawn(analysis, config):
    del config
    yield stopping(analysis.drawings)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("noisy") / "run"
    assert main(dataclasses.replace(STUDY, draw=drawn), [*COMMON, "--out", str(out)]) == 0
    return Run.load(out)


def test_training_is_gradient_descent_on_the_sample_seen_from_the_teacher(run):
    """The last student (signal 3, seed 1) in numpy, from its own start, sample and teacher,
    which are told in float32."""
    first, last = (np.asarray(run.states(0).params[name][-1], float) for name in ("W1", "W2"))
    teacher, sample = (run.targets(name).values.reshape(-1, 60, 40)[-1] for name in SETS)
    np.testing.assert_allclose(np.linalg.svd(teacher)[1][:2], [3, 0], atol=1e-6)
    # 2400 entries of variance 1 / 60, whose sum of squares scatters by 3 %
    assert ((sample - teacher) ** 2).sum() == pytest.approx(40, rel=0.12)
    rate, errors, losses = 2 * 72 / 2400, [], []
    for _ in range(401):
        missing = sample - first @ last
        losses.append((missing**2).mean())
        errors.append(((first @ last - teacher) ** 2).sum())
        first, last = first + rate * missing @ last.T, last + rate * first.T @ missing
    steps = run.results.step.values
    np.testing.assert_allclose(
        run.results.loss.values.reshape(-1, len(steps))[-1], np.array(losses)[steps], rtol=1e-5
    )
    np.testing.assert_allclose(
        run.results.generalisation.values.reshape(-1, len(steps))[-1],
        np.array(errors)[steps],
        rtol=1e-5,
    )


def test_theory_without_a_free_parameter_lies_beside_training(run):
    """40 outputs, 2 seeds: measured .11 of the largest error; best steps 36 instead of 37."""
    results = run.results
    for name in ("generalisation", "loss"):
        seen, predicted = (results[x].mean("seed") for x in (name, f"theory_{name}"))
        apart = np.abs(seen - predicted).max("step") / predicted.max("step")
        assert apart.max() < 0.17
    taught = results.sel(signal=3)
    assert np.abs(taught.best_step / taught.theory_best_step - 1).max() < 0.12
    assert (taught.best_error < 0.5 * 9).all()
    assert (results.sel(signal=0).best_step <= 8).all()


def test_all_signals_of_a_seed_have_the_same_noise_and_another_seed_has_another(run):
    teacher, sample = (run.targets(name).values.reshape(2, 2, 60, 40) for name in SETS)
    noise = sample - teacher
    signals, seeds = noise[0] - noise[1], noise[:, 0] - noise[:, 1]
    assert np.abs(signals).max() < 1e-6 < np.abs(seeds).max()


def test_the_page_answers_and_draws(run):
    text = (run.path / "report.html").read_text()
    assert "Of signal-to-noise ratio 3 students know the teacher best at steps" in text
    assert "When to stop, and what it is worth" in text
    assert "noise only" in text
    assert run.summary["median_best_error[signal=3.0]"] < 4.5


def stopped(best, least, null=0):
    """What a page shows of students of noise only and of a teacher of signal 2."""
    replicas = Replicas((0, 1), {"signal": (0, 2), "scale": 0.1, "learning_rate": 1.0})
    step = np.arange(0, 30, 10)
    curves = np.array([[0, 5, 50], [0, 5, 50], [4, 2, 50], [4, 2, 50.0]])
    each = {
        "best_step": [null, null, best, best],
        "theory_best_step": [0, 0, 100, 100],
        "best_error": [0, 0, least, least],
        "theory_best_error": [0, 0, 1.2, 1.2],
    }
    both = ("replica", "step")
    names = ("generalisation", "theory_generalisation", "loss", "theory_loss")
    flat = xarray.Dataset(
        {name: (both, curves) for name in names}
        | {name: (("replica",), np.array(values, float)) for name, values in each.items()},
        {"step": step, "replica": np.arange(4)},
    )
    return Overfitted(flat, replicas, np.ones(4, bool))


def test_the_verdict_changes_with_the_numbers():
    mine = overfitting_verdicts(stopped(105, 1.3))
    assert "best at steps 105 (medians of 2 seeds" in mine[0].text
    assert "theory says 100. Null, noise only: best at step 0, which is not" in mine[0].text
    assert "error is 0.325 of that of not learning (theory 0.3), and 12.5 where" in mine[1].text
    assert "it rises from 0 to 50" in mine[1].text
    assert [verdict.agrees for verdict in mine] == [True] * 3
    late = overfitting_verdicts(stopped(150, 1.3))
    assert [verdict.agrees for verdict in late] == [False, True, True]
    learns = overfitting_verdicts(stopped(105, 4.4, null=60))
    assert "best at step 60, though there is no teacher" in learns[0].text
    assert [verdict.agrees for verdict in learns] == [False, False, True]


def test_without_the_null_the_sentences_say_so():
    whole = stopped(105, 1.3)
    rows = whole.flat.isel(replica=[2, 3])
    replicas = Replicas((0, 1), {"signal": (2,), "scale": 0.1, "learning_rate": 1.0})
    mine = overfitting_verdicts(Overfitted(rows, replicas, np.ones(2, bool)))
    assert "noise only, is not in this sweep" in mine[0].text
    gone = overfitting_verdicts(
        dataclasses.replace(whole, finite=np.array([True, True, True, False]))
    )
    assert gone[0].text.startswith("1 of 4 students diverged")
    assert "medians of 1 seeds" in gone[1].text


def test_the_best_moment_of_a_student_that_diverged_is_none():
    error = np.array([[3.0, 1.0, 2.0], [3.0, np.nan, np.inf]])
    flat = xarray.Dataset({"generalisation": (("replica", "step"), error)}, {"step": [0, 10, 20]})
    found = best_moments(flat)
    np.testing.assert_array_equal(found["best_step"][1], [10, np.nan])
    np.testing.assert_array_equal(found["best_error"][1], [1, np.nan])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("--signal -1 --hidden 50", "signal: -1 given; 0 or more is needed"),
        ("--signal 0 1e300 --hidden 50", "signal: 1e+300 given; at most 1e+06 is possible"),
        ("--signal 2 --teacher-outputs 1000000000", "teacher_outputs: 1000000000 given, of which"),
        ("--signal 2", "hidden: 30 given beside signal; 50 or more are needed"),
        ("--signal 2 --hidden 50 --depth 3", "depth: 3 given beside signal; 2 is allowed there"),
        ("--signal 2 --hidden 50 --contexts 2", "contexts: (2,) given beside signal; []"),
        ("--signal nan --hidden 50", "signal: [nan] given; finite numbers are needed"),
        ("--signal 2 --hidden 50 --scale -1", "scale: [-1.0] given; above 0"),
        ("--signal 2 --teacher-inputs 0", "teacher_inputs: 0 given; at least 1 is needed"),
    ],
)
def test_what_students_do_not_have_gets_one_line(tmp_path, capsys, arguments, message):
    assert main(STUDY, [*arguments.split(), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_rate_scale_and_steps_follow_from_the_teacher():
    config = deep_linear.Config(signal=(0.0, 4.0), hidden=50)
    found = deep_linear.resolve(config)
    assert found.learning_rate and found.scale and found.steps
    error = overfitted_theory(found)
    # most of the noise is learned in the end, and the best time lies well before
    assert error[-1] > 0.8 * config.teacher_outputs
    assert 5 < error.argmin() < found.steps / 2
    given = dataclasses.replace(config, learning_rate=(7.0,), scale=(0.1,), steps=3)
    assert deep_linear.resolve(given) == given
    fast = dataclasses.replace(config, learning_rate=(1000.0,))
    assert "past the edge of stability" in STUDY.warn(fast)[0] and STUDY.warn(config) == []


def overfitted_theory(config):
    """Generalisation error in theory over all steps, of the strongest teacher."""
    inputs, outputs = config.teacher_inputs, config.teacher_outputs
    start = float(expected_start(config.scale[0], inputs, config.hidden, outputs))
    rate = float(effective_rate(config.learning_rate[0], inputs, outputs))
    teacher = np.array([max(config.signal)])
    error = teacher_error(np.arange(config.steps + 1), teacher, start, rate, inputs, outputs)
    return np.asarray(error)
