"""A loaded model converts every table to the types of training, as the score command does, or refuses it."""

import copy
import json
import pickle
from datetime import date

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone, is_regressor
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils import estimator_html_repr

import skdl
from skdl.exceptions import DataError
from skdl.files import sha256_of
from skdl.schema import Column, ModelSchema, ModelWithSchema, describe_model, model_rows
from skdl.tables import Dates, NumberFormat, Reading

# Codes of digits and a letter, so that a batch without the letter looks like numbers; True and False with gaps; a
# number that means a missing value; a column with another name in the file; a date of which the month is used.
FILE = """price,colour,member,code,plan,size,day
1.5,red,True,1,1,10,2024-03-31
,,False,2,0,20,2024-04-01
-999,blue,,1,1,30,2024-05-02
0.25,NA,True,2,1,40,2024-03-03
"""
READING = Reading(na_values=("-999",), rename={"size": "area"}, dates={"day": Dates(("month", "weekday"))})


def fitted(X, y, model=None):
    """Fit a pipeline on every column of X; gaps are imputed where there are some, and in text."""
    numbers = [name for name in X if pd.api.types.is_numeric_dtype(X[name])]
    gaps = [name for name in numbers if X[name].isna().any()]
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    prepare = make_column_transformer(
        (SimpleImputer(), gaps),
        ("passthrough", [name for name in numbers if name not in gaps]),
        (texts, [name for name in X if name not in numbers]),
    )
    return make_pipeline(prepare, model or LinearRegression()).fit(X, y)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Save a model of a table with gaps in each kind of column but whole numbers."""
    rng = np.random.default_rng(0)
    n = 80
    X = pd.DataFrame(
        {
            "price": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "colour": pd.Series(rng.choice(["red", "blue"], n), dtype=object).where(rng.random(n) > 0.2, np.nan),
            "member": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 2, n)),
            "code": pd.Series(rng.choice(["1", "2", "A1"], n), dtype=object),
            "plan": rng.integers(0, 2, n),
            "area": rng.integers(1, 50, n),
            "day_month": rng.integers(1, 13, n),
            "day_weekday": pd.Series(rng.choice(["Mon", "Thu", "Sun"], n), dtype=object),
        }
    )
    y = X["price"].fillna(0) + 10 * (X["colour"] == "red") + 5 * (X["code"] == "2") + X["day_month"] + X["area"]
    folder = tmp_path_factory.mktemp("loaded")
    (folder / "new.csv").write_text(FILE)
    return skdl.save_model(fitted(X, y), folder / "model", X=X, y=y, reading=READING), folder / "new.csv"


@pytest.fixture(scope="module")
def model(saved):
    return skdl.load_model(saved[0].path, sha256=saved[0].sha256)


@pytest.fixture(scope="module")
def expected(saved, tmp_path_factory):
    """Predictions of the score command."""
    result = skdl.score_table(saved[0].path, saved[1], tmp_path_factory.mktemp("out"), sha256=saved[0].sha256)
    return pd.read_parquet(result.parts[0])["prediction"].to_numpy()


WAYS = {
    "pandas": pd.read_csv,
    "as texts": lambda file: pd.read_csv(file, dtype=str, keep_default_na=False),
    "as objects": lambda file: pd.read_csv(file).astype(object).where(lambda frame: frame.notna(), None),
    "categories": lambda file: pd.read_csv(file, dtype=dict.fromkeys(["colour", "code", "day"], "category")),
    "nullable types": lambda file: pd.read_csv(file, dtype_backend="numpy_nullable"),
    "types of Arrow": lambda file: pd.read_csv(file, dtype_backend="pyarrow"),
    "other order and index": lambda file: pd.read_csv(file, index_col="price").iloc[:, ::-1].reset_index(),
    "dates": lambda file: pd.read_csv(file, parse_dates=["day"]),
    "floats of codes": lambda file: pd.read_csv(file).astype({"code": float, "plan": float, "size": "float32"}),
    "flags": lambda file: pd.read_csv(file).astype({"plan": bool}),
    "decimals": lambda file: pl.read_csv(file, schema_overrides={"price": pl.Decimal(10, 2)}),
    "polars": pl.read_csv,
    "polars, as texts": lambda file: pl.read_csv(file, infer_schema=False),
    "polars, categories": lambda file: pl.read_csv(file).with_columns(pl.col("colour").cast(pl.Categorical)),
    "table of Arrow": lambda file: pl.read_csv(file).to_arrow(),
    "batch of Arrow": lambda file: pa.RecordBatch.from_pandas(pd.read_csv(file)),
    "structured array": lambda file: pd.read_csv(file).astype({"colour": str}).to_records(index=False),
    "array of objects with names": lambda file: np.array(
        list(pd.read_csv(file).itertuples(index=False, name=None)), [(name, object) for name in pd.read_csv(file)]
    ),
    "dict": lambda file: pd.read_csv(file).to_dict("list"),
    "dicts": lambda file: pl.read_csv(file).to_dicts(),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_table_has_the_predictions_of_the_score_command(saved, model, expected, way):
    """Codes are read as numbers, gaps as NaN, None or null, the file's names and dates are there."""
    np.testing.assert_array_equal(model.predict(WAYS[way](saved[1])), expected)


