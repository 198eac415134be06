"""The transformer of `skdl.preprocessing`."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import RobustScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdl.preprocessing import RobustSmoothClip


@parametrize_with_checks([RobustSmoothClip()])
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
