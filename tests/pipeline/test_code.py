import functools
import subprocess
import sys

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
from skdl.pipeline_tools._code import Call, CodeWriter, Name, code_of, import_lines

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
    source, imports = code_of(value)
    names = {}
    exec("\n".join(imports), names)  # noqa: S102 - of our own writing
    return eval(source, names)  # noqa: S307 - likewise


def described(value):
    """Say all that an estimator is made of, in plain words, for comparing."""
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
    """Also what JSON has no word for."""
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
    """It equals nothing, so it is looked at by itself."""
    assert np.isnan(evaluated([float("nan")])[0])


def test_classes_are_imported_from_where_people_import_them():
    """Not from the private module that holds them."""
    _, imports = code_of([SVR(), KerasMLPRegressor()])
    assert imports == ("from skdl import KerasMLPRegressor", "from sklearn.svm import SVR")


def test_a_pipeline_with_its_own_step_names_is_not_shortened():
    """`make_pipeline` would name the steps otherwise."""
    assert code_of(Pipeline([("scale", MinMaxScaler())]))[0] == 'Pipeline([("scale", MinMaxScaler())])'
    assert code_of(make_pipeline(MinMaxScaler()))[0] == "make_pipeline(MinMaxScaler())"


def test_two_classes_of_one_name_stay_apart():
    """The second one is written with its module."""
    import lightgbm
    from sklearn.ensemble import RandomForestRegressor

    class Home:
        """A package that calls something else the same."""

    Home.RandomForestRegressor = type("RandomForestRegressor", (), {"__module__": "lightgbm"})
    try:
        lightgbm.RandomForestRegressor = Home.RandomForestRegressor
        source, imports = code_of([RandomForestRegressor, Home.RandomForestRegressor])
    finally:
        del lightgbm.RandomForestRegressor
    assert source == "[RandomForestRegressor, lightgbm.RandomForestRegressor]"
    assert "import lightgbm" in imports


@pytest.mark.parametrize("value", [lambda x: x, object(), Ridge(alpha=lambda: 1)], ids=["lambda", "object", "inside"])
def test_what_no_source_gives_is_refused(value):
    """With a word on what to do."""
    with pytest.raises(UsageError, match=r"must be .*; got .*\."):
        code_of(value)


def test_what_has_a_name_is_written_by_it():
    """In everything that is written afterwards."""
    writer = CodeWriter()
    writer.statement("numbers", ["a", "b"])
    writer.statement("word", "c")
    assert writer.expression((["a", "b"], "c", Name("here"))) == '(numbers, "c", here)'


def test_a_call_of_the_scripts_own_is_written_as_one():
    """Its arguments are values."""
    call = Call("table.dropna", (["a"],), {"ignore_index": True})
    assert CodeWriter().statement("table", call) == 'table = table.dropna(["a"], ignore_index=True)'


def test_numbered_names_are_written_as_a_range():
    """784 pixels take one line."""
    source = CodeWriter().statement("pixels", [f"f{number}" for number in range(784)])
    assert source == 'pixels = [f"f{number}" for number in range(784)]'


@pytest.mark.parametrize("numbers", [range(3, 40), [*range(20), 3], range(0, 60, 2)], ids=["from 3", "twice", "even"])
def test_lists_of_names_come_back_however_they_are_written(numbers):
    """From another start, and out of order."""
    names, found = [f"pixel_{number}" for number in numbers], {}
    exec(CodeWriter().statement("names", names), found)  # noqa: S102 - of our own writing
    assert found["names"] == names


def test_imports_stand_as_isort_puts_them():
    """Sections, then modules before names; constants, classes, functions."""
    from_svm = {("sklearn.svm", name) for name in ("SVR", "NuSVR", "l1_min_c")}
    assert import_lines(from_svm | {("numpy", "as np"), ("sys", "")}) == [
        "import sys", "", "import numpy as np", "from sklearn.svm import SVR, NuSVR, l1_min_c",
    ]  # fmt: skip


def test_long_source_is_laid_out_as_ruff_leaves_it(tmp_path):
    """Wide letters count twice."""
    writer = CodeWriter()
    values = {"models": ESTIMATORS, "plain": PLAIN, "columns": ["가나다라마바사아자차" * 3] * 2, "many": ["나이"] * 40}
    source = "\n".join(writer.statement(name, value) for name, value in values.items())
    file = tmp_path / "written.py"
    file.write_text("\n".join([*import_lines(writer.imports), "", source, ""]), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", str(file)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
