"""Loading: damage and other versions are refused."""

import hashlib
import json

import pytest

from skdl.exceptions import ModelFileError, NotTrustedError
from skdl.saved_models import load_model, read_manifest, save_model


@pytest.fixture
def saved(line, tmp_path):
    """Save a regression."""
    return save_model(line, tmp_path / "model")


def rewrite(saved, **changes):
    """Change keys of the manifest, and return its new pin."""
    path = saved.path / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("position", [0, 40, 200, -1])
def test_a_flipped_bit_in_the_model_is_refused(saved, position):
    content = bytearray((saved.path / "model.joblib").read_bytes())
    content[position] ^= 1
    (saved.path / "model.joblib").write_bytes(content)
    with pytest.raises(ModelFileError, match=r"must be .* bytes of blake3"):
        load_model(saved.path, sha256=saved.sha256)


def test_a_truncated_model_is_refused(saved):
    content = (saved.path / "model.joblib").read_bytes()
    (saved.path / "model.joblib").write_bytes(content[:-1])
    with pytest.raises(ModelFileError, match=r"must be .* bytes of sha256"):
        load_model(saved.path, trust_pickle=True)


def test_a_flipped_bit_in_the_manifest_breaks_the_pin(saved):
    """The pin is the manifest's digest."""
    content = bytearray((saved.path / "manifest.json").read_bytes())
    content[50] ^= 1
    (saved.path / "manifest.json").write_bytes(content)
    with pytest.raises(NotTrustedError, match="replaced, changed or damaged"):
        load_model(saved.path, sha256=saved.sha256)


def test_another_minor_version_of_scikit_learn_is_refused(saved):
    """It promises nothing for pickles of another one."""
    pin = rewrite(saved, versions={"scikit-learn": "1.2.3"})
    with pytest.raises(ModelFileError, match=r"scikit-learn must be 1\.2\.3, as when it was saved"):
        load_model(saved.path, sha256=pin)


def test_a_model_with_other_predictions_is_refused(saved):
    """Checked against its reference predictions."""
    reference = json.loads((saved.path / "manifest.json").read_text())["golden"]
    reference["predictions"][0] += 0.01
    pin = rewrite(saved, golden=reference)
    with pytest.raises(ModelFileError, match="must give the predictions that are stored with it"):
        load_model(saved.path, sha256=pin)


def test_a_manifest_of_a_later_format_is_refused(saved):
    """Never read half."""
    pin = rewrite(saved, format_version=2)
    with pytest.raises(ModelFileError, match="format must be 'skdl-model' 1; got 'skdl-model' 2"):
        load_model(saved.path, sha256=pin)


def test_a_manifest_cannot_name_files_outside_the_folder(saved):
    files = json.loads((saved.path / "manifest.json").read_text())["files"]
    pin = rewrite(saved, files={**files, "../other": files["model.joblib"]})
    with pytest.raises(ModelFileError, match="damaged manifest"):
        load_model(saved.path, sha256=pin)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"format": "skdl-model"}'])
def test_an_invalid_manifest_is_refused(saved, content):
    (saved.path / "manifest.json").write_bytes(content)
    with pytest.raises(ModelFileError, match="not the manifest of a saved model"):
        read_manifest(saved.path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="no saved model here"):
        load_model(tmp_path / "nowhere", trust_pickle=True)
