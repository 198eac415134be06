"""Digests of a model's files: SHA-256 for people, BLAKE3 to compare."""

import hashlib
import json

import numpy as np
import pytest
from blake3 import blake3
from sklearn.linear_model import LinearRegression

from skdl.exceptions import ModelFileError
from skdl.saved_models import load_model, read_manifest, save_model, sign_model, verify_model

MODEL = LinearRegression().fit(np.eye(3), [1.0, 2.0, 3.0])
WRONG = r"must be .* bytes of (sha256|blake3)"


@pytest.fixture
def saved(tmp_path):
    """Save a model."""
    return save_model(MODEL, tmp_path / "model")


def changed(saved, **changes):
    """Change the model's entry in the manifest; a key given as None is removed."""
    path = saved.path / "manifest.json"
    plain = json.loads(path.read_text())
    entry = {**plain["files"]["model.joblib"], **changes}
    plain["files"]["model.joblib"] = {key: value for key, value in entry.items() if value is not None}
    path.write_text(json.dumps(plain))
    return saved.path


def test_a_file_has_the_digests_that_common_commands_print(saved):
    """`sha256sum` and `b3sum`."""
    content = (saved.path / "model.joblib").read_bytes()
    entry = json.loads((saved.path / "manifest.json").read_text())["files"]["model.joblib"]
    assert entry == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "blake3": blake3(content).hexdigest(),
    }
    assert read_manifest(saved.path).manifest == saved.manifest


def test_a_model_of_before_is_compared_by_its_sha256(saved):
    """Its manifest has no BLAKE3."""
    assert load_model(changed(saved, blake3=None), trust_pickle=True)
    with pytest.raises(ModelFileError, match="bytes of sha256 0000"):
        load_model(changed(saved, sha256="0" * 64), trust_pickle=True)


def test_another_blake3_is_refused(saved):
    """It is the one that is compared, and the one that the message names."""
    with pytest.raises(ModelFileError, match="bytes of blake3 0000"):
        load_model(changed(saved, blake3="0" * 64), trust_pickle=True)


def test_verifying_and_signing_compare_both(saved, tmp_path):
    """Other tools may compare the SHA-256; loading compares the BLAKE3."""
    folder = changed(saved, sha256="0" * 64)
    assert load_model(folder, trust_pickle=True)
    for check in (verify_model, sign_model):
        with pytest.raises(ModelFileError, match="bytes of sha256 0000"):
            check(folder)


def test_a_size_that_is_not_the_files_is_refused(saved):
    """Though both digests are."""
    with pytest.raises(ModelFileError, match="must be 1 bytes of sha256"):
        load_model(changed(saved, size=1), trust_pickle=True)


@pytest.mark.parametrize("digits", ["0", "G" * 64, 7], ids=["short", "letters", "number"])
def test_a_malformed_digest_is_refused(saved, digits):
    """The manifest is not trusted."""
    with pytest.raises(ModelFileError, match=r"blake3 must be (64 hexadecimal digits|text)"):
        verify_model(changed(saved, blake3=digits))
