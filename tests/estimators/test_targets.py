"""Targets of every container and type, and the predictions for them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from helpers.iris_networks import LENGTH, NAMES, SETTINGS, SPECIES, X, Y
from helpers.weights import weights_of
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import accuracy_score, r2_score

from skdl import KerasMLPClassifier, KerasMLPRegressor

FLAGS = np.column_stack([Y == 0, Y >= 1, Y == 2]).astype(int)
ODD_INDEX = 7 * np.arange(150)[::-1] + 3
SETTINGS = {**SETTINGS, "epochs": 40}


def classifier(y, **parameters):
    """Fit a tiny classifier."""
    return KerasMLPClassifier(**{**SETTINGS, **parameters}).fit(X, y)


def regressor(y, **parameters):
    """Fit a tiny regressor."""
    return KerasMLPRegressor(**{**SETTINGS, **parameters}).fit(X, y)


LABELS = {
    "bool": Y == 2,
    "uint8": (Y * 100).astype(np.uint8),
    "negative": np.array([100, -7, 3])[Y],
    "float": Y * 2.0,
    "float32": Y.astype(np.float32),
    "dates": np.array(["2022-01-01", "2020-01-01", "2021-01-01"], dtype="datetime64[D]")[Y],
    "text": NAMES,
    "objects": NAMES.astype(object),
    "list": NAMES.tolist(),
    "series_of_objects": pd.Series(NAMES, dtype=object, index=ODD_INDEX),
    "series_of_str": pd.Series(NAMES, dtype="str", index=ODD_INDEX),
    "series_of_string": pd.Series(NAMES, dtype="string", index=ODD_INDEX),
    "series_of_int": pd.Series(Y, index=ODD_INDEX),
    "categorical": pd.Categorical(NAMES),
    "categorical_of_int": pd.Series(pd.Categorical(Y * 10), index=ODD_INDEX),
    "ordered_with_unused": pd.Series(pd.Categorical(NAMES, [*SPECIES[::-1], "unseen"], ordered=True)),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_predicted_labels_have_the_type_of_y(labels):
    """NumPy's sorted unique labels are the oracle: for classes_, their order and their dtype."""
    classes = np.unique(np.asarray(labels))
    net = classifier(labels)
    assert net.classes_.dtype == classes.dtype == net.predict(X).dtype
    assert net.classes_.tolist() == classes.tolist()
    assert net.score(X, labels) == np.mean(net.predict(X) == np.asarray(labels)) > 0.7


@pytest.mark.parametrize(
    "dtype", [pl.String, pl.Categorical, pl.Enum(SPECIES.tolist())], ids=["string", "categorical", "enum"]
)
def test_polars_labels_are_labels(dtype):
    """The oracle is a fit on a list of the same text."""
    net, listed = classifier(pl.Series(NAMES.tolist(), dtype=dtype)), classifier(NAMES.tolist())
    assert net.predict(X).tolist() == listed.predict(X).tolist()
    assert net.classes_.tolist() == SPECIES.tolist()


def untrained(labels, **parameters):
    """Build a tiny classifier without training: what holds for any weights needs no compiled program."""
    return KerasMLPClassifier(**{**SETTINGS, **parameters}).initialize(X, labels)


@pytest.mark.parametrize(
    "loss", ["sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy", "hinge", "mse"]
)
@pytest.mark.parametrize("labels", [Y == 2, NAMES], ids=["two_classes", "three_classes"])
def test_probabilities_sum_to_one_to_the_last_digits(labels, loss):
    """One column for each class under every head, for a single row too, and with units near 0 and 1."""
    net = untrained(labels, loss=loss)
    probabilities = net.predict_proba(10 * X)
    assert probabilities.shape == (150, len(np.unique(labels)))
    assert 0 <= probabilities.min() < 1e-4
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert np.array_equal(net.predict_proba(10 * X[:1]), probabilities[:1])


