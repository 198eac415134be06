"""What a model rates each class of the table, kept of the first repeat."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import skdl
from skdl.cross_validation._class_scores import MOST_NUMBERS, rate_classes, rated_classes

FLOWERS, SPECIES = load_iris(return_X_y=True)
NAMES = np.array(["iris a", "iris b", "iris c"])[SPECIES]


def test_probabilities_are_kept_of_the_first_repeat_though_no_metric_needs_them():
    """To the bit, for every class, in sorted order."""
    model = KNeighborsClassifier()
    comparison = skdl.compare(
        {"knn": model}, FLOWERS, NAMES, cv=3, repeats=2, metrics=["accuracy"], insight=False
    ).comparison
    split, first, later = comparison.splits.members[0], *(comparison.by_model["knn"][place] for place in (0, 3))
    expected = model.fit(FLOWERS[split.train], NAMES[split.train]).predict_proba(FLOWERS[split.test])
    assert first.class_scores.tolist() == expected.tolist()
    assert (first.scores_are, later.class_scores, later.scores_are) == ("probabilities", None, None)


def test_a_class_that_training_rows_lack_is_given_nothing():
    """Its column is there all the same, in its place."""
    model = LogisticRegression(max_iter=1000).fit(FLOWERS[SPECIES != 1], NAMES[SPECIES != 1])
    rated = rate_classes(model, FLOWERS, {}, np.unique(NAMES))
    assert rated.numbers[:, 1].tolist() == [0.0] * 150
    assert rated.numbers[:, [0, 2]].tolist() == model.predict_proba(FLOWERS).tolist()


def test_a_decision_function_stands_in_for_probabilities():
    """With two classes its one column is made two; what was never trained on lies below all."""
    model = RidgeClassifier().fit(FLOWERS[SPECIES < 2], NAMES[SPECIES < 2])
    values, are = rate_classes(model, FLOWERS, {}, np.unique(NAMES))
    margins = model.decision_function(FLOWERS)
    assert (are, values[:, 1].tolist(), values[:, 0].tolist()) == ("margins", margins.tolist(), (-margins).tolist())
    assert values[:, 2].max() < values[:, :2].min()


def test_what_was_asked_for_a_metric_is_not_asked_again():
    """The model is not even there."""
    known = np.full((150, 3), 1 / 3)
    model = LogisticRegression(max_iter=1000).fit(FLOWERS, NAMES)
    assert (
        rate_classes(model, None, {"proba": known, "score": known}, np.unique(NAMES)).numbers.tolist() == known.tolist()
    )


@pytest.mark.parametrize(
    "model",
    [SVC(decision_function_shape="ovo"), Perceptron()],
    ids=["a margin a pair of classes", "never fitted"],
)
def test_a_model_that_gives_something_else_is_left_unrated(model):
    """No score hangs on it."""
    labels = np.arange(150) % 4
    if isinstance(model, SVC):
        model.fit(FLOWERS, labels)
    assert rate_classes(model, FLOWERS, {}, np.unique(labels)) is None


def test_too_many_numbers_are_not_kept():
    """Models x rows x classes; several targets have no one set of classes."""
    rows = np.arange(MOST_NUMBERS // 20) % 5
    assert rated_classes(rows, n_models=4) is not None
    assert rated_classes(rows, n_models=5) is None
    assert rated_classes(FLOWERS, n_models=1) is None


def test_ratings_survive_a_stopped_run(tmp_path):
    """The journal holds them, so a run that goes on shows the same errors."""
    X, y = load_breast_cancer(return_X_y=True)
    first, again = (
        skdl.compare({"knn": KNeighborsClassifier()}, X, y, cv=2, repeats=1, output_dir=tmp_path, insight=False).summary
        for _ in range(2)
    )
    assert first.errors == again.errors
    assert again.errors.thresholds is not None


@pytest.mark.parametrize(
    ("given", "are"), [([0.2, 0.4], "probabilities"), ([0.4, 1.6], "margins")], ids=["not one together", "beyond one"]
)
def test_what_lies_beyond_one_is_no_probability(given, are):
    """Calibration, costs and Brier score would be of no meaning."""
    model = LogisticRegression().fit(FLOWERS[SPECIES < 2], SPECIES[SPECIES < 2])
    known = np.tile(given, (5, 1))
    assert rate_classes(model, None, {"score": known}, np.arange(2)).are == are


def test_a_rating_that_is_no_number_leaves_the_model_unrated():
    """Curves cannot be drawn from it."""
    model = LogisticRegression().fit(FLOWERS[SPECIES < 2], SPECIES[SPECIES < 2])
    known = np.array([[np.nan, 1.0], [0.5, 0.5]])
    assert rate_classes(model, None, {"score": known}, np.arange(2)) is None
