"""Class scores, kept for the first repeat."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import skdl
from skdl.cross_validation import MAX_KEPT_SCORES, score_classes, scored_classes

FLOWERS, SPECIES = load_iris(return_X_y=True)
NAMES = np.array(["iris a", "iris b", "iris c"])[SPECIES]


def test_probabilities_are_kept_for_the_first_repeat_even_if_no_metric_needs_them():
    """To the bit, for every class, in sorted order."""
    model = KNeighborsClassifier()
    comparison = skdl.compare(
        {"knn": model}, FLOWERS, NAMES, cv=3, repeats=2, metrics=["accuracy"], insight=False
    ).comparison
    split, first, later = comparison.splits.members[0], *(comparison.by_model["knn"][index] for index in (0, 3))
    expected = model.fit(FLOWERS[split.train], NAMES[split.train]).predict_proba(FLOWERS[split.test])
    assert first.class_scores.scores.tolist() == expected.tolist()
    assert (first.class_scores.kind, later.class_scores) == ("probabilities", None)


def test_a_class_without_training_rows_has_probability_zero():
    """Its column is there, in the order of the table's classes."""
    model = LogisticRegression(max_iter=1000).fit(FLOWERS[SPECIES != 1], NAMES[SPECIES != 1])
    scores, _ = score_classes(model, FLOWERS, {}, np.unique(NAMES))
    assert scores[:, 1].tolist() == [0.0] * 150
    assert scores[:, [0, 2]].tolist() == model.predict_proba(FLOWERS).tolist()


def test_a_decision_function_is_used_without_probabilities():
    """Its one column for two classes becomes two; a class without training rows scores lower than both."""
    model = RidgeClassifier().fit(FLOWERS[SPECIES < 2], NAMES[SPECIES < 2])
    scores, kind = score_classes(model, FLOWERS, {}, np.unique(NAMES))
    margins = model.decision_function(FLOWERS)
    assert (kind, scores[:, 1].tolist(), scores[:, 0].tolist()) == ("margins", margins.tolist(), (-margins).tolist())
    assert scores[:, 2].max() < scores[:, :2].min()


def test_a_response_that_a_metric_needed_is_not_computed_again():
    """There are no rows to compute it from."""
    response = np.full((150, 3), 1 / 3)
    model = LogisticRegression(max_iter=1000).fit(FLOWERS, NAMES)
    scores, _ = score_classes(model, None, {"proba": response, "score": response}, np.unique(NAMES))
    assert scores.tolist() == response.tolist()


@pytest.mark.parametrize(
    "model",
    [SVC(decision_function_shape="ovo").fit(FLOWERS, np.arange(150) % 4), Perceptron()],
    ids=["a margin a pair of classes", "not fitted"],
)
def test_a_model_without_one_score_per_class_has_no_class_scores(model):
    """It has not failed: no metric depends on them."""
    assert score_classes(model, FLOWERS, {}, np.arange(4)) is None


def test_too_many_scores_are_not_kept():
    """Models x rows x classes; several targets have no one set of classes."""
    rows = np.arange(MAX_KEPT_SCORES // 20) % 5
    assert scored_classes(rows, n_models=4) is not None
    assert scored_classes(rows, n_models=5) is None
    assert scored_classes(FLOWERS, n_models=1) is None


def test_class_scores_survive_a_stopped_run(tmp_path):
    """The journal holds them, so a resumed run shows the same errors."""
    X, y = load_breast_cancer(return_X_y=True)
    first, again = (
        skdl.compare({"knn": KNeighborsClassifier()}, X, y, cv=2, repeats=1, output_dir=tmp_path, insight=False).summary
        for _ in range(2)
    )
    assert first.errors == again.errors
    assert again.errors.classification[0].thresholds is not None


@pytest.mark.parametrize(
    ("row", "kind"),
    [([0.2, 0.4], "probabilities"), ([0.4, 1.6], "margins")],
    ids=["sum is not one", "a value above one"],
)
def test_values_above_one_are_margins(row, kind):
    """Calibration, costs and Brier score would have no meaning."""
    model = LogisticRegression().fit(FLOWERS[SPECIES < 2], SPECIES[SPECIES < 2])
    assert score_classes(model, None, {"score": np.tile(row, (5, 1))}, np.arange(2)).kind == kind


def test_a_score_that_is_nan_leaves_the_model_without_class_scores():
    """Curves cannot be drawn from it."""
    model = LogisticRegression().fit(FLOWERS[SPECIES < 2], SPECIES[SPECIES < 2])
    response = np.array([[np.nan, 1.0], [0.5, 0.5]])
    assert score_classes(model, None, {"score": response}, np.arange(2)) is None
