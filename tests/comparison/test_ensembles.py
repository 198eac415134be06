"""Ensembles in a comparison: weights in the results, the saved model, and when they are fitted again."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import skdl
from skdl.analysis import is_cheaper
from skdl.catalogue import simplicity
from skdl.cross_validation import ComparisonStarted
from skdl.ensemble import BlendClassifier
from skdl.schema import describe_model
from skdl.tables import make_ice_cream

ICE = make_ice_cream(90, random_state=1)
MODELS = {
    "ridge": None,
    "tree": {"use": "decision_tree", "params": {"max_depth": 3}},
    "blend": {"of": ["ridge", "tree"]},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that compares models in one folder: the comparison, and the names of those it fitted."""
    folder = tmp_path_factory.mktemp("ensembles")
    ICE.to_csv(folder / "ice.csv", index=False)

    def compare(models=MODELS, **options):
        spec = skdl.PipelineSpec.model_validate(
            {
                "name": "ice",
                "data": {"source": str(folder / "ice.csv"), "target": "sales"},
                "models": models,
                "compare": {"cv": {"folds": 4, "repeats": 1}, "insight": False},
            }
        )
        started = []
        comparison = skdl.compare(
            spec,
            output_dir=folder / "out",
            listener=lambda event: started.append(event) if isinstance(event, ComparisonStarted) else None,
            **options,
        )
        return comparison, set(started[0].fitted)

    return compare


@pytest.fixture(scope="module")
def saved(run):
    """Compare them, and save the blend."""
    return run(save_model="blend")[0]


def test_results_and_the_saved_model_hold_the_weights(saved):
    """Means over the folds; and those of the fit on all rows, which predicts as their weighted mean."""
    (found,) = saved.summary.ensembles
    by_fold = [result.members for result in saved.comparison.by_model["blend"]]
    means = {name: np.mean([fold[name] for fold in by_fold]) for name in ("ridge", "tree")}
    assert (found.model, found.kind, found.n_folds) == ("blend", "blend", 4)
    assert {one.model: one.mean for one in found.members} == pytest.approx(means)
    written = json.loads((saved.folder / "results.json").read_text())
    assert written["ensembles"][0]["members"][0]["mean"] == found.members[0].mean
    weights = saved.summary.saved.members
    model = skdl.load_model(saved.folder / "model", sha256=saved.model_pin)
    parts = {name: part.predict(ICE) for name, part in model.pipeline_.named_estimators_.items()}
    assert sum(weights.values()) == pytest.approx(1.0)
    assert set(parts) == {name for name, weight in weights.items() if weight}
    np.testing.assert_allclose(model.predict(ICE), sum(weights[name] * part for name, part in parts.items()))
    assert type(model.pipeline_).__module__.startswith("sklearn")


def test_the_report_lists_the_weights(saved):
    page = (saved.folder / "report.md").read_text(encoding="utf-8")
    assert "| Model | Mean weight | Over the folds | With a weight in | Saved model |" in page
    assert "of 4 folds" in page
    assert "BlendRegressor(ridge, tree)" in page


def test_each_of_its_models_is_cheaper_than_a_blend(saved):
    """So that the recommendation prefers one that is about as good; by size, for times vary with the load."""
    estimators = saved.comparison.job.estimators
    costs = {name: replace(saved.comparison.cost(name), call_s=None, row_s=None) for name in estimators}
    ranks = {name: simplicity(estimator) for name, estimator in estimators.items()}
    assert [is_cheaper(name, "blend", costs, ranks) for name in ("ridge", "tree")] == [True, True]
    assert not is_cheaper("blend", "ridge", costs, ranks)


def test_the_columns_of_an_ensemble_are_those_of_its_models(saved):
    """With the categories that their encoder knows."""
    column = next(one for one in saved.summary.saved.columns if one.name == "weekday")
    assert set(column.categories) == set(ICE["weekday"].dropna())


def test_a_blend_is_fitted_again_only_if_one_of_its_models_changes(run, saved):
    """Another model beside it changes nothing; a kept model keeps its weights."""
    again, fitted = run({**MODELS, "knn": None}, save_model="blend")
    assert fitted == {"knn"}
    assert again.summary.saved.members == saved.summary.saved.members
    changed = {**MODELS, "ridge": {"params": {"alpha": 5}}}
    assert run(changed)[1] == {"ridge", "blend"}


def test_an_ensemble_of_python_has_the_schema_of_its_table():
    X, y = ICE[["temperature"]].fillna(20.0), np.where(ICE["sales"] > 200, "many", "few")
    model = BlendClassifier([("logistic", LogisticRegression()), ("bayes", GaussianNB())]).fit(X, y)
    schema, _ = describe_model(model, X, y)
    assert (schema.task, schema.classes, schema.has_proba) == ("classification", ("few", "many"), True)
