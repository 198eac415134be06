"""The examples of docs/pipeline-files.md."""

import re
from pathlib import Path

import pytest

from skdl.metrics import metric_names, resolve_metrics
from skdl.spec import CompareSpec, CvSpec, DataSpec, ModelSpec, PipelineFile, TuneSpec

PAGE = Path(__file__).parents[2].joinpath("docs", "pipeline-files.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
DATA = "data: {source: houses.csv, target: price}\n"
MODELS = "models: {random_forest: }\n"


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_every_example_is_valid(read, text, tmp_path, monkeypatch):
    """An example of one section, with the sections that every file needs."""
    missing = [section for section in (DATA, MODELS) if not re.search(f"^{section.split()[0]}", text, re.MULTILINE)]
    allowed = re.findall(r"--allow-package (\w+)", text)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mypackage.py").write_text("def cost_of_errors(y_true, y_pred):\n    return 0.0\n")
    assert read(text + "".join(missing), allow_packages=allowed).models


def test_the_example_of_inheritance_is_valid(read):
    read(EXAMPLES[0], name="houses.yaml")
    (text,) = re.findall(r"^    (extends:.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    spec = read(re.sub(r"^    ", "", text, flags=re.MULTILINE) + "\n")
    assert (list(spec.models)[-1], spec.compare.cv.folds) == ("svm", 5)


@pytest.mark.parametrize("section", [PipelineFile, DataSpec, ModelSpec, CompareSpec, CvSpec, TuneSpec])
def test_every_key_is_on_the_page(section):
    assert [key for key in section.model_fields if not re.search(rf"\b{key}\b", PAGE)] == []


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_metrics_on_the_page_are_described_as_in_the_package(task):
    """`just schema` writes them."""
    listed = re.findall(rf"^\| `(\w+)` \| {task} \| (.*) \|$", PAGE, re.MULTILINE)
    assert listed == [(metric.name, metric.description) for metric in resolve_metrics(metric_names(task), task)]
