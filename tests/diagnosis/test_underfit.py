"""Networks that are too small for their table."""

import math

import pytest

from skdl.diagnosis import is_underfit

R2 = {"train_score": 0.70, "classical_score": 0.85, "greater_is_better": True, "region": 0.01}
RMSE = {"train_score": 4.0, "classical_score": 3.0, "greater_is_better": False, "region": 0.1}


@pytest.mark.parametrize("scores", [R2, RMSE], ids=["greater is better", "less is better"])
@pytest.mark.parametrize("codes", [["healthy"], ["jagged_validation"]])
def test_training_rows_learned_less_well_than_new_ones_by_others_is_underfit(scores, codes):
    """In either direction of the metric; a validation loss that jumps speaks of its few rows."""
    assert is_underfit(codes, **scores)


@pytest.mark.parametrize("codes", [[], ["undertrained"], ["flat_and_high"], ["jagged_validation", "overfitting"]])
def test_another_diagnosis_takes_precedence(codes):
    """Size is not the cause to look for; nor where folds disagree."""
    assert not is_underfit(codes, **R2)


@pytest.mark.parametrize("scores", [{**R2, "train_score": 0.845}, {**RMSE, "train_score": 3.05}])
def test_a_practically_irrelevant_difference_is_not_underfit(scores):
    """The region of practical equivalence."""
    assert not is_underfit(["healthy"], **scores)


@pytest.mark.parametrize("scores", [{**R2, "train_score": 0.9}, {**RMSE, "train_score": 2.0}])
def test_a_network_that_learns_its_rows_better_is_not_underfit(scores):
    assert not is_underfit(["healthy"], **scores)


def test_a_missing_score_gives_no_diagnosis():
    """A metric without a value on some fold."""
    assert not is_underfit(["healthy"], **{**R2, "classical_score": math.nan})
