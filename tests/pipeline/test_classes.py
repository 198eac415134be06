import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl.exceptions import MissingExtraError, PipelineFileError
from skdl.weighted import ClassWeightedClassifier

RNG = np.random.default_rng(0)
N = 240
RARE = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "shop": np.arange(N) % 12})
RARE["left"] = np.where(RARE["a"] + RNG.normal(size=N) > 1.6, "yes", "no")
FEW = "compare: {cv: {folds: 3, repeats: 1}, metrics: [balanced_accuracy]}\n"


@pytest.fixture
def build(pipeline):
    """Build the models of a file on a table with a rare class."""

    def make(models, classes="", *, frame=RARE, target="left", data="drop: [shop]", more=FEW):
        spec = pipeline(frame, target=target, data=data, models=models, more=f"classes: {{{classes}}}\n{more}")
        return spec.estimators()

    return make


def test_class_weights_are_the_parameter_where_there_is_one(build):
    """A value given in the file is kept."""
    built = build("{logistic: , svm: {params: {class_weight: {'yes': 3}}}}", "balance: class_weight")
    assert built["logistic"][-1].class_weight == "balanced"
    assert built["svm"][-1].class_weight == {"yes": 3}


@pytest.mark.parametrize("name", ["gradient_boosting", "naive_bayes", "sklearn_mlp"])
def test_class_weights_become_sample_weights_where_fit_accepts_them(build, name):
    """The parameters of a search still reach the model."""
    search = {"gradient_boosting": "max_depth: [2]", "naive_bayes": "var_smoothing: [0.1]", "sklearn_mlp": "alpha: [1]"}
    found = build(f"{{{name}: {{search: {{{search[name]}}}}}}}", "balance: class_weight")[name]
    assert isinstance(found.estimator[-1], ClassWeightedClassifier)
    assert next(iter(found.param_grid[0])).startswith("model__estimator__")


def test_class_weights_go_inside_the_vote_that_encodes_classes(build):
    """XGBoost takes whole numbers alone."""
    pytest.importorskip("xgboost")
    model = build("{xgboost: {params: {n_estimators: 5}}}", "balance: class_weight")["xgboost"]
    assert isinstance(model[-1].estimators[0][1], ClassWeightedClassifier)
    X = RARE[["a", "b"]]
    assert set(model.fit(X, RARE["left"]).predict(X)) == {"yes", "no"}


def test_a_model_can_override_the_file_and_none_switches_off(build):
    """The dummy is never changed."""
    models = "{logistic: , ridge: {balance: none, threshold: f1}, knn: {threshold: none}}"
    built = build(models, "balance: class_weight, threshold: mcc")
    assert built["logistic"].scoring == "matthews_corrcoef"
    assert built["logistic"].estimator[-1].class_weight == "balanced"
    assert built["ridge"].estimator[-1].class_weight is None
    assert [type(built[name]) for name in ("knn", "dummy")] == [Pipeline, Pipeline]


def test_a_search_tries_the_model_as_it_will_be_used(build):
    """From the outside in: search, threshold, calibration, pipeline."""
    models = "{logistic: {search: {C: [1.0]}}}"
    found = build(models, "calibrate: isotonic, threshold: accuracy")["logistic"]
    layers = [found, found.estimator, found.estimator.estimator, found.estimator.estimator.estimator]
    expected = [GridSearchCV, TunedThresholdClassifierCV, CalibratedClassifierCV, Pipeline]
    assert [type(layer) for layer in layers] == expected
    assert found.param_grid == [{"estimator__estimator__model__C": [1.0]}]
    assert layers[2].method == "isotonic"


def test_a_threshold_that_is_tuned_equals_one_written_by_hand(build):
    """F1 of the second class of two, for any label."""
    X, y = RARE[["a", "b"]][:90], RARE["left"][:90]  # every row is a threshold to score
    model = build("{logistic: }", "threshold: f1", frame=RARE[:90])["logistic"]
    hand = Pipeline([("scale", MinMaxScaler()), ("model", LogisticRegression(max_iter=1000))])
    scoring = make_scorer(f1_score, pos_label="yes", zero_division=0)
    by_hand = TunedThresholdClassifierCV(hand, scoring=scoring, cv=model.cv).fit(X, y)
    assert model.fit(X, y).best_threshold_ == by_hand.best_threshold_


@pytest.mark.parametrize("classes", ["balance: class_weight", "threshold: balanced_accuracy"])
def test_the_requested_balance_finds_more_of_the_rare_class(build, classes):
    """Balanced accuracy on rows that were not trained on."""
    X, y, half = RARE[["a", "b"]], RARE["left"], np.arange(N) % 2 == 0
    scores = [
        balanced_accuracy_score(y[~half], model.fit(X[half], y[half]).predict(X[~half]))
        for model in (build("{logistic: }")["logistic"], build("{logistic: }", classes)["logistic"])
    ]
    assert scores[1] > scores[0] + 0.05


def test_a_classifier_is_calibrated_once(build):
    """A metric and the file may both ask for calibration."""
    more = FEW.replace("[balanced_accuracy]", "[log_loss]")
    found = build("{svm: {calibrate: isotonic}}", more=more)["svm"]
    assert type(found.estimator[-1]).__name__ == "SVC"
    assert found.method == "isotonic"


