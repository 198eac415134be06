"""Metrics that the target's values leave without a value."""

import pytest

from skdl.metrics import resolve_metrics, undefined_because


@pytest.mark.parametrize(
    ("metric", "truth", "reason"),
    [
        ("mape", [0.0, 2.0, 0.0], "2 rows have sales 0; smape takes zeros, and so does mae"),
        ("mape", [[0.0, 0.0], [1.0, 2.0]], "1 row has sales 0; smape takes zeros, and so does mae"),
        ("poisson_deviance", [-1.0, 0.0, 2.0], "1 row has sales below 0; mae takes any number"),
        ("gamma_deviance", [-1.0, 0.0, 2.0], "2 rows have sales at or below 0; mae takes any number"),
    ],
    ids=["zeros", "several targets", "poisson", "gamma"],
)
def test_the_reason_counts_the_rows(metric, truth, reason):
    """And names what takes them."""
    assert str(undefined_because(metric, truth, "sales")) == reason


@pytest.mark.parametrize("metric", ["mape", "poisson_deviance", "gamma_deviance"])
def test_where_there_is_no_reason_the_metric_has_a_value(metric):
    """On the same truth."""
    truth = [1.0, 2.0, 3.0]
    assert undefined_because(metric, truth, "sales") is None
    assert resolve_metrics([metric], "regression")[0].measure(truth, [1.0, 1.0, 1.0]) > 0
