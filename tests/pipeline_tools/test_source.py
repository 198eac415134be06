"""Source code of values: what is written evaluates to an equal value."""

import functools

import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    RepeatedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

from skdl import KerasMLPRegressor
from skdl.exceptions import UsageError
from skdl.metrics import resolve_metrics
from skdl.pipeline_tools import Name, SourceWriter

PREPROCESS = ColumnTransformer(
    [
        ("numeric", make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler()), ["나이", "a 'b'", 'say "x"']),
        ("rest", "passthrough", slice(0, 3)),
        ("categorical", OneHotEncoder(handle_unknown="ignore"), [4, 5]),
    ],
    sparse_threshold=0,
)
ESTIMATORS = [
    Ridge(),
    Ridge(alpha=np.float64(0.5), positive=True),
    SimpleImputer(missing_values=np.nan, fill_value=-np.inf),
    PREPROCESS,
    Pipeline([("scale", StandardScaler(with_mean=False)), ("model", SVR(C=1e-05))], memory="cache"),
    make_pipeline(MinMaxScaler(), memory="cache"),
    TransformedTargetRegressor(SVR(), transformer=StandardScaler()),
    TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1),
    CalibratedClassifierCV(SVC(gamma=0.1), ensemble=False, cv=3),
    VotingClassifier([("logistic", LogisticRegression()), ("forest", RandomForestClassifier(5))], voting="soft"),
    FunctionTransformer(functools.partial(np.clip, a_min=0, a_max=np.inf), kw_args={"dtype": np.float32}),
    GridSearchCV(
        make_pipeline(PREPROCESS, Ridge()),
        [{"ridge__alpha": [0.1, 1]}, {"ridge__alpha": [5.0], "ridge__solver": ["lsqr", None]}],
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
    ),
    RandomizedSearchCV(Ridge(), {"alpha": [1, 2], "tol": (1e-3,)}, n_iter=2, cv=GroupKFold(4)),
    KerasMLPRegressor(hidden_layer_sizes=(8,), learning_rate=0.01, early_stopping=True),
]
PLAIN = [
    None, True, 0, -3, 0.1, 1e300, 1e-05, np.inf, -np.inf, "", "\x00a", "한국어\n\t\\", "it's", 'say "x"',
    "both ' and \"", "\\'\"", (), (1,), [[], [()]], {}, {"a": {1: (None,)}}, {1, 2}, set(), frozenset({3}), frozenset(),
    range(0, 9, 2),
    np.int64(4), np.float32(0.1), np.True_, int, len, np.log1p, SVR,
]  # fmt: skip
SPLITTERS = [
    KFold(3), KFold(5, shuffle=True, random_state=1), StratifiedGroupKFold(2, shuffle=True, random_state=0),
    TimeSeriesSplit(4, gap=2), RepeatedKFold(n_splits=3, n_repeats=2, random_state=5),
]  # fmt: skip


def evaluated(value):
    """Write a value and run what was written."""
    writer, names = SourceWriter(), {}
    source = writer.source(value)
    exec("\n".join([*sorted(writer.imports), *writer.definitions.values()]), names)  # noqa: S102 - of our own writing
    return eval(source, names)  # noqa: S307 - likewise


