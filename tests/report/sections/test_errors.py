"""Errors in the report, against scikit-learn and NumPy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import auc, brier_score_loss, classification_report, confusion_matrix, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeRegressor

import skdl
from skdl.cross_validation import ClassScores, OutOfFold, out_of_fold
from skdl.report.sections.errors.compute import class_errors, errors_summary, regression_errors
from skdl.report.sections.errors.images import misclassified_images
from skdl.tables import column_kinds

CELLS, GROWTH = load_breast_cancer(return_X_y=True)
FLOWERS, SPECIES = load_iris(return_X_y=True)
DIGITS, WRITTEN = load_digits(return_X_y=True, as_frame=True)


def compared(models, X, y, **options):
    """Compare over three folds."""
    return skdl.compare(models, X, y, **{"cv": 3, "repeats": 1, **options}, insight=False)


@pytest.fixture(scope="module")
def two():
    """Two classes, with a model that gives probabilities."""
    return compared({"bayes": GaussianNB()}, CELLS, GROWTH)


@pytest.fixture(scope="module")
def three():
    """Three classes with asymmetric confusions."""
    return compared({"knn": KNeighborsClassifier()}, FLOWERS[:, :2], SPECIES)


@pytest.fixture(scope="module")
def numbers():
    """Regress on named columns, one of them text."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    return compared({"linear": LinearRegression()}, X, y)


@pytest.fixture(scope="module")
def many():
    """More rows than are drawn one by one."""
    return compared({"linear": LinearRegression()}, *make_regression(3000, 3, noise=20.0, random_state=0))


def test_the_counts_are_scikit_learns(three):
    """A row an actual class."""
    predictions = out_of_fold(three.comparison, "knn")
    (found,) = three.summary.errors.classification
    assert found.counts == confusion_matrix(predictions.actual, predictions.predicted).tolist()


def test_measures_a_class_are_scikit_learns(three):
    """Precision, recall, F1, and how many rows."""
    predictions = out_of_fold(three.comparison, "knn")
    expected = classification_report(predictions.actual, predictions.predicted, output_dict=True)
    for label, found in enumerate(three.summary.errors.classification[0].measures):
        row = expected[str(label)]
        assert (found.precision, found.recall, found.f1) == pytest.approx(
            (row["precision"], row["recall"], row["f1-score"])
        )
        assert found.n_rows == 50


def test_a_class_that_is_never_predicted_has_no_precision():
    X, y = np.zeros((60, 1)), np.repeat([0, 1], [40, 20])
    found = compared({"naive": DummyClassifier(), "first": DummyClassifier(strategy="constant", constant=0)}, X, y)
    measures = found.summary.errors.classification[0].measures
    assert (measures[1].precision, measures[1].recall, measures[1].f1) == (None, 0.0, 0.0)


def test_areas_are_scikit_learns_and_those_under_the_plotted_curves(two, three):
    """Of the last of two classes; of more the mean."""
    for found, kind in ((two, {}), (three, {"multi_class": "ovr"})):
        (one,) = found.summary.errors.classification
        actual = np.asarray(found.comparison.table.y)
        areas = [
            roc_auc_score(actual[split.test], fold.class_scores.scores[:, slice(None) if kind else 1], **kind)
            for split, fold in zip(found.comparison.splits.members, found.comparison.by_model[one.model], strict=True)
        ]
        assert one.roc_auc == pytest.approx(np.mean(areas))
        assert auc(one.roc.x, one.roc.y) == pytest.approx(one.roc_auc, abs=0.005)
        steps = np.diff(one.precision_recall.x) @ one.precision_recall.y[1:]
        assert steps == pytest.approx(one.average_precision, abs=0.01)
        assert max(len(one.roc.x), len(one.precision_recall.x)) <= 201


