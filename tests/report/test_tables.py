"""Tables of the report for programs."""

import csv
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from skdl.report import write_report
from skdl.results import Curve, Reason


@pytest.fixture
def read(written):
    """Read one of the report's tables."""
    return lambda name: list(csv.DictReader((written / name).read_text(encoding="utf-8").splitlines()))


def test_the_leaderboard_has_the_pinned_columns(read):
    """In their order; programs of others read them."""
    header = "model group rank rmse rmse_low rmse_high r2 r2_low r2_high p_vs_leader fit_s predict_s status"
    assert list(read("leaderboard.csv")[0])[: len(header.split())] == header.split()


@pytest.mark.parametrize("name", ["leaderboard.csv", "folds.csv"])
def test_columns_after_the_status_vary_between_runs_and_are_named_so(read, name):
    """A program that compares two runs leaves out what ends in ``_s`` or has ``memory`` in its name."""
    header = list(read(name)[0])
    costs = header[header.index("status") + 1 :]
    assert costs
    assert all(cost.endswith("_s") or "memory" in cost for cost in costs)


def test_the_leaderboard_holds_every_model_best_first(read):
    """The dummy and the failed one too, the latter without numbers."""
    rows = read("leaderboard.csv")
    assert [row["model"] for row in rows] == ["lightgbm", "keras_mlp", "ridge", "dummy", "svm"]
    assert (rows[-1]["status"], rows[-1]["rmse"], rows[-1]["rank"]) == ("failed", "", "")


def test_folds_have_the_pinned_columns(read):
    """A row a model, repeat and fold."""
    rows = read("folds.csv")
    assert list(rows[0]) == ["model", "repeat", "fold", "rmse", "r2", "fit_s", "predict_s", "status", "peak_memory_mb"]
    assert len(rows) == 13


def test_folds_keep_full_precision(read):
    """A third comes back as the same double."""
    assert float(read("folds.csv")[0]["r2"]) == 1 / 3


def test_nan_is_an_empty_cell(read):
    """Neither ``nan`` nor ``None``."""
    assert (read("folds.csv")[-1]["rmse"], read("folds.csv")[-1]["r2"]) == ("", "")


def test_results_hold_the_pinned_verdict(written):
    """Sentence, winner, reasons as short codes, recommended."""
    verdict = json.loads((written / "results.json").read_text(encoding="utf-8"))["verdict"]
    assert verdict["sentence"].startswith("lightgbm leads")
    assert (verdict["winner"], verdict["recommended"]) == (None, "ridge")
    assert verdict["reasons"] == ["not_significant", "failed_folds"]
    assert verdict["reason_details"][1]["sentence"] == "Some models failed on some folds: svm."


def test_results_hold_no_nan(plotless, tmp_path):
    """JSON has no NaN; null marks what could not be measured."""
    curve = Curve(0, 0, [1.0, math.inf, math.nan], None, None)
    broken = replace(plotless, networks=[replace(plotless.networks[0], curves=[curve])])
    write_report(broken, tmp_path)
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert results["networks"][0]["curves"][0]["loss"] == [1.0, None, None]


def test_results_hold_numpys_numbers_as_pythons(plotless, tmp_path):
    """Reasons and chosen parameters may come straight from a grid."""
    reasons = [Reason("few_folds", {"n_folds": np.int64(5), "needed": 10, "grid": (np.float32(0.5), np.str_("l2"))})]
    write_report(replace(plotless, verdict=replace(plotless.verdict, reasons=reasons)), tmp_path)
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert results["verdict"]["reason_details"][0]["values"] == {"n_folds": 5, "needed": 10, "grid": [0.5, "l2"]}
