"""Draft of a pipeline file for a table (``skdl init``), with the reason for each choice as a comment."""

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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

__all__ = ["draft_pipeline", "table_name"]

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
class _Target:
    """The target, and what the choice of models, folds and metrics depends on."""

    names: tuple[str, ...]
    task: str
    reason: str
    n_rows: int
    n_columns: int
    rarest: int | None
    shares: tuple[float, ...]
    has_zeros: bool

    @property
    def small(self) -> bool:
        """Whether the table is too small for a validation set and early stopping."""
        return self.n_rows < _SMALL or (self.rarest is not None and self.rarest < 10)  # a few a class


def draft_pipeline(
    source: str, target: Sequence[str], *, file: str | Path = "pipeline.yaml", name: str | None = None
) -> str:
    """Write a commented pipeline file for a table; it runs as it is.

    Parameters
    ----------
    source : str
        A table, as ``data.source`` takes it; a relative path starts at the working directory.
    target : sequence of str
        The column to predict; several for multi-output regression.
    file : str or pathlib.Path, default="pipeline.yaml"
        File that the text will be written to; the path to the table is relative to its folder.
    name : str, optional
        Name of the pipeline; the name of the table by default.

    Returns
    -------
    str
        YAML with comments. Identifiers, names and free text are dropped, with the reason; separator, decimal mark,
        dates and words for missing values are detected.

    Raises
    ------
    DataError
        If the table cannot be read or lacks the target, or the target cannot be predicted in folds.

    Examples
    --------
    >>> print(draft_pipeline("builtin:iris", ["species"])[:59])
    # iris: predict species from 4 columns of 150 rows.
    # Draft
    """
    survey = survey_table(source, target)
    goal = _target_of(source, survey, target)
    title = name or table_name(source)
    size = f"{_count(goal.n_columns, 'column')} of {_count(goal.n_rows, 'row')}"
    lines = [
        f"# {title}: predict {', '.join(target)} from {size}.",
        "# Draft by skdl init. Read it, correct it, and run it with skdl compare.",
        *_pair("name", title),
        *_pair("task", goal.task, goal.reason),
        "data:",
        *_data(survey, goal, _from_file(source, Path(file))),
        *_preprocess(survey),
        "models:  # skdl models NAME describes each",
        *_models(goal),
        "compare:",
        *_compare(goal),
    ]
    return "\n".join(lines) + "\n"


def _target_of(source: str, survey: Survey, names: Sequence[str]) -> _Target:
    y = survey.frame[list(names)].dropna()
    # All columns that are no features: targets, dropped, constant and repeated ones.
    dropped = len(names) + len(survey.dropped) + len(survey.constant) + len(survey.repeated)
    size = (len(y), survey.frame.shape[1] - dropped)
    if len(names) > 1:
        return _Target(tuple(names), "regression", "several targets", *size, None, (), has_zeros=True)
    column: pd.Series = y[names[0]]
    task = infer_task(column)
    counts = column.value_counts()
    if task == "regression":
        zeros = bool((column == 0).any())
        return _Target(tuple(names), task, f"{len(counts):,} different numbers", *size, None, (), has_zeros=zeros)
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
    shares = tuple(float(share) for share in counts / len(y))
    listed = ", ".join(f"{label}: {share:.0%}" for label, share in zip(counts.index[:4], shares, strict=False))
    more = ", ..." if len(counts) > 4 else ""  # as many as are listed
    reason = f"{len(counts)} classes ({listed}{more})"
    return _Target(tuple(names), task, reason, *size, int(counts.min()), shares, has_zeros=False)


def table_name(source: str) -> str:
    """Name a pipeline after its table.

    Examples
    --------
    >>> table_name("data/boston.csv.gz"), table_name("builtin:ice_cream?noise=0")
    ('boston', 'ice_cream')
    """
    stem = source.partition("?")[0].rstrip("/").replace("\\", "/").rpartition("/")[2].rpartition(":")[2]
    kept = "".join(
        letter if letter.isprintable() and letter not in '*?"<>|' else "_" for letter in stem.partition(".")[0]
    )
    return kept.strip("_") or "table"