def test_calibration_is_scikit_learns(two):
    """Quantile bins, with intervals around the share, and the rows in each."""
    predictions = out_of_fold(two.comparison, "bayes")
    given = predictions.class_scores.scores[:, 1]
    true, mean = calibration_curve(predictions.actual, given, n_bins=10, strategy="quantile")
    (found,) = two.summary.errors.classification
    assert [one.came_true for one in found.calibration] == pytest.approx(true.tolist(), rel=1e-6)
    assert [one.given for one in found.calibration] == pytest.approx(mean.tolist(), rel=1e-6)
    assert sum(one.n_rows for one in found.calibration) == 569
    assert all(one.low <= one.came_true <= one.high for one in found.calibration)
    assert found.brier == pytest.approx(brier_score_loss(predictions.actual, given))


def test_calibration_of_several_classes_is_that_of_the_predicted_class(three):
    predictions = out_of_fold(three.comparison, "knn")
    (found,) = three.summary.errors.classification
    given = np.average([one.given for one in found.calibration], weights=[one.n_rows for one in found.calibration])
    assert given == pytest.approx(predictions.class_scores.scores.max(axis=1).mean(), rel=1e-3)


def test_the_cost_of_a_threshold_equals_the_counted_cost(two):
    """A thousand rows at each price, and the least of them."""
    predictions = out_of_fold(two.comparison, "bayes")
    found = two.summary.errors.classification[0].thresholds
    for curve in found.curves:
        for threshold, cost in zip(found.thresholds, curve.costs, strict=True):
            called = predictions.class_scores.scores[:, 1] >= threshold
            alarms, misses = np.sum(called & (predictions.actual == 0)), np.sum(~called & (predictions.actual == 1))
            assert cost == pytest.approx((alarms * curve.false_alarm + misses * curve.miss) / 0.569, rel=1e-6)
        assert curve.best_cost == pytest.approx(min(curve.costs))
        assert curve.costs[found.thresholds.index(curve.best_threshold)] == pytest.approx(curve.best_cost)
        assert curve.usual_cost == pytest.approx(curve.costs[50])
        assert curve.best_called == np.sum(predictions.class_scores.scores[:, 1] >= curve.best_threshold)


def test_margins_give_curves_and_no_probabilities():
    """A linear support vector machine has decision values only."""
    (found,) = compared({"svm": LinearSVC()}, CELLS / CELLS.max(axis=0), GROWTH).summary.errors.classification
    assert (found.ratings, found.calibration, found.brier) == ("margins", [], None)
    assert found.roc is not None


def test_a_journal_without_class_scores_still_gives_the_counts(two):
    """As in a journal of an earlier version."""
    results = tuple(replace(result, class_scores=None) for result in two.comparison.results)
    errors = errors_summary(replace(two.comparison, results=results), ["bayes"])
    (found,) = errors.classification
    assert (found.ratings, found.roc, found.thresholds) == ("none", None, None)
    assert np.sum(found.counts) == 569


def test_large_errors_are_quantiles_of_the_absolute_errors(numbers):
    """Half of the rows, 80 %, 95 %, all."""
    predictions = out_of_fold(numbers.comparison, "linear")
    off = np.abs(predictions.predicted - predictions.actual)
    (found,) = numbers.summary.errors.regression
    assert found.largest == pytest.approx(np.quantile(off, [0.5, 0.8, 0.95, 1.0]).tolist(), rel=1e-6)


def test_the_worst_rows_are_found_again_in_the_table(numbers):
    """By row number, with the first columns."""
    table = numbers.comparison.table
    errors = numbers.summary.errors
    assert errors.worst_columns == ["age", "sex", "bmi", "bp", "s1"]
    for row in errors.worst:
        assert row.actual == table.y[row.row - 1]
        assert row.cells == table.X.iloc[row.row - 1, :5].tolist()
    off = [abs(row.predicted - row.actual) for row in errors.worst]
    assert off == sorted(off, reverse=True)
    assert off[0] == pytest.approx(errors.regression[0].largest[3], rel=1e-6)


