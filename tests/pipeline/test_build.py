import importlib.util
import io

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score

from skdl.catalogue import catalogue
from skdl.exceptions import PipelineFileError
from skdl.metrics import Scorer, resolve_metrics
from skdl.tables import make_ice_cream

INSTALLED = [entry for entry in catalogue() if entry.extra is None or importlib.util.find_spec(entry.package.name)]
LIGHT = [entry for entry in INSTALLED if entry.name != "keras_mlp" and not entry.is_ensemble]
ICE = make_ice_cream(90, random_state=1)
CLASSES = ICE.assign(
    sales=pd.cut(ICE["sales"], [-np.inf, 120, 240, np.inf], labels=["few", "some", "many"]).astype(str)
)


@pytest.mark.parametrize("encode", ["onehot", "ordinal", "target"])
@pytest.mark.parametrize("scale", ["minmax", "standard", "robust", "piecewise", "quantile", "none"])
def test_every_preprocessing_accepts_missing_values_and_unknown_categories(pipeline, scale, encode):
    """A weekday not seen in training, and missing values in every column."""
    more = f"preprocess: {{numeric: {{scale: {scale}}}, categorical: {{encode: {encode}}}}}\n"
    spec = pipeline(ICE, target="sales", more=more)
    X, y = spec.load()
    model = spec.estimators(X, y)["linear"].fit(X, y)
    assert np.isfinite(model.predict(X.assign(weekday="Holiday"))).all()
    assert np.isfinite(model[0].transform(X)).all()


@pytest.mark.parametrize("entry", [entry for entry in LIGHT if entry.regression], ids=lambda entry: entry.name)
def test_every_regressor_of_the_catalogue_learns_mixed_columns(pipeline, entry):
    """The default metrics give no warning."""
    spec = pipeline(ICE, target="sales", models=f"{{{entry.name}: }}")
    X, y = spec.load()
    model = spec.estimators(X, y)[entry.name].fit(X, y)
    scores = {metric.name: Scorer(metric)(model, X, y) for metric in resolve_metrics(None, "regression")}
    assert scores["r2"] >= (0 if entry.name == "dummy" else 0.3)


@pytest.mark.filterwarnings("ignore:For multiclass we cannot currently visualize pairs")  # of interpret
@pytest.mark.parametrize("entry", [entry for entry in LIGHT if entry.classification], ids=lambda entry: entry.name)
def test_every_classifier_of_the_catalogue_predicts_the_names_of_the_classes(pipeline, entry):
    """Probabilities included, since a default metric needs them."""
    spec = pipeline(CLASSES, target="sales", models=f"{{{entry.name}: }}")
    X, y = spec.load()
    model = spec.estimators(X, y)[entry.name].fit(X, y)
    assert set(model.predict(X)) <= {"few", "some", "many"}
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-6)
    assert all(np.isfinite(Scorer(metric)(model, X, y)) for metric in resolve_metrics(None, "classification"))


def test_the_built_pipeline_equals_one_written_by_hand(pipeline):
    """Same folds, same scores."""
    frame = make_ice_cream(60, missing=0, weekday=False)
    spec = pipeline(frame, target="sales", more="preprocess: {numeric: {scale: none}}")
    X, y = spec.load()
    built = cross_val_score(spec.estimators(X, y)["linear"], X, y, cv=4)
    np.testing.assert_allclose(built, cross_val_score(LinearRegression(), X, y, cv=4))


def test_a_dummy_is_always_there_and_last(pipeline):
    """Unless the file names one, at any position."""
    assert list(pipeline(ICE, target="sales", models="{knn: , linear: }").estimators()) == ["knn", "linear", "dummy"]
    named = pipeline(ICE, target="sales", models="{baseline: {use: dummy}, knn: }")
    assert list(named.estimators()) == ["baseline", "knn"]


def test_every_random_model_is_seeded(pipeline):
    """By the seed of the folds; a seed of the file wins."""
    models = "{random_forest: , gradient_boosting: {params: {random_state: 5}}}"
    spec = pipeline(ICE, target="sales", models=models, more="compare: {cv: {seed: 7}}")
    built = spec.estimators()
    assert built["random_forest"][-1].random_state == 7
    assert built["gradient_boosting"][-1].estimator.random_state == 5


def test_parameters_reach_the_model_inside_its_wrapper(pipeline):
    """An SVM with probabilities is calibrated; parameters and search grid still reach it."""
    models = "{svm: {params: {C: 3}, search: {gamma: [0.1, scale]}}}"
    search = pipeline(CLASSES, target="sales", models=models).estimators()["svm"]
    assert search.estimator[-1].estimator.C == 3
    assert search.param_grid == [{"model__estimator__gamma": [0.1, "scale"]}]


