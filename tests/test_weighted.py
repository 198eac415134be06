import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdl.tables import load_builtin
from skdl.weighted import ClassWeightedClassifier

TABLE = load_builtin("breast_cancer")
X, Y = TABLE.iloc[:, :5].to_numpy(), np.where(TABLE.iloc[:, 0] > 20, "rare", "common")


@parametrize_with_checks([ClassWeightedClassifier(LogisticRegression())])
def test_it_keeps_the_contract_of_an_estimator(estimator, check):
    """All of scikit-learn's own checks."""
    check(estimator)


def test_it_equals_the_class_weights_of_a_model_that_has_them():
    """Logistic regression has both ways."""
    by_rows = ClassWeightedClassifier(LogisticRegression(max_iter=5000)).fit(X, Y)
    by_parameter = LogisticRegression(max_iter=5000, class_weight="balanced").fit(X, Y)
    np.testing.assert_allclose(by_rows.decision_function(X), by_parameter.decision_function(X), rtol=1e-6)


def test_sample_weights_are_multiplied_with_those_of_the_classes():
    """Every class has the same sum of weights."""
    own = np.linspace(1, 2, len(Y))
    found = ClassWeightedClassifier(GaussianNB()).fit(X, Y, sample_weight=own).estimator_
    by_hand = [np.average(X[rows], axis=0, weights=own[rows]) for rows in (Y == "common", Y == "rare")]
    np.testing.assert_allclose(found.theta_, by_hand)
    np.testing.assert_allclose(found.class_prior_, [0.5, 0.5])


def test_it_has_the_prediction_methods_of_the_inner_classifier():
    """Nearest neighbours have probabilities and no decision function."""
    wrapped = ClassWeightedClassifier(KNeighborsClassifier())
    assert hasattr(wrapped, "predict_proba")
    assert not hasattr(wrapped, "decision_function")


def test_a_classifier_without_sample_weight_is_refused():
    """Its own fit raises the error."""
    with pytest.raises(TypeError, match="sample_weight"):
        ClassWeightedClassifier(KNeighborsClassifier()).fit(X, Y)
