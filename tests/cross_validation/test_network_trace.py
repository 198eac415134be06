"""Networks in the results of folds: history and description, through all wrappers."""

import numpy as np
import pandas as pd
import pytest

import skdl
from skdl.cross_validation import final_estimator, trace_network

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"a": RNG.normal(size=120), "b": RNG.normal(size=120), "site": np.arange(120) // 4})
TABLE["left"] = np.where(TABLE["a"] > 0.5, "yes", "no")
NETWORK = {"params": {"epochs": 12, "hidden_layer_sizes": [4]}}


@pytest.fixture
def network(tmp_path):
    """Compare a network inside all wrappers that a pipeline file can ask for."""

    def fit(model, **data):
        TABLE.to_csv(tmp_path / "t.csv", index=False)
        spec = skdl.PipelineSpec.model_validate(
            {
                "name": "x",
                "data": {"source": str(tmp_path / "t.csv"), "target": "left", **data},
                "models": {"keras_mlp": model},
                "classes": {"calibrate": "sigmoid", "threshold": "balanced_accuracy"},
                "compare": {"cv": {"folds": 2, "repeats": 1}, "tune": {"folds": 2}},
            }
        )
        return skdl.compare(spec, insight=False)

    return fit


def test_a_network_is_found_inside_threshold_and_calibration(network):
    """With its training curve, in the report and in the refitted model."""
    found = network({**NETWORK, "search": {"l2": [0.0]}}, drop="site")
    (summary,) = found.summary.networks
    assert len(summary.curves) == 2
    fitted = found.refit(TABLE[["a", "b"]], TABLE["left"].to_numpy(), model="keras_mlp")
    assert final_estimator(fitted).n_iter_ == 12
    row = next(row for row in found.summary.models if row.model == "keras_mlp")
    assert str(row.description).endswith("calibrated, threshold tuned, tuned")


def test_of_several_calibrated_networks_none_is_traced(network):
    """Groups make calibration average copies."""
    found = network(NETWORK, groups="site")
    assert found.summary.networks == []
    assert found.folds()["status"].eq("ok").all()
    assert trace_network(found.comparison.models[0].estimator) is None


@pytest.mark.parametrize("early_stopping", [True, False])
def test_the_trace_names_the_kept_epoch_and_its_loss(early_stopping):
    """The best one where training restores its weights, else the last."""
    fitted = skdl.KerasMLPRegressor(
        (16,), epochs=60, learning_rate=0.05, early_stopping=early_stopping, validation_split=0.2, random_state=0
    ).fit(TABLE[["a"]], TABLE["b"])
    trace = trace_network(fitted)
    assert trace.kept_epoch == (fitted.best_epoch_ if early_stopping else fitted.n_iter_)
    assert trace.inference_loss == fitted.inference_loss_
    assert fitted.best_epoch_ < fitted.n_iter_