def _from_file(source: str, file: Path) -> str:
    """Return the table's path relative to the folder of the pipeline file."""
    if not is_local(source) or Path(source).is_absolute() or source.startswith("~"):
        return source
    # Path.relative_to leads out of a folder only from Python 3.12 on (walk_up); use it when 3.11 is no longer
    # supported.
    return Path(os.path.relpath(Path(source), file.parent)).as_posix()


def _pair(key: str, value: Any, reason: str = "", *, depth: int = 0) -> list[str]:
    """Write a key and its value, with the reason after it or, where that is too long, above it."""
    line = f"{'  ' * depth}{_flow(key)}: {_flow(value)}"
    if not reason:
        return [line]
    reason = " ".join(reason.split())
    if len(line) + len(reason) + 4 <= _WIDTH:
        return [f"{line}  # {reason}"]
    return [f"{'  ' * depth}# {reason}", line]


def _flow(value: Any) -> str:
    """Write a plain value in one line."""
    # The YAML library quotes where it must. It ends a plain scalar with a document mark, which is removed.
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _data(survey: Survey, goal: _Target, source: str) -> Iterator[str]:
    reading = survey.reading
    yield from _pair("source", source, depth=1)
    if reading.encoding is not None:
        yield from _pair("encoding", reading.encoding, "detected; the file is not UTF-8", depth=1)
    marks = {"separator": reading.separator, "decimal": reading.decimal, "thousands": reading.thousands}
    for key, mark in marks.items():
        if mark is not None and (key, mark) != ("decimal", "."):
            yield from _pair(key, mark, depth=1)
    if reading.na_values:
        yield from _pair("na_values", list(reading.na_values), "missing values among numbers", depth=1)
    yield from _pair("target", goal.names[0] if len(goal.names) == 1 else list(goal.names), depth=1)
    if goal.task == "regression" and len(goal.names) == 1:
        yield "  # unit: thousand dollars  # of the target, for the report"
    yield from _dropped(survey)
    if survey.constant:
        yield f"  # Left out automatically, because they are constant: {_listed(survey.constant)}."
    yield from _kinds(survey)
    if reading.dates:
        yield from _dates(survey)


def _kinds(survey: Survey) -> Iterator[str]:
    if survey.reading.dtypes:
        yield from _pair("dtypes", dict(survey.reading.dtypes), "written with leading zeros", depth=1)
    if survey.numeric:
        yield from _pair("numeric", list(survey.numeric), "numbers written as text", depth=1)
    if survey.codes and not survey.pixels:
        yield f"  # Integers with few values are used as numbers: {_listed(survey.codes)}."
        yield "  # List those that are codes under categorical: [...]."


def _dropped(survey: Survey) -> Iterator[str]:
    reasons = {
        **survey.dropped,
        **{
            name: f"an identifier with {number:,} different values; if its rows belong together, use groups: instead"
            for name, number in survey.repeated.items()
        },
    }
    if not reasons:
        return
    yield "  drop:  # not used as features"
    for name, reason in reasons.items():
        yield f"    - {_flow(name)}  # {reason}"


def _dates(survey: Survey) -> Iterator[str]:
    yield "  dates:  # each part becomes a feature; the date itself does not"
    for name, dates in survey.reading.dates.items():
        value: Any = list(dates.parts)
        if dates.format is not None:
            value = {"parts": value, "format": dates.format}
        other = survey.ambiguous_dates.get(name)
        yield from _pair(name, value, f"{other} fits too: check which it is" if other else "", depth=2)
    first = next(iter(survey.reading.dates))
    yield f"  # time: {_flow(first)}  # to predict the future from the past: folds keep this order"