def test_input_of_a_file_has_the_predictions_of_the_score_command(saved, model, expected):
    np.testing.assert_array_equal(model.predict(skdl.read_input(saved[0].path, saved[1])), expected)


def test_record_batches_of_another_maker_have_the_predictions_of_the_score_command(saved, expected):
    """Their text is a view, and NA is a word in them."""
    batches = pl.read_csv(saved[1]).to_arrow().to_batches()
    (scored,) = skdl.score_batches(saved[0].path, batches, sha256=saved[0].sha256)
    assert scored.scored["prediction"].to_pylist() == expected.tolist()


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("price", ["1", "2", "abc", "x"], r"'price' must be a number; got 'abc' in row 3 and 1 more"),
        ("price", [1.0, np.inf, 2.0, 3.0], r"'price' must be finite; got inf in row 2\."),
        ("price", pd.date_range("2024-01-01", periods=4), r"'price' must hold numbers.* type datetime64"),
        ("area", [1.0, None, 2.0, 3.0], r"'area' must not be empty.*; got nan in row 2\. Fill it"),
        ("area", [True, False, True, True], r"'area' must hold numbers.* type bool"),
        ("colour", [1, 2, 3, 4], r"'colour' must be text, as in training; got 1 in row 1 .*dtype=\{'colour': str\}"),
        ("code", ["A1", 2.0**60, "1", "2"], r"'code' must be text.*; got 1.15\S+ in row 2\."),
        ("day", ["2024-01-01", "soon", "2024-01-01", "2024-01-01"], r"'day' must be a date; got 'soon' in row 2"),
        ("day", None, r"columns that are missing: 'day'\."),
        ("colour", None, r"columns that are missing: 'colour' \(did you mean colours\?\)"),
    ],
)
def test_a_value_that_training_could_not_have_is_refused(saved, model, column, values, message):
    """Column, row, value and remedy; nothing is passed on to the model."""
    frame = pd.read_csv(saved[1])
    frame = frame.drop(columns=column).assign(colours="red") if values is None else frame.assign(**{column: values})
    with pytest.raises(DataError, match=message):
        model.predict(frame)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_floats_of_training_are_checked_too(value):
    """They are not converted, and all of them are checked at once."""
    X = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [1.0, 3.0, 2.0]})
    line = LinearRegression().fit(X, [1.0, 2.0, 3.0])
    model = ModelWithSchema(line, describe_model(line, X)[0], Reading())
    with pytest.raises(DataError, match=rf"'a' must .* got {value} in row 2"):
        model.predict(X.assign(a=[1.0, value, 2.0]))


