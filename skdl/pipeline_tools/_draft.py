"""Draft of a pipeline file for a table (``skdl init``), with the reason for each choice as a comment.

``draft.yaml.jinja`` has the text; here are the choices that depend on the table.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from skdl._source_name import is_local
from skdl.exceptions import DataError
from skdl.pipeline import infer_task
from skdl.pipeline_tools._survey import Survey, survey_table
from skdl.pipeline_tools._templates import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# With fewer rows than this a network of the usual size overfits, and a validation set is too small.
_SMALL = 200
_LARGE = 10_000
_VERY_LARGE = 50_000
_FEWEST_TO_CALIBRATE = 3
_MANY_COLUMNS = 200  # with more of them boosting takes minutes a fit
_UNBALANCED = 0.2
_MANY_CATEGORIES = 15
_NAMES_A_COMMENT = 4
_WIDTH = 108


@dataclass(frozen=True)
class _Goal:
    """What is predicted from how much: the choice of models, folds and metrics depends on it."""

    names: tuple[str, ...]
    task: str
    reason: str  # for the task
    n_rows: int
    n_columns: int
    class_sizes: tuple[int, ...] = ()  # the largest first
    has_zeros: bool = True

    @property
    def is_large(self) -> bool:
        """Whether training times that grow faster than the number of rows are too long."""
        return self.n_rows > _LARGE


def draft_pipeline(
    source: str, target: Sequence[str], *, file: str | Path = "pipeline.yaml", name: str | None = None
) -> str:
    """Write a commented pipeline file for a table; it runs as it is.

    ``source`` is a table as ``data.source`` takes it, with a path from the working directory; in the text the path
    starts at the folder of ``file``. Several columns in ``target`` make a multi-output regression. Identifiers, names
    and free text are dropped, with the reason; separator, decimal mark, dates and words for missing values are
    detected.

    >>> print(draft_pipeline("builtin:iris", ["species"])[:59])
    # iris: predict species from 4 columns of 150 rows.
    # Draft
    """
    survey = survey_table(source, target)
    goal = _goal_of(source, survey, tuple(target))
    repeated = {
        column: f"an identifier with {number:,} different values; if its rows belong together, use groups: instead"
        for column, number in survey.repeated.items()
    }
    folds, why_folds = _folds(goal)
    metrics, why_metrics = _metrics(goal)
    return render(
        "draft.yaml.jinja",
        title=name or table_name(source),
        goal=goal,
        size=f"{_count(goal.n_columns, 'column')} of {_count(goal.n_rows, 'row')}",
        source=_from_folder(source, Path(file).parent),
        survey=survey,
        reading=survey.reading,
        dropped={**survey.dropped, **repeated},
        has_missing=survey.frame.isna().to_numpy().any(),
        many_categories=[name for name in survey.categorical if survey.frame[name].nunique() > _MANY_CATEGORIES],
        network=_network(goal),
        models=_models(goal),
        folds=folds,
        why_folds=why_folds,
        metrics=metrics,
        why_metrics=f"the first one ranks{why_metrics}",
        pair=_pair,
        flow=_flow,
        listed=_listed,
    )


def _goal_of(source: str, survey: Survey, names: tuple[str, ...]) -> _Goal:
    y = survey.frame[list(names)].dropna()
    # All columns that are no features: targets, dropped, constant and repeated ones.
    dropped = len(names) + len(survey.dropped) + len(survey.constant) + len(survey.repeated)
    size = (len(y), survey.frame.shape[1] - dropped)
    if len(names) > 1:
        return _Goal(names, "regression", "several targets", *size)
    column: pd.Series = y[names[0]]
    task = infer_task(column)
    counts = column.value_counts()
    if task == "regression":
        has_zeros = bool((column == 0).any())
        return _Goal(names, task, f"{len(counts):,} different numbers", *size, has_zeros=has_zeros)
    if len(counts) == 1:
        raise DataError(
            f"{source}: target {names[0]!r} must have different values; every row has {counts.index[0]!r}. "
            "Choose another."
        )
    if counts.min() == 1:
        raise DataError(
            f"{source}: target {names[0]!r}: each class must have at least two rows; {counts.index[-1]!r} has one. "
            "Merge the class with another, or leave out its row."
        )
    shares = counts / len(y)
    listed = ", ".join(f"{label}: {share:.0%}" for label, share in shares.head(4).items())
    more = ", ..." if len(counts) > 4 else ""  # as many as are listed
    return _Goal(names, task, f"{len(counts)} classes ({listed}{more})", *size, tuple(counts.tolist()))


def table_name(source: str) -> str:
    """Name a pipeline after its table.

    >>> table_name("data/boston.csv.gz"), table_name("builtin:ice_cream?noise=0")
    ('boston', 'ice_cream')
    """
    stem = source.partition("?")[0].rstrip("/").replace("\\", "/").rpartition("/")[2].rpartition(":")[2]
    kept = "".join(
        letter if letter.isprintable() and letter not in '*?"<>|' else "_" for letter in stem.partition(".")[0]
    )
    return kept.strip("_") or "table"


def _from_folder(source: str, folder: Path) -> str:
    """Return the table's path relative to the folder of the pipeline file."""
    if not is_local(source) or Path(source).is_absolute() or source.startswith("~"):
        return source
    # Path.relative_to leads out of a folder only from Python 3.12 on (walk_up); use it when 3.11 is no longer
    # supported.
    return Path(os.path.relpath(source, folder)).as_posix()


