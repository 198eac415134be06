"""Trust: nothing is unpickled before verification."""

import hashlib
import json
import pickle

import joblib
import pytest

from skdl.exceptions import NotTrustedError, UsageError
from skdl.saved_models import load_model, save_model


class Hostile:
    """A pickle that leaves a trace when it is loaded."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return (open, (str(self.trace), "w"))


@pytest.fixture
def hostile(line, tmp_path):
    """Swap a saved model for one that runs code, the manifest rewritten to match; give the honest one's pin."""
    saved = save_model(line, tmp_path / "model")
    content = pickle.dumps(Hostile(tmp_path / "trace"))
    (saved.path / "model.joblib").write_bytes(content)
    manifest = json.loads((saved.path / "manifest.json").read_text())
    manifest["files"]["model.joblib"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    (saved.path / "manifest.json").write_text(json.dumps(manifest))
    return saved


@pytest.mark.parametrize("pinned", [True, False], ids=["with the honest pin", "with no pin"])
def test_code_in_a_swapped_model_never_runs(hostile, pinned, tmp_path):
    """Refused before it is unpickled."""
    with pytest.raises(NotTrustedError, match="pin" if pinned else "can be trusted"):
        load_model(hostile.path, sha256=hostile.sha256 if pinned else None)
    assert not (tmp_path / "trace").exists()


def test_the_trace_would_show(hostile, tmp_path):
    """The same pickle does run where it is loaded unchecked."""
    joblib.load(hostile.path / "model.joblib").close()
    assert (tmp_path / "trace").exists()


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