def test_many_points_are_binned_and_none_is_lost(many):
    """Each row is in a bin, or beyond the picture."""
    (found,) = many.summary.errors.regression
    for cloud in (found.predicted, found.errors):
        assert sum(cloud.counts) + cloud.n_outside == 3000
        assert len(cloud.x) == len(cloud.y) == len(cloud.counts) <= 1600


def test_the_running_median_shows_a_missed_curvature():
    """A line fitted to a parabola."""
    x = np.linspace(-1, 1, 400)
    order = np.random.default_rng(0).permutation(400)
    found = compared({"linear": LinearRegression()}, np.column_stack([x, x**3])[order], (x + x**2)[order])
    middle = found.summary.errors.regression[0].running_median
    assert middle.y[0] < -0.2
    assert max(middle.y) > 0.2


def test_misread_images_are_the_surest_mistakes():
    """Each with its pixels, from 0 to 255."""
    found = compared({"bayes": GaussianNB()}, DIGITS, WRITTEN)
    predictions, errors = out_of_fold(found.comparison, "bayes"), found.summary.errors
    sure = predictions.class_scores.scores[np.arange(len(predictions.rows)), predictions.predicted]
    wrong = predictions.predicted != predictions.actual
    assert [one.probability for one in errors.misread] == pytest.approx(sorted(sure[wrong], reverse=True)[:12])
    assert errors.n_misread == wrong.sum()
    first = errors.misread[0]
    expected = np.rint(DIGITS.iloc[first.row - 1].to_numpy().reshape(8, 8) * 255 / 16)
    assert first.pixels == expected.astype(int).tolist()
    assert str(WRITTEN[first.row - 1]) == first.actual != first.called


def test_images_may_have_a_height_and_a_width_axis():
    """Height and width for themselves; large ones are shrunk."""
    large = np.repeat(np.repeat(DIGITS.to_numpy().reshape(-1, 8, 8), 5, axis=1), 5, axis=2)
    flat = FunctionTransformer(lambda images: images.reshape(len(images), -1))
    found = compared({"bayes": make_pipeline(flat, GaussianNB())}, large, WRITTEN.to_numpy())
    assert {(len(one.pixels), len(one.pixels[0])) for one in found.summary.errors.misread} == {(20, 20)}


def test_pixels_that_are_the_same_in_every_image_are_put_back():
    """A pipeline drops constant columns; the image needs them."""
    wrong = OutOfFold("none", np.arange(200), np.zeros(200), np.ones(200), None)
    kinds = column_kinds(DIGITS)
    assert len(kinds.left_out) > 0
    shown = misclassified_images(wrong, DIGITS[list(kinds.used)], np.array([0.0, 1.0]), kinds)
    assert shown == misclassified_images(wrong, DIGITS, np.array([0.0, 1.0]))
    assert len(shown) == 12


@pytest.mark.parametrize("kind", ["measurements", "unordered", "text", "few"])
def test_other_tables_are_not_images(kind):
    """Sixty-four columns do not make one, nor do sixteen."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(200, 64)) if kind == "measurements" else rng.uniform(size=(200, 64)))
    if kind == "text":
        table = DIGITS.iloc[:200].astype({"pixel_0_0": str})
    if kind == "few":
        table = DIGITS.iloc[:200, 20:36]
    wrong = OutOfFold("none", np.arange(200), np.zeros(200), np.ones(200), None)
    assert misclassified_images(wrong, table, np.array([0.0, 1.0])) == []


def test_several_targets_have_no_section_on_errors():
    X, y = make_regression(60, 3, n_targets=2, random_state=0)
    found = compared({"linear": LinearRegression()}, X, y)
    assert (found.summary.errors.regression, found.summary.errors.classification) == ([], [])


def test_the_recommended_model_is_analysed_first_and_then_the_leader(monkeypatch):
    """Neither the others nor the dummy; the worst rows are the recommended model's."""
    models = {"linear": LinearRegression(), "knn": KNeighborsRegressor(), "tree": DecisionTreeRegressor()}
    found = compared(models, *load_diabetes(return_X_y=True, as_frame=True)).comparison
    leads = replace(found.verdict, recommended="knn")
    monkeypatch.setitem(found.__dict__, "verdict", leads)  # a cached property
    assert found.reported == ["knn", leads.leader]
    errors = errors_summary(found, found.reported)
    assert [one.model for one in errors.regression] == ["knn", "linear"]
    predictions = out_of_fold(found, "knn")
    assert (
        abs(errors.worst[0].predicted - errors.worst[0].actual)
        == np.abs(predictions.predicted - predictions.actual).max()
    )


