"""Unreadable sources are bad input, whatever the reason."""

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from skdl import score_table
from skdl.exceptions import DataError, UsageError

UNPRIVILEGED_UID = 65534


@contextmanager
def rights_that_count():
    """Run as an unprivileged user, since root can read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(UNPRIVILEGED_UID)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def folder(logistic):
    """Return a folder with a table in a subfolder, readable by every user."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "in").mkdir()
    (place / "in" / "t.csv").write_text("children\n1\n")
    score_table(logistic, place / "in", place / "first")  # imports what is imported late
    yield place
    (place / "in").chmod(0o755)
    shutil.rmtree(place)


@pytest.mark.parametrize("closed", ["in", "in/t.csv"])
@pytest.mark.parametrize("name", ["in", "in/t.csv"])
def test_a_path_without_permission_is_bad_input(logistic, folder, closed, name):
    """A folder, or a file in it."""
    (folder / closed).chmod(0)
    with rights_that_count(), pytest.raises(DataError, match=r"in.*: (cannot|may not) be read"):
        score_table(logistic, folder / name, folder / "out")


def test_a_name_that_is_too_long_is_bad_input(logistic, tmp_path):
    """For a file of any system."""
    with pytest.raises(DataError, match="cannot be read"):
        score_table(logistic, "x" * 300 + ".csv", tmp_path / "out")


def test_links_in_a_circle_are_bad_input(logistic, tmp_path):
    """Which lead nowhere."""
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(DataError, match="cannot be read"):
        score_table(logistic, tmp_path / "a.csv", tmp_path / "out")


def test_a_pipe_has_another_error_than_a_missing_file(logistic, tmp_path):
    """The message names how to pass it."""
    os.mkfifo(tmp_path / "in.csv")
    with pytest.raises(DataError, match=r"is a pipe, .* Use standard input, with the name -"):
        score_table(logistic, tmp_path / "in.csv", tmp_path / "out")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
@pytest.mark.parametrize("name", ["", "in-\udcff.csv"], ids=["in a folder", "by name"])
def test_an_undecodable_name_is_bad_input(logistic, tmp_path, name):
    """It would be in the output."""
    (tmp_path / "in-\udcff.csv").write_text("children\n1\n")
    with pytest.raises(DataError, match=r"in-\\udcff.csv': the name must be text in UTF-8"):
        score_table(logistic, tmp_path / name, tmp_path / "out")


def test_a_closed_standard_input_is_bad_input(logistic, tmp_path, monkeypatch):
    """As a shell closes it."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="standard input: must be open"):
        score_table(logistic, "-", tmp_path / "out")


def test_an_empty_name_is_bad_input(logistic, tmp_path, monkeypatch):
    """It does not mean every table in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("children\n1\n")
    with pytest.raises(UsageError, match="the input must be a table; got ''"):
        score_table(logistic, "", tmp_path / "out")
