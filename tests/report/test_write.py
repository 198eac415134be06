"""Writing a report into its folder."""

import subprocess
import sys

import pytest

from skdl.exceptions import OutputError
from skdl.report import write_report


def test_the_report_is_written_and_nothing_else(plotless, tmp_path):
    """No temporary file is left."""
    write_report(plotless, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "folds.csv",
        "leaderboard.csv",
        "report.html",
        "report.md",
        "report_files",
        "results.json",
    ]


def test_a_missing_folder_is_one_clear_error(plotless, tmp_path):
    """The caller creates folders."""
    with pytest.raises(OutputError, match="folder must exist"):
        write_report(plotless, tmp_path / "nowhere")


def test_a_path_that_cannot_be_written_is_one_clear_error(plotless, tmp_path):
    """A folder has the name of the page."""
    (tmp_path / "report.html").mkdir()
    (tmp_path / "report.html" / "keep").touch()
    with pytest.raises(OutputError, match=r"report\.html must be writable"):
        write_report(plotless, tmp_path)


def test_rendering_imports_no_estimator_and_no_fit(written):
    """Text and pictures of every section come from plain values."""
    program = (
        "import sys; from pathlib import Path; from skdl.report import read_results, write_report\n"
        f"folder = Path({str(written)!r}); write_report(read_results(folder / 'results.json'), folder)\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'sklearn', 'keras', 'jax'}\n"
        "       or name.startswith(('skdl.cross_validation', 'skdl.estimators'))])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
