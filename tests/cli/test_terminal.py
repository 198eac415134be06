"""Output on terminals with a limited encoding."""

import os
import subprocess
import sys

import pytest


def test_a_letter_that_the_terminal_cannot_encode_stops_no_run(tmp_path):
    """The letter is printed as its code point."""
    (tmp_path / "t.csv").write_text("가격,나이\n" + "".join(f"{n * 1.37},{n}\n" for n in range(40)), encoding="utf-8")
    (tmp_path / "t.yaml").write_text("data: {source: t.csv, target: 가격}\nmodels: {ridge: }\n", encoding="utf-8")
    asked = [sys.executable, "-m", "skdl", "check", "t.yaml", "--no-time"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\uac00\uaca9" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("command", [("init", "t.csv", "--target", "y"), ("check", "t.yaml", "--no-time")])
def test_a_terminal_shows_at_once_which_file_is_read(tmp_path, command):
    """Imports and table take seconds on a busy machine; a log needs no such line."""
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{n},{n * 1.37}\n" for n in range(40)))
    (tmp_path / "t.yaml").write_text("data: {source: t.csv, target: y}\nmodels: {ridge: }\n")
    reader, terminal = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "skdl", *command], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=terminal
    ) as process:
        os.close(terminal)
        first = os.read(reader, 100).decode()
        process.kill()
    os.close(reader)
    assert f"reading {command[1]}" in first