@pytest.mark.parametrize("labels", [(Y == 2).astype(int), Y], ids=["two_classes", "three_classes"])
def test_predicted_labels_are_those_of_the_greatest_probability(labels):
    net = classifier(10 - labels)
    assert np.array_equal(net.predict(X), net.classes_[np.argmax(net.predict_proba(X), axis=1)])
    assert net.score(X, 10 - labels) > 0.7


@pytest.mark.parametrize("labels", [(Y == 2).astype(int), Y], ids=["two_classes", "three_classes"])
def test_a_tie_goes_to_the_first_class(labels):
    """NumPy's argmax is the oracle: equal probabilities give the label that sorts first."""
    net = untrained(labels)
    net.model_.set_weights([np.zeros_like(weight) for weight in weights_of(net.model_)])
    assert len(np.unique(net.predict_proba(X))) == 1
    assert set(net.predict(X)) == {0}


@pytest.mark.parametrize(
    "flags",
    [
        FLAGS.astype(bool),
        FLAGS.astype(float),
        FLAGS.tolist(),
        pd.DataFrame(FLAGS, index=ODD_INDEX),
        pl.DataFrame(FLAGS),
        sparse.csr_matrix(FLAGS),
        sparse.coo_array(FLAGS),
    ],
    ids=["bool", "float", "lists", "pandas", "polars", "csr", "coo"],
)
def test_an_indicator_of_any_form_is_multilabel(flags):
    """The oracle is the same fit on an array of integers."""
    net, plain = classifier(flags), classifier(FLAGS)
    assert np.array_equal(net.predict_proba(X), plain.predict_proba(X))
    assert np.array_equal(net.predict(X), plain.predict_proba(X) > 0.5)
    assert net.classes_.tolist() == [0, 1, 2]


def test_labels_of_a_multilabel_target_are_independent():
    """Probabilities need not sum to 1, one row keeps its columns, and score is that of whole rows."""
    net = classifier(FLAGS)
    assert net.predict_proba(X[:1]).shape == net.predict(X[:1]).shape == (1, 3)
    assert net.predict_proba(X).sum(axis=1).max() > 1.5
    assert net.score(X, FLAGS) == accuracy_score(FLAGS, net.predict(X)) > 0.8


@pytest.mark.parametrize(
    "table",
    [np.column_stack([Y, Y]), SPECIES[np.column_stack([Y, Y])], FLAGS + 1],
    ids=["numbers", "text", "one_and_two"],
)
def test_columns_of_classes_that_are_no_indicator_are_an_error(table):
    with pytest.raises(ValueError, match=r"column of 0 and 1 for each label; got \[.*\] in . columns. .*MultiOutput"):
        classifier(table)


def test_other_classes_in_a_later_partial_fit_are_an_error():
    """The same ones may be repeated, in any order."""
    net = KerasMLPClassifier(**SETTINGS).partial_fit(X, Y, classes=[0, 1, 2]).partial_fit(X, Y, classes=[2, 1, 0])
    assert net.n_iter_ == 2
    with pytest.raises(ValueError, match=r"classes must be those of the first partial_fit, \[0, 1, 2\]; got \[0, 1\]"):
        net.partial_fit(X, Y, classes=[0, 1])


@pytest.mark.parametrize("estimator", [classifier, regressor], ids=["classifier", "regressor"])
@pytest.mark.parametrize("column", [Y[:, None], pd.DataFrame({"y": Y})], ids=["array", "frame"])
def test_a_column_is_flattened_with_the_warning_of_scikit_learn(estimator, column):
    """Predictions are those of the flat target."""
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        net = estimator(column)
    assert np.array_equal(net.predict(X), estimator(Y).predict(X))


