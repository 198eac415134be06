"""Messages and errors of `skdl score`."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_linnerud
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from skdl.saved_models import save_model

RNG = np.random.default_rng(0)
NUMBERS = [f"number{i}" for i in range(7)]
CITIES = [f"city{i}" for i in range(7)]
PEOPLE = pd.DataFrame(
    {name: RNG.normal(size=200) for name in NUMBERS} | {name: RNG.choice(["Bonn", "Ulm"], 200) for name in CITIES}
)
STEERING = "\x1b[31mred\x9b0m"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Save a regression of people; give the folder."""
    prepare = make_column_transformer((SimpleImputer(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), CITIES))
    fitted = make_pipeline(prepare, LinearRegression()).fit(PEOPLE, PEOPLE["number0"])
    return save_model(fitted, tmp_path_factory.mktemp("saved") / "model", X=PEOPLE).path


@pytest.fixture
def score(model, tmp_path, run):
    """Score a frame in an empty folder; its file may have another name."""

    def command(frame, *options, name="in.csv", by=model):
        frame.to_csv(tmp_path / name, index=False)
        return run("score", by, name, "--out", "out", "--trust-pickle", *options)

    return command


def lines_of(done, what):
    """Return the lines of one kind."""
    return [line.split(maxsplit=1)[1].rstrip() for line in done.stdout.splitlines() if line.startswith(f"{what} ")]


def test_ignored_columns_are_counted_and_the_first_named(score):
    """Three hundred columns take one line."""
    extra = pd.DataFrame(0, index=PEOPLE.index, columns=[f"extra{i}" for i in range(300)])
    (line,) = lines_of(score(pd.concat([PEOPLE, extra], axis=1)), "ignored")
    assert line == ("300 columns that the model does not use: extra0, extra1, extra2, extra3, extra4 and 295 more")


def test_one_ignored_column_is_named(score):
    assert lines_of(score(PEOPLE.assign(note=1)), "ignored") == ["1 column that the model does not use: note"]


def test_an_empty_column_is_named_before_others_that_drift_less(score):
    """Six others are partly outside training's range; the last of all is wholly missing."""
    X = PEOPLE.assign(number6=np.nan)
    for i, name in enumerate(NUMBERS[:6]):
        X.loc[: 40 + 10 * i, name] = 99.0
    lines = lines_of(score(X), "drift")
    assert lines[0] == "number6: 100.0% of the values are missing; in training 0.0%"
    assert [line.split(":")[0] for line in lines[1:]] == [
        "number5",
        "number4",
        "number3",
        "number2",
        "and 2 more columns, see _SUCCESS",
    ]


def test_of_columns_with_unseen_categories_those_with_most_are_named(score):
    X = PEOPLE.copy()
    for i, name in enumerate(CITIES):
        X.loc[: 10 * i, name] = "Oslo"
    lines = lines_of(score(X), "unseen")
    assert lines[0] == "city6: 61 rows with a category that was not in training"
    assert lines[-1] == "and 2 more columns, see _SUCCESS"


def test_drift_above_the_limit_ends_with_65(score):
    X = PEOPLE.assign(**dict.fromkeys(CITIES, "Oslo"))
    done = score(X, "--max-drift", "0.05")
    assert done.returncode == 65
    assert f"'{CITIES[0]}': 100.0% in categories not seen in training; " in done.stderr
    assert f"and {len(CITIES) - 5} more columns" in done.stderr


def test_no_name_sends_escape_sequences_to_the_terminal(score):
    """Neither a column name nor a file name."""
    X = PEOPLE.assign(**{STEERING: 1, "number0": "x"})
    done = score(X, "--max-bad-frac", "1", name=f"{STEERING}.csv")
    assert r"\x1b[31mred\x9b0m" in done.stdout
    refused = score(X.drop(columns="number1"), name=f"{STEERING}.csv")
    assert (refused.returncode, r"\x1b[31mred\x9b0m.csv: the model needs columns" in refused.stderr) == (65, True)
    assert not {"\x1b", "\x9b"} & set(done.stdout + done.stderr + refused.stderr)


def test_a_file_whose_name_looks_like_a_pattern_is_found(score):
    """Browsers add " (1)" to the name of a second download."""
    assert score(PEOPLE, name="in[1].csv").returncode == 0


@pytest.mark.parametrize("option", ["--threshold", "--max-bad-frac", "--max-drift"])
def test_a_share_that_is_nan_is_a_usage_error(score, tmp_path, option):
    """NaN compares with no number."""
    assert score(PEOPLE, option, "nan").returncode == 2
    assert not (tmp_path / "out").exists()


def test_probabilities_of_several_outputs_are_refused(score, tmp_path):
    """There is no column for each class of each output."""
    X, y = load_linnerud(return_X_y=True, as_frame=True)
    fitted = MultiOutputClassifier(DecisionTreeClassifier()).fit(X, y > y.median())
    by = save_model(fitted, tmp_path / "several", X=X).path
    done = score(X, "--proba", by=by)
    assert (done.returncode, "proba: must be False for this model" in done.stderr) == (2, True)