def test_an_svm_is_left_alone_where_no_metric_needs_probabilities(pipeline):
    """Calibration costs five fits."""
    spec = pipeline(CLASSES, target="sales", models="{svm: }", more="compare: {metrics: [accuracy, roc_auc]}")
    assert type(spec.estimators()["svm"][-1]).__name__ == "SVC"


def test_a_fitted_pipeline_names_nothing_of_the_package_it_was_built_by(pipeline):
    """It must load without skdl.pipeline."""
    spec = pipeline(CLASSES, target="sales", models="{svm: , logistic: {search: {C: [0.1]}}}")
    X, y = spec.load()
    for model in spec.estimators(X, y).values():
        fitted = model.fit(X, y)
        content = io.BytesIO()
        joblib.dump(getattr(fitted, "best_estimator_", fitted), content)
        assert b"skdl" not in content.getvalue()


def test_a_task_inferred_from_the_table_is_checked(pipeline):
    """Linear regression for three classes; the error has the position in the file."""
    spec = pipeline(CLASSES, target="sales", models="{linear: , knn: }")
    with pytest.raises(PipelineFileError, match=r"x.yaml:2:10: models.linear: linear has no model for classification"):
        spec.estimators()


def test_a_network_of_keras_is_built_with_its_parameters(pipeline):
    """Lists of the file as tuples, the seed of the folds."""
    models = "{keras_mlp: {params: {hidden_layer_sizes: [8, 4], epochs: 3}}}"
    model = pipeline(ICE, target="sales", models=models).estimators()["keras_mlp"][-1]
    assert type(model).__name__ == "KerasMLPRegressor"
    assert (model.hidden_layer_sizes, model.epochs, model.random_state) == ((8, 4), 3, 0)


def test_a_model_whose_memory_grows_with_the_square_of_the_rows_refuses_many(pipeline):
    """Before anything is fitted, with the place in the file."""
    frame = pd.DataFrame({"x": np.arange(5001.0), "y": np.arange(5001.0) % 7})
    spec = pipeline(frame, models="{gp: {use: gaussian_process}}")
    with pytest.raises(PipelineFileError, match=r"x.yaml:2:\d+: models.gp: .* 5,000 rows at most.* got 5,001\. Remove"):
        spec.estimators()


def test_an_estimator_is_judged_by_its_methods_and_tags(pipeline):
    """CatBoost's classes have no base class of scikit-learn, and several names for one parameter."""
    pytest.importorskip("catboost")
    models = "{m: {use: catboost.CatBoostClassifier, params: {n_estimators: 5, random_seed: 3, depth: null}}}"
    spec = pipeline(CLASSES, target="sales", models=models)
    X, y = spec.load()
    model = spec.estimators(X, y)["m"].fit(X, y)
    assert set(model.predict(X)) == {"few", "some", "many"}
    defaults = {"thread_count": 1, "verbose": False, "allow_writing_files": False}
    assert model[-1].estimators[0][1].get_params() == {**defaults, "n_estimators": 5, "random_seed": 3}


def test_boosting_gets_categories_as_codes_unless_the_file_encodes_them(pipeline):
    """First among the columns; a category that training did not have is missing."""
    models = (
        "{codes: {use: hist_gradient_boosting, params: {max_iter: 5}}, "
        "onehot: {use: hist_gradient_boosting, params: {max_iter: 5}, preprocess: {categorical: {encode: onehot}}}}"
    )
    spec = pipeline(ICE, target="sales", models=models)
    X, y = spec.load()
    fitted = {name: model.fit(X, y) for name, model in spec.estimators(X, y).items()}
    assert fitted["codes"][-1].estimator_.is_categorical_.tolist() == [True, False, False, False]
    unknown = X.assign(weekday="Holiday")
    assert np.isnan(fitted["codes"][0].transform(unknown)[:, 0]).all()
    assert np.isfinite(fitted["codes"].predict(unknown)).all()
    assert fitted["onehot"][-1].is_categorical_ is None


def test_validation_rows_choose_the_number_of_rounds_unless_the_file_does(pipeline):
    """A number in the file is trained with the learning rate of the library."""
    models = "{free: {use: hist_gradient_boosting}, fixed: {use: hist_gradient_boosting, params: {max_iter: 7}}}"
    frame = make_ice_cream(60, missing=0, weekday=False)
    built = pipeline(frame, target="sales", models=models).estimators()
    free, fixed = built["free"][-1], built["fixed"][-1]
    assert (free.early_stopping, free.estimator.max_iter, free.estimator.learning_rate) == (True, 1000, 0.05)
    assert (fixed.max_iter, fixed.learning_rate, fixed.early_stopping) == (7, 0.1, "auto")
