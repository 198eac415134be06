"""Reference predictions: the tolerance of the comparison at loading."""

import json

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from skdl.exceptions import ModelFileError
from skdl.saved_models import load_model, save_model

X = np.random.default_rng(0).normal(size=(50, 2))
PRICES = np.column_stack([1e6 * X[:, 0], 0.01 * X[:, 1]])


def rewritten(saved, **changes):
    """Change the reference predictions in the manifest, and return the folder."""
    path = saved.path / "manifest.json"
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({**plain, "golden": {**plain["golden"], **changes}}))
    return saved.path


@pytest.fixture
def saved(tmp_path):
    """Save a regression of a large target and a small one."""
    return save_model(LinearRegression().fit(X, PRICES), tmp_path / "model", X=X, y=PRICES)


def test_a_small_target_next_to_a_large_one_is_checked(saved):
    """Its negated predictions differ by less than a millionth of the large target's scale."""
    turned = [[large, -small] for large, small in saved.manifest.reference.predictions]
    with pytest.raises(ModelFileError, match="must give the predictions that are stored with it"):
        load_model(rewritten(saved, predictions=turned), trust_pickle=True)


def test_each_target_has_its_scale(saved):
    """Its standard deviation over the rows it was fitted on."""
    assert saved.manifest.reference.scale == pytest.approx(PRICES.std(axis=0).tolist())


def test_one_target_has_one_scale(tmp_path):
    """As a number, whether the target is a column or a table of one."""
    for y in (PRICES[:, 0], PRICES[:, :1]):
        saved = save_model(LinearRegression().fit(X, y), tmp_path / "model", X=X, y=y)
        assert saved.manifest.reference.scale == pytest.approx(PRICES[:, 0].std())


def test_one_scale_for_several_targets_is_still_read(saved):
    """Models saved before had a single one."""
    assert load_model(rewritten(saved, scale=float(PRICES.std())), trust_pickle=True)


@pytest.mark.parametrize("scale", [[1.0, 1.0, 1.0], []], ids=["one too many", "none"])
def test_scales_that_are_not_one_a_target_are_refused(saved, scale):
    """With the predictions, for they cannot be compared."""
    with pytest.raises(ModelFileError, match="must give the predictions that are stored with it"):
        load_model(rewritten(saved, scale=scale), trust_pickle=True)


def test_classes_are_compared_in_addition_to_their_probabilities(tmp_path):
    """A changed threshold or class order leaves probabilities as they were."""
    model = LogisticRegression().fit(X, np.where(X[:, 0] > 0, "yes", "no"))
    saved = save_model(model, tmp_path / "model", X=X)
    turned = [{"yes": "no", "no": "yes"}[label] for label in saved.manifest.reference.predictions]
    for wrong in (turned, turned[:1] + saved.manifest.reference.predictions[1:], []):
        with pytest.raises(ModelFileError, match="must give the predictions that are stored with it"):
            load_model(rewritten(saved, predictions=wrong), trust_pickle=True)


def test_of_classes_that_are_equally_probable_either_will_do(tmp_path):
    """Rounding decides between them, and may decide otherwise elsewhere."""
    model = DummyClassifier(strategy="prior").fit(X, np.arange(len(X)) % 2)
    saved = save_model(model, tmp_path / "model", X=X)
    other = [1 - label for label in saved.manifest.reference.predictions]
    assert load_model(rewritten(saved, predictions=other), trust_pickle=True)


def test_a_single_class_is_tied_with_none(tmp_path):
    """There is no second probability."""
    saved = save_model(DummyClassifier().fit(X, ["a"] * len(X)), tmp_path / "model", X=X)
    assert load_model(saved.path, sha256=saved.sha256)
    with pytest.raises(ModelFileError, match="must give the predictions that are stored with it"):
        load_model(rewritten(saved, predictions=["b"] * len(saved.manifest.reference.predictions)), trust_pickle=True)
