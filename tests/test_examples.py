"""The lessons in ``examples/`` run unchanged and offline, and their statements hold."""

import re
from pathlib import Path

import matplotlib.font_manager  # noqa: F401 - builds Matplotlib's font cache, which warns while it is first built
import pandas as pd
import pytest
from helpers.offline_scripts import run_in_fork

EXAMPLES = Path(__file__).parents[1] / "examples"
LOOKED_INTO = {"batch_job.py", "blood_fat.py", "compare_algorithms.py", "iris.py", "xor.py"}  # each by a test below


@pytest.fixture
def run_example(forks, commands, tmp_path):
    """Run an example in the folder of the test, see that it went well, and return what it printed."""

    def run(name, *arguments, keras=True):
        printed = [tmp_path.with_suffix(suffix) for suffix in (".out", ".err")]
        given = (str(tmp_path), [*map(str, printed)], (str(EXAMPLES / name), *arguments))
        if keras:
            process = forks.Process(target=run_in_fork, args=given)
            process.start()
            process.join(600)
            process.kill()
            code = process.exitcode
        else:
            code = commands.run("-c", f"from helpers.offline_scripts import run_in_fork\nrun_in_fork(*{given!r})")
        out, err = (path.read_text(encoding="utf-8") for path in printed)
        assert code == 0, err
        assert not err
        assert out.strip()
        return out

    return run


def numbers(line):
    """Return the numbers in a line of print."""
    return [float(number) for number in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", line)]


def line_with(printed, words):
    """Return the one printed line that holds these words."""
    (line,) = [line for line in printed.splitlines() if words in line]
    return line


@pytest.mark.parametrize("name", sorted({path.name for path in EXAMPLES.glob("*.py")} - LOOKED_INTO))
def test_example_runs_and_writes_only_into_its_folder(name, run_example, tmp_path):
    """Every lesson runs without arguments or network; a new one is tested by being there."""
    run_example(name)
    assert [path.name for path in tmp_path.iterdir()] == ["example-output"]
    assert any((tmp_path / "example-output").iterdir())


def test_xor_is_learned_with_a_hidden_layer_only(run_example):
    """The linear network stays near guessing, both networks with a hidden layer learn."""
    printed = run_example("xor.py")
    accuracy = {line.split("  ")[0]: numbers(line)[0] for line in printed.splitlines() if "accuracy" in line}
    assert accuracy.pop("no hidden layer, cross-entropy") < 0.7
    assert len(accuracy) == 2
    assert min(accuracy.values()) > 0.95


def test_blood_fat_weights_in_natural_units_are_those_of_linear_regression(run_example):
    """Both equations are printed, and agree; so do the prediction by hand and by predict."""
    printed = run_example("blood_fat.py")
    by_network = numbers(line_with(printed, "network            blood fat ="))
    by_regression = numbers(line_with(printed, "linear regression  blood fat ="))
    assert by_network == pytest.approx(by_regression, abs=2e-4)
    assert by_regression == pytest.approx([77.9825, 0.4174, 5.2166])  # by NumPy's lstsq
    assert numbers(line_with(printed, "by hand")) == numbers(line_with(printed, "by predict"))


def test_iris_one_hot_targets_give_what_integer_targets_give(run_example):
    """The probabilities differ by rounding at most."""
    printed = run_example("iris.py")
    assert numbers(line_with(printed, "one-hot targets"))[0] < 1e-4
    assert numbers(line_with(printed, "names  "))[0] < 1e-4
    assert numbers(line_with(printed, "Accuracy"))[0] > 0.9


def test_batch_job_trains_once_and_scores_alike_in_three_ways(run_example):
    """The second night finds the model and needs no Keras."""
    first, second = run_example("batch_job.py"), run_example("batch_job.py", keras=False)
    for printed in (first, second):
        assert "1000 rows read, 1000 scored, 0 set aside" in printed
        assert numbers(line_with(printed, "Largest difference"))[0] < 1e-6
    assert "Trained and saved" in first
    assert "There is a model already" in second
    assert "Keras in this process: no" in second


def test_comparison_script_writes_report_and_model(run_example, tmp_path):
    """The models it names are ranked, and one of them is recommended and saved."""
    printed = run_example("compare_algorithms.py")
    folder = tmp_path / "example-output" / "comparison"
    assert {"report.html", "leaderboard.csv", "model"} <= {path.name for path in folder.iterdir()}
    assert {"network", "linear", "random_forest", "dummy"} <= set(pd.read_csv(folder / "leaderboard.csv")["model"])
    assert "Recommended: " in printed


def test_comparison_script_takes_a_pipeline_file(run_example, tmp_path):
    """The file's table, models and folds take the place of the script's."""
    text = "name: fat\ndata: {source: 'builtin:blood_fat', target: blood_fat}\nmodels: {ridge: }\n"
    (tmp_path / "fat.yaml").write_text(text + "compare: {cv: {folds: 3, repeats: 1}}\n")
    run_example("compare_algorithms.py", "--pipeline", "fat.yaml", "--out", "elsewhere")
    folds = pd.read_csv(tmp_path / "elsewhere" / "comparison" / "folds.csv")
    assert folds.groupby("model").size().to_dict() == {"dummy": 3, "ridge": 3}
