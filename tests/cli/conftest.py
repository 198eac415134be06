"""Fixtures of all tests here."""

from functools import partial

import pytest
from helpers.run_command import run_in


@pytest.fixture
def run(tmp_path):
    """Run a command in the folder of the test, in this process."""
    return partial(run_in, tmp_path)