@pytest.fixture(scope="module")
def codes(tmp_path_factory):
    """Save a model of codes that are not spelled as numbers are."""
    folder = tmp_path_factory.mktemp("codes")
    X = pd.DataFrame({"code": pd.Series(["01", "02", "10", "A1"] * 5, dtype=object)})
    y = X["code"].map({"01": 1.0, "02": 2.0, "10": 3.0, "A1": 4.0})
    (folder / "new.csv").write_text("code\n10\n02\n")
    return skdl.save_model(fitted(X, y), folder / "model", X=X, y=y), folder


def test_codes_without_their_spelling_are_refused(codes):
    """01 became 1: no table can tell it from 1."""
    saved, folder = codes
    model = skdl.load_model(saved.path, sha256=saved.sha256)
    with pytest.raises(DataError, match=r"such as '01', is lost"):
        model.predict(pd.read_csv(folder / "new.csv"))
    assert model.predict(pd.read_csv(folder / "new.csv", dtype=str)) == pytest.approx([3.0, 2.0])
    assert model.predict(skdl.read_input(saved.path, folder / "new.csv")) == pytest.approx([3.0, 2.0])


def test_the_score_command_refuses_codes_without_their_spelling(codes, tmp_path):
    saved, folder = codes
    pd.read_csv(folder / "new.csv").to_parquet(tmp_path / "new.parquet")
    result = skdl.score_table(
        saved.path, tmp_path / "new.parquet", tmp_path / "out", sha256=saved.sha256, max_bad_frac=1.0
    )
    assert pd.read_parquet(result.quarantine)["reason"].tolist() == ["must be text, as in training"] * 2


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """Save a model of numbers with a decimal comma, and of dates with gaps."""
    X = pd.DataFrame({"a": [0.0, np.nan, 9.0, 4.0, 7.0], "day_month": [1.0, np.nan, 7.0, 12.0, 3.0]})
    reading = Reading(separator=";", decimal=",", thousands=".", dates={"day": Dates(("month",))}, na_values=("none",))
    y = X["a"].fillna(2) + X["day_month"].fillna(6)
    return skdl.save_model(fitted(X, y), tmp_path_factory.mktemp("marked") / "model", X=X, y=y, reading=reading)


def scores_of_batch(saved, table):
    """Return the predictions of the score command by row, and its reasons against the others."""
    (batch,) = skdl.score_batches(saved.path, table, sha256=saved.sha256)
    rows = [
        dict(zip(part["_row"].to_pylist(), part[name].to_pylist(), strict=True))
        for part, name in ((batch.scored, "prediction"), (batch.quarantined, "reason"))
    ]
    return rows[0], rows[1]


def test_text_in_typed_tables_has_the_marks_of_training_where_it_is_clear(marked):
    """As in a file of texts that was made of the training table, or written plainly, as programs write numbers."""
    texts = {"a": ["2,5", "2.5", "1.500,5", "7", None, "1.500", "x"], "day": ["2024-03-01"] * 7}
    scored, refused = scores_of_batch(marked, pa.table(texts))
    numbers = pa.table({"a": [2.5, 2.5, 1500.5, 7, None], "day": ["2024-03-01"] * 5})
    assert scored == scores_of_batch(marked, numbers)[0]
    assert refused == {
        5: "must be written in one way: it is another number with the marks of the training table",
        6: "must be a number",
    }
    model = skdl.load_model(marked.path, sha256=marked.sha256)
    assert model.predict(pa.table(texts).take([0, 2, 3, 4])).tolist() == [scored[row] for row in (0, 2, 3, 4)]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())], ids=str
)
def test_missing_words_among_dates_in_typed_tables_are_missing(marked, kind):
    """As in a text file, and as the loaded model reads them."""
    days = pa.array(["2024-03-01", "", "NA", "none", None], pa.string()).cast(kind)
    table = pa.table({"a": [1.0] * 5, "day": days})
    scored, refused = scores_of_batch(marked, table)
    model = skdl.load_model(marked.path, sha256=marked.sha256)
    assert refused == {}
    assert list(scored.values()) == model.predict(table).tolist()
    assert len(set(scored.values())) == 2


