"""Section on errors: texts, plots, and what it leaves out."""

import re
from dataclasses import replace

import numpy as np
import pytest

from skdl.results import (
    CalibrationBin,
    ClassErrors,
    ClassMeasures,
    Cloud,
    CostCurve,
    ErrorsSummary,
    Line,
    MisreadImage,
    Thresholds,
)

TITLE = re.compile(r'<section id="errors".*?</section>', flags=re.DOTALL)


@pytest.fixture
def shown(rendered):
    """Render the section of a summary: as HTML, and as Markdown."""

    def section(summary):
        page, text = rendered(replace(summary, folds=[], networks=[]))
        return TITLE.search(page)[0], text

    return section


def rated(model="lightgbm", **changes):
    """Make a model of two classes with curves and calibration."""
    errors = ClassErrors(
        model,
        [[280, 20], [30, 176]],
        [ClassMeasures(0.903, 0.933, 0.918, 300, 0.95), ClassMeasures(None, 0.854, None, 206, 0.95)],
        "probabilities",
        roc=Line([0.0, 0.1, 1.0], [0.0, 0.8, 1.0]),
        roc_auc=0.95,
        precision_recall=Line([0.0, 0.8, 1.0], [1.0, 0.9, 0.4]),
        average_precision=0.91,
        calibration=[CalibrationBin(0.2, 0.25, 0.2, 0.3, 300), CalibrationBin(0.8, 0.75, 0.7, 0.8, 206)],
        calibration_error=0.05,
        brier=0.081,
    )
    return replace(errors, **changes)


@pytest.fixture
def judged(classes):
    """Three models, prices of errors, and an image."""
    costs = [400.0, *[90.0] * 20, 84.0, *[100.0] * 28, 120.0, *[300.0] * 50]
    curve = CostCurve(1.0, 5.0, costs, 0.21, 84.0, 212, 120.0)
    thresholds = Thresholds("lightgbm", [n / 100 for n in range(101)], [curve, replace(curve, miss=1.0)])
    image = MisreadImage(17, "4", "9", 0.97, [[0, 255], [128, 0]])
    errors = ErrorsSummary(
        506,
        ["no", "yes"],
        classification=[
            rated(thresholds=thresholds),
            rated("keras_mlp"),
            rated("svm", ratings="margins", calibration=[]),
        ],
        misread=[image],
        n_misread=50,
    )
    return replace(classes, errors=errors)


@pytest.mark.parametrize(
    "text",
    [
        "Half of the rows",
        "Errors against predictions",
        "Points on the diagonal are exact predictions",
        "<h3>The 2 rows with the largest errors of lightgbm</h3>",
        "&minus;6.0",
    ],
)
def test_the_errors_of_a_regression_are_described(shown, summary, text):
    """Size of the errors, three plots a model, the worst rows."""
    page, _ = shown(summary)
    assert text.replace("&minus;", "\N{MINUS SIGN}") in page


@pytest.mark.parametrize(
    ("recommended", "models", "sentence"),
    [
        ("lightgbm", ["lightgbm"], "Shown is lightgbm, which leads and is recommended."),
        ("ridge", ["ridge", "lightgbm"], "Shown are the recommended model and the leader."),
        ("dummy", ["ridge"], "Shown is ridge."),
    ],
)
def test_the_models_that_are_shown_are_named(classes, shown, recommended, models, sentence):
    """A leader that is recommended is shown once; where the dummy is recommended, the best model is shown."""
    errors = replace(classes.errors, classification=[rated(model) for model in models])
    verdict = replace(classes.verdict, recommended=recommended)
    assert all(sentence in page for page in shown(replace(classes, errors=errors, verdict=verdict)))


def test_the_worst_rows_are_tables_in_both_renderings(shown, summary):
    """Row, actual, predicted, error, and the first columns; a missing value is a dash."""
    page, text = shown(summary)
    assert "| 3 | 50.0 | 44.0 | \N{MINUS SIGN}6.0 | 6.575 | no |" in text
    assert "| 1 | 5.0 | 7.0 | +2.0 | \N{EN DASH} | yes |" in text
    assert '<th scope="row">3</th><td>50.0</td><td>44.0</td>' in page


