"""Diagnoses of network training in a comparison."""

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.ensemble import RandomForestRegressor

import skdl

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.uniform(-1.0, 1.0, size=(300, 2)), columns=["a", "b"])
Y = np.sign(X["a"]) * np.sign(X["b"]) + 0.1 * RNG.normal(size=300)  # no linear model can see it


def network_of(*compared, **options):
    """Compare models, and return what was read of the network."""
    (network,) = skdl.compare(*compared, **options, insight=False).summary.networks
    return network


@pytest.fixture(scope="module")
def too_small():
    """Compare a network without hidden layers with a forest on a nonlinear table."""
    network = skdl.KerasMLPRegressor(
        (), epochs=100, batch_size=16, learning_rate=0.01, validation_split=0.3, random_state=0
    )
    models = {"keras_mlp": network, "forest": RandomForestRegressor(50, random_state=0)}
    return network_of(models, X, Y + 3.0 * X["a"], cv=5, repeats=1, metrics=["rmse"])


@pytest.fixture(scope="module")
def undertrained(tmp_path_factory):
    """Run a pipeline file whose network stops far too early; one parameter of it is searched."""
    folder = tmp_path_factory.mktemp("file")
    X.assign(y=3 * X["a"] - X["b"]).to_csv(folder / "table.csv", index=False)
    model = {"params": {"epochs": 10, "learning_rate": 0.001, "validation_split": 0.2}, "search": {"l2": [0.0, 0.01]}}
    file = {
        "data": {"source": "table.csv", "target": "y"},
        "models": {"keras_mlp": model, "linear": {}},
        "compare": {"cv": {"folds": 3, "repeats": 1}, "tune": {"folds": 2}},
    }
    (folder / "t.yaml").write_text(yaml.safe_dump(file))
    return network_of(skdl.read_pipeline(folder / "t.yaml"), output_dir=folder / "out")


def test_a_healthy_curve_of_a_network_that_is_too_small_reads_underfit(too_small):
    """The forest does better on new rows than the network on its own."""
    codes = [reading.code for reading in too_small.readings]
    assert "underfit" in codes
    assert "healthy" not in codes


def test_each_curve_has_the_loss_of_a_constant_prediction(too_small):
    """About the variance of the scaled target."""
    assert [curve.baseline_loss for curve in too_small.curves] == [pytest.approx(1.0, rel=0.4)] * 5


def test_the_advice_is_a_piece_of_the_pipeline_file(undertrained):
    """With the settings of the file taken further."""
    change = next(reading.change for reading in undertrained.readings if reading.code == "undertrained")
    assert yaml.safe_load(change) == {"models": {"keras_mlp": {"params": {"epochs": 20}}}}


def test_without_a_file_there_is_nothing_to_paste_into(too_small):
    """The advice is then text only."""
    assert all(reading.change is None for reading in too_small.readings)


def test_a_network_is_not_judged_without_other_models():
    """A network alone cannot be called too small."""
    network = skdl.KerasMLPRegressor((), epochs=20, early_stopping=True, random_state=0)
    found = network_of({"keras_mlp": network}, X, Y, cv=5, repeats=1, metrics=["rmse"])
    assert "underfit" not in [reading.code for reading in found.readings]
