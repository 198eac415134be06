"""Writing a report into its folder."""

import pytest

from skdl.exceptions import OutputError
from skdl.report import write_report


def test_the_report_is_written_and_nothing_else(plotless, tmp_path):
    """No draft stays behind."""
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
    """It is the caller who makes folders."""
    with pytest.raises(OutputError, match="folder must exist"):
        write_report(plotless, tmp_path / "nowhere")


def test_a_place_that_cannot_be_written_is_one_clear_error(plotless, tmp_path):
    """A folder stands where the page should go."""
    (tmp_path / "report.html").mkdir()
    (tmp_path / "report.html" / "keep").touch()
    with pytest.raises(OutputError, match=r"report\.html must be writable"):
        write_report(plotless, tmp_path)