def test_areas_are_those_of_the_leaderboard():
    """Means over the folds of all repeats, not of rows that were pooled."""
    found = compared({"bayes": GaussianNB()}, CELLS, GROWTH, repeats=2, metrics=["roc_auc", "average_precision"])
    (row, *_), (one,) = found.summary.models, found.summary.errors.classification
    assert one.roc_auc == pytest.approx(row.scores["roc_auc"].mean)
    assert one.average_precision == pytest.approx(row.scores["average_precision"].mean)


@pytest.mark.parametrize("n_digits", [9, 1, 0])
def test_the_share_at_the_top_is_the_mean_over_all_orders_of_equal_rows(n_digits):
    """Of 200 rows 20 are a tenth; rounded probabilities are equal in many rows."""
    rng = np.random.default_rng(0)
    last = rng.random(200).round(n_digits)
    actual = (rng.random(200) < last).astype(int)
    predictions = OutOfFold("m", np.arange(200), actual, actual, None)
    folds = [(actual, np.column_stack([1 - last, last]), None)]
    orders = [rng.permutation(200) for _ in range(2_000)]
    tops = [actual[order[np.argsort(-last[order], kind="stable")[:20]]].mean() for order in orders]
    measures = class_errors(predictions, np.array([0, 1]), folds).measures
    assert measures[1].top_tenth == pytest.approx(np.mean(tops), abs=0.01)


def test_weighted_rows_count_as_repeated_rows():
    """In the confusion matrix, the measures, the curves, calibration and thresholds; the numbers of rows stay."""
    rng = np.random.default_rng(0)
    times, labels = rng.integers(1, 4, len(GROWTH)), np.unique(GROWTH)
    scores = rng.dirichlet([1, 1], len(GROWTH))
    known = OutOfFold("m", np.arange(len(GROWTH)), GROWTH, scores.argmax(axis=1), ClassScores(scores, "probabilities"))
    rows = np.repeat(known.rows, times)
    repeated = OutOfFold("m", rows, GROWTH[rows], known.predicted[rows], ClassScores(scores[rows], "probabilities"))
    found = class_errors(replace(known, weights=times / times.mean()), labels, [(GROWTH, scores, times * 1.0)])
    expected = class_errors(repeated, labels, [(GROWTH[rows], scores[rows], None)])
    assert np.array(found.counts) * times.mean() == pytest.approx(np.array(expected.counts))
    assert [one.n_rows for one in found.measures] == np.bincount(GROWTH).tolist()
    for one, other in zip(found.measures, expected.measures, strict=True):
        assert (one.precision, one.recall, one.f1) == pytest.approx((other.precision, other.recall, other.f1))
        assert one.top_tenth == pytest.approx(other.top_tenth)
    assert (found.roc_auc, found.average_precision) == pytest.approx((expected.roc_auc, expected.average_precision))
    assert found.brier == pytest.approx(expected.brier)
    for curve, other in zip(found.thresholds.curves, expected.thresholds.curves, strict=True):
        assert curve.costs == pytest.approx(other.costs)


def test_quantiles_of_weighted_errors_are_those_of_repeated_rows():
    """Half of the weight has an error of at most the first number."""
    times = np.array([1, 5, 1, 1])
    known = OutOfFold(
        "m", np.arange(4), np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0]), None, weights=times / times.mean()
    )
    assert regression_errors(known).largest == [2.0, 3.0, 4.0, 4.0]
