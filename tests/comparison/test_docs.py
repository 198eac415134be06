"""The examples and options of docs/comparing.md."""

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

import skdl
from skdl.cli import main
from skdl.cross_validation import ComparisonStarted, FoldFinished

PAGE = Path(__file__).parents[2].joinpath("docs", "comparing.md").read_text(encoding="utf-8")
OPTIONS = re.findall(r"^\|.*\| `(--[\w-]+)[^`]*` \| `(\w+)=", PAGE, re.MULTILINE)


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL), ids=str.split)
def test_python_examples_are_valid(block):
    compile(block, "comparing.md", "exec")


def test_every_option_is_one_of_the_command_and_of_the_function(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["compare", "--help"])
    assert len(OPTIONS) == 6
    assert {option for option, _ in OPTIONS} <= set(re.findall(r"--[\w-]+", capsys.readouterr().out))
    assert {parameter for _, parameter in OPTIONS} <= inspect.signature(skdl.compare).parameters.keys()


def test_the_events_have_the_attributes_of_the_example():
    names, started = ({field.name for field in fields(event)} for event in (FoldFinished, ComparisonStarted))
    assert set(re.findall(r"event\.(\w+)", PAGE)) == names
    assert "result" not in started
