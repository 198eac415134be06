"""Networks in scikit-learn's ensembles and meta-estimators, each compared with the same by hand."""

import numpy as np
import pytest
from helpers.iris_networks import LAST, LENGTH, NAMES, X, Y, classifier, regressor
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor


def two_nets(make):
    """Return two named networks of different seeds."""
    return [("one", make()), ("two", make(random_state=1))]


def test_soft_voting_is_the_weighted_mean_of_the_probabilities():
    voting = VotingClassifier(two_nets(classifier), voting="soft", weights=[1, 3]).fit(X, NAMES)
    one, two = (net.fit(X, NAMES).predict_proba(X) for _, net in two_nets(classifier))
    np.testing.assert_allclose(voting.predict_proba(X), (one + 3 * two) / 4, rtol=1e-12)
    assert voting.score(X, NAMES) > DummyClassifier().fit(X, NAMES).score(X, NAMES) + 0.2


def test_voting_regression_is_the_mean_of_the_predictions():
    voting = VotingRegressor(two_nets(regressor)).fit(X, LENGTH)
    one, two = (net.fit(X, LENGTH).predict(X) for _, net in two_nets(regressor))
    np.testing.assert_allclose(voting.predict(X), (one + two) / 2, rtol=1e-12)


def test_stacked_classifiers_give_their_cross_validated_probabilities_to_the_last():
    """The oracle is cross_val_predict and the logistic regression by hand."""
    stack = StackingClassifier(two_nets(classifier), LogisticRegression(), cv=3).fit(X, NAMES)
    inner = [cross_val_predict(net, X, Y, cv=3, method="predict_proba") for _, net in two_nets(classifier)]
    by_hand = LogisticRegression().fit(np.hstack(inner), NAMES)
    np.testing.assert_allclose(stack.final_estimator_.coef_, by_hand.coef_, rtol=1e-12)
    assert stack.score(X, NAMES) > 0.8


def test_stacked_regressors_give_their_cross_validated_predictions_to_the_last():
    """The oracle is cross_val_predict and the linear regression by hand."""
    stack = StackingRegressor(two_nets(regressor), LinearRegression(), cv=3).fit(X, LENGTH)
    inner = [cross_val_predict(net, X, LENGTH, cv=3) for _, net in two_nets(regressor)]
    by_hand = LinearRegression().fit(np.column_stack(inner), LENGTH)
    np.testing.assert_allclose(stack.final_estimator_.coef_, by_hand.coef_, rtol=1e-12)


def test_bagged_networks_have_their_own_rows_and_seeds():
    """Each is a fit by hand on the drawn rows, to seven digits: rows drawn twice may arrive as weights."""
    bag = BaggingRegressor(regressor(), n_estimators=3, random_state=0).fit(X, LENGTH)
    by_hand = [
        clone(net).fit(X[rows], LENGTH[rows]).predict(X)
        for net, rows in zip(bag.estimators_, bag.estimators_samples_, strict=True)
    ]
    np.testing.assert_allclose(bag.predict(X), np.mean(by_hand, axis=0), rtol=1e-7)
    assert len({net.random_state for net in bag.estimators_}) == 3


def test_boosted_regressors_vote_by_their_weighted_median():
    """The oracle sorts the predictions of the single networks row by row."""
    boost = AdaBoostRegressor(regressor(epochs=40), n_estimators=3, random_state=0).fit(X, LENGTH)
    predictions = np.column_stack([net.predict(X) for net in boost.estimators_])
    order = np.argsort(predictions, axis=1)
    shares = np.cumsum(boost.estimator_weights_[order], axis=1)
    middle = np.argmax(shares >= shares[:, -1:] / 2, axis=1)
    rows = np.arange(150)
    assert np.array_equal(boost.predict(X), predictions[rows, order[rows, middle]])
    assert boost.score(X, LENGTH) > DummyRegressor().fit(X, LENGTH).score(X, LENGTH) + 0.3


