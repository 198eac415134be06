import subprocess
import sys
from importlib.metadata import version

import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostRegressor, RandomForestRegressor, VotingClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

from skdl.catalogue import PACKAGES, catalogue, needs_scaling, simplicity
from skdl.exceptions import MissingExtraError, PipelineFileError

# Names that have been released: pipeline files use them, so they stay.
RELEASED = {
    "keras_mlp", "linear", "ridge", "lasso", "logistic", "knn", "svm", "decision_tree", "random_forest",
    "gradient_boosting", "hist_gradient_boosting", "xgboost", "lightgbm", "sklearn_mlp", "naive_bayes", "dummy",
}  # fmt: skip
TEXT = "task: {task}\ndata: {{source: builtin:iris, target: species}}\nmodels: {{m: {{use: {use}}}}}\n"


def test_the_catalogue_has_every_name_once_and_the_simplest_first():
    entries = catalogue()
    names = [entry.name for entry in entries]
    assert set(names) >= RELEASED
    assert len(set(names)) == len(names)
    assert [entry.rank for entry in entries] == sorted(entry.rank for entry in entries)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_a_network_is_marked_as_one(entry):
    classes = f"{entry.regression} {entry.classification}"
    assert entry.is_network == ("MLP" in classes)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_the_package_of_every_entry_is_listed_with_its_distribution(entry):
    """Its version is recorded with comparisons and saved models."""
    assert PACKAGES[entry.package.name] is entry.package
    if entry.extra is None:
        assert version(entry.package.distribution)


def test_a_model_without_a_class_for_a_task_names_an_alternative():
    """So that the message can offer it."""
    names = {entry.name: entry for entry in catalogue()}
    for entry in catalogue():
        for task in ("regression", "classification"):
            assert entry.path_for(task) or names[entry.instead].path_for(task)


@pytest.mark.parametrize(
    ("estimator", "rank"),
    [
        (LinearRegression(), 10),
        (RandomForestRegressor(), 50),
        (make_pipeline(MinMaxScaler(), LinearRegression()), 10),
        (GridSearchCV(make_pipeline(MinMaxScaler(), CalibratedClassifierCV(SVC())), {}), 40),
        (VotingClassifier([("one", SVC())]), 40),
        (AdaBoostRegressor(), 70),
    ],
    ids=["bare", "forest", "pipeline", "search", "vote", "unknown"],
)
def test_simplicity_is_that_of_the_model_inside_wrappers(estimator, rank):
    """Down to the class that the catalogue knows."""
    assert simplicity(estimator) == rank


@pytest.mark.parametrize(
    ("task", "use", "message"),
    [
        ("classification", "linear", "linear has no model for classification. Use logistic instead"),
        ("regression", "logistic", "logistic has no model for regression. Use linear instead"),
        ("regression", "random_forst", r"no such model: 'random_forst'; did you mean random_forest\?"),
        ("regression", "os.system", "must come from one of the packages catboost, interpret, lightgbm"),
        ("regression", "subprocess.Popen", "must come from one of the packages"),
        ("regression", "sklearn.utils.os.system", "there is no module 'sklearn.utils.os'"),
        ("regression", "sklearn.base.defaultdict", "comes from the package 'collections', which is not allowed"),
        ("regression", "sklearn.linear_model._base.LinearRegression", "a private name"),
        ("regression", "skdl.__main__.main", "a private name"),
        ("regression", "sklearn.metrics.r2_score", "must be a class; it is a function"),
        ("regression", "sklearn.preprocessing.MinMaxScaler", "must be a scikit-learn estimator with predict"),
        ("regression", "sklearn.svm.SRV", r"sklearn.svm has no 'SRV'; did you mean SVR\?"),
        ("regression", "sklearn.nowhere.SVR", "there is no module 'sklearn.nowhere'"),
        ("regression", "sklearn.svm.SVC", "sklearn.svm.SVC is no model for regression"),
        ("classification", "sklearn.svm.SVR", "sklearn.svm.SVR is no model for classification"),
        ("classification", "sklearn.cluster.KMeans", "is no model for classification"),
        ("classification", "sklearn.ensemble.VotingClassifier", "cannot be made from plain values"),
        ("regression", "skdl.exceptions.DataError", "must be a scikit-learn estimator"),
    ],
)
def test_a_disallowed_class_is_refused_with_its_position(read, task, use, message):
    """By its module and its base classes."""
    with pytest.raises(PipelineFileError, match=rf"x.yaml:3:19: models.m.use: .*{message}"):
        read(TEXT.format(task=task, use=use))


def test_a_refused_package_is_not_even_imported(read):
    """Importing runs code."""
    with pytest.raises(PipelineFileError):
        read(TEXT.format(task="regression", use="antigravity.Flight"))
    assert "antigravity" not in sys.modules


def test_a_dotted_class_of_an_allowed_package_is_used_as_it_is(read):
    """With the seed and nothing else."""
    spec = read(
        "data: {source: builtin:blood_fat, target: blood_fat}\nmodels: {m: {use: sklearn.svm.SVR, params: {C: 3}}}\n"
    )
    model = spec.estimators()["m"][-1]
    assert (type(model).__name__, model.C) == ("SVR", 3)


def test_another_package_is_allowed_by_the_caller_alone(read, tmp_path, monkeypatch):
    """Not by the file."""
    (tmp_path / "shop_models.py").write_text("from sklearn.linear_model import Ridge\nclass Till(Ridge): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    text = "task: regression\ndata: {source: builtin:iris, target: species}\nmodels: {m: {use: shop_models.Till}}\n"
    with pytest.raises(PipelineFileError, match="--allow-package"):
        read(text)
    assert read(text, allow_packages=["shop_models"]).models["m"].use == "shop_models.Till"


@pytest.mark.parametrize(
    ("use", "package", "message"),
    [
        ("xgboost", "xgboost", r"pip install 'skdl\[boosting\]'"),
        ("lightgbm", "lightgbm", r"pip install 'skdl\[boosting\]'"),
        ("catboost.CatBoostRegressor", "catboost", r"pip install 'skdl\[boosting\]'"),
        ("explainable_boosting", "interpret", r"pip install 'skdl\[interpret\]'"),
    ],
)
def test_a_missing_package_is_an_error_that_names_the_package_to_install(read, monkeypatch, use, package, message):
    """None in sys.modules is how Python marks a package as absent."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=message):
        read(TEXT.format(task="regression", use=use))


def test_the_catalogue_imports_no_model():
    """A name costs nothing until it is used."""
    models = "{'keras', 'xgboost', 'lightgbm', 'sklearn.svm'}"
    code = f"import sys, skdl.catalogue as c; c.catalogue(); print({models} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_every_entry_describes_when_to_use_it_and_whether_it_is_scaled(entry):
    """Full sentences; the reason for scaling agrees with the default."""
    assert entry.when.endswith(".")
    assert entry.scaling.endswith(".")
    assert entry.scaling.startswith("Indifferent") != entry.needs_scaling


def test_scaling_of_a_class_depends_on_its_type():
    """Not by the name it is reached by."""
    assert not needs_scaling("sklearn.ensemble._forest.RandomForestRegressor")
    assert needs_scaling("sklearn.svm.NuSVC")
    assert needs_scaling("some.unknown.Thing")
