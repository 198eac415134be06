"""The transformers of `skdl.preprocessing`."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.preprocessing import RobustScaler, SplineTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdl.preprocessing import PiecewiseLinearEncoder, RobustSmoothClip, as_categories


@parametrize_with_checks([RobustSmoothClip(), PiecewiseLinearEncoder()])
def test_transformer_passes_the_check(estimator, check):
    check(estimator)


def test_values_are_robustly_scaled_and_then_clipped():
    X = np.random.default_rng(0).standard_t(2, size=(200, 3)) * [1.0, 1e6, 1e-6]
    z = RobustScaler().fit_transform(X)
    np.testing.assert_allclose(RobustSmoothClip().fit_transform(X), z / np.sqrt(1 + (z / 3) ** 2))


def test_columns_without_quartiles_and_gaps():
    """Of a rare flag half of the range scales; a constant becomes 0; missing stays missing."""
    X = pd.DataFrame({"flag": [0.0] * 9 + [1.0], "constant": [7.0] * 10, "gap": [np.nan, *range(9)]})
    made = RobustSmoothClip().set_output(transform="pandas").fit_transform(X)
    assert list(made) == list(X)
    assert made["flag"].max() == pytest.approx(2 / np.sqrt(1 + 4 / 9))
    assert (made["constant"] == 0).all()
    assert made["gap"].isna().sum() == 1


def test_a_piecewise_linear_encoding_spans_the_same_functions_as_linear_splines():
    """The oracle is scikit-learn's basis with knots at the same edges."""
    X = np.random.default_rng(0).lognormal(size=(100, 1))
    encoder = PiecewiseLinearEncoder(n_bins=4)
    encoded = encoder.fit_transform(X)
    splines = SplineTransformer(degree=1, knots=encoder.edges_[0][:, None]).fit_transform(X)
    with_constant = np.column_stack([np.ones(100), encoded[:, 1:]])
    assert np.linalg.matrix_rank(np.hstack([with_constant, splines])) == np.linalg.matrix_rank(splines) == 5


def test_a_flag_and_a_constant_have_no_bins():
    X = pd.DataFrame({"flag": [0.0, 1.0] * 5, "constant": 7.0, "gap": [np.nan, *range(9)]})
    made = PiecewiseLinearEncoder(n_bins=2).set_output(transform="pandas").fit_transform(X)
    assert list(made) == [*X, "gap_bin1", "gap_bin2"]
    assert made["flag"].tolist() == [-1, 1] * 5
    assert made["gap_bin2"].tolist() == pytest.approx([np.nan, 0, 0, 0, 0, 0, 0.25, 0.5, 0.75, 1], nan_ok=True)
    assert made["gap_bin1"].isna().sum() == 1


def test_columns_become_categories_of_declared_values():
    """A column without any of them stays, so that a model refuses numbers where it had texts."""
    X = pd.DataFrame({"town": ["Ulm", "Paris", None], "size": [1.0, 2.0, np.nan], "code": [1, 2, 3]})
    made = as_categories(X, {"town": ["Bonn", "Ulm"], "code": ["1", "2"]})
    assert list(made) == list(X)
    assert made["town"].cat.categories.tolist() == ["Bonn", "Ulm"]
    assert made["town"].cat.codes.tolist() == [1, -1, -1]
    pd.testing.assert_frame_equal(made[["size", "code"]], X[["size", "code"]])
    assert X["town"].tolist()[:2] == ["Ulm", "Paris"]


def test_frames_of_polars_become_those_of_pandas_and_lists_stay():
    made = as_categories(pl.DataFrame({"town": ["Ulm", "Paris"]}), {"town": ["Bonn", "Ulm"]})
    assert made["town"].cat.codes.tolist() == [1, -1]
    X = pd.DataFrame({"town": [["Ulm"], "Ulm"]})
    pd.testing.assert_frame_equal(as_categories(X, {"town": ["Ulm"]}), X)