def test_the_unit_of_the_target_is_named(shown, summary):
    assert "in thousand dollars" in shown(replace(summary, data=replace(summary.data, unit="thousand dollars")))[0]


def test_bins_are_counted_and_take_few_bytes(shown, summary):
    """Sixteen hundred of them in six pictures; rows beyond the pictures are counted."""
    x, y = (axis.ravel().tolist() for axis in np.meshgrid(np.arange(40.0), np.arange(40.0)))
    bins = Cloud(x, y, [0.0, 39.0], [0.0, 39.0], [n % 97 + 1 for n in range(1600)], [1.0, 1.0], 7)
    (one,) = summary.errors.regression
    errors = replace(summary.errors, n_rows=20_000, regression=[replace(one, predicted=bins, errors=bins)] * 3)
    page, _ = shown(replace(summary, errors=errors))
    assert "20,000 rows, binned: darker bins hold more rows; 7 outside of the plots" in page
    assert len(page.encode()) < 1_000_000


def test_a_confusion_matrix_is_a_table(shown, classes):
    """Counts with shares to read, shaded by the share; a measure that is not defined is a dash."""
    page, text = shown(classes)
    assert '<td class="strong full" style="--share:0.933">280 <small><i>·</i> 93 %</small></td>' in page
    assert "456 of 506 rows correct" in page
    assert "| yes | \N{EN DASH} | 0.854 | \N{EN DASH} | 206 |" in text


@pytest.mark.parametrize(
    "text",
    [
        "times a false positive, predict yes at a probability of 0.21 or more: cost 84 instead of 120 per 1,000 rows.",
        "If both errors cost the same, predict yes at a probability of 0.21 or more",
        "svm has decision values but no probabilities",
        "Class yes against the other.",
        "1 of 50 images that lightgbm misclassified",
        "actual 4, predicted 9 (97 %)",
    ],
)
def test_the_errors_of_two_classes_are_described(shown, judged, text):
    page, written = shown(judged)
    assert text in page
    assert text in written


def test_three_models_are_one_picture_a_curve(shown, judged):
    """ROC, precision-recall, calibration, thresholds; each model is named inside with its area."""
    page, _ = shown(judged)
    assert page.count("<svg") == 4
    assert page.count(">0.950 keras_mlp</text>") == 1
    assert all(f"var(--plot-{name})" in page for name in ("first", "second", "third"))


def test_a_misread_image_is_inside_the_page(shown, judged):
    """With an alternative text."""
    page, _ = shown(judged)
    assert re.search(r'<img src="data:image/png;base64,[\w+/=]+" alt="row 17: actual 4, predicted 9 \(97 %\)"', page)
    assert "<span>actual 4, predicted 9 (97 %)</span>" in page


def test_a_threshold_that_saves_nothing_is_not_recommended(shown, judged):
    """No threshold is better than 0.5."""
    first = judged.errors.classification[0]
    curve = replace(first.thresholds.curves[0], best_threshold=0.49, best_cost=119.9)
    first = replace(first, thresholds=replace(first.thresholds, curves=[curve]))
    page, _ = shown(replace(judged, errors=replace(judged.errors, classification=[first])))
    assert "no threshold is better than 0.5: cost 120 per 1,000 rows" in page


@pytest.mark.parametrize(
    ("n_rows", "message"), [(506, "All rows are then predicted as yes"), (0, "No row is then predicted as yes")]
)
def test_a_threshold_beyond_all_rows_is_explained(shown, judged, n_rows, message):
    """Such a threshold predicts one class for all rows."""
    first = judged.errors.classification[0]
    curve = replace(first.thresholds.curves[0], best_called=n_rows)
    first = replace(first, thresholds=replace(first.thresholds, curves=[curve]))
    assert message in shown(replace(judged, errors=replace(judged.errors, classification=[first])))[0]


@pytest.mark.parametrize(
    ("code", "message"),
    [("none", "No curves for lightgbm: its probabilities were not kept"), ("too_many", "too many to keep")],
)
def test_without_class_scores_the_page_gives_the_reason(shown, classes, code, message):
    (one,) = classes.errors.classification
    page, _ = shown(replace(classes, errors=replace(classes.errors, classification=[replace(one, ratings=code)])))
    assert message in page
    assert "<svg" not in page
