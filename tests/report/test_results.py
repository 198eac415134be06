"""results.json: its schema, and the way back to a summary."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator, ValidationError

from skdl.exceptions import DataError
from skdl.report import read_results, results_schema, write_report
from skdl.results import Curve, Layer, Pair


@pytest.fixture
def back(tmp_path):
    """Write a summary, and read it again."""

    def written_and_read(summary):
        write_report(summary, tmp_path)
        return read_results(tmp_path / "results.json")

    return written_and_read


def test_a_summary_is_read_back_unchanged(back, plotless):
    layers = [Layer("input", "13", [], 0), Layer("dense", "64", ["relu"], 896)]
    network = replace(plotless.networks[0], layers=layers)
    summary = replace(plotless, networks=[network], pairs=[Pair("lightgbm", "ridge", None)])
    assert back(summary) == summary


def test_the_report_of_read_results_is_the_same_page(written, tmp_path):
    write_report(read_results(written / "results.json"), tmp_path)
    for name in ("report.html", "report.md", "results.json", "report_files/folds.svg"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_nan_is_read_back_as_none(back, plotless):
    """It is null in JSON."""
    curve = Curve(1, 1, [1.0, float("nan")], None, None)
    read = back(replace(plotless, networks=[replace(plotless.networks[0], curves=[curve])]))
    assert np.isnan(read.networks[0].curves[0].loss[1])


def test_results_follow_their_schema(written):
    """As any validator of JSON Schema sees it."""
    results = json.loads((written / "results.json").read_text(encoding="utf-8"))
    schema = results_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    validator.validate(results)
    del results["verdict"]["sentence"]
    with pytest.raises(ValidationError, match="sentence"):
        validator.validate(results)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be JSON"),
        ("[]", "must be the results of a comparison"),
        ('{"format": 99, "verdict": {}}', "in format 3"),
        ('{"format": 3, "verdict": {}}', "name: Field required"),
        ("[" * 100_000, "must be JSON"),
    ],
    ids=["cut", "list", "later format", "empty", "deep"],
)
def test_other_files_are_one_clear_error(tmp_path, text, message):
    """The message names the remedy."""
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_results(path)


@pytest.mark.parametrize("lacking", ["models", "columns"])
def test_a_verdict_on_models_without_scores_is_one_clear_error(written, tmp_path, lacking):
    """As in a file that was edited by hand."""
    results = json.loads((written / "results.json").read_text(encoding="utf-8"))
    path = tmp_path / "results.json"
    path.write_text(json.dumps({**results, lacking: []}), encoding="utf-8")
    with pytest.raises(DataError, match=r"must name models that are there, with a score .*; got 'lightgbm'"):
        read_results(path)


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match=r"results\.json: must be a file that can be read"):
        read_results(tmp_path / "results.json")


def test_the_published_schema_is_that_of_this_version():
    """`skdl schema results > docs/results.schema.json` updates it."""
    published = Path(__file__).parents[2] / "docs" / "results.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == results_schema()