@pytest.mark.parametrize(
    "target",
    [LENGTH.tolist(), LENGTH.astype(object), pd.Series(LENGTH, index=ODD_INDEX), pl.Series(LENGTH)],
    ids=["list", "objects", "pandas", "polars"],
)
def test_numbers_of_any_container_are_one_target(target):
    """The oracle is the same fit on an array, rows in their given order."""
    predicted = regressor(target).predict(X)
    assert np.array_equal(predicted, regressor(LENGTH).predict(X))
    assert predicted.shape == (150,)


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame, pl.DataFrame], ids=["numpy", "pandas", "polars"])
def test_several_outputs_are_trained_together_each_in_its_unit(container):
    """Score is scikit-learn's, uniform over the outputs; one row keeps its columns."""
    both = np.column_stack([LENGTH, -1e4 * LENGTH])
    net = regressor(container(both))
    assert net.predict(X[:1]).shape == (1, 2)
    assert net.score(X, both) == r2_score(both, net.predict(X)) > 0.7


@pytest.mark.parametrize("dtype", [np.int64, np.float32, bool])
def test_a_regression_target_of_any_number_type_gives_float64(dtype):
    """The mean of the predictions is near that of the target."""
    target = (LENGTH > 100).astype(dtype)
    predicted = regressor(target).predict(X)
    assert predicted.dtype == np.float64
    assert predicted.mean() == pytest.approx(target.mean(), abs=0.05)


def test_a_row_with_all_outputs_zero_has_equal_probabilities():
    """One sigmoid unit for each class, all of them exactly zero: no division by zero."""
    net = untrained(NAMES, loss="binary_crossentropy")
    weights = [np.zeros_like(weight) for weight in weights_of(net.model_)]
    net.model_.set_weights([*weights[:-1], weights[-1] - 200])
    assert net.predict_proba(X[:2]) == pytest.approx(np.full((2, 3), 1 / 3))


@pytest.mark.parametrize("unit", [1e-19, 1e19], ids=["small", "large"])
def test_the_unit_of_the_target_makes_no_difference(unit):
    """From tiny to huge."""
    net = regressor(LENGTH * unit)
    assert net.predict(X) == pytest.approx(regressor(LENGTH).predict(X) * unit, rel=1e-5)


@pytest.mark.parametrize("use", ["warm_start", "partial_fit", "evaluate", "y_val"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_another_number_of_outputs_than_in_fit_is_an_error(use, outputs):
    """NumPy would broadcast one column over the other."""
    targets = {1: LENGTH, 2: np.column_stack([LENGTH, -LENGTH])}
    fitted, other = targets[outputs], targets[3 - outputs]
    net = KerasMLPRegressor(**SETTINGS, warm_start=True).initialize(X, fitted)
    calls = {
        "warm_start": lambda: net.fit(X, other),
        "partial_fit": lambda: net.partial_fit(X, other),
        "evaluate": lambda: net.evaluate(X, other),
        "y_val": lambda: net.fit(X, fitted, X_val=X, y_val=other),
    }
    with pytest.raises(ValueError, match=f"y must hold {outputs} .*as in fit; got {3 - outputs}"):
        calls[use]()


@pytest.mark.parametrize(
    ("first", "second"), [(Y, FLAGS), (FLAGS, Y), (FLAGS, FLAGS[:, :2])], ids=["one", "several", "fewer"]
)
def test_one_label_per_row_does_not_become_several(first, second):
    """Nor the reverse, in a later partial_fit."""
    with pytest.raises(ValueError, match="KerasMLPClassifier: y must hold"):
        KerasMLPClassifier(**SETTINGS).partial_fit(X, first).partial_fit(X, second)


@pytest.mark.parametrize(("labels", "dtype"), [(Y, "Int64"), (Y == 2, "boolean")], ids=["Int64", "boolean"])
def test_pandas_nullable_labels_keep_their_type(labels, dtype):
    """scikit-learn's own estimators make floats of them."""
    assert untrained(pd.Series(labels, dtype=dtype)).classes_.dtype == labels.dtype