def test_categories_keep_the_codes_of_training(tmp_path):
    """A frame has its own order of them, or none."""
    X = pd.DataFrame({"size": pd.Categorical(["s", "m", "l"] * 5, categories=["s", "m", "l"])})
    codes = make_pipeline(make_column_transformer((SizeCodes(), ["size"])), LinearRegression())
    saved = skdl.save_model(codes.fit(X, [0.0, 1.0, 2.0] * 5), tmp_path / "model", X=X)
    model = skdl.load_model(saved.path, sha256=saved.sha256)
    for values in (["l", "s"], pd.Categorical(["l", "s"]), pl.Series(["l", "s"], dtype=pl.Categorical).to_arrow()):
        assert model.predict(pd.DataFrame({"size": values})) == pytest.approx([2.0, 0.0])


class SizeCodes(OneHotEncoder):
    """Encoder that computes with the codes of a category."""

    def fit(self, X, y=None):
        self.n_features_in_ = 1
        return self

    def transform(self, X):
        return X["size"].cat.codes.to_numpy()[:, None].astype(float)


def test_the_model_behaves_as_the_pipeline_inside(saved, model):
    """Steps, attributes, parameters, tags, diagrams and clones."""
    inner = model.pipeline_
    assert isinstance(inner, Pipeline)
    assert model[-1] is inner[-1]
    assert model.named_steps is not None
    assert (len(model), model.n_features_in_) == (2, 8)
    assert model.feature_names_in_.tolist() == inner.feature_names_in_.tolist()
    assert is_regressor(model)
    assert not hasattr(model, "predict_proba")
    assert model.get_params().keys() == inner.get_params().keys()
    assert repr(model).startswith("ModelWithSchema(Pipeline(")
    assert "LinearRegression" in estimator_html_repr(model)
    unfitted = clone(model)
    assert isinstance(unfitted, Pipeline)
    assert not hasattr(unfitted[-1], "coef_")