def described(value):
    """Describe an estimator recursively, for comparison."""
    if isinstance(value, BaseEstimator):
        return type(value), {name: described(inner) for name, inner in value.get_params(deep=False).items()}
    if isinstance(value, dict):
        return {name: described(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value), [described(inner) for inner in value]
    return type(value), repr(value)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_an_estimator_comes_back_with_all_its_parameters(estimator):
    """Nested ones too, by their public names."""
    assert described(evaluated(estimator)) == described(estimator)


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_a_plain_value_comes_back_equal_and_of_its_type(value):
    """Also values that JSON cannot represent."""
    assert described(evaluated(value)) == described(value)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_a_splitter_comes_back(splitter):
    """It shows its parameters in its text form."""
    assert repr(evaluated(splitter)) == repr(splitter)


@pytest.mark.parametrize(
    "drawn",
    [loguniform(0.1, 10), uniform(1, 2), randint(1, 9), uniform(loc=3)],
    ids=["log", "even", "whole", "by name"],
)
def test_a_distribution_draws_the_same_again(drawn):
    """By its family's name and its ends."""
    again = evaluated(drawn)
    np.testing.assert_array_equal(again.rvs(5, random_state=0), drawn.rvs(5, random_state=0))


def test_an_array_comes_back_with_its_type():
    """Weights of classes, say."""
    weights = np.array([[0.5, 1], [2, np.inf]], dtype=np.float32)
    again = evaluated(weights)
    np.testing.assert_array_equal(again, weights)
    assert again.dtype == np.float32


def test_nan_is_written_as_numpys():
    """NaN equals nothing, so it needs a separate test."""
    assert np.isnan(evaluated([float("nan")])[0])


def test_classes_are_imported_from_their_public_modules():
    """Not from the private module that holds them."""
    writer = SourceWriter()
    writer.source([SVR(), KerasMLPRegressor()])
    assert writer.imports == {"from skdl import KerasMLPRegressor", "from sklearn.svm import SVR"}


def test_two_classes_of_one_name_stay_apart():
    """The second one is written with its module."""
    import lightgbm
    from sklearn.ensemble import RandomForestRegressor

    class Home:
        """A package with another class of that name."""

    Home.RandomForestRegressor = type("RandomForestRegressor", (), {"__module__": "lightgbm"})
    writer = SourceWriter()
    try:
        lightgbm.RandomForestRegressor = Home.RandomForestRegressor
        source = writer.source([RandomForestRegressor, Home.RandomForestRegressor])
    finally:
        del lightgbm.RandomForestRegressor
    assert source == "[RandomForestRegressor, lightgbm.RandomForestRegressor]"
    assert "import lightgbm" in writer.imports


@pytest.mark.parametrize("value", [lambda x: x, object(), Ridge(alpha=lambda: 1)], ids=["lambda", "object", "inside"])
def test_a_value_without_source_is_refused(value):
    with pytest.raises(UsageError, match=r"must be .*; got .*\."):
        SourceWriter().source(value)


def test_a_named_value_is_written_by_its_name():
    """In everything that is written afterwards; a number or a word has none."""
    writer = SourceWriter()
    writer.assign("numbers", ["a", "b"])
    writer.assign("word", "c")
    assert writer.source((["a", "b"], "c", Name("here"))) == "(numbers, 'c', here)"


def test_a_call_of_the_scripts_own_functions_takes_values():
    call = SourceWriter().call("table.dropna", ["a"], ignore_index=True)
    assert call.text == "table.dropna(['a'], ignore_index=True)"


@pytest.mark.parametrize("numbers", [range(784), range(3, 40), [*range(20), 3], range(0, 60, 2)])
def test_numbered_names_come_back_however_they_are_written(numbers):
    """Those without a gap in one line."""
    names = [f"pixel_{number}" for number in numbers]
    assert evaluated(names) == names


def test_784_pixels_take_one_line():
    source = SourceWriter().assign("pixels", [f"f{number}" for number in range(784)])
    assert source == "pixels = [f'f{number}' for number in range(0, 784)]"


def test_a_long_value_has_an_item_a_line():
    """Brackets inside it too, where they are long."""
    source = SourceWriter().source({"a": ["x" * 50, "y" * 50], "b": (1, 2)})
    x, y = "x" * 50, "y" * 50
    assert source == f"{{\n    'a': [\n        '{x}',\n        '{y}',\n    ],\n    'b': (1, 2),\n}}"


def test_a_function_of_a_private_module_is_copied():
    """Without its types."""
    (metric,) = resolve_metrics(["mape"], "regression")
    writer = SourceWriter()
    assert writer.define(metric.function) == "mape"
    assert writer.imports == {"import numpy as np"}
    assert writer.definitions["mape"].startswith("def mape(truth, predicted):")


def test_a_preprocessing_that_gives_data_frames_does_so_in_the_script():
    """It is no parameter. CatBoost takes categories in DataFrames only."""
    writer = SourceWriter()
    framed = ColumnTransformer([("scaled", StandardScaler(), [0])]).set_output(transform="pandas")
    assert writer.source(framed).endswith(".set_output(transform='pandas')")
    assert "set_output" not in writer.source(PREPROCESS)
    assert writer.source(framed).count("set_output") == 1
