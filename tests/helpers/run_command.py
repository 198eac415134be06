"""A command of skdl in this process, with its output."""

import contextlib
import io
import subprocess

import pytest

from skdl.cli import main


def run_in(folder, *arguments, columns=120):
    """Run a command in a folder, on a screen of that width, and return it as a process that has ended."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.chdir(folder)
        patch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
    for stream in (out, err):
        stream.seek(0)
    return subprocess.CompletedProcess(arguments, ended.value.code or 0, out.read(), err.read())
