"""Overhead of a whole comparison over `cross_validate` of the same estimators on the same folds.

One side is `skdl.compare` of a pipeline file: reading, folds, journal, verdict, report, the last fit and the saved
model. The other is scikit-learn's `cross_validate` with training scores and estimators returned, as in a script
without skdl. Both take turns in one process, after a short warm-up turn of each (imports, compiled programs).

    python benchmarks/compare_overhead.py [FILE] [turns]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import warnings
from time import perf_counter
from typing import TYPE_CHECKING

from sklearn.model_selection import cross_validate

import skdl

if TYPE_CHECKING:
    from skdl.pipeline import PipelineSpec

# scikit-learn's own scorers: it predicts once for all of them.
SCORERS = {
    "rmse": "neg_root_mean_squared_error",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "r2": "r2",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "f1_macro": "f1_macro",
    "roc_auc": "roc_auc",
    "log_loss": "neg_log_loss",
}


def whole(spec: PipelineSpec) -> tuple[float, list[tuple[list[int], list[int]]], float]:
    """Compare, and give seconds, the folds that were met, and the seconds that the folds took alone."""
    with tempfile.TemporaryDirectory() as folder:
        began = perf_counter()
        found = skdl.compare(spec, output_dir=folder)
        seconds = perf_counter() - began
    folds = [(split.train, split.test) for split in found.comparison.splits.members]
    return seconds, folds, found.summary.protocol.elapsed_s


def bare(spec: PipelineSpec, folds: list[tuple[list[int], list[int]]]) -> float:
    """Cross-validate every estimator on those folds, and give seconds."""
    X, y = spec.load()
    scoring = [SCORERS[name] for name in spec.compare.metrics or ["rmse", "mae", "mape", "r2"]]
    began = perf_counter()
    for estimator in spec.estimators(X, y).values():
        cross_validate(estimator, X, y, cv=folds, scoring=scoring, return_train_score=True, return_estimator=True)
    return perf_counter() - began


def main() -> None:
    """Take turns and print the ratios."""
    path = sys.argv[1] if len(sys.argv) > 1 else "benchmarks/diabetes_full.yaml"
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    warnings.simplefilter("ignore")
    spec = skdl.read_pipeline(path)
    ratios, folds_alone = [], []
    short = skdl.read_pipeline(path, ["compare.cv.folds=2", "compare.cv.repeats=1"])
    bare(short, whole(short)[1])
    for turn in range(turns):
        seconds, folds, comparison = whole(spec)
        by_hand = bare(spec, folds)
        ratios.append(seconds / by_hand)
        folds_alone.append(comparison / by_hand)
        print(
            f"turn {turn + 1}: whole {seconds:.1f} s, its folds {comparison:.1f} s, by hand {by_hand:.1f} s", flush=True
        )
    print(f"{path}: whole / by hand {statistics.median(ratios):.3f}, folds alone {statistics.median(folds_alone):.3f}")


if __name__ == "__main__":
    main()
