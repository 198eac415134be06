"""`Comparison` in Python and in notebooks."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

import skdl
from skdl.analysis import corrected_ttest, holm
from skdl.exceptions import DataError, OutputError, UsageError

X, Y = load_diabetes(return_X_y=True, as_frame=True)


@pytest.fixture(scope="module")
def comparison():
    """Three models and the dummy on the diabetes table, five folds."""
    models = {
        "linear": LinearRegression(),
        "knn <b>": KNeighborsRegressor(),
        "ridge": GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3),
    }
    return skdl.compare(models, X, Y, cv=5, repeats=1, metrics=["rmse", "r2"], insight=False)


def test_the_verdict_has_sentence_winner_reasons_and_recommendation(comparison):
    verdict = comparison.verdict
    assert verdict.winner is None
    assert "few_folds" in verdict.reasons
    assert verdict.recommended in verdict.sentence
    assert str(verdict) == verdict.sentence


def test_differences_are_those_of_the_paired_test(comparison):
    """Against the leader by default; p-values adjusted over all pairs of four models."""
    differences = comparison.differences()
    folds = comparison.folds().pivot_table(index="fold", columns="model", values="rmse")
    leader = comparison.leaderboard().index[0]
    assert list(differences.index) == [name for name in comparison.leaderboard().index if name != leader]
    names = list(folds)
    pairs = [(a, b) for index, a in enumerate(names) for b in names[index + 1 :]]
    raw = [corrected_ttest(folds[a] - folds[b], test_train_ratio=1 / 4).p_value for a, b in pairs]
    adjusted = dict(zip([frozenset(pair) for pair in pairs], holm(raw), strict=True))
    for name, row in differences.iterrows():
        assert row["difference"] == pytest.approx((folds[name] - folds[leader]).mean())
        assert row["p_adjusted"] == pytest.approx(adjusted[frozenset((name, leader))], rel=0.02)
        assert row[["p_better", "p_equivalent", "p_worse"]].sum() == pytest.approx(1)


def test_any_model_can_be_the_reference(comparison):
    """With the two models swapped, the difference changes its sign."""
    to_dummy, to_linear = comparison.differences("dummy"), comparison.differences("linear")
    assert to_dummy.loc["linear", "difference"] == -to_linear.loc["dummy", "difference"]
    assert to_dummy.loc["linear", "p_better"] == to_linear.loc["dummy", "p_worse"]


def test_an_unknown_reference_is_refused_with_the_nearest_name(comparison):
    with pytest.raises(UsageError, match=r"got 'liner'; did you mean linear\? There are: "):
        comparison.differences("liner")


def test_the_best_model_is_fitted_on_all_rows_and_any_model_can_be_refitted(comparison):
    """On other rows; a search gives its best candidate."""
    np.testing.assert_array_equal(comparison.refit(X, Y).predict(X), comparison.best.predict(X))
    ridge = comparison.refit(X[:200], Y[:200], model="ridge")
    assert isinstance(ridge, Ridge)
    with pytest.raises(UsageError, match=r"refit: model must be one of .*; got 'rigde'; did you mean ridge"):
        comparison.refit(X, Y, model="rigde")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("saved", [False, True], ids=["in memory", "saved"])
def test_the_best_model_reads_any_table_as_training_did_or_refuses_it(make, saved, tmp_path):
    """Models of the caller get the kind of frame and the types that they were fitted on."""
    columns = {"size": np.arange(30.0), "rooms": np.arange(30) % 4, "code": [f"0{i % 3}" for i in range(30)]}
    encoded = make_column_transformer((OneHotEncoder(), ["code"]), ("passthrough", ["size", "rooms"]))
    steps = {"types": FunctionTransformer(check_type, kw_args={"kind": make}), "encoded": encoded, "line": Ridge()}
    y = columns["size"] + columns["rooms"]
    folds = {"cv": 3, "repeats": 1, "insight": False}
    found = skdl.compare({"line": Pipeline(list(steps.items()))}, make(columns), y, **folds, output_dir=tmp_path)
    best = skdl.load_model(tmp_path / "model", sha256=found.model_pin) if saved else found.best
    expected = best.predict(make(columns))
    texts = {name: list(map(str, values)) for name, values in reversed(columns.items())}
    for table in (pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns), texts, pd.DataFrame(texts)):
        np.testing.assert_array_equal(best.predict(table), expected)
    with pytest.raises(DataError, match="column 'code' must be text, as in training; got 0 in row 1"):
        best.predict(pd.DataFrame(columns).astype({"code": int}))


def check_type(frame, kind):
    """Pass on a frame of the kind and the types of training."""
    assert isinstance(frame, kind)
    assert "int64" in str(frame["rooms"].dtype).lower()
    return frame


def test_the_plot_has_a_row_a_model(comparison):
    """Best on top, on the axes that were given."""
    axes = Figure().add_subplot()
    assert comparison.plot(axes) is axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(comparison.leaderboard().index)
    assert "RMSE" in axes.get_xlabel()
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [5] * 4


def test_to_html_writes_one_file(comparison, tmp_path):
    """Completely or not at all."""
    page = comparison.to_html(tmp_path / "page.html")
    assert comparison.verdict.recommended in page.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(OutputError, match="must be writable"):
        comparison.to_html(tmp_path / "no" / "page.html")


def test_a_notebook_shows_verdict_and_leaderboard(comparison):
    """Names are escaped, and no style affects the rest of the notebook."""
    shown = comparison._repr_html_()
    assert "knn &lt;b&gt;" in shown
    assert shown.count("<tr>") == 1 + 4
    assert "<style" not in shown


@pytest.mark.parametrize("verbose", [0, 1])
def test_verbose_prints_a_line_for_each_finished_model(capsys, verbose):
    """A listener still gets its events."""
    events = []
    models = {"ridge": Ridge(), "broken": Ridge(alpha=-1.0)}
    options = {"cv": 2, "repeats": 1, "metrics": ["r2"], "insight": False}
    mean = skdl.compare(models, X, Y, verbose=verbose, listener=events.append, **options).leaderboard()["r2"]
    lines = [
        f"ridge: 2 folds, R² {mean['ridge']:.4f}",
        "broken: 2 folds, failed",
        f"dummy: 2 folds, R² {mean['dummy']:.4g}",
    ]
    assert capsys.readouterr().out.splitlines() == lines * verbose
    assert len(events) == 1 + 2 * 3


def test_printed_it_is_a_short_table_above_the_verdict(comparison):
    """A row a model, best first: rank, model, metrics, seconds; a hundred columns at most."""
    lines = str(comparison).splitlines()
    assert lines[0] == "comparison: 442 rows, 10 columns, k-fold, 5 folds"
    assert lines[1].split() == ["model", "RMSE", "95", "%", "CI", "R²", "fit", "s"]
    assert [line[3:10].strip() for line in lines[2:6]] == list(comparison.leaderboard().index)
    assert " ".join(lines[7:]) == comparison.verdict.sentence
    assert max(map(len, lines)) <= 100
    assert repr(comparison) == str(comparison)


def test_printed_names_are_cut_and_escaped():
    models = {"\x1b[31m" + "long name " * 20: Ridge(), "[b]": LinearRegression()}
    shown = str(skdl.compare(models, X, Y, cv=2, repeats=1, insight=False))
    assert "\x1b" not in shown
    assert "  \\x1b[31mlong name long name l\N{HORIZONTAL ELLIPSIS}  " in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_a_search_with_groups_is_refitted_with_them():
    """Its inner folds need them."""
    groups = np.arange(len(X)) % 9
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=GroupKFold(3))
    found = skdl.compare({"ridge": search}, X, Y, cv=3, repeats=1, metrics=["rmse"], groups=groups, insight=False)
    fitted = found.refit(X, Y, groups=groups)
    np.testing.assert_array_equal(fitted.predict(X), found.best.predict(X))
