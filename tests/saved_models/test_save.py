"""Saving: one folder, whole or not at all."""

import json

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdl.exceptions import OutputError, UsageError
from skdl.saved_models import load_model, read_manifest, save_model


def test_a_saved_model_predicts_as_the_live_one(forest, table, tmp_path):
    """To the last bit: nothing in it is frozen."""
    saved = save_model(forest, tmp_path / "model", X=table)
    loaded = load_model(saved.path, sha256=saved.sha256)
    np.testing.assert_array_equal(loaded.predict_proba(table), forest.predict_proba(table))


def test_a_loaded_model_has_its_column_names(forest, tmp_path):
    """`feature_names_in_`, through joblib too."""
    saved = save_model(forest, tmp_path / "model")
    assert list(joblib.load(saved.path / "model.joblib").feature_names_in_) == ["age", "children", "city", "sex"]


def test_the_manifest_describes_the_model(forest, table, tmp_path):
    """Readable by anyone, without unpickling."""
    save_model(forest, tmp_path / "model", X=table, metadata={"rmse": np.float64(1.5), "spread": float("nan")})
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema"]["task"] == "classification"
    assert manifest["metadata"] == {"rmse": 1.5, "spread": None}
    assert len(manifest["golden"]["predictions"]) == 8


def test_the_pin_is_the_manifests_digest(forest, tmp_path):
    """As `sha256sum manifest.json` prints it."""
    saved = save_model(forest, tmp_path / "model")
    assert read_manifest(saved.path).sha256 == saved.sha256


def test_saving_again_replaces_the_model(forest, line, tmp_path):
    """And leaves no other file in the folder above."""
    save_model(forest, tmp_path / "model")
    saved = save_model(line, tmp_path / "model")
    assert load_model(saved.path, sha256=saved.sha256).predict([[2.0, 0.0]]) == pytest.approx([6.0])
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_left_alone(line, tmp_path):
    """Never a folder of the user's own."""
    (tmp_path / "thesis.txt").write_text("two years of work")
    with pytest.raises(OutputError, match="must be a new folder, an empty one or a saved model"):
        save_model(line, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_a_save_that_fails_leaves_the_old_model(line, tmp_path):
    """Here the metadata cannot be written."""
    saved = save_model(line, tmp_path / "model")
    with pytest.raises(UsageError, match="metadata: must be plain JSON types; got 'object'"):
        save_model(line, tmp_path / "model", metadata={"run": object()})
    assert load_model(saved.path, sha256=saved.sha256)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_a_pipeline_that_cannot_be_pickled_is_refused(tmp_path):
    model = make_pipeline(FunctionTransformer(lambda X: X), LinearRegression()).fit(np.eye(2), [1.0, 2.0])
    with pytest.raises(UsageError, match="pipeline: must be possible to pickle"):
        save_model(model, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_path_that_cannot_be_written_is_an_output_error(line, tmp_path):
    """A file has the name of the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="the model cannot be written"):
        save_model(line, tmp_path / "file" / "model")


def test_neither_saving_nor_loading_a_classical_pipeline_imports_keras(commands, tmp_path):
    commands.output_of(
        "import sys, numpy as np; from sklearn.linear_model import LinearRegression; import skdl;"
        f"saved = skdl.save_model(LinearRegression().fit(np.eye(2), [1., 2.]), {str(tmp_path / 'model')!r});"
        "skdl.load_model(saved.path, sha256=saved.sha256);"
        "assert not {'keras', 'jax', 'scikeras'} & set(sys.modules)"
    )
