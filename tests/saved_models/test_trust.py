"""Trust: nothing is unpickled before verification."""

import pytest

from skdl.exceptions import NotTrustedError, UsageError
from skdl.saved_models import load_model, save_model


def test_a_pin_is_checked_even_with_trust(line, tmp_path):
    saved = save_model(line, tmp_path / "model")
    with pytest.raises(NotTrustedError, match="must be the pin 0000"):
        load_model(saved.path, sha256="0" * 64, trust_pickle=True)


def test_trust_replaces_a_pin(line, tmp_path):
    """For a caller who trusts the folder."""
    saved = save_model(line, tmp_path / "model")
    assert load_model(saved.path, trust_pickle=True).predict([[1.0, 1.0]]) == pytest.approx([3.0])


def test_an_uppercase_pin_is_the_same_pin(line, tmp_path):
    """As some tools print it."""
    saved = save_model(line, tmp_path / "model")
    assert load_model(saved.path, sha256=saved.sha256.upper())


def test_a_malformed_pin_is_a_usage_error(line, tmp_path):
    """Not a model that was swapped."""
    saved = save_model(line, tmp_path / "model")
    with pytest.raises(UsageError, match="sha256: must be 64 hexadecimal digits; got 'abc'"):
        load_model(saved.path, sha256="abc")