def _preprocess(survey: Survey) -> Iterator[str]:
    many = [name for name in survey.categorical if survey.frame[name].nunique() > _MANY_CATEGORIES]
    if not (survey.pixels or survey.categorical or survey.frame.isna().to_numpy().any()):
        return
    yield "preprocess:  # fitted inside each fold"
    if survey.pixels:
        yield from _pair("numeric", {"scale": "pixels"}, "0 to 255, as in images", depth=1)
    else:
        yield from _pair("numeric", {"impute": "median"}, "scaled for the models that need it", depth=1)
    if survey.categorical:
        categorical: dict[str, Any] = {"impute": "most_frequent", "encode": "onehot"}
        if many:
            categorical["min_frequency"] = 10
        reason = f"{_listed(many)}: rare categories are merged" if many else ""
        yield from _pair("categorical", categorical, reason, depth=1)


def _models(goal: _Target) -> Iterator[str]:
    yield "  keras_mlp:"
    yield from _pair("params", _network(goal), depth=2)
    several = len(goal.names) > 1
    names = ["logistic"] if goal.task == "classification" else ["linear", "ridge"]
    names += ["knn"]
    names += ["svm"] if goal.n_rows <= _LARGE and not several else []
    names += ["decision_tree", "random_forest"]
    if not several and goal.n_columns <= _MANY_COLUMNS:
        names += ["gradient_boosting" if goal.n_rows <= _LARGE else "hist_gradient_boosting"]
    for name in names:
        yield f"  {name}:"
    yield "  # knn: {search: {n_neighbors: [3, 5, 11, 21]}}  # a search runs inside each fold"
    if goal.n_rows > _LARGE and not several:
        yield f"  # svm:  # its training time grows with the square of the {goal.n_rows:,} rows"


def _network(goal: _Target) -> dict[str, Any]:
    """Choose hyperparameters that train quickly and rarely fail."""
    if goal.small:
        return {"hidden_layer_sizes": [16], "epochs": 150, "batch_size": 32, "learning_rate": 0.005, "l2": 0.01}
    batch = 64 if goal.n_rows <= _LARGE else 256
    return {
        "hidden_layer_sizes": [64, 32], "epochs": 200, "early_stopping": True, "patience": 15, "batch_size": batch,
        "learning_rate": 0.003,
    }  # fmt: skip


def _compare(goal: _Target) -> Iterator[str]:
    folds = 10 if goal.n_rows <= _LARGE else 5 if goal.n_rows <= _VERY_LARGE else 3
    reason = "repeats: 3 gives a more certain verdict in three times the time"
    if goal.rarest is not None and goal.rarest < folds:
        folds = goal.rarest
        reason = f"the rarest class has {goal.rarest} rows, one in each fold"
    elif goal.n_rows < folds * 2:
        folds = max(2, goal.n_rows // 2)
        reason = f"{goal.n_rows} rows are too few for a reliable comparison"
    yield from _pair("cv", {"folds": folds, "repeats": 1, "seed": 0}, reason, depth=1)
    metrics, why = _metrics(goal)
    yield from _pair("metrics", metrics, f"the first one ranks{why}", depth=1)


def _metrics(goal: _Target) -> tuple[list[str], str]:
    if goal.task == "regression":
        return ["rmse", "mae", "r2"] if goal.has_zeros else ["rmse", "mae", "mape", "r2"], ""
    if goal.rarest is not None and goal.rarest < _FEWEST_TO_CALIBRATE:
        # Probabilities of an SVM are calibrated on folds of the training part, which must have two rows of each class.
        return ["balanced_accuracy", "f1_macro", "accuracy"], ""
    # For two classes below 20 %; for more classes, 20 % divided by the number of the others.
    if min(goal.shares) < _UNBALANCED / (len(goal.shares) - 1):
        majority = f"; always predicting the largest class has an accuracy of {max(goal.shares):.0%}"
        return (
            ["balanced_accuracy", "roc_auc", "f1_macro", "log_loss", "accuracy"],
            majority if max(goal.shares) > 1 / 2 else "; it weights every class the same",
        )
    return ["accuracy", "f1_macro", "roc_auc", "log_loss"], ""


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("s" if number != 1 else "")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_A_COMMENT:,} more" if len(names) > _NAMES_A_COMMENT else ""
    return ", ".join(" ".join(str(name).split()) for name in names[:_NAMES_A_COMMENT]) + more
