import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, StratifiedKFold, TimeSeriesSplit

from skdl.cross_validation import ComparedModel, FoldTask, Job, Table, draw_splits
from skdl.exceptions import PipelineFileError, UsageError
from skdl.metrics import Scorer, resolve_metrics
from skdl.pipeline import n_fits, read_pipeline
from skdl.pipeline_tools import export_code
from skdl.tables import make_ice_cream

ICE = make_ice_cream(90, random_state=1)
CLASSES = ICE.assign(sales=np.where(ICE["sales"] > 200, "many", "few"))
HEAD = "task: regression\ndata: {source: builtin:blood_fat, target: blood_fat}\nmodels:\n"


def test_an_ensemble_takes_all_other_models_but_the_dummy_and_ensembles(pipeline):
    spec = pipeline(ICE, target="sales", models="{dummy: , blend: , ridge: , stacking: , knn: }")
    models = spec.estimators()
    assert [name for name, _ in models["blend"].estimators] == ["ridge", "knn"]
    assert [name for name, _ in models["stacking"].estimators] == ["ridge", "knn"]


def test_each_model_keeps_its_own_preprocessing_parameters_and_search(pipeline):
    tree = "tree: {use: decision_tree, params: {max_depth: 3}}"
    models = f"{{ridge: {{search: {{alpha: [0.1, 1]}}}}, {tree}, svm: , blend: {{of: [tree, ridge]}}}}"
    found = pipeline(ICE, target="sales", models=models).estimators()
    members = dict(found["blend"].estimators)
    assert list(members) == ["ridge", "tree"]
    assert isinstance(members["ridge"], GridSearchCV)
    assert repr(members["tree"]) == repr(found["tree"])


@pytest.mark.parametrize("use", ["blend", "stacking"])
def test_classes_get_probabilities_from_models_that_have_none(pipeline, use):
    """Calibrated as for a metric of probabilities, which is not asked for here; the default metrics are defined."""
    more = "compare: {metrics: [accuracy], tune: {folds: 2}}\nclasses: {threshold: f1, balance: class_weight}\n"
    spec = pipeline(CLASSES, target="sales", models=f"{{ridge: , decision_tree: , {use}: }}", more=more)
    X, y = spec.load()
    model = spec.estimators(X, y)[use].fit(X, y)
    assert type(model).__name__ == "TunedThresholdClassifierCV"
    assert set(model.predict(X)) == {"few", "many"}
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)
    assert all(np.isfinite(Scorer(metric)(model, X, y)) for metric in resolve_metrics(None, "classification"))


def test_the_inner_folds_and_the_metric_are_those_of_searches(pipeline):
    more = "compare: {tune: {folds: 4}, metrics: [balanced_accuracy]}\n"
    blend = pipeline(CLASSES, target="sales", models="{logistic: , knn: , blend: }", more=more).estimators()["blend"]
    assert isinstance(blend.cv, StratifiedKFold)
    assert (blend.cv.get_n_splits(), blend.scoring.metric.name) == (4, "balanced_accuracy")
    assert n_fits(blend, 10) == 10 * 2 * 5


def test_the_inner_folds_follow_time(pipeline):
    ordered = ICE.assign(day=pd.date_range("2020-01-01", periods=len(ICE)).astype(str))
    blend = pipeline(ordered, target="sales, time: day", models="{ridge: , knn: , blend: }").estimators()["blend"]
    assert isinstance(blend.cv, TimeSeriesSplit)


PAIR = "  ridge:\n  knn:\n"
MISTAKES = {
    "unknown": (
        "  a: {use: ridge}\n  b: {use: blend, of: [a, rigde]}\n",
        "x.yaml:5:27: models.b.of.1: must be the name",
    ),
    "near": (f"{PAIR}  b: {{use: blend, of: [knn, rigde]}}\n", r"models.b.of.1: .* got 'rigde'; did you mean ridge\?"),
    "itself": (f"{PAIR}  blend: {{of: [ridge, blend]}}\n", "models.blend.of.1: .* that is no ensemble; got 'blend'"),
    "ensemble": (f"{PAIR}  blend:\n  stacking: {{of: [ridge, blend]}}\n", "models.stacking.of.1: .* no ensemble"),
    "one": ("  ridge:\n  blend:\n", "x.yaml:5:3: models.blend: an ensemble must have two models or more; got 1"),
    "one_named": (f"{PAIR}  blend: {{of: knn}}\n", "models.blend.of: an ensemble must have two models or more; got 1"),
    "twice": (f"{PAIR}  blend: {{of: [knn, knn]}}\n", "models.blend.of: names must be distinct; got 'knn' twice"),
    "no_ensemble": ("  ridge:\n  knn: {of: [ridge]}\n", "x.yaml:5:9: models.knn.of: of is for an ensemble"),
    "search": (f"{PAIR}  blend: {{search: {{n_steps: [1, 2]}}}}\n", "models.blend.search: search is for the models"),
    "scale": (
        f"{PAIR}  blend: {{preprocess: {{numeric: {{scale: none}}}}}}\n",
        "models.blend.preprocess: preprocess is",
    ),
    "cv": (f"{PAIR}  blend: {{params: {{cv: 5}}}}\n", "models.blend.params.cv: cv .* follows from compare.tune.folds"),
    "steps": (
        f"{PAIR}  blend: {{params: {{n_steps: 0}}}}\n",
        "models.blend.params.n_steps: must be an int in the range",
    ),
    "name": ("  weights: {use: ridge}\n  knn:\n  blend:\n", "models.weights: a model .* must have another name"),
    "kind": ("  ridge:\n  svc: {use: sklearn.svm.SVC}\n  blend:\n", "models.svc.use: .* is no model for regression"),
}


