from pathlib import Path

import pytest

from skdl.pipeline import read_pipeline


@pytest.fixture
def read(tmp_path):
    """Write a pipeline file and read it."""

    def write_and_read(text, overrides=(), *, name="x.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_pipeline(path, overrides)

    return write_and_read


@pytest.fixture
def repository():
    """Give the folder that the project lies in."""
    return Path(__file__).parents[2]
