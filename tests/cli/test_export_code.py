import pytest

import skdl
from skdl.cli import main
from skdl.pipeline_tools import export_code


def test_the_command_prints_the_script_and_nothing_else(tmp_path, capsys, monkeypatch):
    """So that it can be sent into a file; overrides count."""
    monkeypatch.setenv("COLUMNS", "40")  # a long line stays one line however narrow the screen
    file = tmp_path / "fat.yaml"
    file.write_text("data: {source: 'builtin:blood_fat', target: blood_fat}\nmodels: {ridge: }\n")
    setting = "models.ridge.params.alpha=7"
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["export-code", str(file), "--set", setting])
    printed = capsys.readouterr().out
    assert printed == export_code(skdl.read_pipeline(file, [setting]))
    assert "Ridge(alpha=7, random_state=0)" in printed
