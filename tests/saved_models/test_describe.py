"""Schema of a fitted pipeline, read from its parts and probed by predictions."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_linnerud
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdl import KerasRealMLPRegressor
from skdl.exceptions import DataError
from skdl.saved_models import load_model, save_model
from skdl.schema import describe_model


class Mean(RegressorMixin, BaseEstimator):
    """An estimator that keeps neither the number of columns nor their names."""

    def fit(self, X, y):
        """Keep the mean."""
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        """Return the mean for each row."""
        return np.full(len(X), self.mean_)


@pytest.mark.parametrize("with_rows", [True, False], ids=["with rows", "from the transformers alone"])
def test_kinds_come_from_the_rows_or_from_the_transformers(forest, table, with_rows):
    """Scaled is a number, encoded text is text."""
    schema, _ = describe_model(forest, table if with_rows else None)
    assert {column.name: column.kind for column in schema.columns} == {
        "age": "number",
        "children": "number",
        "city": "text",
        "sex": "text",
    }


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1, 2, None], "number"), ([Decimal("1.5"), None], "number"), (["1", None], "text"), ([1, "1"], "other")],
    ids=["integers", "decimals", "text", "mixed"],
)
def test_objects_are_of_the_kind_of_their_values(values, kind):
    X = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    assert describe_model(Mean().fit(X, [0.0]), X)[0].by_name["x"].kind == kind


@pytest.mark.parametrize("X", [sparse.csr_array(np.eye(4)), np.ones((4, 2, 2))], ids=["sparse", "images"])
def test_a_model_of_a_sparse_matrix_or_of_images_is_saved(X, tmp_path):
    model = (LinearRegression() if sparse.issparse(X) else Mean()).fit(X, np.arange(4.0))
    saved = save_model(model, tmp_path / "model", X=X)
    np.testing.assert_array_equal(load_model(saved.path, sha256=saved.sha256).predict(X), model.predict(X))


def test_categories_are_the_encoders(forest):
    schema, _ = describe_model(forest)
    assert schema.by_name["city"].categories == ("Bonn", "Köln", "Ulm")


def test_categories_are_those_of_a_network_that_takes_raw_tables(tmp_path):
    """Without rows, they are known to the network alone."""
    X = pd.DataFrame({"size": np.linspace(0.0, 1.0, 60), "town": ["Ulm", "Bonn"] * 30})
    net = KerasRealMLPRegressor((8,), epochs=2, random_state=0).fit(X, X["size"])
    size, town = describe_model(net)[0].columns
    assert (size.kind, size.nullable, town.kind, town.nullable) == ("number", True, "text", True)
    assert (town.categories, town.open) == (("Bonn", "Ulm"), True)
    saved = save_model(net, tmp_path / "model")
    np.testing.assert_allclose(load_model(saved.path, sha256=saved.sha256).predict(X), net.predict(X), rtol=1e-5)


def test_a_column_may_be_empty_where_an_imputer_fills_it(forest, table):
    """A forest would let a gap in children pass, but never saw one."""
    schema, _ = describe_model(forest, table)
    assert {column.name for column in schema.columns if column.nullable} == {"age", "city"}


def test_unseen_categories_are_allowed_where_the_encoder_ignores_them(forest, table):
    """`sex` has an encoder that raises."""
    schema, _ = describe_model(forest, table)
    assert (schema.by_name["city"].open, schema.by_name["sex"].open) == (True, False)


def test_a_model_that_accepts_missing_values_is_probed(table):
    """Histogram boosting was fitted on missing values."""
    model = HistGradientBoostingRegressor(max_iter=2).fit(table[["age"]], table["children"])
    assert describe_model(model, table)[0].by_name["age"].nullable


def test_classes_task_and_target_are_kept(forest, table):
    """In the order of `predict_proba`."""
    schema, _ = describe_model(forest, table, pd.Series(["few"] * 120, name="size"))
    assert (schema.task, schema.classes, schema.target, schema.answer) == (
        "classification",
        ("few", "many"),
        "size",
        "text",
    )


def test_several_outputs_have_the_targets_names():
    """Three measures of the body from three exercises."""
    X, y = load_linnerud(return_X_y=True, as_frame=True)
    schema, _ = describe_model(LinearRegression().fit(X, y), X, y)
    assert schema.outputs == ("Weight", "Waist", "Pulse")


def test_a_model_fitted_on_an_array_has_numbered_columns():
    schema, rows = describe_model(LinearRegression().fit(np.eye(3), [1.0, 2.0, 3.0]))
    assert [column.name for column in schema.columns] == ["x0", "x1", "x2"]
    assert not schema.named
    assert rows is not None


def test_columns_with_numbers_for_names_are_matched_by_index():
    """As scikit-learn does, which keeps no names that are not text."""
    table = pd.DataFrame(np.eye(3), columns=[10, 20, 30])
    schema, rows = describe_model(LinearRegression().fit(table, [1.0, 2.0, 3.0]), table)
    assert ([column.name for column in schema.columns], schema.named) == (["x0", "x1", "x2"], False)
    assert rows["x2"] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("rows", "names"),
    [(np.eye(2), ["x0", "x1"]), (pd.DataFrame(np.eye(2), columns=["a", "b"]), ["a", "b"])],
    ids=["array", "table"],
)
def test_a_model_that_keeps_no_columns_has_those_of_its_rows(rows, names):
    """Estimators may lack `feature_names_in_`."""
    schema, _ = describe_model(Mean().fit(rows, [1.0, 2.0]), rows)
    assert [column.name for column in schema.columns] == names


def test_a_search_is_described_by_its_best_pipeline(table):
    """Synthetic rows are on the scaler's scale: the mean of the column first."""
    search = GridSearchCV(
        make_pipeline(StandardScaler(), KNeighborsRegressor()), {"kneighborsregressor__n_neighbors": [2]}
    )
    search.fit(table[["children"]], table["children"])
    _, rows = describe_model(search)
    assert rows["children"][1] == pytest.approx(table["children"].mean())


