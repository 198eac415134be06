"""Versions: another minor one of scikit-learn is refused, or loaded and written into the log."""

import hashlib
import json

import pytest
import sklearn

from skdl.exceptions import ModelFileError
from skdl.saved_models import load_model, save_model

MAJOR, MINOR = sklearn.__version__.split(".")[:2]


def saved_with(version, line, path, **changes):
    """Save a model, let the manifest name another version, and return folder and pin."""
    save_model(line, path)
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["versions"] = {**manifest["versions"], "scikit-learn": version}
    for key, change in changes.items():
        manifest[key] = change(manifest[key])
    (path / "manifest.json").write_text(json.dumps(manifest))
    return path, hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest()


@pytest.mark.parametrize("version", ["1.2.3", f"{MAJOR}.{MINOR}0.0", f"{int(MAJOR) + 1}.{MINOR}.0", ""])
def test_another_minor_version_is_refused(line, tmp_path, version):
    """With both versions, and what to do."""
    path, pin = saved_with(version, line, tmp_path / "model")
    message = f"scikit-learn must be {version or 'named in the manifest'}, .*; got {sklearn.__version__}.*allow other"
    with pytest.raises(ModelFileError, match=message):
        load_model(path, sha256=pin)


def test_another_patch_is_the_same_minor_version(line, tmp_path, caplog):
    """And nothing is logged."""
    path, pin = saved_with(f"{MAJOR}.{MINOR}.99", line, tmp_path / "model")
    assert load_model(path, sha256=pin)
    assert not caplog.records


def test_an_allowed_version_is_written_into_the_log(line, tmp_path, caplog):
    """The old version, the installed one, and that the model is checked all the same."""
    path, pin = saved_with("1.2.3", line, tmp_path / "model")
    assert load_model(path, sha256=pin, allow_other_versions=True).predict([[1.0, 1.0]]) == pytest.approx([3.0])
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("skdl", "WARNING")
    assert f"scikit-learn 1.2.3, here {sklearn.__version__}" in record.getMessage()
    assert "reference predictions are still compared" in record.getMessage()


def test_an_allowed_version_must_still_predict_its_own_rows(line, tmp_path):
    """One prediction is off by a little."""

    def shifted(reference):
        return {**reference, "predictions": [reference["predictions"][0] + 0.01, *reference["predictions"][1:]]}

    path, pin = saved_with("1.2.3", line, tmp_path / "model", golden=shifted)
    with pytest.raises(ModelFileError, match="must give the predictions that are stored with it"):
        load_model(path, sha256=pin, allow_other_versions=True)


def test_trust_is_asked_before_versions(line, tmp_path):
    """Allowing versions does not replace trust."""
    path, _ = saved_with("1.2.3", line, tmp_path / "model")
    with pytest.raises(Exception, match="can be trusted"):
        load_model(path, allow_other_versions=True)
