"""Comparisons by metrics of users."""

import importlib
import re
import sys

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import skdl

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = X[:, 0] + RNG.normal(size=60)
MODULE = '''
import numpy as np

def cube_root_error(y_true, y_pred):
    """Mean cube root of the errors."""
    return np.cbrt(np.abs(y_true - y_pred)).mean()
'''


def far_off(y_true, y_pred):
    """Share of the errors above 1."""
    return np.mean(np.abs(y_true - y_pred) > 1)


far_off.unit = "of the rows"


def broken(y_true, y_pred):
    if len(y_true) < 60:
        raise ZeroDivisionError("no rows")
    return np.mean(np.abs(y_true - y_pred))


def test_a_function_ranks_with_its_name_direction_and_unit():
    """The scores are those that the function gives on the folds."""
    folds = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
    comparison = skdl.compare({"linear": LinearRegression()}, X, Y, cv=folds, metrics=far_off, insight=False)
    expected = [far_off(Y[test], LinearRegression().fit(X[train], Y[train]).predict(X[test])) for train, test in folds]
    assert comparison.folds().query("model == 'linear'")["far_off"].tolist() == pytest.approx(expected)
    column = comparison.summary.columns[0]
    assert (column.name, column.label, column.unit) == ("far_off", "Far off", "of the rows")
    assert not column.greater_is_better


def test_a_function_that_fails_leaves_its_column_empty():
    """Unless it ranks: then the model has failed; both name the metric."""
    options = {"cv": 2, "repeats": 1, "insight": False}
    comparison = skdl.compare({"linear": LinearRegression()}, X, Y, metrics=["rmse", broken], **options)
    assert comparison.leaderboard()["broken"].isna().all()
    notes = [str(note) for note in comparison.summary.data.notes]
    assert "linear: UserWarning: the metric broken failed (ZeroDivisionError: no rows)" in notes
    with pytest.raises(skdl.exceptions.AllModelsFailedError, match=r"linear: .*the metric broken failed"):
        skdl.compare({"linear": LinearRegression()}, X, Y, metrics=[broken], **options)


def test_a_metric_of_a_package_that_is_not_there_says_what_to_install(tmp_path):
    """The pipeline needs it, not one of its models."""
    (tmp_path / "p.yaml").write_text(
        "data: {source: builtin:diabetes, target: target}\nmodels: [ridge]\ncompare: {metrics: [no_such_package.far]}\n"
    )
    message = (
        r"no_such_package is needed by this pipeline and is not installed. Install it: pip install no_such_package"
    )
    with pytest.raises(skdl.exceptions.MissingExtraError, match=re.escape(message)):
        skdl.read_pipeline(tmp_path / "p.yaml", allow_packages=["no_such_package"])


def test_a_file_names_a_function_of_an_allowed_package(tmp_path, monkeypatch):
    """One hold-out set: its rows are resampled. A change of its code fits nothing again."""
    (tmp_path / "ourmetrics.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    np.savetxt(tmp_path / "t.csv", np.c_[X, Y], delimiter=",", header="a,b,y", comments="")
    compare = "compare: {cv: {holdout: 0.5}, metrics: [ourmetrics.cube_root_error], insight: false}"
    (tmp_path / "t.yaml").write_text(f"data: {{source: t.csv, target: y}}\nmodels: {{linear: }}\n{compare}\n")
    with pytest.raises(skdl.exceptions.PipelineFileError, match=r"3:41: compare.metrics.0: a dotted name must come"):
        skdl.read_pipeline(tmp_path / "t.yaml")
    spec = skdl.read_pipeline(tmp_path / "t.yaml", allow_packages="ourmetrics")
    scores = skdl.compare(spec, output_dir=tmp_path / "out", insight=False).leaderboard()
    assert scores.loc["linear", "cube_root_error_low"] < scores.loc["linear", "cube_root_error"]
    (tmp_path / "ourmetrics.py").write_text(MODULE.replace("return ", "return 10 * "))
    importlib.reload(sys.modules["ourmetrics"])
    events = []
    again = skdl.compare(spec, output_dir=tmp_path / "out", listener=events.append, insight=False).leaderboard()
    assert again["cube_root_error"].tolist() == pytest.approx((10 * scores["cube_root_error"]).tolist())
    assert len(events) == 1