def test_a_classifier_on_resampled_rows_is_calibrated_on_the_original_rows(build):
    """Around the sampler, not behind it."""
    pytest.importorskip("imblearn")
    found = build("{svm: {balance: oversample}}", more=FEW.replace("[balanced_accuracy]", "[log_loss]"))["svm"]
    assert isinstance(found, CalibratedClassifierCV)
    assert [name for name, _ in found.estimator.steps] == ["preprocess", "balance", "model"]


@pytest.mark.parametrize("balance", ["oversample", "undersample", "smote"])
def test_rows_are_resampled_for_fitting_only(build, balance):
    """The tree sees as many rows of each class; every row gets a prediction."""
    pytest.importorskip("imblearn")
    model = build(f"{{decision_tree: {{balance: {balance}}}}}")["decision_tree"].fit(RARE[["a", "b"]], RARE["left"])
    root = model[-1].tree_.value[0, 0]
    np.testing.assert_allclose(root, [0.5, 0.5])
    assert len(model.predict(RARE[["a", "b"]])) == N


def test_smote_uses_no_more_neighbours_than_there_are(build):
    """Four rows of the rarest class leave two to a training part of three folds."""
    pytest.importorskip("imblearn")
    frame = RARE.assign(left=np.where(np.arange(N) % 60 == 0, "yes", "no"))
    found = build("{logistic: {balance: smote}}", frame=frame)["logistic"]
    assert found[1].k_neighbors == 1


def test_a_missing_package_is_named_with_the_command_to_install_it(build, monkeypatch):
    monkeypatch.setitem(sys.modules, "imblearn", None)
    message = r"models.knn.balance: smote needs imbalanced-learn.*pip install 'skdl\[imbalance\]'"
    with pytest.raises(MissingExtraError, match=message):
        build("{knn: {balance: smote}}")


@pytest.mark.parametrize(
    ("models", "classes", "message"),
    [
        ("{knn: }", "balance: smoot", r"classes.balance: must be .*; got 'smoot'; did you mean smote\?"),
        ("{knn: {balance: class_weight}}", "", "models.knn.balance: KNeighborsClassifier takes no class weights"),
        ("{knn: {threshold: roc_auc}}", "", "models.knn.threshold: .*; roc_auc is not one of them: only a metric of"),
        ("{knn: }", "threshold: log_loss", "classes.threshold: .*; log_loss is not one of them: only a metric of"),
        ("{knn: }", "threshold: recall", "recall is best where every row is predicted as the class"),
        ("{knn: }", "threshold: kapa", r"classes.threshold: must be .*; got 'kapa'; did you mean kappa\?"),
        ("{dummy: {threshold: f1}}", "", "models.dummy.threshold: the dummy is never changed"),
        ("{knn: }", "weights: 1", r"classes.weights: no such key. Keys here: balance, calibrate, threshold"),
    ],
)
def test_contradictory_settings_are_refused_when_the_file_is_read(pipeline, models, classes, message):
    with pytest.raises(PipelineFileError, match=message):
        pipeline(RARE, target="left", models=models, more=f"task: classification\nclasses: {{{classes}}}")


@pytest.mark.parametrize("task", ["task: regression", ""], ids=["declared", "inferred"])
def test_a_regression_has_no_classes(pipeline, task):
    """Reported as soon as the task is known."""
    more = f"{task}\nclasses: {{balance: class_weight}}"
    with pytest.raises(PipelineFileError, match=r"classes.balance: must be none for a regression.*'class_weight'"):
        pipeline(RARE, target="a", data="drop: [left]", models="{knn: }", more=more).estimators()


@pytest.mark.parametrize(
    ("models", "classes", "where"),
    [("{knn: {threshold: f1}}", "", "models.knn.threshold"), ("{knn: }", "threshold: f1", "classes.threshold")],
)
def test_a_threshold_needs_two_classes(build, models, classes, where):
    """Three classes are refused, at either key."""
    frame = RARE.assign(left=pd.cut(RARE["a"], 3, labels=["few", "some", "many"]).astype(str))
    with pytest.raises(PipelineFileError, match=f"{where}: must be none for 3 classes"):
        build(models, classes, frame=frame)


@pytest.mark.parametrize(
    ("models", "classes", "note"),
    [
        ("{knn: }", "balance: class_weight", "knn: not balanced, since it takes no class weights"),
        ("{svm: }", "balance: class_weight", "svm: calibrated for the metrics that need probabilities, which undoes"),
        ("{logistic: }", "balance: class_weight, calibrate: sigmoid", "logistic: calibrated, which undoes"),
    ],
)
def test_a_note_names_the_setting_that_a_model_does_not_support(pipeline, models, classes, note):
    """For a file that sets it for all models."""
    more = f"classes: {{{classes}}}\n{FEW.replace('balanced_accuracy', 'log_loss')}"
    notes = pipeline(RARE, target="left", models=models, more=more).load_table().notes
    assert any(item.text.startswith(note) for item in notes)
