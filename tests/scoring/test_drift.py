"""Drift of the scored rows against the training rows."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from skdl.exceptions import DataError
from skdl.saved_models import read_manifest, save_model
from skdl.scoring import ColumnDrift, score_table


@pytest.fixture
def strange(table):
    """Return 200 people: half without an age, 20 too old, 50 with an unseen city."""
    X = table(200, seed=1)
    X["age"] = 40.0
    X.loc[:99, "age"] = np.nan
    X.loc[100:119, "age"] = 200.0
    X["city"] = "Ulm"
    X.loc[:49, "city"] = "Oslo"
    return X


@pytest.fixture
def run(saved, strange, write, tmp_path):
    """Score them, 30 a part."""
    return score_table(saved.path, write(strange, "in.csv"), tmp_path / "out", trust_pickle=True, chunk_rows=30)


def test_each_column_is_counted_over_all_parts(run):
    """Gaps, numbers outside the range, categories."""
    age, city = run.drift["age"], run.drift["city"]
    assert (age.n_rows, age.n_null, age.n_outside, age.n_unseen) == (200, 100, 20, 0)
    assert (city.n_null, city.n_outside, city.n_unseen) == (0, 0, 50)
    assert age.null_share_in_training == pytest.approx(43 / 300)


def test_columns_that_drift_are_described_in_plain_words(run):
    """Columns without drift are left out."""
    assert run.drift["age"].notes() == (
        "50.0% of the values are missing; in training 14.3%",
        "10.0% of the values are outside the training range",
    )
    assert run.drift["city"].notes() == ("25.0% of the values are categories not seen in training",)
    assert run.drift["sex"].notes() == ()


@pytest.fixture(scope="module")
def fares(tmp_path_factory):
    """Save a model of fares in dollars and of classes, where unseen ones are scored."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"fare": rng.uniform(5, 300, 200).round(2), "class": rng.choice(["first", "second"], 200)})
    encode = make_column_transformer((MinMaxScaler(), ["fare"]), (OneHotEncoder(handle_unknown="ignore"), ["class"]))
    model = make_pipeline(encode, Ridge()).fit(X, X["fare"])
    return save_model(model, tmp_path_factory.mktemp("fares") / "model", X=X), X


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"class": lambda X: X["class"].str.upper()}, "'class': 100.0% in categories not seen in training"),
        ({"fare": lambda X: X["fare"] * 100}, "'fare': 100.0% outside the training range"),
        ({"fare": lambda X: X["fare"].where(X.index % 4 > 0)}, "'fare': 25.0% more missing values than in training"),
    ],
    ids=["unseen categories", "cents for dollars", "missing"],
)
def test_a_column_that_drifts_beyond_the_limit_ends_the_run_without_success(fares, write, tmp_path, change, message):
    """The parts are kept, and a run with a higher limit finishes with them."""
    saved, X = fares
    options = {"sha256": saved.sha256, "max_bad_frac": 1.0}
    source, out = write(X.assign(**change), "in.csv"), tmp_path / "out"
    with pytest.raises(DataError, match=rf"in.csv: at most 5.00% of a column's values .*; {message}\. Compare units"):
        score_table(saved.path, source, out, max_drift=0.05, **options)
    assert not (out / "_SUCCESS").exists()
    assert (out / "part-00000.parquet").exists()
    result = score_table(saved.path, source, out, max_drift=1.0, **options)
    assert (result.start, (out / "_SUCCESS").exists()) == ("resumed", True)


def test_success_holds_the_drift_by_column(run):
    drift = json.loads((run.out / "_SUCCESS").read_text())["drift"]
    assert list(drift) == ["age", "children", "city", "sex"]
    assert drift["age"] == run.drift["age"].to_json()


def test_the_training_rows_are_within_any_limit(fares, write, tmp_path):
    saved, X = fares
    score_table(saved.path, write(X, "in.csv"), tmp_path / "out", sha256=saved.sha256, max_drift=0.0)


def test_bad_values_are_counted_too(saved, table, write, tmp_path):
    """A missing value that the model does not accept is drift, and its row is in quarantine."""
    X = table(100, seed=1).astype({"children": object})
    X.loc[:9, "children"] = None
    result = score_table(saved.path, write(X, "in.csv"), tmp_path / "out", trust_pickle=True, max_bad_frac=0.5)
    assert (result.n_quarantined, result.drift["children"].n_null) == (10, 10)


def test_the_training_rows_themselves_do_not_drift(saved, table, write, tmp_path):
    """Not at the ends of a range either."""
    result = score_table(saved.path, write(table(300), "in.csv"), tmp_path / "out", trust_pickle=True)
    assert all(not drift.notes() and drift.n_outside == drift.n_unseen == 0 for drift in result.drift.values())


def test_numbers_of_single_precision_are_compared_as_such(tmp_path):
    """0.1 is the least number of training, though its nearest single is greater."""
    X = pd.DataFrame({"a": np.array([0.1, 0.2, 0.3], dtype=np.float32)})
    model = HistGradientBoostingRegressor().fit(X, [1, 2, 3])
    saved = save_model(model, tmp_path / "model", X=X)
    (tmp_path / "in.csv").write_text("a\n0.1\n0.3\n0.4\n")
    result = score_table(saved.path, tmp_path / "in.csv", tmp_path / "out", trust_pickle=True)
    assert result.drift["a"].n_outside == 1


@pytest.mark.parametrize(
    ("drift", "n_notes"),
    [
        (ColumnDrift(10, 0, 1, 0), 0),
        (ColumnDrift(1000, 0, 11, 0), 0),
        (ColumnDrift(100_000, 0, 1100, 0), 1),
        (ColumnDrift(100, 30, 0, 0, 0.3), 0),
        (ColumnDrift(100, 30, 0, 0, None), 0),
        (ColumnDrift(0, 0, 0, 0, 0.3), 0),
    ],
    ids=["one of ten", "chance", "many", "as in training", "unknown", "no rows"],
)
def test_small_shares_are_not_reported(drift, n_notes):
    """A share counts where it is more than 1 % and more than chance."""
    assert len(drift.notes()) == n_notes


def test_a_manifest_without_shares_of_missing_values_still_loads(saved, tmp_path):
    manifest = json.loads((saved.path / "manifest.json").read_text())
    for column in manifest["schema"]["columns"]:
        assert column.pop("null_share") is not None
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert read_manifest(tmp_path).manifest.schema.columns[0].null_share is None