def test_probabilities_and_scores_take_any_table(saved, tmp_path):
    """By the fitted classifier's classes."""
    X = pd.DataFrame({"age": [20.0, 30.0, 60.0, 70.0] * 5, "sex": pd.Series(["f", "m"] * 10, dtype=object)})
    y = np.array(["young", "young", "old", "old"] * 5)
    pipeline = fitted(X, y, LogisticRegression())
    saved = skdl.save_model(pipeline, tmp_path / "model", X=X, y=y)
    model = skdl.load_model(saved.path, sha256=saved.sha256)
    table = pl.DataFrame({"age": ["25", "65"], "sex": ["m", "f"]})
    rows = pd.DataFrame({"age": [25.0, 65.0], "sex": ["m", "f"]})
    for method in ("predict_proba", "predict_log_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(model, method)(table), getattr(pipeline, method)(rows))
    assert model.classes_.tolist() == ["old", "young"]
    assert model.score(table, ["young", "old"]) == 1.0
    assert permutation_importance(model, X, y, n_repeats=1).importances_mean.shape == (2,)


def test_a_model_survives_copies_and_pickles(saved, model, expected):
    """The file that joblib loads converts its input too, and pickles are the same each time."""
    loaded = joblib.load(saved[0].path / "model.joblib")
    for one in (loaded, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(one.predict(pl.read_csv(saved[1])), expected)
        assert one.schema_ == saved[0].manifest.schema
    assert joblib.hash(loaded) == joblib.hash(model)
    assert b"skdl.schema." not in pickle.dumps(model)


def test_a_model_saved_again_is_not_wrapped_twice(saved, model, tmp_path):
    """What is known of its columns stays."""
    again = skdl.save_model(model, tmp_path / "again")
    assert again.manifest.schema == saved[0].manifest.schema
    assert again.manifest.reading == READING
    assert isinstance(skdl.load_model(again.path, sha256=again.sha256).pipeline_, Pipeline)


def test_a_model_of_an_older_version_gets_the_schema_of_its_manifest(saved, model, expected, tmp_path):
    """Its file holds the pipeline itself."""
    joblib.dump(model.pipeline_, tmp_path / "model.joblib")
    content = (tmp_path / "model.joblib").read_bytes()
    manifest = json.loads((saved[0].path / "manifest.json").read_text())
    manifest["files"] = {"model.joblib": {"sha256": sha256_of(content), "size": len(content)}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    older = skdl.load_model(tmp_path, trust_pickle=True)
    assert isinstance(older, ModelWithSchema)
    np.testing.assert_array_equal(older.predict(pl.read_csv(saved[1])), expected)


def test_an_array_goes_to_the_model_as_it_is(tmp_path):
    """Without names there is nothing to convert by; a table is taken by position, with a warning."""
    saved = skdl.save_model(LinearRegression().fit([[0.0, 0.0], [1.0, 2.0]], [0.0, 5.0]), tmp_path / "model")
    model = skdl.load_model(saved.path, sha256=saved.sha256)
    expected = model.pipeline_.predict([[1.0, 0.0]])
    for rows in ([[1.0, 0.0]], np.array([[1.0, 0.0]])):
        np.testing.assert_array_equal(model.predict(rows), expected)
    with pytest.warns(UserWarning, match="X has column names, but the model was fitted without"):
        np.testing.assert_array_equal(model.predict(pl.DataFrame({"p": ["1"], "q": [0]})), expected)


def test_refitting_describes_the_columns_anew(saved):
    model = skdl.load_model(saved[0].path, sha256=saved[0].sha256)
    model.fit(
        pd.DataFrame({name: [0.0, 9.0] for name in ("price", "plan")}).assign(
            colour="green", member=1.0, code="7", area=1, day_month=1, day_weekday="Mon"
        ),
        [0.0, 1.0],
    )
    assert model.schema_.by_name["price"].maximum == 9.0


def test_the_format_of_amounts_is_applied_and_explained():
    """As it was found in the training table."""
    X = pd.DataFrame({"price": [1.0, 2000.0, 3.0]})
    amounts = Reading(formats={"price": NumberFormat(thousands=",", unit="$", missing=("ask",))})
    line = make_pipeline(SimpleImputer(), LinearRegression()).fit(X, X["price"])
    model = ModelWithSchema(line, describe_model(line, X)[0], amounts)
    assert model.predict(pl.DataFrame({"price": ["$1,250", "7", "ask"]})) == pytest.approx([1250, 7, 668])
    explained = model.explain_columns().loc["price"]
    assert explained["parsed"] == "decimal mark '.', thousands separator ',', with '$'"
    assert explained["missing"] == "empty, NA, NaN, null and the like; ask"


def test_columns_are_explained(model):
    explained = model.explain_columns()
    assert explained.index.tolist() == list(model.schema_.by_name)
    assert explained.loc["price", "missing"] == "empty, NA, NaN, null and the like; -999"
    assert explained.loc["code"].tolist() == [
        "text",
        "as it is written",
        "empty, NA, NaN, null and the like; -999",
        "1, 2, A1",
        "code",
    ]
    assert explained.loc["area"].tolist() == ["whole number", "decimal mark '.'", "refused", "1 to 49", "size"]
    assert explained.loc["day_month", "parsed"] == "month of 'day', a date such as 2024-03-31"
    assert explained["source"].tolist() == ["price", "colour", "member", "code", "plan", "size", "day", "day"]


def test_times_in_utc_are_refused_where_training_had_local_times():
    """Nine in Seoul is midnight in UTC; as a time of its own zone it is nine."""
    days = Reading(dates={"day": Dates(("hour",), utc=False)})
    hours = pd.DataFrame({"day_hour": [0.0, 9.0]})
    line = LinearRegression().fit(hours, [0.0, 9.0])
    model = ModelWithSchema(line, describe_model(line, hours)[0], days)
    local = pd.DataFrame({"day": pd.to_datetime(["2024-01-01T09:00+09:00"])})
    assert model.predict(local) == pytest.approx([9.0])
    with pytest.raises(DataError, match=r"X: column 'day' holds times in UTC; in training they were local"):
        model.predict(pl.DataFrame({"day": local["day"].dt.tz_convert("UTC")}))


def test_decimals_are_the_numbers_that_text_is():
    """Arrow's own cast of 1512.65 is off in the last bit."""
    X = pd.DataFrame({"price": [0.0, 1.0]})
    line = LinearRegression(fit_intercept=False).fit(X, X["price"])
    model = ModelWithSchema(line, describe_model(line, X)[0], Reading())
    prices = pa.array(["1512.65", "4.35"], pa.string())
    assert (
        model.predict({"price": prices.to_pylist()}).tolist()
        == model.predict(pa.table({"price": prices.cast(pa.decimal128(10, 2))})).tolist()
    )


def test_columns_of_an_array_are_those_of_training_in_their_order(model, saved):
    """With a warning, as scikit-learn's; another number of columns is refused."""
    rows = skdl.read_input(saved[0].path, saved[1])
    with pytest.warns(UserWarning, match="X has no column names"):
        predictions = model.predict(rows.to_numpy(object))
    np.testing.assert_array_equal(predictions, model.predict(rows))
    with pytest.raises(DataError, match=r"X: must be a table with column names; got 2 columns without.* needs 8"):
        model.predict(np.zeros((1, 2)))


def test_a_date_without_a_time_is_refused_where_the_hour_is_used():
    days = Reading(dates={"day": Dates(("hour",), utc=False)})
    hours = pd.DataFrame({"day_hour": [0.0, 9.0]})
    model = ModelWithSchema(*describe(hours), days)
    with pytest.raises(
        DataError, match=r"X: column 'day' holds dates without a time, of which the model uses the hour"
    ):
        model.predict(pa.table({"day": pa.array([date(2024, 1, 1)])}))


def describe(X):
    """Fit a line on the rows' sums."""
    line = LinearRegression().fit(X, X.sum(axis=1))
    return line, describe_model(line, X)[0]


def test_names_that_are_no_text_are_those_of_a_file():
    """Numbers, and the levels of a table of groups."""
    X = pd.DataFrame({"0": [1.0, 2.0], "('size', 'mean')": [3.0, 5.0]})
    model = ModelWithSchema(*describe(X), Reading())
    assert model.predict(X.set_axis([0, ("size", "mean")], axis=1)) == pytest.approx([4.0, 7.0])


def test_a_column_of_unknown_values_alone_is_warned_of(model, saved):
    """One new category may be one; a column without any known one is perhaps coded otherwise."""
    frame = pd.read_csv(saved[1])
    model.predict(frame.assign(colour=["green", "red", "brown", "blue"]))
    with pytest.warns(UserWarning, match="column 'colour' holds no value that training had, such as 'blue', 'red'"):
        model.predict(frame.assign(colour=["R", "B", "R", "B"]))


@pytest.mark.parametrize("colour", ["Blue", " blue", "BLUE"])
def test_a_known_value_in_another_spelling_is_warned_of(model, saved, colour):
    """The model takes it for a category that it does not know."""
    frame = pd.read_csv(saved[1])
    message = f"column 'colour' has {colour!r} in row 2, and training had 'blue'; they are different categories"
    with pytest.warns(UserWarning, match=message):
        model.predict(frame.assign(colour=["red", colour, colour, "brown"]))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pd.Series({"size": 1.0}), r"got a Series. Pass row.to_frame\(\).T"),
        ("a.csv", r"got 'a.csv'. Read a file with skdl.read_input"),
        (None, "got None"),
    ],
    ids=["row", "path", "none"],
)
def test_what_is_no_table_is_refused(given, message):
    schema = ModelSchema((Column("size", "number", "float64"),), named=True, task="regression")
    with pytest.raises(DataError, match=f"X: must be a table; {message}"):
        model_rows(given, schema, Reading())


