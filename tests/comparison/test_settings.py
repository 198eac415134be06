"""Settings of the process that calls `compare` have no influence on what it computes."""

import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdl

X = pd.DataFrame({"a [mm]": np.arange(30.0), "b": np.arange(30.0)[::-1] ** 2})
Y = pd.Series(np.arange(30.0) % 7, name="y")
FOLDS = {"cv": 3, "repeats": 1, "insight": False}


@contextmanager
def warnings_as_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


SETTINGS = {
    "pandas": lambda: sklearn.config_context(transform_output="pandas"),
    "polars": lambda: sklearn.config_context(transform_output="polars"),
    "routing": lambda: sklearn.config_context(enable_metadata_routing=True, assume_finite=True),
    "NumPy raises": lambda: np.errstate(all="raise"),
    "pandas without strings": lambda: pd.option_context("mode.string_storage", "python"),
    "warnings": warnings_as_errors,
}


class SettingsRecorder(LinearRegression):
    """Warns, divides by zero, and fails in a fit under settings that are not the defaults."""

    def fit(self, X, y):
        warnings.warn_explicit("a warning of a library", RuntimeWarning, "library.py", 1, module="library")
        np.float64(1) / np.float64(0)
        config = sklearn.get_config()
        assert (config["transform_output"], config["enable_metadata_routing"]) == ("default", False)
        assert (pd.get_option("mode.string_storage"), config["assume_finite"]) == ("auto", False)
        return super().fit(X, y)


@pytest.mark.filterwarnings("default:a warning of a library", "default:divide by zero")
@pytest.mark.parametrize("name", SETTINGS)
def test_models_are_fitted_under_the_defaults_and_the_caller_keeps_its_settings(name):
    with SETTINGS[name]():
        before = sklearn.get_config(), np.geterr(), pd.get_option("mode.string_storage"), list(warnings.filters)
        comparison = skdl.compare({"recorder": SettingsRecorder()}, X, Y, **FOLDS)
        assert before == (sklearn.get_config(), np.geterr(), pd.get_option("mode.string_storage"), warnings.filters)
    assert set(comparison.folds()["status"]) == {"ok"}


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_the_transformers_of_a_pipeline_file_always_return_arrays(container, tmp_path):
    """LightGBM and XGBoost refuse some names of columns, so a DataFrame between the steps would make them fail."""
    X.assign(y=Y).to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "t.yaml").write_text("data: {source: t.csv, target: y}\nmodels: {linear: {}, knn: {}}\n")
    models = skdl.read_pipeline(tmp_path / "t.yaml").estimators()
    with sklearn.config_context(transform_output=container):
        for name in ("linear", "knn"):
            assert type(models[name][:-1].fit_transform(X, Y)) is np.ndarray


class NeedsNames(TransformerMixin, BaseEstimator):
    """A step of a user's pipeline that takes a column by its name."""

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X[["b"]]


def test_estimators_keep_the_output_that_the_caller_has_set():
    """It is part of what they compute: in workers, and where the saved model is used."""
    models = {"by name": make_pipeline(StandardScaler(), NeedsNames(), LinearRegression())}
    with sklearn.config_context(transform_output="pandas"):
        best = skdl.compare(models, X, Y, **FOLDS, save_model="by name").best
        expected = models["by name"].fit(X, Y).predict(X)
    np.testing.assert_allclose(best.predict(X), expected)
