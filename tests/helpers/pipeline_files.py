"""Fixtures that write pipeline files and read them."""

from pathlib import Path

import pytest

from skdl.pipeline import read_pipeline

__all__ = ["pipeline", "read", "repository"]


@pytest.fixture
def read(tmp_path):
    """Write a pipeline file and read it."""

    def write_and_read(text, overrides=(), *, name="x.yaml", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_pipeline(path, overrides, **options)

    return write_and_read


@pytest.fixture
def pipeline(read, tmp_path):
    """Make a pipeline on a table, from the sections of a file."""

    def make(frame, *, data="", target="y", models="{linear: }", more=""):
        frame.to_csv(tmp_path / "t.csv", index=False)
        return read(
            f"data: {{source: t.csv, target: {target}{', ' + data if data else ''}}}\nmodels: {models}\n{more}\n"
        )

    return make


@pytest.fixture
def repository():
    """Return the root folder of the project."""
    return Path(__file__).parents[2]