@pytest.mark.parametrize(("models", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_an_ensemble_is_one_line_with_its_place(read, models, message):
    with pytest.raises(PipelineFileError, match=message) as error:
        read(HEAD + models)
    assert len(str(error.value).splitlines()) == 1


def test_no_script_is_written_for_an_ensemble(pipeline):
    with pytest.raises(UsageError, match=r"export-code: ensembles .* got blend. Take it away: --set models.blend=null"):
        export_code(pipeline(ICE, target="sales", models="{ridge: , knn: , blend: }"))


def test_a_default_search_of_an_ensemble_is_refused_like_any_other(pipeline):
    with pytest.raises(
        PipelineFileError, match=r"models.blend.search: search is for the models of an ensemble"
    ) as caught:
        pipeline(ICE, target="sales", models="{ridge: , knn: , blend: {search: default}}")
    assert len(str(caught.value).splitlines()) == 1


def test_several_targets_are_refused(pipeline):
    two = ICE.assign(other=ICE["sales"] * 2)
    with pytest.raises(PipelineFileError, match=r"models.blend: an ensemble predicts one target"):
        pipeline(two, target="[sales, other]", models="{ridge: , knn: , blend: }").estimators()


def test_the_rows_of_a_test_fold_never_reach_a_fit(tmp_path, monkeypatch):
    """Each fit of a model of the ensemble, in each fold, is on training rows of that fold alone."""
    (tmp_path / "own_models.py").write_text(RECORDER)
    monkeypatch.syspath_prepend(tmp_path)
    table = make_ice_cream(90, missing=0, weekday=False).assign(
        number=np.arange(len(ICE)) + 0.25, shop=np.arange(len(ICE)) // 5
    )
    table.to_csv(tmp_path / "ice.csv", index=False)
    (tmp_path / "p.yaml").write_text(
        "task: regression\ndata: {source: ice.csv, target: sales, groups: shop}\n"
        "preprocess: {numeric: {scale: none, impute: median}}\n"
        "models: {one: {use: own_models.Recorder, search: {alpha: [1.0, 2.0]}}, knn: , blend: , stacking: }\n"
        "compare: {cv: {folds: 3, repeats: 1}, tune: {folds: 2}}\n"
    )
    spec = read_pipeline(tmp_path / "p.yaml", allow_packages=["own_models"])
    loaded = spec.load_table()
    models = tuple(ComparedModel(*one) for one in spec.estimators(loaded.X, loaded.y, loaded.plan).items())
    splits = draw_splits(loaded.plan, loaded.y, groups=loaded.groups)
    job = Job(models, Table.from_loaded(loaded), splits, tuple(resolve_metrics(["rmse"], "regression")))
    import own_models

    shops = table["shop"].to_numpy()
    for model, number in ((2, 0), (3, 2)):
        own_models.FITS.clear()
        assert job.run(FoldTask(model, number)).error is None
        allowed = set(splits.members[number].train.tolist())
        # Two inner folds and all rows, in each a search of two folds, two candidates, and the best one.
        assert len(own_models.FITS) == (2 + 1) * (2 * 2 + 1)
        # Shops stay whole, also two levels in.
        assert all(rows == {row for row in allowed if shops[row] in shops[[*rows]]} for rows in own_models.FITS)
        assert set.union(*own_models.FITS) == allowed


RECORDER = """
import numpy as np
from sklearn.linear_model import Ridge
FITS = []
class Recorder(Ridge):
    def fit(self, X, y, sample_weight=None):
        column = next(j for j in range(X.shape[1]) if (X[:, j] % 1 == 0.25).all())
        FITS.append(set(X[:, column].astype(int).tolist()))
        return super().fit(X, y, sample_weight)
"""
