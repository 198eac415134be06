"""What decisions cost: prices of the models, and the cost by threshold."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB

import skdl

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 2))
Y = np.where(X[:, 0] + RNG.normal(size=120) > 0.6, "ill", "well")
GAIN, LOSS = 20.0, 5.0
WEIGHTS = RNG.integers(1, 4, 120)
FOLDS = [(np.flatnonzero(np.arange(120) % 3 != k), np.flatnonzero(np.arange(120) % 3 == k)) for k in range(3)]
ROWS = np.concatenate([test for _, test in FOLDS])
PROBABILITIES = np.concatenate([GaussianNB().fit(X[a], Y[a]).predict_proba(X[b])[:, 0] for a, b in FOLDS])


def cost(acts, rows, weights=None):
    """Mean cost of acting on some rows."""
    return np.average(np.where(acts, np.where(Y[rows] == "ill", -GAIN, LOSS), 0.0), weights=weights)


@pytest.fixture(scope="module")
def decisions():
    """Price decisions on three folds; the class that is acted on is the first one."""
    costs = {"action": "ill", "gain": GAIN, "loss": LOSS, "unit": "EUR"}
    models = {"bayes": GaussianNB(), "ridge": RidgeClassifier()}
    options = {"cv": FOLDS, "insight": False, "metrics": ["expected_cost"]}
    return skdl.compare(models, X, Y, costs=costs, **options).summary.decisions


def test_acting_always_never_and_perfectly_are_priced_beside_the_models(decisions):
    """Means over the folds, which here have equally many rows."""
    priced = {one.model or one.always: one for one in decisions.priced}
    assert priced["ill"].cost.mean == pytest.approx(cost(np.ones(120, bool), ROWS))
    assert priced["well"].cost.mean == 0.0
    assert decisions.perfect == pytest.approx(-GAIN * np.mean(Y == "ill"))
    assert priced["bayes"].cost.mean == pytest.approx(cost(PROBABILITIES >= 0.2, ROWS))
    assert [one.cost.mean for one in decisions.priced] == sorted(one.cost.mean for one in decisions.priced)
    assert priced["ridge"].difference == pytest.approx(priced["ridge"].cost.mean - priced["bayes"].cost.mean)
    assert (priced["bayes"].by, priced["ridge"].by) == ("probabilities", "predictions")


def test_thresholds_are_of_the_class_that_is_acted_on(decisions):
    """The curve has the cost at each, and skdl score gets that of the last class."""
    (bayes,) = decisions.models
    assert (decisions.label, decisions.threshold, decisions.score_threshold) == ("ill", pytest.approx(0.2), 0.8)
    for threshold in (0.05, 0.2, 0.5, 0.9):
        place = int(np.argmin(np.abs(np.array(decisions.thresholds) - threshold)))
        assert bayes.costs[place] == pytest.approx(cost(threshold <= PROBABILITIES, ROWS))
    assert bayes.costs[0] == pytest.approx(cost(np.ones(120, bool), ROWS))
    assert bayes.cost == pytest.approx(cost(PROBABILITIES >= 0.2, ROWS))
    assert bayes.usual_cost == pytest.approx(cost(PROBABILITIES > 0.5, ROWS))
    acts = PROBABILITIES >= 0.2
    assert bayes.counts[0] == [np.sum(acts & (Y[ROWS] == "ill")), np.sum(~acts & (Y[ROWS] == "ill"))]


def test_the_cheapest_threshold_is_judged_on_other_folds(decisions):
    """Those that are chosen on all rows look cheaper than they are."""
    (bayes,) = decisions.models
    thresholds, fold = np.array(decisions.thresholds), np.repeat(np.arange(3), 40)
    by_fold = np.array([[cost(PROBABILITIES[fold == k] >= t, ROWS[fold == k]) for t in thresholds] for k in range(3)])
    assert bayes.best_cost == pytest.approx(by_fold.mean(axis=0).min())
    judged = []
    for k in range(3):
        others = by_fold[np.arange(3) != k].mean(axis=0)
        equal = np.flatnonzero(others <= others.min() + 1e-9)
        judged.append(by_fold[k][equal[np.argmin(np.abs(thresholds[equal] - 0.2))]])
    assert bayes.judged_cost == pytest.approx(np.mean(judged))
    assert bayes.judged_cost >= bayes.best_cost


def test_weights_count_in_every_price():
    """As rows that are repeated; a matrix with other costs of the right decision."""
    matrix = {"ill": {"ill": 2.0, "well": 30.0}, "well": {"ill": 9.0, "well": 0.0}}
    options = {"cv": FOLDS[:1], "insight": False, "metrics": ["accuracy"], "costs": {"matrix": matrix}}
    found = skdl.compare({"bayes": GaussianNB()}, X, Y, sample_weight=WEIGHTS, **options).summary.decisions
    train, test = FOLDS[0]
    given = GaussianNB().fit(X[train], Y[train], WEIGHTS[train]).predict_proba(X[test])[:, 1]
    rows = np.array([[matrix[actual][decided] for decided in ("ill", "well")] for actual in Y[test]])
    (bayes,) = found.models
    # Of the last class: 28 (1 - p) = 9 p, from 28 / 37 on.
    assert found.threshold == pytest.approx(28 / 37)
    expected = np.average(np.where(given >= 28 / 37, rows[:, 1], rows[:, 0]), weights=WEIGHTS[test])
    assert bayes.cost == pytest.approx(expected)
    assert bayes.costs[found.thresholds.index(0.5)] == pytest.approx(
        np.average(np.where(given >= 0.5, rows[:, 1], rows[:, 0]), weights=WEIGHTS[test])
    )
    assert bayes.judged_cost is None
    assert sum(map(sum, bayes.counts)) == pytest.approx(len(test))
