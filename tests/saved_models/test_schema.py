"""A model's schema: types of rows."""

import numpy as np
import pandas as pd
import pytest

from skdl.saved_models import Column, ModelSchema


@pytest.mark.parametrize(
    ("column", "values", "dtype"),
    [
        (Column("a", "number", "int64"), [1, None], np.float64),
        (Column("a", "number", "int64"), [1.0, 2.0], np.int64),
        (Column("a", "number", "int8"), [1, 300], np.float64),
        (Column("a", "number", "Int64"), [1, None], pd.Int64Dtype()),
        (Column("a", "number", "float32"), [1.5, 2.5], np.float32),
        (Column("a", "boolean", "bool"), [True, False], np.bool_),
        (Column("a", "boolean", "bool"), [True, None], object),
        (Column("a", "text", "object"), ["x", None], object),
        (Column("a", "text", "string"), ["x", None], pd.StringDtype()),
        (Column("a", "text", "category", categories=("x",)), ["x"], pd.CategoricalDtype(["x"])),
    ],
    ids=[
        "integers with gaps",
        "integers",
        "integers beyond",
        "nullable",
        "float32",
        "flags",
        "flags with gaps",
        "text",
        "string",
        "category",
    ],
)
def test_values_take_the_training_columns_type(column, values, dtype):
    """Values have the dtype of the training column."""
    assert column.series(values).dtype == dtype


def test_missing_text_is_nan():
    """scikit-learn's imputers and encoders look for NaN, not for None."""
    assert np.isnan(Column("a", "text", "object").series(["x", None])[1])


def test_rows_of_a_model_without_names_are_an_array():
    schema = ModelSchema((Column("x0", "number", "float64"),), named=False, task="regression")
    np.testing.assert_array_equal(schema.rows({"x0": [1.0, 2.0]}), [[1.0], [2.0]])


def test_only_zeros_and_ones_may_be_spelt_as_true_and_false():
    """An age of `True` is no age."""
    assert Column("a", "number", "int64", minimum=0.0, maximum=1.0).is_flag
    assert not Column("a", "number", "int64", minimum=0.0, maximum=2.0).is_flag