def _pair(depth: int, key: str, value: Any, reason: str = "") -> str:
    """Write a key and its value, with the reason after it or, where that is too long, above it."""
    indent, reason = "  " * depth, " ".join(reason.split())
    line = f"{indent}{_flow(key)}: {_flow(value)}"
    if not reason:
        return line
    return f"{line}  # {reason}" if len(line) + len(reason) + 4 <= _WIDTH else f"{indent}# {reason}\n{line}"


def _flow(value: Any) -> str:
    """Write a plain value in one line."""
    # The YAML library quotes where it must. It ends a plain scalar with a document mark, which is removed.
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _models(goal: _Goal) -> list[str]:
    """Choose classical models that train in reasonable time and predict as many targets."""
    several = len(goal.names) > 1
    names = ["logistic"] if goal.task == "classification" else ["linear", "ridge"]
    names += ["knn"]
    names += ["svm"] if not goal.is_large and not several else []
    names += ["decision_tree", "random_forest"]
    if not several and goal.n_columns <= _MANY_COLUMNS:
        names += ["hist_gradient_boosting" if goal.is_large else "gradient_boosting"]
    return names


def _network(goal: _Goal) -> dict[str, Any]:
    """Choose hyperparameters that train quickly and rarely fail."""
    # Too small for a validation set and early stopping: few rows, or a class of a few rows.
    if goal.n_rows < _SMALL or min(goal.class_sizes, default=_SMALL) < 10:
        return {"hidden_layer_sizes": [16], "epochs": 150, "batch_size": 32, "learning_rate": 0.005, "l2": 0.01}
    batch = 256 if goal.is_large else 64
    return {
        "hidden_layer_sizes": [64, 32], "epochs": 200, "early_stopping": True, "patience": 15, "batch_size": batch,
        "learning_rate": 0.003,
    }  # fmt: skip


def _folds(goal: _Goal) -> tuple[int, str]:
    """Choose the number of folds, with the reason."""
    folds = 3 if goal.n_rows > _VERY_LARGE else 5 if goal.is_large else 10
    rarest = min(goal.class_sizes, default=folds)
    if rarest < folds:
        return rarest, f"the rarest class has {rarest} rows, one in each fold"
    if goal.n_rows < folds * 2:
        return max(2, goal.n_rows // 2), f"{goal.n_rows} rows are too few for a reliable comparison"
    return folds, "repeats: 3 gives a more certain verdict in three times the time"


def _metrics(goal: _Goal) -> tuple[list[str], str]:
    """Choose metrics, with what is to be said about the first one."""
    if goal.task == "regression":
        return ["rmse", "mae", "r2"] if goal.has_zeros else ["rmse", "mae", "mape", "r2"], ""
    largest, rarest = goal.class_sizes[0], goal.class_sizes[-1]
    if rarest < _FEWEST_TO_CALIBRATE:
        # Probabilities of an SVM are calibrated on folds of the training part, which must have two rows of each class.
        return ["balanced_accuracy", "f1_macro", "accuracy"], ""
    # For two classes below 20 %; for more classes, 20 % divided by the number of the others.
    if rarest / goal.n_rows < _UNBALANCED / (len(goal.class_sizes) - 1):
        share = largest / goal.n_rows
        majority = f"; always predicting the largest class has an accuracy of {share:.0%}"
        why = majority if share > 1 / 2 else "; it weights every class the same"
        return ["balanced_accuracy", "roc_auc", "f1_macro", "log_loss", "accuracy"], why
    return ["accuracy", "f1_macro", "roc_auc", "log_loss"], ""


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("s" if number != 1 else "")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_A_COMMENT:,} more" if len(names) > _NAMES_A_COMMENT else ""
    return ", ".join(" ".join(str(name).split()) for name in names[:_NAMES_A_COMMENT]) + more
