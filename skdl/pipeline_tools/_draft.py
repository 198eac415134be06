"""Draft of a pipeline file for a table (``skdl init``), with the reason for each choice as a comment.

``draft.yaml.jinja`` has the text; here are the models, folds and metrics for the table and its `Goal`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from skdl._note import Note
from skdl._settings import default_settings
from skdl._source_name import is_local
from skdl.pipeline_tools._decisions import count, decisions
from skdl.pipeline_tools._effects import possible_codes
from skdl.pipeline_tools._goal import Goal, goal_of, share
from skdl.pipeline_tools._survey import Survey, survey_table
from skdl.pipeline_tools._templates import render
from skdl.tables import distinct_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from skdl._language import Language
    from skdl._task import Task
    from skdl.tables import Dates, SplitTable

# With fewer rows than this the usual network overfits, and its validation set is too small. Its RMSE or log loss
# relative to the small network, geometric mean of up to nine public tables: 1.12, 1.09 and 1.05 with 100, 200 and 400
# training rows, 1.01 to 1.03 with 800 to 3,000, and 0.87 with 6,000.
_SMALL = 500
_FEW = 2_000  # rows below which the network takes smaller batches
_VERY_LARGE = 50_000  # half the folds then have large test parts, which is enough to name a winner
_FEWEST_TO_CALIBRATE = 3
_MOST_NUMBERS_IN_BINS = 1_000_000  # 17 columns for each column of numbers then take 140 MB
_MANY_COLUMNS = 200  # with more of them boosting takes minutes a fit
_ALL_EPOCHS, _ROWS_OF_ALL_EPOCHS, _FEWEST_EPOCHS = 64, 10_000, 8  # of the strong network: as many steps above
_MANY_CATEGORIES, _TOO_MANY_TO_MERGE = 15, 200
_NAMES_A_COMMENT = 4
_CODES_A_COMMENT = 12
_WIDTH = 108


@dataclass(frozen=True)
class Draft:
    """A drafted pipeline file, and the decisions in it.

    Attributes
    ----------
    text : str
        The pipeline file.
    decisions : tuple of (str, Note)
        Subject and decision, in the order in which people read them; a line without a subject goes with the one above.
    """

    text: str
    decisions: tuple[tuple[str, Note], ...]


@default_settings()
def draft_pipeline(
    source: str,
    target: Sequence[str],
    *,
    task: Task | None = None,
    file: str | Path = "pipeline.yaml",
    name: str | None = None,
    encoding: str | None = None,
    lang: Language = "en",
    translate: Callable[[Note], str] = str,
    split: SplitTable | None = None,
) -> Draft:
    """Draft a commented pipeline file for a table; it runs as it is.

    Identifiers, names and free text are dropped, with the reason; separator, decimal mark, dates and words for missing
    values are detected.

    Parameters
    ----------
    source : str
        A table as ``data.source`` takes it, with a path from the working directory; in the text the path starts at the
        folder of ``file``.
    target : sequence of str
        Columns to predict. Several of them make a multi-output regression.
    task : {"regression", "classification"}, default=None
        By default it is inferred from the target. Five or more consecutive whole numbers are classes unless most of
        the differences between them in the columns follow their order.
    file : path-like, default="pipeline.yaml"
        Where the text is to be written.
    name : str, default=None
        Name of the pipeline; by default that of the table.
    encoding : str, default=None
        Encoding of a text file, as Python names it; detected by default.
    lang : {"en", "ko"}, default="en"
        Language of the report.
    translate : callable, default=str
        Makes the text of a comment from its note; by default the English one.
    split : SplitTable, default=None
        Keeps the fields of a text, so that the table of the draft is loaded without reading the file again.

    Returns
    -------
    Draft
        The text, and the decisions in it.

    Raises
    ------
    DataError
        If the table cannot be read, or the target cannot be predicted.

    Examples
    --------
    >>> draft = draft_pipeline("builtin:iris", ["species"])
    >>> print(draft.text[:59])
    # iris: predict species from 4 columns of 150 rows.
    # Draft
    >>> subject, decision = draft.decisions[1]
    >>> print(subject, decision, sep=": ")
    task: classification: 3 classes (setosa: 33 %, versicolor: 33 %, virginica: 33 %)
    """
    survey = survey_table(source, target, encoding=encoding, split=split)
    goal = goal_of(source, survey, tuple(target), task)
    folds, why_folds = _folds(goal)
    metrics, why_metrics = _metrics(goal)
    piecewise = _takes_bins(goal, survey)
    network, class_options = _network(goal, piecewise=piecewise), _class_options(goal)
    codes: tuple[str, ...] = ()
    if not survey.pixels:
        present = survey.frame.dropna(subset=list(target)) if goal.n_missing else survey.frame
        codes = possible_codes(present, survey.whole, present[list(target)], goal.task)

    def note(code: str, text: str, **values: Any) -> str:
        """Make a comment of the template, on one line."""
        return " ".join(translate(Note.of(code, text, **values)).split())

    text = render(
        "draft.yaml.jinja",
        title=name or table_name(source),
        lang=lang,
        goal=goal,
        size=f"{count(len(goal.features), 'column')} of {count(goal.n_rows, 'row')}",
        source=_from_folder(source, Path(file).parent),
        survey=survey,
        reading=survey.reading,
        dropped=survey.dropped,
        codes=codes,
        has_missing=survey.frame.isna().any()[list(goal.features)].any(),
        many_categories=_many_categories(survey),
        network=network,
        piecewise=piecewise,
        strong=None if survey.pixels else _strong_network(goal),
        models=_models(goal),
        folds=folds,
        why_folds=translate(why_folds),
        metrics=metrics,
        why_metrics=translate(why_metrics),
        why_task=translate(goal.reason),
        class_options=class_options,
        has_curve=goal.n_rows <= _VERY_LARGE,
        date_options=_date_options,
        pair=_pair,
        flow=_flow,
        listed=_listed,
        share=share,
        count=count,
        n_codes=_CODES_A_COMMENT,
        translate=translate,
        note=note,
    )
    return Draft(text, tuple(decisions(survey, goal, codes, network, (folds, why_folds), metrics, class_options)))


def _many_categories(survey: Survey) -> list[str]:
    """Return the columns of which rare categories are merged; of thousands, the encoding takes all as they are."""
    n_categories = {name: len(distinct_values(survey.frame[name])) for name in survey.categorical}
    if max(n_categories.values(), default=0) > _TOO_MANY_TO_MERGE:
        return []
    return [name for name, n in n_categories.items() if n > _MANY_CATEGORIES]


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


def _date_options(dates: Dates) -> Any:
    """Return what a file declares of a column of dates: its parts, with what else is known."""
    declared = {"parts": dates.parts, "format": dates.format, "utc": dates.utc}
    known = {key: value for key, value in declared.items() if value is not None}
    return known if len(known) > 1 else dates.parts


def _models(goal: Goal) -> list[str]:
    """Choose classical models that train in reasonable time and predict as many targets."""
    several = len(goal.names) > 1
    names = ["logistic"] if goal.task == "classification" else ["linear", "ridge"]
    names += ["knn"]
    names += ["svm"] if not goal.is_large and not several else []
    names += ["decision_tree", "random_forest"]
    if not several and len(goal.features) <= _MANY_COLUMNS:
        names += ["hist_gradient_boosting" if goal.is_large else "gradient_boosting"]
    return names


def _takes_bins(goal: Goal, survey: Survey) -> bool:
    """Whether the network gets the numbers by bins: of few rows it would learn the noise in each."""
    n_numbers = len(goal.features) - len(survey.categorical) - len(survey.text)
    return goal.n_rows >= _SMALL and not survey.pixels and 0 < n_numbers * goal.n_rows <= _MOST_NUMBERS_IN_BINS


def _network(goal: Goal, *, piecewise: bool) -> dict[str, Any]:
    """Choose hyperparameters that train quickly and rarely fail."""
    # Too few rows for a validation set and early stopping.
    if goal.n_rows < _SMALL:
        return {"hidden_layer_sizes": [16], "epochs": 150, "batch_size": 32, "learning_rate": 0.005, "l2": 0.01}
    chosen: dict[str, Any] = {"hidden_layer_sizes": [64, 32], "epochs": 200, "early_stopping": True}
    if not piecewise:
        batch = 256 if goal.is_large else 64
        return {**chosen, "patience": 15, "batch_size": batch, "learning_rate": 0.003}
    # The many columns want a penalty. A wider network with dropout helps with classes, and not with numbers.
    wide = {"hidden_layer_sizes": [128, 64], "dropout": 0.2} if goal.task == "classification" else {}
    few = {"batch_size": 32} if goal.n_rows < _FEW else {}  # else an epoch has few steps
    return {**chosen, **wide, **few, "learning_rate": 0.003, "averaging": 0.9, "l2": 0.003}


def _strong_network(goal: Goal) -> dict[str, Any] | None:
    """Choose the epochs of the strong network; None where it would take minutes a fit, or rows are few."""
    if goal.n_rows < _SMALL or len(goal.features) > _MANY_COLUMNS:
        return None
    if goal.n_rows <= _ROWS_OF_ALL_EPOCHS:
        return {}
    return {"epochs": max(_FEWEST_EPOCHS, _ALL_EPOCHS * _ROWS_OF_ALL_EPOCHS // goal.n_rows)}


def _folds(goal: Goal) -> tuple[int, Note]:
    """Choose the number of folds, with the reason."""
    folds = 5 if goal.n_rows > _VERY_LARGE else 10
    rarest = goal.rarest
    if rarest is not None and rarest < folds:
        text = "class {label} has {n} rows; merge or leave out rare classes to have more folds"
        return rarest, Note.of("init_folds_by_class", text, label=str(goal.rare_class), n=rarest)
    if goal.n_rows < folds * 2:
        text = "{n} rows are too few for a reliable comparison"
        return max(2, goal.n_rows // 2), Note.of("init_too_few_rows", text, n=goal.n_rows)
    if folds < 10:
        text = "enough to name a winner, because each tests more than 10,000 rows; skdl check shows the time"
        return folds, Note("init_few_folds", text)
    return folds, Note("init_folds", "repeats: 3 gives a more certain verdict in three times the time")


def _metrics(goal: Goal) -> tuple[list[str], Note]:
    """Choose metrics, with what is to be said about the first one."""
    first = Note("draft_first_ranks", "the first one ranks")
    if goal.task == "regression":
        return ["rmse", "mae", "r2"] if goal.has_zeros else ["rmse", "mae", "mape", "r2"], first
    labels = list(goal.classes)
    if (goal.rarest or 0) < _FEWEST_TO_CALIBRATE:
        # Probabilities of an SVM are calibrated on folds of the training part, which must have two rows of each class.
        return ["balanced_accuracy", "f1_macro", "accuracy"], first
    if not goal.is_unbalanced:
        return ["accuracy", "f1_macro", "roc_auc", "log_loss"], first
    if len(labels) > 2:
        metrics = ["balanced_accuracy", "average_precision", "roc_auc", "f1_macro", "log_loss"]
        return metrics, Note("draft_same_weight", "the first one ranks; it weights every class the same")
    rare, often = goal.rare_class, labels[0]
    values = {"rare": str(rare), "often": str(often), "share": share(goal.classes[often] / goal.n_rows)}
    always = ", at all thresholds; always predicting {often} has an accuracy of {share}"
    # Average precision and F1 are of the class that is last in order.
    if rare == max(labels):
        text = "the first one ranks: how well the rows of {rare} are found" + always
        metrics = ["average_precision", "roc_auc", "balanced_accuracy", "f1", "log_loss"]
        return metrics, Note.of("draft_found", text, **values)
    text = "the first one ranks: how well the rows of {rare} are told from {often}" + always
    return ["roc_auc", "balanced_accuracy", "f1_macro", "log_loss"], Note.of("draft_told_apart", text, **values)


def _class_options(goal: Goal) -> dict[str, str]:
    """Return what helps to predict rare classes, to be enabled by the user."""
    if not goal.is_unbalanced or (goal.rarest or 0) < _FEWEST_TO_CALIBRATE:
        return {}
    threshold = {"threshold": "balanced_accuracy"} if len(goal.classes) == 2 else {}  # it is between two classes
    return {"balance": "class_weight"} | threshold


def _listed(names: Sequence[str], n_shown: int = _NAMES_A_COMMENT) -> str:
    more = f" and {len(names) - n_shown:,} more" if len(names) > n_shown else ""
    return ", ".join(" ".join(str(name).split()) for name in names[:n_shown]) + more
