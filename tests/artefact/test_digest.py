"""Digests of blocks: of large files, compared in place of the whole one's."""

import hashlib
import json

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from skdl.artefact import load_model, read_manifest, save_model, verify_model
from skdl.exceptions import ModelFileError

MODEL = LinearRegression().fit(np.eye(3), [1.0, 2.0, 3.0])


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Save a model as a large one is saved, in blocks of 100 bytes."""
    monkeypatch.setattr("skdl.artefact._digest.BLOCKS_FROM", 0)
    monkeypatch.setattr("skdl.artefact._digest.BLOCK_SIZE", 100)
    saved = save_model(MODEL, tmp_path / "model")
    monkeypatch.undo()  # whoever loads it goes by the manifest alone
    return saved


def changed(saved, **changes):
    """Change the model's entry in the manifest; a key given as None goes."""
    path = saved.path / "manifest.json"
    plain = json.loads(path.read_text())
    entry = {**plain["files"]["model.joblib"], **changes}
    plain["files"]["model.joblib"] = {key: value for key, value in entry.items() if value is not None}
    path.write_text(json.dumps(plain))
    return saved.path


def test_a_large_file_has_a_digest_a_block(saved):
    """BLAKE2b of 32 bytes, as `b2sum -l 256` prints it, beside the SHA-256 of the whole."""
    content = (saved.path / "model.joblib").read_bytes()
    entry = json.loads((saved.path / "manifest.json").read_text())["files"]["model.joblib"]
    blocks = [content[start : start + 100] for start in range(0, len(content), 100)]
    assert entry["blocks"] == {
        "size": 100,
        "blake2b": [hashlib.blake2b(block, digest_size=32).hexdigest() for block in blocks],
    }
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert read_manifest(saved.path).manifest == saved.manifest


def test_a_small_file_has_size_and_sha256_alone(tmp_path):
    """Its manifest is as it was before there were blocks."""
    saved = save_model(MODEL, tmp_path / "model")
    assert set(json.loads((saved.path / "manifest.json").read_text())["files"]["model.joblib"]) == {"sha256", "size"}


def test_blocks_in_another_order_are_refused(saved):
    """The same bytes, and as many, are not the same model."""
    content = (saved.path / "model.joblib").read_bytes()
    (saved.path / "model.joblib").write_bytes(content[100:200] + content[:100] + content[200:])
    with pytest.raises(ModelFileError, match=r"must be .* bytes of sha256"):
        load_model(saved.path, sha256=saved.sha256)


def test_bytes_behind_the_last_block_are_refused(saved):
    """No block holds them; the size does."""
    with (saved.path / "model.joblib").open("ab") as file:
        file.write(b"more")
    with pytest.raises(ModelFileError, match=r"must be .* bytes of sha256"):
        verify_model(saved.path, sha256=saved.sha256)


def test_an_entry_without_blocks_is_compared_by_its_sha256(saved):
    """As models were saved before."""
    assert verify_model(changed(saved, blocks=None))
    with pytest.raises(ModelFileError, match=r"must be .* bytes of sha256"):
        verify_model(changed(saved, sha256="0" * 64))


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({"size": 100, "blake2b": []}, "of as many blocks as its size makes"),
        ({"size": 0, "blake2b": []}, "size must be positive"),
        ({"size": 100, "blake2b": ["0"]}, "must be 64 hexadecimal digits"),
        ({"size": 100}, "must have 'blake2b'"),
    ],
    ids=["none", "empty", "short", "lacking"],
)
def test_blocks_that_cannot_be_compared_are_refused(saved, blocks, message):
    """A file of which no block is named would pass for any other."""
    with pytest.raises(ModelFileError, match=message):
        verify_model(changed(saved, blocks=blocks))
