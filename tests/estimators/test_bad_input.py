"""Bad input: an error names what, where and a remedy, before anything is trained."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from skdl import KerasMLPClassifier, KerasMLPRegressor

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X.sum(axis=1)
DAYS = pd.date_range("2024-01-01", periods=20)
LABELS = np.where(Y > 0, "yes", "no").astype(object)


def spoiled(table, value, row=4, column=1):
    """Return a copy with one value replaced."""
    copy = table.copy()
    copy[(row, column) if copy.ndim == 2 else row] = value
    return copy


BAD_FITS = {
    "NaN in X": (
        spoiled(X, np.nan),
        Y,
        r"X must hold finite numbers; got NaN in 1 row of 20, first in row 4, column 1",
    ),
    "infinity in X": (spoiled(X, -np.inf), Y, r"X must hold finite numbers; got infinity .*row 4, column 1. Clip"),
    "too large for float32": (spoiled(X, 1e300), Y, r"got infinity \(inf, or too large for float32\)"),
    "NaN in a sparse X": (sparse.csr_matrix(spoiled(X, np.nan)), Y, r"got NaN .*row 4, column 1. Impute"),
    "NaN in y": (X, spoiled(Y, np.nan), r"y must hold a value for each row; got NaN in 1 row of 20, first in row 4"),
    "infinity in y": (X, spoiled(Y, np.inf), r"y must hold a value for each row; got infinity in 1 row"),
    "no rows": (
        X[:0],
        Y[:0],
        r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required by KerasMLPRegressor",
    ),
    "no columns": (X[:, :0], Y, r"0 feature\(s\) \(shape=\(20, 0\)\) while a minimum of 1 is required"),
    "dates in X": (
        pd.DataFrame({"n": Y, "day": DAYS}),
        Y,
        r"X must hold numbers; got datetime64\[.*\] in column 'day'",
    ),
    "zoned dates in X": (pd.DataFrame({"day": DAYS.tz_localize("UTC")}), Y, r"X .* got datetime64.* in column 'day'"),
    "durations of polars": (pl.DataFrame({"stay": DAYS - DAYS[0]}), Y, r"X .* got Duration.* in column 'stay'"),
    "an array of dates": (DAYS.to_numpy()[:, None], Y, r"X must hold numbers; got datetime64.*Make numbers of it"),
    "dates of Arrow": (pa.table({"day": DAYS}), Y, r"X must hold numbers; got datetime64"),
    "dates in y": (X, DAYS, r"y must hold numbers; got datetime64"),
    "durations in y": (X, pd.Series(DAYS - DAYS[0]), r"y must hold numbers; got timedelta64"),
    "text in y": (X, LABELS, r"could not convert string to float"),
    "fewer targets than rows": (X, Y[:5], r"inconsistent numbers of samples: \[20, 5\]"),
    "no y": (X, None, r"requires y to be passed, but the target y is None"),
}


@pytest.mark.parametrize(("rows", "target", "message"), BAD_FITS.values(), ids=BAD_FITS.keys())
def test_a_table_that_cannot_be_trained_on_is_named(rows, target, message):
    """The estimator stays unfitted."""
    net = KerasMLPRegressor()
    with pytest.raises(ValueError, match=message):
        net.fit(rows, target)
    assert not hasattr(net, "model_")


def test_a_text_column_is_named_with_the_encoder_that_it_needs():
    table = pd.DataFrame({"age": X[:, 0], "sex": ["male", "female"] * 10})
    with pytest.raises(ValueError, match=r"'male' in column 'sex'\. Encode text first: make_pipeline"):
        KerasMLPRegressor().fit(table, Y)


def test_an_error_names_the_column_of_a_data_frame():
    table = pd.DataFrame(spoiled(X, np.nan), columns=["age", "height", "weight"])
    with pytest.raises(ValueError, match=r"got NaN in 1 row of 20, first in row 4, column 'height'"):
        KerasMLPRegressor().fit(table, Y)


@pytest.mark.parametrize("missing", [None, np.nan], ids=["None", "NaN"])
def test_a_missing_label_is_named(missing):
    """NaN is no class."""
    with pytest.raises(ValueError, match=r"KerasMLPClassifier: y must hold a value for each row; .* first in row 4"):
        KerasMLPClassifier().fit(X, spoiled(LABELS, missing))


def test_one_class_alone_is_an_error():
    with pytest.raises(ValueError, match=r"y must hold at least 2 classes; got 1 class, 0\.0"):
        KerasMLPClassifier().fit(X, np.zeros(20))


@pytest.mark.parametrize(
    ("net", "target", "message"),
    [
        (KerasMLPRegressor(validation_split=0.99), Y, r"must leave a row to train on; got 0.99 of 20 samples"),
        (KerasMLPClassifier(validation_split=0.96), LABELS, r"must leave a row of each of the 2 classes to train on"),
    ],
    ids=["regressor", "classifier"],
)
def test_a_validation_split_must_leave_rows_to_train_on(net, target, message):
    """Each class needs one."""
    with pytest.raises(ValueError, match=message):
        net.fit(X, target)


def test_rows_to_predict_are_checked_too():
    net = KerasMLPRegressor((2,), epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match="X has 2 features, but KerasMLPRegressor is expecting 3 features"):
        net.predict(X[:, :2])
    with pytest.raises(ValueError, match="KerasMLPRegressor: X must hold finite numbers; got NaN in 2 rows of 20"):
        net.predict(spoiled(spoiled(X, np.nan), np.nan, row=7))


def test_a_parameter_that_does_not_exist_is_an_error():
    """In the constructor and in set_params."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'neurons'"):
        KerasMLPRegressor(neurons=3)
    with pytest.raises(ValueError, match="Invalid parameter 'neurons' for estimator KerasMLPRegressor"):
        KerasMLPRegressor().set_params(neurons=3)


@pytest.mark.parametrize("parameter", ["optimizer", "metrics", "loss", "activation"])
def test_a_refused_fit_leaves_the_estimator_unfitted(parameter):
    """A network that was built but not trained must not predict."""
    net = KerasMLPRegressor(**{parameter: "no such thing"})
    with pytest.raises(ValueError, match=f"{parameter}: the name must be"):
        net.fit(X, Y)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        net.predict(X)


ARGUMENTS_OF_OTHERS = {
    "validation_data": (
        "fit",
        r"KerasMLPRegressor\.fit: .* got 'validation_data'\. Give X_val= and y_val=, or .*split",
    ),
    "epochs": ("fit", r"got 'epochs'\. It is a parameter of the estimator: KerasMLPRegressor\(epochs=\.\.\.\)"),
    "sample_weights": ("fit", r"got 'sample_weights'; did you mean sample_weight\?"),
    "verbose": ("evaluate", r"KerasMLPRegressor\.evaluate: .* got 'verbose'\. Leave it out"),
}


@pytest.mark.parametrize(("name", "case"), ARGUMENTS_OF_OTHERS.items(), ids=ARGUMENTS_OF_OTHERS.keys())
def test_an_argument_of_keras_gets_an_error_that_says_what_takes_its_position(name, case):
    """People who know Keras pass them."""
    method, message = case
    with pytest.raises(TypeError, match=message):
        getattr(KerasMLPRegressor(), method)(X, Y, **{name: 1})
