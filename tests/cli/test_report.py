"""``skdl report``: render the page of a finished comparison again."""

import json
import shutil

import pytest

import skdl

PIPELINE = {
    "name": "fat",
    "data": {"source": "builtin:blood_fat", "target": "blood_fat"},
    "models": {"linear": None, "knn": None},
    "compare": {"cv": {"folds": 5, "repeats": 1}, "insight": False},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Run a small comparison into a folder."""
    folder = tmp_path_factory.mktemp("runs") / "fat"
    skdl.compare(skdl.PipelineSpec.model_validate(PIPELINE), output_dir=folder)
    return folder


def test_the_page_is_rendered_again_to_the_byte(finished, run):
    page = (finished / "report.html").read_bytes()
    (finished / "report.html").unlink()
    done = run("report", finished)
    assert (done.returncode, done.stdout.strip()) == (0, str(finished / "report.html"))
    assert (finished / "report.html").read_bytes() == page


def test_another_folder_gets_page_and_plots_only(finished, run, tmp_path):
    assert run("report", finished, "--out", tmp_path / "copy").returncode == 0
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["report.html", "report.md", "report_files"]


def test_the_report_keeps_the_language_of_the_file_and_no_fold_is_run_again(finished, run, tmp_path):
    shutil.copytree(finished, tmp_path / "korean")
    events = []
    spec = skdl.PipelineSpec.model_validate({**PIPELINE, "lang": "ko"})
    skdl.compare(spec, output_dir=tmp_path / "korean", listener=events.append)
    assert [(event.n_folds, len(event.resumed)) for event in events] == [(5, 15)]
    assert run("report", tmp_path / "korean").returncode == 0
    assert '<html lang="ko">' in (tmp_path / "korean" / "report.html").read_text()


def test_a_folder_without_results_is_bad_data(run, tmp_path):
    done = run("report", tmp_path)
    assert done.returncode == 65
    assert "Run `skdl compare FILE` first" in done.stderr


def test_an_unknown_language_is_refused(finished, run):
    """The message lists the known languages."""
    done = run("report", finished, "--lang", "tlh")
    assert done.returncode == 2
    assert "one of en, ko; got 'tlh'" in done.stderr


def test_results_that_were_changed_by_hand_are_bad_data(finished, run, tmp_path):
    """The message names the location of the fault."""
    results = json.loads((finished / "results.json").read_text())
    results["columns"] = "rmse"
    (tmp_path / "results.json").write_text(json.dumps(results))
    done = run("report", tmp_path)
    assert done.returncode == 65
    assert "columns: Input should be a valid list" in done.stderr


def test_the_schema_of_results_is_printed(run):
    assert json.loads(run("schema", "results").stdout)["title"] == "results.json of skdl"
