"""Changes to a pipeline file that a diagnosis suggests."""

import pytest
import yaml

import skdl
from skdl import KerasMLPClassifier, KerasMLPRegressor
from skdl.diagnosis import DIAGNOSES, changed_parameters, remedy_yaml

DEFAULTS = KerasMLPRegressor().get_params()
CODES = [code for code in DIAGNOSES if code != "healthy"]


@pytest.mark.parametrize(
    ("code", "present", "changed"),
    [
        ("diverged", {"learning_rate": 0.01}, {"learning_rate": 0.001}),
        ("flat_and_high", {"learning_rate": 0.001}, {"learning_rate": 0.003, "hidden_layer_sizes": [128, 64]}),
        ("jagged", {"learning_rate": 0.01}, {"learning_rate": 0.0033}),
        ("undertrained", {"epochs": 200}, {"epochs": 400}),
        ("overfitting", {"early_stopping": False}, {"early_stopping": True, "patience": 20}),
        ("overfitting", {"early_stopping": "auto"}, {"early_stopping": True, "patience": 20}),
        ("overfitting", {"early_stopping": True}, {"dropout": 0.2, "l2": 0.0001}),
        ("gap", {"dropout": 0.2, "l2": 0.0001}, {"dropout": 0.3, "l2": 0.001}),
        ("gap", {"dropout": 0.5, "l2": 0.1}, {}),
        ("jagged_validation", {"validation_split": None}, {"validation_split": 0.3}),
        ("jagged_validation", {"validation_split": 0.3}, {}),
        ("unscaled", {"target_scaling": None}, {"target_scaling": "standard"}),
        ("underfit", {"hidden_layer_sizes": (64, 4)}, {"hidden_layer_sizes": [128, 16]}),
        ("underfit", {"hidden_layer_sizes": ()}, {"hidden_layer_sizes": [32]}),
        ("underfit", {"hidden_layer_sizes": 20}, {"hidden_layer_sizes": [40]}),
        ("too_short", {"epochs": 5}, {"epochs": 20}),
        ("too_short", {"epochs": 200, "early_stopping": True, "patience": 3}, {"patience": 20}),
        ("too_short", {"epochs": 200, "early_stopping": "auto", "patience": 3}, {"patience": 20}),
        ("healthy", {}, {}),
    ],
)
def test_a_diagnosis_changes_the_parameters_that_cause_it(code, present, changed):
    """Starting from the given values, else the defaults."""
    assert changed_parameters(code, {**DEFAULTS, **present}) == changed


@pytest.mark.parametrize("code", CODES)
def test_searched_or_missing_parameters_are_unchanged(code):
    """Parameters that are not given are not guessed."""
    assert changed_parameters(code, {}) == {}


@pytest.mark.parametrize("present", [{"learning_rate": object()}, {"optimizer": object(), "learning_rate": 0.1}])
def test_a_schedule_or_an_optimizer_of_its_own_is_left_alone(present):
    """Neither takes its learning rate from a number in the file."""
    assert changed_parameters("diverged", present) == {}


def test_a_healthy_network_has_no_remedy():
    """A healthy network."""
    assert remedy_yaml("net", "healthy", DEFAULTS) is None


def test_unscaled_columns_are_scaled_for_this_model():
    snippet = yaml.safe_load(remedy_yaml("net", "unscaled", DEFAULTS))
    assert snippet == {"models": {"net": {"preprocess": {"numeric": {"scale": "standard"}}}}}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("task", ["regression", "classification"])
@pytest.mark.parametrize("present", [{}, {"early_stopping": True, "dropout": 0.2, "epochs": 3, "learning_rate": 1e-5}])
def test_every_snippet_fits_into_a_pipeline_file(code, task, present, tmp_path):
    """Read back by the reader of such files, with its values."""
    kind, source = (KerasMLPRegressor, "diabetes") if task == "regression" else (KerasMLPClassifier, "iris")
    parameters = {**kind().get_params(), **present}
    snippet = remedy_yaml("keras_mlp", code, parameters) or "models: {keras_mlp: {}}"
    target = "progression" if task == "regression" else "species"
    head = f"task: {task}\ndata: {{source: 'builtin:{source}', target: {target}}}\n"
    path = tmp_path / "file.yaml"
    path.write_text(head + snippet)
    assert skdl.read_pipeline(path).models["keras_mlp"].params == changed_parameters(code, parameters)
