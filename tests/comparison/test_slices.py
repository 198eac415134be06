"""Scores by slices: for whom the verdict holds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier

import skdl
import skdl.report
from skdl.analysis import holm
from skdl.exceptions import UsageError
from skdl.report import slices_sentence, strings_of, translate_summary
from skdl.report.sections import describe_sections
from skdl.results import SliceDifference

RNG = np.random.default_rng(1)
N = 440
IS_ODD = np.arange(N) % 11 == 0  # 40 rows
X = pd.DataFrame({"x": RNG.uniform(-1.5, 1.5, N), "odd": 10.0 * IS_ODD})
Y = np.where(IS_ODD, -X["x"], X["x"]) + RNG.normal(size=N) * np.where(IS_ODD, 0.2, 1.0)
REGION = np.where(IS_ODD, "islands", "mainland")
MODELS = {"linear": LinearRegression(), "nearest": KNeighborsRegressor(1)}
OPTIONS = {"cv": 5, "repeats": 1, "insight": False}


def predictions(comparison, model):
    """Out-of-fold predictions in the order of the rows."""
    found = np.empty(len(comparison.comparison.table.y))
    results = comparison.comparison.by_model[model]
    for split, result in zip(comparison.comparison.splits.members, results, strict=True):
        found[split.test] = result.predicted
    return found


def by_level(comparison):
    """Rows of the results by level."""
    return {row.slice.level or row.slice.kind: row for row in comparison.summary.slices.rows}


@pytest.fixture(scope="module")
def compared():
    """Compare two models on slopes that differ on the islands."""
    return skdl.compare(MODELS, X, Y, metrics="mae", slices={"region": REGION}, **OPTIONS)


def test_scores_and_tests_are_those_of_the_rows_of_each_slice(compared):
    """The oracle groups the absolute errors by pandas, and tests their differences by hand."""
    names = ["linear", "nearest", "dummy"]
    errors = pd.DataFrame({name: np.abs(predictions(compared, name) - Y) for name in names})
    groups = errors.groupby(REGION)
    found = by_level(compared)
    tests = []
    for level, rows in groups:
        for name in names:
            score, half = found[level].scores[name], stats.t.isf(0.025, len(rows) - 1) * rows[name].sem()
            assert (score.score, score.low, score.high) == pytest.approx(
                (rows[name].mean(), rows[name].mean() - half, rows[name].mean() + half)
            )
        for name in names[1:]:
            differences = rows["linear"] - rows[name]
            assert found[level].differences[name].difference == pytest.approx(differences.mean())
            half = stats.t.isf(0.025 / 4, len(rows) - 1) * differences.sem()  # four tests
            assert found[level].differences[name].high == pytest.approx(differences.mean() + half)
            tests.append((level, name, stats.ttest_1samp(differences, 0.0).pvalue))
    adjusted = holm([p for *_, p in tests])
    p_values = [found[level].differences[name].p_value for level, name, _ in tests]
    assert p_values == pytest.approx(adjusted, rel=1e-6, abs=0.0)
    assert found["all"].scores["linear"].score == pytest.approx(errors["linear"].mean())
    table = compared.slices().set_index(["slice", "model"])
    assert table.loc[("islands", "nearest"), "p_value"] == found["islands"].differences["nearest"].p_value
    assert table.loc[("all rows", "linear"), "n_rows"] == N


def test_the_sentence_names_where_the_verdict_does_not_hold(compared):
    """The leader is worse than the dummy on the islands, and the other model better there."""
    assert compared.verdict.recommended == "linear"
    assert "linear scores worse than dummy where region is islands" in str(compared)
    assert "nearest is significantly better than linear where region is islands" in str(compared)
    (table,) = describe_sections(compared.summary, strings_of("en"))["slices"]["tables"]
    assert [line["badges"] for line in table["lines"]] == [[], [], ["nearest is better", "dummy is better"]]


def test_the_dummy_is_named_by_its_score_and_the_rival_by_its_test(compared):
    """Being no better than the dummy is bad enough."""
    slices = compared.summary.slices
    little = SliceDifference(0.01, -0.2, 0.2, 0.9)  # in favour of the other model
    differences = {"nearest": little, "dummy": little}
    changed = replace(slices, rows=[slices.rows[0], replace(slices.rows[1], differences=differences)])
    sentence = slices_sentence(replace(compared.summary, slices=changed))
    assert "linear scores worse than dummy where region is mainland" in sentence
    assert sentence.endswith("; nearest is nowhere significantly better.")


def test_the_sentence_says_that_there_is_no_such_slice():
    """On one slope for all."""
    comparison = skdl.compare(MODELS, X, X["x"] * 3.0 + Y, metrics="mae", slices={"half": np.arange(N) % 2}, **OPTIONS)
    expected = "linear nowhere scores worse than dummy (significantly better in 2); nearest is nowhere"
    assert f"In the 2 slices tested, {expected}" in " ".join(str(comparison).split())


def test_an_order_of_rows_is_measured_within_each_fold():
    """A slice of one class has no area under the curve; the oracle is scikit-learn's on the rows of each fold."""
    y = Y > 0.0
    part = np.where(np.arange(N) % 3 == 0, "a", np.where(y & (X["x"] > 0), "sure", "b"))
    models = {"logistic": LogisticRegression(), "tree": DecisionTreeClassifier(max_depth=2, random_state=0)}
    comparison = skdl.compare(models, X, y, metrics="roc_auc", slices={"part": part}, **OPTIONS)
    found = by_level(comparison)
    assert (found["sure"].missing.code, found["sure"].scores["logistic"].score) == ("one_class", None)
    finished, areas = comparison.comparison, []
    for split, result in zip(finished.splits.members, finished.by_model["logistic"], strict=True):
        rows = part[split.test] == "a"
        areas.append(roc_auc_score(y[split.test][rows], result.class_scores.scores[rows, 1]))
    score = found["a"].scores["logistic"]
    assert score.score == pytest.approx(np.mean(areas))
    assert score.low < score.score < score.high
    assert comparison.summary.slices.by_fold