def test_boosted_classifiers_weight_the_rows_that_were_wrong():
    """The second network is a fit by hand with AdaBoost's weights (SAMME)."""
    boost = AdaBoostClassifier(classifier(), n_estimators=2, random_state=0).fit(X, Y)
    first, second = boost.estimators_
    wrong = first.predict(X) != Y
    weight = np.log((1 - wrong.mean()) / wrong.mean()) + np.log(2)
    assert boost.estimator_weights_[0] == pytest.approx(weight)
    rows = np.where(wrong, np.exp(weight), 1.0)
    by_hand = clone(second).fit(X, Y, sample_weight=rows / rows.sum())
    assert second.predict_proba(X) == pytest.approx(by_hand.predict_proba(X), abs=1e-5)
    assert not np.array_equal(second.predict_proba(X), clone(second).fit(X, Y).predict_proba(X))


def test_calibration_maps_the_probabilities_of_rows_not_trained_on():
    """The oracle is an isotonic regression a fold by hand."""
    calibrated = CalibratedClassifierCV(classifier(), method="isotonic", cv=3).fit(X, LAST)
    by_hand = []
    for train, test in StratifiedKFold(3).split(X, LAST):
        net = classifier().fit(X[train], LAST[train])
        mapping = IsotonicRegression(out_of_bounds="clip")
        mapping.fit(net.predict_proba(X[test])[:, 1], LAST[test] == "yes")
        by_hand.append(mapping.predict(net.predict_proba(X)[:, 1]))
    np.testing.assert_allclose(calibrated.predict_proba(X)[:, 1], np.mean(by_hand, axis=0), atol=1e-12)


def test_a_tuned_threshold_cuts_the_probabilities():
    """Balanced accuracy is better at the tuned threshold than at one half."""
    labels = np.where(Y == 1, "yes", "no")
    tuned = TunedThresholdClassifierCV(classifier(), scoring="balanced_accuracy", cv=3).fit(X, labels)
    plain = classifier().fit(X, labels)
    by_hand = np.where(plain.predict_proba(X)[:, 1] >= tuned.best_threshold_, "yes", "no")
    assert np.array_equal(tuned.predict(X), by_hand)
    assert balanced_accuracy_score(labels, by_hand) > balanced_accuracy_score(labels, plain.predict(X))


def test_multi_output_regressor_fits_a_network_for_each_output():
    """The oracle are separate fits."""
    both = np.column_stack([LENGTH, X[:, 2]])
    wrapped = MultiOutputRegressor(regressor()).fit(X, both)
    apart = [regressor().fit(X, column).predict(X) for column in both.T]
    assert np.array_equal(wrapped.predict(X), np.column_stack(apart))


def test_multi_output_classifier_fits_a_network_for_each_column():
    """The error about such a target names it."""
    both = np.column_stack([NAMES, LAST])
    wrapped = MultiOutputClassifier(classifier()).fit(X, both)
    apart = [classifier().fit(X, column).predict(X) for column in both.T]
    assert wrapped.predict(X).tolist() == np.column_stack(apart).tolist()


def test_one_vs_rest_fits_a_network_for_each_class():
    """The oracle are the normalised probabilities of three fits."""
    wrapped = OneVsRestClassifier(classifier()).fit(X, NAMES)
    apart = [classifier().fit(X, np.equal(Y, label).astype(int)).predict_proba(X)[:, 1] for label in range(3)]
    by_hand = np.column_stack(apart) / np.sum(apart, axis=0)[:, None]
    np.testing.assert_allclose(wrapped.predict_proba(X), by_hand, rtol=1e-12)


def test_a_classifier_chain_passes_each_label_to_the_next_network():
    """Trained on the true first label, applied to the predicted one."""
    labels = np.column_stack([Y == 0, Y == 2]).astype(int)
    chain = ClassifierChain(classifier(), order=[0, 1]).fit(X[:, :3], labels)
    first = classifier().fit(X[:, :3], labels[:, 0])
    second = classifier().fit(np.column_stack([X[:, :3], labels[:, 0]]), labels[:, 1])
    handed = np.column_stack([X[:, :3], first.predict(X[:, :3])])
    by_hand = np.column_stack([first.predict_proba(X[:, :3])[:, 1], second.predict_proba(handed)[:, 1]])
    assert np.array_equal(chain.predict_proba(X[:, :3]), by_hand)
