"""Comparisons with the user's own costs."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

import skdl
from skdl.exceptions import PipelineFileError, UsageError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 2))
Y = (X[:, 0] + RNG.normal(size=80) > 0.8).astype(int)
COSTS = {"action": 1, "gain": 20, "loss": 5, "unit": "EUR"}
FOLDS = [(np.arange(40), np.arange(40, 80)), (np.arange(40, 80), np.arange(40))]
MODELS = {"bayes": GaussianNB(), "ridge": RidgeClassifier()}
OPTIONS = {"cv": FOLDS, "insight": False}


def test_the_metric_is_the_mean_cost_of_the_decisions_on_each_fold():
    """By the threshold where there are probabilities, else by the predicted classes; last of the metrics."""
    comparison = skdl.compare(MODELS, X, Y, metrics=["accuracy"], costs=COSTS, **OPTIONS)
    found = comparison.folds().pivot(index="fold", columns="model", values="expected_cost")
    for fold, (train, test) in enumerate(FOLDS, start=1):
        bayes, ridge = (model.fit(X[train], Y[train]) for model in (GaussianNB(), RidgeClassifier()))
        for name, acts in (("bayes", bayes.predict_proba(X[test])[:, 1] >= 0.2), ("ridge", ridge.predict(X[test]))):
            counts = confusion_matrix(Y[test], acts)
            assert found.loc[fold, name] == pytest.approx((5 * counts[0, 1] - 20 * counts[1, 1]) / 40)
    assert [column.name for column in comparison.summary.columns] == ["accuracy", "expected_cost"]


def test_costs_are_added_to_a_finished_run_without_a_fit(tmp_path):
    """The scores are those of a run that had them from the start, to the bit; the saved model has the threshold."""
    options = {**OPTIONS, "metrics": ["accuracy"], "save_model": "bayes"}
    skdl.compare(MODELS, X, Y, output_dir=tmp_path / "run", **options)
    events = []
    added = skdl.compare(MODELS, X, Y, costs=COSTS, output_dir=tmp_path / "run", listener=events.append, **options)
    fresh = skdl.compare(MODELS, X, Y, costs=COSTS, output_dir=tmp_path / "fresh", **options)
    assert len(events) == 1
    assert not events[0].fitted
    assert added.folds()["expected_cost"].tolist() == fresh.folds()["expected_cost"].tolist()
    saved = json.loads((tmp_path / "run" / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert saved["metadata"]["threshold"] == pytest.approx(0.2)


def test_costs_rank_and_tune():
    """The search chooses by them, and what does not matter in practice is a share of what the dummy could save."""
    search = GridSearchCV(LogisticRegression(), {"C": [1e-4, 1.0]}, scoring="accuracy", cv=3)
    options = {**OPTIONS, "metrics": ["expected_cost", "accuracy"]}
    comparison = skdl.compare({"logistic": LogisticRegression(), "search": search}, X, Y, costs=COSTS, **options)
    summary = comparison.summary
    assert summary.verdict.leader == "logistic"
    dummy = next(row for row in summary.models if row.is_dummy).scores["expected_cost"].mean
    assert summary.verdict.equivalence == pytest.approx((dummy + 20 * Y.mean()) / 100)


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ({"action": "one", "gain": 1, "loss": 1}, r"compare: costs\.action: no such class\. Classes: 0, 1\."),
        ({"action": 1, "gain": -1, "loss": 1}, r"compare: costs\.gain: must be above 0; got -1\."),
        ({"action": 1, "gain": 1}, r"compare: costs: must have a matrix, or else action, gain and loss; got"),
        (5, r"compare: costs: must be a mapping of the keys matrix, action, gain, loss, unit; got 5\."),
        ({"matrix": {0: {0: 0, 1: 1}}}, r"compare: costs\.matrix: must have a cost for .* none for 1: \{0: \.\.\.\}\."),
        ({"matrix": {0: {0: 0, 2: 1}}}, r"compare: costs\.matrix\.0\.2: no such class\. Classes: 0, 1\."),
        ({"matrix": {"O": {0: 0, 1: 1}}}, r"compare: costs\.matrix\.O: no such class\. Classes: 0, 1\."),
        ({"matrix": {0: {0: 0, 1: float("nan")}}}, r"costs\.matrix\.0\.1: must be finite; got nan\."),
        ({"matrix": {0: {0: 0, 1: 1}, 1: {0: -9, 1: 0}}}, r"costs\.matrix\.1: the right prediction of 1 costs 0, more"),
        ({"matrix": {0: {0: 1, 1: 1}, 1: {0: 1, 1: 1}}}, r"costs\.matrix: predicting 0 never costs more than another"),
    ],
)
def test_wrong_costs_are_refused(costs, message):
    with pytest.raises(UsageError, match=message):
        skdl.compare(MODELS, X, Y, costs=costs, **OPTIONS)


def test_costs_need_classes():
    """Those of an action two."""
    three = np.arange(80) % 3
    with pytest.raises(UsageError, match=r"costs\.action: an action is for two classes; got 3\. Give a matrix\."):
        skdl.compare(MODELS, X, three, costs=COSTS, **OPTIONS)
    with pytest.raises(UsageError, match="expected_cost needs costs"):
        skdl.compare(MODELS, X, Y, metrics=["expected_cost"], **OPTIONS)


@pytest.mark.parametrize("labels", [np.array([0.0, 1.0]), np.array([False, True]), np.array(["a", "b"], dtype=object)])
def test_classes_may_be_of_any_type(labels):
    """In Python they are given as they are."""
    first, last = labels
    matrix = {first: {first: 0, last: 5}, last: {first: 0, last: -20}}
    by_class = skdl.compare(MODELS, X, labels[Y], costs={"matrix": matrix}, metrics=["expected_cost"], **OPTIONS)
    by_action = skdl.compare(MODELS, X, labels[Y], costs={**COSTS, "action": last}, metrics=["accuracy"], **OPTIONS)
    means = [one.leaderboard().loc["bayes", "expected_cost"] for one in (by_class, by_action)]
    assert means[0] == pytest.approx(means[1])
    assert by_action.summary.decisions.label == str(last)


def test_classes_of_a_file_are_read_as_they_are_written(tmp_path):
    """An unquoted No is text, 1 the label of a number; an error names the line."""
    rows = "\n".join(f"{value:.3f},{'No' if label else 'Yes'}" for value, label in zip(X[:, 0], Y, strict=True))
    (tmp_path / "table.csv").write_text(f"x,y\n{rows}\n", encoding="utf-8")
    file = tmp_path / "file.yaml"
    text = "data: {source: table.csv, target: y}\nmodels: [logistic]\ncompare:\n  costs:\n    action: CLASS\n"
    file.write_text(f"{text}    gain: 1\n    loss: 2\n".replace("CLASS", "No"), encoding="utf-8")
    spec = skdl.read_pipeline(file)
    assert spec.compare.costs.action == "No"
    spec.estimators()
    file.write_text(f"{text}    gain: 1\n    loss: 2\n".replace("CLASS", "Yess"), encoding="utf-8")
    with pytest.raises(PipelineFileError, match=r"file\.yaml:5:13: compare\.costs\.action: .* did you mean Yes\?"):
        skdl.read_pipeline(file).estimators()
