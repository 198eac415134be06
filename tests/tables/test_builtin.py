import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression

from skdl.exceptions import DataError
from skdl.tables import builtin_names, load_builtin, make_ice_cream, make_spiral, make_xor

SHAPES = {
    "blood_fat": (25, 3, "blood_fat"),
    "breast_cancer": (569, 31, "diagnosis"),
    "diabetes": (442, 11, "progression"),
    "digits": (1797, 65, "digit"),
    "ice_cream": (300, 5, "sales"),
    "iris": (150, 5, "species"),
    "spiral": (400, 3, "spiral"),
    "wine": (178, 14, "cultivar"),
    "xor": (400, 3, "xor"),
}


def test_builtin_names_are_those_of_the_tables():
    assert builtin_names() == tuple(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_a_table_has_its_rows_columns_and_target(name):
    """The target is the last column."""
    n_rows, n_columns, target = SHAPES[name]
    frame = load_builtin(name)
    assert frame.shape == (n_rows, n_columns)
    assert frame.columns[-1] == target


def test_tables_of_scikit_learn_are_in_memory_as_tables_of_files_are():
    """Column by column; the last bits of sums of products depend on it."""
    assert load_builtin("diabetes").drop(columns="progression").to_numpy().flags.f_contiguous


def test_diabetes_is_in_the_units_it_was_measured_in():
    """An age is an age, not a standard score."""
    expected = load_diabetes(as_frame=True, scaled=False)
    frame = load_builtin("diabetes")
    pd.testing.assert_frame_equal(frame.drop(columns="progression"), expected.data)
    np.testing.assert_array_equal(frame["progression"], expected.target)


def test_classes_are_given_by_their_names():
    """The species of iris agree with scikit-learn's codes."""
    bunch = load_iris()
    assert load_builtin("iris")["species"].tolist() == bunch.target_names[bunch.target].tolist()


def test_blood_fat_equals_the_published_table():
    """First, last and sum of the published table."""
    frame = load_builtin("blood_fat")
    assert frame.iloc[0].tolist() == [84, 46, 354]
    assert frame.iloc[-1].tolist() == [63, 30, 244]
    assert frame["blood_fat"].sum() == 7768


def test_a_linear_model_recovers_the_ice_cream_formula_without_noise():
    """Coefficients 10, -2, 20 and intercept 4."""
    frame = load_builtin("ice_cream?noise=0&missing=0&weekday=0")
    model = LinearRegression().fit(frame.drop(columns="sales"), frame["sales"])
    np.testing.assert_allclose([*model.coef_, model.intercept_], [10, -2, 20, 4], rtol=1e-9)


def test_missing_values_are_in_the_features_only():
    frame = make_ice_cream(2000, missing=0.2)
    assert frame["sales"].notna().all()
    assert 0.18 < frame.drop(columns="sales").isna().to_numpy().mean() < 0.22


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    pd.testing.assert_frame_equal(make_ice_cream(random_state=3), make_ice_cream(random_state=3))
    assert not make_xor(random_state=3).equals(make_xor(random_state=4))


def test_xor_is_even_over_the_four_corners():
    """A hundred points around each corner, opposite corners of one class."""
    frame = make_xor(noise=0.01)
    corners = frame.assign(x1=frame["x1"].round(), x2=frame["x2"].round()).value_counts().to_dict()
    assert corners == {(0, 0, 0): 100, (0, 1, 1): 100, (1, 0, 1): 100, (1, 1, 0): 100}


def test_a_spiral_has_two_arms_of_which_one_is_the_other_turned_by_half_a_circle():
    """Without noise; each arm ends at a distance of 6."""
    arms = [arm[["x1", "x2"]].to_numpy() for _, arm in make_spiral(noise=0).groupby("spiral")]
    np.testing.assert_allclose(*(sorted(map(tuple, arm)) for arm in (arms[0], -arms[1])), atol=1e-12)
    assert [np.hypot(*arm.T).max() for arm in arms] == pytest.approx([6, 6])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("irsi", r"builtin:irsi: no such table; did you mean iris\? There are: blood_fat, "),
        ("zzz", r"builtin:zzz: no such table\. There are"),
        ("ice_cream?nosie=1", r"nosie=1: no such option; did you mean noise\? It takes n_samples"),
        ("iris?noise=1", r"no such option\. It takes none"),
        ("ice_cream?noise=much", "the value must be a number; got 'much'"),
        ("ice_cream?n_samples=1.5", "the value must be a whole number; got '1.5'"),
        ("ice_cream?weekday=perhaps", "must be 0, 1, false or true; got 'perhaps'"),
        ("ice_cream?missing=1", "missing must be a share"),
        ("ice_cream?noise=-1", "noise must be a finite number"),
        ("xor?n_samples=3", "n_samples must be at least 4; got 3"),
        ("xor?noise=nan", "noise must be a finite number"),
    ],
)
def test_the_error_for_a_wrong_name_or_option_suggests_the_nearest(name, message):
    with pytest.raises(DataError, match=message):
        load_builtin(name)