def test_weighted_rows_count_by_their_weights():
    """The oracle is the weighted mean."""
    weights = RNG.integers(1, 4, N).astype(float)
    comparison = skdl.compare(MODELS, X, Y, metrics="mae", sample_weight=weights, slices={"region": REGION}, **OPTIONS)
    errors = np.abs(predictions(comparison, "linear") - Y)
    expected = np.average(errors[IS_ODD], weights=weights[IS_ODD])
    score = by_level(comparison)["islands"].scores["linear"]
    changes = (weights * (errors - expected))[IS_ODD] / weights[IS_ODD].mean()
    half = stats.t.isf(0.025, 39) * changes.std(ddof=1) / np.sqrt(40)
    assert (score.score, score.high) == pytest.approx((expected, expected + half))


def test_rows_of_a_group_are_not_independent():
    """Fewer than ten groups allow no interval; else the sums of the groups vary."""
    groups = np.arange(N) % 44  # the islands have four of them
    comparison = skdl.compare(MODELS, X, Y, metrics="mae", groups=groups, slices={"region": REGION}, **OPTIONS)
    found = by_level(comparison)
    assert (found["islands"].missing.code, found["islands"].scores["linear"].low) == ("few_units", None)
    errors = np.abs(predictions(comparison, "linear") - Y)[~IS_ODD]
    sums = pd.Series(errors - errors.mean()).groupby(groups[~IS_ODD]).sum()
    half = stats.t.isf(0.025, 39) * np.sqrt((sums**2).sum() * 40 / 39) / len(errors)
    assert found["mainland"].scores["linear"].high == pytest.approx(errors.mean() + half)


def test_the_error_of_one_row_has_no_interval():
    """No resample has a larger one; the score is that of the rows. Korean texts name the metric in Korean."""
    comparison = skdl.compare(MODELS, X, Y, metrics="max_error", slices={"region": REGION}, **OPTIONS)
    found = by_level(comparison)["islands"]
    assert (found.missing.code, found.scores["linear"].low, found.differences) == ("one_row", None, {})
    assert found.scores["linear"].score == pytest.approx(np.abs(predictions(comparison, "linear") - Y)[IS_ODD].max())
    sentence = "Slices: none is tested, because Largest error is the error of one row."
    assert slices_sentence(comparison.summary) == sentence
    korean = strings_of("ko")
    sections = describe_sections(translate_summary(comparison.summary, korean), korean)
    evidence = sections["evidence"]
    texts = sections["slices"]["tables"][0]["lines"][1]["reason"], evidence["against"]["by_rows"], evidence["choosing"]
    assert all(text.startswith(korean("metric.max_error")) for text in texts)


def test_slices_are_added_to_a_run_without_a_fit(tmp_path):
    """The first run is stopped behind its last fold."""
    X.assign(y=Y, region=REGION).to_csv(tmp_path / "t.csv", index=False)
    text = "data: {source: t.csv, target: y, drop: region}\nmodels: [ridge]\ncompare: {insight: false, cv: {folds: 4}"
    events = []

    def stop(event):
        events.append(event)
        if len(events) == 1 + 24:  # of two models, four folds, three repeats
            raise KeyboardInterrupt

    (tmp_path / "t.yaml").write_text(text + "}")
    with pytest.raises(KeyboardInterrupt):
        skdl.compare(tmp_path / "t.yaml", output_dir=tmp_path / "out", listener=stop)
    events.clear()
    (tmp_path / "t.yaml").write_text(text + ", slices: [region, x]}")
    comparison = skdl.compare(tmp_path / "t.yaml", output_dir=tmp_path / "out", listener=events.append)
    assert [type(event).__name__ for event in events] == ["ComparisonStarted"]
    slices = comparison.summary.slices
    assert ([column.name for column in slices.columns], len(slices.rows)) == (["region", "x"], 1 + 2 + 4)
    assert skdl.report.read_results(tmp_path / "out" / "results.json").slices == slices


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        ("od", r"slices must name columns of X, or be a table of other columns; got 'od'; did you mean odd\?"),
        ({"region": REGION[:5]}, "slices must have a value a row, 440 in all; got 5"),
        (3, "slices must be names of columns of X, a data frame, or columns by name; got 3"),
        ({"row": [f"r{row}" for row in range(N)]}, "slices: no value of 'row' has 30 rows or more"),
    ],
)
def test_slices_that_do_not_fit_are_refused(slices, message):
    """Before anything is fitted."""
    with pytest.raises(UsageError, match=message):
        skdl.compare(MODELS, X, Y, slices=slices, **OPTIONS)
