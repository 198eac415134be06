import skdl
from skdl.pipeline_tools import export_code


def test_the_command_prints_the_script_and_nothing_else(tmp_path, run):
    """So that it can be sent into a file; overrides count."""
    file = tmp_path / "fat.yaml"
    file.write_text("data: {source: 'builtin:blood_fat', target: blood_fat}\nmodels: {ridge: }\n")
    setting = "models.ridge.params.alpha=7"
    done = run("export-code", file, "--set", setting, columns=40)  # a long line stays one line on any screen
    assert (done.returncode, done.stdout) == (0, export_code(skdl.read_pipeline(file, [setting])))
    assert "Ridge(alpha=7, random_state=0)" in done.stdout
