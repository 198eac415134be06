"""The names that users rely on."""

import pytest

import skdl

NAMES = [
    "Comparison",
    "KerasMLPClassifier",
    "KerasMLPRegressor",
    "KerasRealMLPClassifier",
    "KerasRealMLPRegressor",
    "PipelineSpec",
    "TrainingCurveDisplay",
    "compare",
    "diagnose_training",
    "freeze",
    "load_model",
    "read_input",
    "read_pipeline",
    "save_model",
    "score_batches",
    "score_table",
    "trusted_types",
]


def test_the_top_level_names_are_these():
    """A change here is a change for every user."""
    assert skdl.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_can_be_had_and_is_documented(name):
    """Each resolves lazily."""
    assert getattr(skdl, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    """As in every module."""
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = skdl.nonsense