def test_types_that_arrow_does_not_have_become_text():
    """Of polars' 128-bit numbers no digit is lost; other columns do not matter."""
    key = str(2**70)
    frame = pl.DataFrame({"key": pl.Series([2**70], dtype=pl.Int128), "other": pl.Series([1], dtype=pl.Int128)})
    schema = ModelSchema((Column("key", "text", "object", categories=(key,)),), named=True, task="regression")
    assert model_rows(frame, schema, Reading())["key"].tolist() == [key]


def test_text_and_ordered_categories_are_the_same_from_every_table(tmp_path):
    reviews = [f"{'quick and lovely' if row % 2 else 'it broke again'} {row}" for row in range(30)]
    frame = pd.DataFrame({"review": reviews, "size": ["S", "L", "M"] * 10, "y": np.arange(30) % 2 + np.arange(30) / 9})
    frame.to_csv(tmp_path / "t.csv", index=False)
    data = {"source": str(tmp_path / "t.csv"), "target": "y", "text": "review", "ordered": {"size": ["S", "M", "L"]}}
    spec = skdl.PipelineSpec.model_validate({"name": "t", "output": {"dir": "t"}, "data": data, "models": ["ridge"]})
    table = spec.load_table()
    ridge = spec.estimators()["ridge"].fit(table.X, table.y)
    model = ModelWithSchema(ridge, describe_model(ridge, table.X)[0], table.reading)
    rows = pd.DataFrame({"review": ["lovely", None, "it broke"], "size": ["S", "L", "huge"]})
    sizes = pd.Categorical(rows["size"], ["L", "huge", "S"], ordered=True)
    for given in (
        rows,
        pl.from_pandas(rows),
        pa.Table.from_pandas(rows),
        rows.astype("string"),
        rows.assign(size=sizes),
    ):
        np.testing.assert_array_equal(model.predict(given), ridge.predict(rows))
    assert model.explain_columns().loc["size", ["type", "values"]].tolist() == ["ordered category (text)", "S < M < L"]
    assert describe_model(ridge)[0].by_name["review"].kind == "text"  # also without rows


def test_a_gap_that_may_be_a_category_is_refused(tmp_path):
    """pandas.read_csv reads the region NA as missing; the model cannot know whether a cell was NA or empty."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"region": rng.choice(["NA", "EU", "AS"], 90), "size": rng.normal(size=90)})
    y = X["size"] + 100 * (X["region"] == "NA")
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["region"]), remainder="passthrough"
    )
    reading = Reading(dtypes={"region": "string"})
    path = skdl.save_model(
        make_pipeline(encoder, LinearRegression()).fit(X, y), tmp_path / "m", X=X, y=y, reading=reading
    ).path
    model, file = skdl.load_model(path, trust_pickle=True), tmp_path / "new.csv"
    X[X["region"] == "NA"].to_csv(file, index=False)
    assert (model.predict(skdl.read_input(path, file)) > 50).all()
    assert (model.predict(pd.read_csv(file, keep_default_na=False)) > 50).all()
    for frame in (
        pd.read_csv(file),
        pd.read_csv(file, dtype={"region": "category"}),
        pl.from_pandas(pd.read_csv(file)),
    ):
        with pytest.raises(DataError, match=r"'region' must not be empty.* in row 1 .*If it is 'NA', read the file by"):
            model.predict(frame)
