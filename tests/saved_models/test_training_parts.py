import pickle

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.tree import DecisionTreeClassifier

import skdl
from skdl.boosting import BoostingClassifier
from skdl.ensemble import BlendClassifier
from skdl.metrics import Scorer, resolve_metrics
from skdl.tables import load_builtin
from skdl.weighted import ClassWeightedClassifier

TABLE = load_builtin("breast_cancer")
X, Y = TABLE.iloc[:, :5] / TABLE.iloc[:, :5].max(), np.where(TABLE.iloc[:, 0] > 18, "rare", "common")
LOAD = """
import sys, skdl
model = skdl.load_model({path!r}, sha256={pin!r})
others = ("imblearn", "skdl.boosting", "skdl.ensemble", "skdl.weighted", "keras")
print(type(model).__name__, [name for name in others if name in sys.modules])
"""


def assert_loads_without(model, path, commands):
    """Save a fitted model, and compare its predictions in another process and in this one with the live ones."""
    saved = skdl.save_model(model, path, X=X, y=Y)
    loaded = skdl.load_model(saved.path, sha256=saved.sha256)
    assert np.array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X), rtol=1e-5)
    printed = commands.output_of(LOAD.format(path=str(saved.path), pin=saved.sha256))
    assert printed.split(" ", 1)[1].strip() == "[]"
    return loaded


def sampling(model):
    """Put a sampler before a model."""
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline

    return make_pipeline(RandomOverSampler(random_state=0), model)


def test_a_saved_model_does_without_the_classes_that_weigh_and_stop_early(tmp_path, commands):
    """The classifier inside predicts the same."""
    boosting = BoostingClassifier(GradientBoostingClassifier(n_estimators=3), early_stopping=False)
    model = ClassWeightedClassifier(boosting).fit(X, Y)
    assert type(assert_loads_without(model, tmp_path / "model", commands).pipeline_) is GradientBoostingClassifier


def test_a_saved_model_does_without_imbalanced_learn(tmp_path, commands):
    """However deep the sampler sits; the template of each copy is a plain pipeline too."""
    pytest.importorskip("imblearn")
    inside = CalibratedClassifierCV(sampling(LogisticRegression(max_iter=5000)), cv=2, ensemble=False)
    model = TunedThresholdClassifierCV(inside, cv=2).fit(X, Y)
    loaded = assert_loads_without(model, tmp_path / "model", commands)
    assert [name for name, _ in loaded.estimator_.estimator.steps] == ["logisticregression"]
    assert "randomoversampler" in model.estimator_.estimator.named_steps


def test_a_network_is_frozen_inside_calibration_and_threshold(tmp_path, commands):
    """Neither Keras nor imbalanced-learn is needed to score."""
    pytest.importorskip("imblearn")
    network = skdl.KerasMLPClassifier((4,), epochs=20, random_state=0)
    inside = CalibratedClassifierCV(sampling(network), cv=2, ensemble=False)
    assert_loads_without(TunedThresholdClassifierCV(inside, cv=2).fit(X, Y), tmp_path / "model", commands)


def test_an_ensemble_is_saved_as_what_predicts_with_its_networks_frozen(tmp_path, commands):
    """Its scorer cannot be pickled, and its other parts are not needed."""
    scorer = Scorer(resolve_metrics(["roc_auc"], "classification")[0])
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(scorer)
    network = skdl.KerasMLPClassifier((4,), epochs=20, random_state=0)
    blend = BlendClassifier([("network", network), ("tree", DecisionTreeClassifier(max_depth=2))], cv=2, scoring=scorer)
    model = TunedThresholdClassifierCV(blend, cv=2).fit(X, Y)
    loaded = assert_loads_without(model, tmp_path / "model", commands)
    assert type(loaded.estimator_).__name__ == "VotingClassifier"
    assert loaded.estimator_.weights == [one for one in model.estimator_.weights_ if one]
