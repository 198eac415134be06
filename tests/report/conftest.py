"""Small summaries made by hand: one of a regression, one of a classification."""

from dataclasses import replace

import pytest

from skdl.report import write_report
from skdl.results import (
    ClassErrors,
    ClassMeasures,
    Cloud,
    Curve,
    CurveReading,
    DataSummary,
    ErrorsSummary,
    FoldRow,
    Line,
    ModelRow,
    NetworkSummary,
    Price,
    Protocol,
    Reason,
    RegressionErrors,
    Score,
    ScoreColumn,
    Summary,
    VerdictSummary,
    WorstRow,
)


def model_row(name, rank, group, rmse, **changes):
    """Make a row whose RMSE interval is 0.3 wide."""
    scores = {
        "rmse": Score(rmse, round(rmse - 0.15, 4), round(rmse + 0.15, 4), 0.2),
        "r2": Score(1 - rmse / 10, 0.5, 0.9, 0.1),
    }
    row = ModelRow(name, f"about {name}", "ok", None, rank, group, scores, rmse - 3.21, 0.41, 0.25, 0.004)
    return replace(row, **changes)


def misses(**changes):
    """Make the errors of three rows."""
    errors = RegressionErrors(
        "lightgbm",
        Cloud([5.0, 20.0, 50.0], [7.0, 19.0, 44.0], [3.6, 51.4], [3.6, 51.4]),
        Cloud([7.0, 19.0, 44.0], [2.0, -1.0, -6.0], [5.9, 45.1], [-6.3, 2.3]),
        Line([7.0, 44.0], [0.5, -3.5]),
        [2.0, 4.4, 5.6, 6.0],
    )
    return replace(errors, **changes)


@pytest.fixture(scope="session")
def summary():
    """Four models: a leader, a tie, the dummy, and one that failed."""
    models = [
        model_row("lightgbm", 1, "a", 3.21, difference=None, p_vs_leader=None),
        model_row("keras_mlp", 2, "a", 3.25, is_network=True),
        model_row("ridge", 3, "a", 3.30, predict_s=0.0001),
        model_row("dummy", 4, "b", 9.0, is_dummy=True, p_vs_leader=1e-9),
        model_row(
            "svm", None, "", 0.0, status="failed", error="ValueError: no | such <kernel>", scores={}, p_vs_leader=None
        ),
    ]
    folds = [
        FoldRow(m.model, 1, 1 + k, {"rmse": m.scores["rmse"].mean + k / 30, "r2": 0.1 * k + 1 / 3}, 0.25, 0.004, "ok")
        for m in models[:4]
        for k in range(3)
    ]
    folds.append(FoldRow("svm", 1, 1, {"rmse": None, "r2": float("nan")}, None, None, "failed"))
    losses = [1 / epoch for epoch in range(1, 31)]
    curves = [Curve(1, fold + 1, losses, [loss + 0.1 + fold / 50 for loss in losses], 30 - fold) for fold in range(3)]
    return Summary(
        name="boston",
        created="2026-01-12T09:30:00Z",
        data=DataSummary(
            "data/boston.csv", "medv", "regression", 506, 13, 12, 1, 7, None, [5.0, 50.0], ["2 rows left out."]
        ),
        protocol=Protocol("k-fold", 10, 3, 0, ["keras_mlp"], 3, "ab" * 32, "cd" * 32, 120, 75.2),
        columns=[ScoreColumn("rmse", "RMSE", greater_is_better=False), ScoreColumn("r2", "R²", greater_is_better=True)],
        verdict=VerdictSummary(
            leader="lightgbm",
            winner=None,
            recommended="ridge",
            group=["lightgbm", "keras_mlp", "ridge"],
            runner_up="keras_mlp",
            difference=0.04,
            p_value=0.41,
            p_equivalent=0.3,
            reasons=[
                Reason("not_significant", {"runner_up": "keras_mlp", "difference": 0.04, "p_value": 0.41}),
                Reason("failed_folds", {"models": ["svm"]}),
            ],
            recommended_because="cheaper",
            price=Price("ridge", 0.09, -0.02, 0.2, 0.1, 400.0, 40.0, []),
            equivalence=0.1,
            preview=False,
        ),
        models=models,
        folds=folds,
        networks=[
            NetworkSummary(
                "keras_mlp", "13 -> 64 relu -> 1 linear", "mse", 961, curves, [CurveReading("overfitting", 0.8)]
            )
        ],
        versions={"skdl": "0.1.0", "keras": "3.15.0"},
        command="skdl compare pipelines/boston.yaml",
        model_pin="ef" * 32,
        errors=ErrorsSummary(
            n_rows=3,
            regression=[misses()],
            worst_columns=["rm", "chas"],
            worst=[WorstRow(3, 50.0, 44.0, [6.575, "no"]), WorstRow(1, 5.0, 7.0, [None, "yes"])],
        ),
    )


@pytest.fixture(scope="session")
def classes(summary):
    """Make the same comparison one between classes."""
    data = replace(summary.data, task="classification", class_counts={"no": 300, "yes": 206}, target_range=None)
    measures = [ClassMeasures(0.903, 0.933, 0.918, 300, 0.95), ClassMeasures(None, 0.854, None, 206, 0.95)]
    errors = ClassErrors("lightgbm", [[280, 20], [30, 176]], measures, "none")
    return replace(summary, data=data, errors=ErrorsSummary(506, ["no", "yes"], classification=[errors]))


@pytest.fixture(scope="session")
def plotless(summary):
    """Leave out all plots, for tests of texts."""
    network = replace(summary.networks[0], curves=[])
    return replace(summary, folds=[], errors=ErrorsSummary(), networks=[network])


@pytest.fixture(scope="session")
def written(summary, tmp_path_factory):
    """Write the report of the summary once, and give its folder."""
    folder = tmp_path_factory.mktemp("report")
    write_report(summary, folder)
    return folder


@pytest.fixture
def rendered(tmp_path):
    """Render a summary to its page and its Markdown; the space before % as in the strings."""

    def pages(summary):
        write_report(summary, tmp_path)
        texts = [(tmp_path / name).read_text(encoding="utf-8") for name in ("report.html", "report.md")]
        return [text.replace("\N{NO-BREAK SPACE}%", " %") for text in texts]

    return pages


@pytest.fixture
def markdown(rendered):
    """Render a summary to its Markdown."""
    return lambda summary: rendered(summary)[1]