def test_a_table_without_a_needed_column_is_refused(forest, table):
    with pytest.raises(DataError, match="'sex' is missing"):
        describe_model(forest, table.drop(columns="sex"))


@pytest.fixture
def clipped():
    """Fit a regression that takes infinite numbers, on a column with and one without."""
    X = pd.DataFrame({"a": [np.inf, -3.0, np.nan, 2.0, -np.inf, 0.5] * 5, "b": range(30)})
    steps = (FunctionTransformer(np.clip, kw_args={"a_min": -1, "a_max": 1}), SimpleImputer(), LinearRegression())
    return make_pipeline(*steps).fit(X, X["b"]), X


def test_a_column_with_infinite_numbers_is_marked(clipped):
    """Its range is that of the others."""
    one, other = describe_model(*clipped)[0].columns
    assert (one.infinite, one.minimum, one.maximum, one.null_share) == (True, -3.0, 2.0, pytest.approx(1 / 6))
    assert (other.infinite, other.minimum, other.maximum) == (False, 0.0, 29.0)


def test_reference_rows_are_finite(clipped, tmp_path):
    """JSON has no infinity, so such a row could not be predicted again."""
    model, X = clipped
    assert np.isfinite(describe_model(model, X)[1]["b"]).all()
    assert not np.isinf(np.array(describe_model(model, X)[1]["a"], dtype=float)).any()
    saved = save_model(model, tmp_path / "model", X=X)
    assert saved.manifest.reference is not None
    assert load_model(saved.path, sha256=saved.sha256)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "bool", "category"])
def test_ranges_are_found_in_every_type_of_numbers(dtype):
    """Those of pandas' own too."""
    X = pd.DataFrame({"a": pd.Series([0, 1, 1, 0], dtype=dtype)})
    column = describe_model(Mean().fit(X, [1.0, 2.0]), X)[0].columns[0]
    assert (column.kind, column.infinite) == ("boolean" if dtype == "bool" else "number", False)
    assert (column.minimum, column.maximum) == ((None, None) if dtype == "bool" else (0.0, 1.0))
