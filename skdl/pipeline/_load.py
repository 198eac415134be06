"""Reading the table of a pipeline file: features, target and folds, with a note on every decision."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from skdl._note import Note, note_of
from skdl._settings import default_settings
from skdl._source_name import is_local
from skdl.catalogue import find_class
from skdl.exceptions import DataError, MissingExtraError, PipelineFileError
from skdl.metrics import EXPECTED_COST
from skdl.pipeline._build import lacks_probabilities
from skdl.pipeline._classes import class_weight_mode, plan_classes
from skdl.pipeline._columns import (
    declared_type,
    find_column_problems,
    find_kind_problems,
    find_text_problems,
    kinds_of_columns,
    list_names,
    no_features,
    reading_options,
    with_order,
)
from skdl.pipeline._doubts import (
    notes_on_a_target_of_dates,
    notes_on_counted_dates,
    notes_on_dates_and_times,
    notes_on_far_numbers,
    notes_on_identifiers,
    notes_on_levels,
    notes_on_merged_cells,
    notes_on_numbers_in_texts,
    notes_on_totals,
)
from skdl.pipeline._ensembles import has_inner_folds
from skdl.pipeline._folds import plan_folds
from skdl.pipeline._metrics import find_metrics
from skdl.pipeline._preprocess import counted_in, encoding_of, has_many_categories
from skdl.pipeline._search import can_halve, min_rows_to_halve
from skdl.pipeline._slices import slice_rows
from skdl.pipeline._table import LoadedTable
from skdl.pipeline._target import check_folds, check_target, find_fold_problems, infer_task, plain_target
from skdl.spec import KeyPath, Problem, raise_problems
from skdl.tables import (
    ColumnKinds,
    distinct_values,
    is_ordered,
    is_text,
    parse_datetimes,
    plain_columns,
    plan_columns,
    read_planned,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from skdl._task import Task
    from skdl.pipeline._folds import FoldPlan
    from skdl.spec import DataSpec, ModelSpec, PipelineFile, Positions, TextSpec
    from skdl.tables import PlannedTable, SplitTable

_MAX_FOLDS = 100
_LEVELS_SHOWN = 5
_UNDONE = "which undoes the balancing; use threshold: balanced_accuracy to keep its effect"


@default_settings()
def load_table(spec: PipelineFile, *, split: SplitTable | None = None) -> LoadedTable:
    """Read the table of a pipeline and prepare it for models; from ``split``, where this keeps its fields."""
    data, cv, positions = spec.data, spec.compare.cv, spec.origin.positions
    try:
        table = read_planned(
            data.source,
            reading_options(data),
            check_names=lambda names: raise_problems(
                find_column_problems(data, spec.preprocess, spec.models, names, spec.compare.slices), positions
            ),
            declared=lambda name: declared_type(name, data, spec.preprocess),
            max_unreadable=data.max_unreadable,
            with_dates=True,
            split=split,
        )
    except DataError as error:
        raise _with_position(error, data, positions) from error.__cause__
    ordered, problems = with_order(table.frame, data)
    raise_problems([*problems, *find_text_problems(data, ordered)], positions)
    table = replace(table, frame=ordered)
    frame, notes = table.frame, list[Note]()
    notes.extend(table.notes)
    unused = data.hidden - {*data.target, *data.dates}
    used = [name for name in frame.columns.tolist() if name not in unused]
    _ask(table.questions(used), data.source)
    notes.extend(note for name in used if name in table.cells for note in table.cells[name].notes)
    notes.extend(_notes_on_missing_words(table, data))
    notes.extend(notes_on_totals(frame))
    notes.extend(notes_on_merged_cells(frame, used))
    for look in (notes_on_far_numbers, notes_on_dates_and_times, notes_on_counted_dates):
        notes.extend(look(frame, {*used}))
    # Before the sample is drawn, so that all of its rows have a target.
    frame = _drop_missing_targets(frame, data, notes)
    frame = _drop_weightless(frame, data, notes)
    frame = _draw_sample(frame, data.sample, cv.seed, notes)
    time = None if data.time is None else _time_column(frame[data.time], data.time)
    if time is not None:
        # Stable: rows of one time keep the order of the table, so that the same table gives the same folds.
        order = time.argsort(kind="stable")
        # Rows in the order of time, so that row numbers increase with time in all splits.
        frame, time = frame.iloc[order].reset_index(drop=True), time.iloc[order].reset_index(drop=True)
        text = f"rows are in the order of {data.time!r}, which is not a feature"
        notes.append(Note("in_time", text, {"column": repr(data.time)}))
    groups = None if data.groups is None else frame[data.groups]
    if groups is not None:
        _check_no_missing(groups, str(data.groups), "data.groups")
    folds = None if data.folds is None else _fold_column(frame[data.folds], positions)
    y, task = _target_of(frame, data, spec.task, positions)
    if spec.task is None and isinstance(y, pd.Series):
        notes.append(_note_on_task(task, y))
    notes.extend(notes_on_a_target_of_dates(y, task))
    X, kinds = _features_of(frame, spec, table, notes)
    n_levels = _count_levels(X, frame, kinds, y if task == "classification" else None, spec, notes)
    check_target(y, task, data.source)
    slices, problems = slice_rows(frame, spec.compare.slices, text=kinds.text)
    raise_problems(problems, positions)
    plan = plan_folds(data, cv, y, task, groups=groups, folds=folds)
    raise_problems(find_fold_problems(plan, y, task, groups=groups, time=time, folds=folds), positions)
    inner_folds = spec.compare.tune.folds if has_inner_folds(spec.models.values()) else None
    check_folds(plan, y, task, source=data.source, groups=groups, inner_folds=inner_folds)
    notes.extend(_notes_on_models(spec, task, plan, y))
    loaded = LoadedTable(
        X=X,
        y=y,
        task=task,
        plan=plan,
        groups=groups,
        time=time,
        folds=folds,
        weights=None if data.weights is None else frame[data.weights].astype(float),
        kinds=kinds,
        notes=notes,
        source=_shorten_path(data.source),
        reading=table.reading,
        slices=slices,
        _describe=partial(plan_columns, table.frame, table.reading, table.cells, kinds),
        _counts=n_levels,
    )
    if spec.origin.lock is not None:
        spec.origin.lock.check_data(loaded.source, loaded.data_hash)
        notes.extend(spec.origin.lock.notes())
    return loaded


def _ask(questions: Sequence[Note], source: str) -> None:
    """Stop where a column can be read in several ways."""
    if not questions:
        return
    where, first, n_more = _shorten_path(source), questions[0], len(questions) - 1
    if not n_more:
        raise DataError.of("ask", "{where}: {question}", where=where, question=first)
    text = "{where}: {question} ({n_more:,} more columns are as unclear.)"
    raise DataError.of("ask_more", text, where=where, question=first, n_more=n_more)


# Codes of errors about a column, which the value `name` names.
_OF_A_COLUMN = {"bad_cell", "no_dates", "dates_no_date", "dates_ambiguous", "dates_some_zoned"}


def _with_position(error: DataError, data: DataSpec, positions: Positions) -> DataError:
    """Add the position of the key that declares a column as something that it is not."""
    note = note_of(error)
    if isinstance(note, str) or note.code not in _OF_A_COLUMN or not positions.by_path:
        return error
    name = note.values["name"]  # noqa: PD011 - no data frame
    for key, names in (("dtypes", data.dtypes), ("dates", data.dates), ("numeric", data.numeric)):
        if name in names:
            path: KeyPath = ("data", key, name) if key != "numeric" else ("data", key)
            where = f"{positions.of(path, at_key=True)}: {'.'.join(map(str, path))}: {_shorten_path(data.source)}"
            return DataError.of("problem", "{where}: {problem}", where=where, problem=note)
    return error


def _notes_on_missing_words(table: PlannedTable, data: DataSpec) -> list[Note]:
    """Describe the levels of categories and classes that are taken for missing values: NA, None and the like."""
    notes = []
    texts = {
        name: words for name, words in table.missing_words.items() if not is_numeric_dtype(table.frame[name].dtype)
    }
    for name in data.target:
        for word, n in table.missing_words.get(name, {}).items():
            values = {"word": repr(word), "n": n, "target": repr(name), "key": _as_string(name)}
            text = (
                f"{word!r} in {n:,} rows of the target {name!r} is read as a missing value, and the rows are left out; "
                f"if it is a class, set {values['key']}"
            )
            notes.append(Note("missing_class", text, values))
    features = [(name, *found) for name, words in texts.items() if name not in data.hidden for found in words.items()]
    if features:
        shown = features[:_LEVELS_SHOWN]
        listed = ", ".join(f"{word!r} in {n:,} {'row' if n == 1 else 'rows'} of {name!r}" for name, word, n in shown)
        listed += f", and {len(features) - _LEVELS_SHOWN:,} more" if len(features) > _LEVELS_SHOWN else ""
        key = _as_string(features[0][0])
        text = f"read as missing values: {listed}; where such a word is a category, declare a string: {key}"
        notes.append(Note("missing_words", text, {"listed": listed, "key": key}))
    return notes


def _count_levels(
    X: pd.DataFrame,
    frame: pd.DataFrame,
    kinds: ColumnKinds,
    classes: pd.Series | pd.DataFrame | None,
    spec: PipelineFile,
    notes: list[Note],
) -> dict[str, int]:
    """Return the numbers of categories, with notes on categories, texts and classes."""
    # Texts are the same in both tables; those of the frame are known already.
    levels = {name: distinct_values(frame[name] if is_text(frame[name]) else X[name]) for name in kinds.categorical}
    n_levels = {name: len(values) for name, values in levels.items()}
    notes.extend(
        _note_on_many_categories(name, n)
        for name, n in n_levels.items()
        if has_many_categories(n) and encoding_of(name, spec.preprocess) == "auto" and not is_ordered(X[name])
    )
    notes.extend(_note_on_text(X[name], spec.preprocess.text) for name in kinds.text)
    notes.extend(
        notes_on_levels(levels | ({str(classes.name): classes.unique()} if isinstance(classes, pd.Series) else {}))
    )
    declared = {*spec.data.categorical, *spec.data.dtypes, *spec.data.ordered}
    undeclared = {name: values for name, values in levels.items() if name not in declared}
    notes.extend(notes_on_numbers_in_texts(undeclared, frame))
    return n_levels


def _as_string(name: str) -> str:
    return f"data.dtypes: {{{name}: string}}"


def _drop_missing_targets(frame: pd.DataFrame, data: DataSpec, notes: list[Note]) -> pd.DataFrame:
    has_target = frame[list(data.target)].notna().all(axis=1)
    n_missing = int((~has_target).sum())
    if n_missing == len(frame):
        text = "{source}: the target {name} has no value in any row. Choose another target."
        raise DataError.of("target_empty", text, source=data.source, name=list_names(data.target))
    if not n_missing:
        return frame
    text = f"{n_missing:,} of {len(frame):,} rows have no target and were left out"
    notes.append(Note("no_target", text, {"n": n_missing, "n_rows": len(frame)}))
    return frame[has_target].reset_index(drop=True)


def _drop_weightless(frame: pd.DataFrame, data: DataSpec, notes: list[Note]) -> pd.DataFrame:
    """Check the weights, and leave out rows of weight 0, which no fit and no score may depend on."""
    if data.weights is None:
        return frame
    weights = frame[data.weights]
    _check_no_missing(weights, data.weights, "data.weights")
    if not is_numeric_dtype(weights.dtype):
        text = "column {name!r}: data.weights must hold numbers; row 1 has {value!r}. Name another column."
        raise DataError.of("weights_no_numbers", text, name=data.weights, value=str(weights.iloc[0]))
    wrong = np.flatnonzero(~((weights >= 0) & np.isfinite(weights)))
    if len(wrong) or not (weights > 0).any():
        row = wrong[0] if len(wrong) else 0
        text = (
            "column {name!r}: data.weights must be numbers from 0, one at least above 0; row {row} has {value:g}. "
            "Correct it, or leave such rows out."
        )
        raise DataError.of("bad_weight", text, name=data.weights, row=int(row) + 1, value=float(weights.iloc[row]))
    n_zero = int((weights == 0).sum())
    if not n_zero:
        return frame
    text = "{n:,} of {n_rows:,} rows have the weight 0 and were left out"
    notes.append(Note.of("weightless", text, n=n_zero, n_rows=len(frame)))
    return frame[weights > 0].reset_index(drop=True)


def _draw_sample(frame: pd.DataFrame, sample: int | None, seed: int, notes: list[Note]) -> pd.DataFrame:
    if sample is None or sample >= len(frame):
        return frame
    text = f"{sample:,} of {len(frame):,} rows were drawn at random (data.sample)"
    notes.append(Note("sample", text, {"n": sample, "n_rows": len(frame)}))
    # Sorted: the sample keeps the order of the table.
    chosen = np.random.default_rng(seed).choice(len(frame), size=sample, replace=False)
    return frame.iloc[np.sort(chosen)].reset_index(drop=True)


def _time_column(column: pd.Series, name: str) -> pd.Series:
    if not is_numeric_dtype(column.dtype):
        column = parse_datetimes(column, name)
    _check_no_missing(column, name, "data.time")
    return column


def _fold_column(column: pd.Series, positions: Positions) -> pd.Series:
    """Return the column with one value for each fold; text mixed with numbers, as from several files, becomes text."""
    name, n_distinct = column.name, column.nunique()
    message = None
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        text = "must have a value in every row; row {row} of {name!r} has none. Fill it, or leave such rows out."
        message = Note.of("fold_missing", text, row=row + 1, name=name)
    elif n_distinct == 1:
        text = "must have two values or more; every row of {name!r} has {value!r}."
        message = Note.of("one_fold", text, name=name, value=column.tolist()[0])
    elif n_distinct > _MAX_FOLDS:
        text = (
            "must have {most} different values at most; {name!r} has {n_distinct:,}. If it is a column of "
            "groups, use data.groups."
        )
        message = Note.of("too_many_folds", text, most=_MAX_FOLDS, name=name, n_distinct=n_distinct)
    raise_problems([Problem(("data", "folds"), message)] if message else [], positions)
    return column.map(str) if len(set(map(type, column.unique().tolist()))) > 1 else column


def _check_no_missing(column: pd.Series, name: str, key: str) -> None:
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        text = (
            "column {name!r}: {key} must have a value in every row; row {row} has none. Fill it, or leave "
            "such rows out."
        )
        raise DataError.of("key_missing", text, name=name, key=key, row=row + 1)


def _target_of(
    frame: pd.DataFrame, data: DataSpec, task: Task | None, positions: Positions
) -> tuple[pd.Series | pd.DataFrame, Task]:
    names = data.target
    if len(names) > 1:
        if task == "classification":
            text = "several target columns are for regression. Name one column for classification."
            raise_problems([Problem(("data", "target"), Note("several_targets", text))], positions)
        return pd.DataFrame({name: plain_target(frame[name], name, "regression") for name in names}), "regression"
    name = names[0]
    task = task or infer_task(frame[name])
    return plain_target(frame[name], name, task), task


def _note_on_task(task: Task, y: pd.Series) -> Note:
    kind = "O" if y.dtype == object else y.dtype.kind
    values = {"O": "text", "i": "whole numbers", "u": "whole numbers", "f": "numbers"}.get(kind, "booleans")
    n_distinct = len(distinct_values(y))
    return Note(
        "task",
        f"task: {task}, inferred from {n_distinct:,} different values ({values}) of {y.name!r}",
        {"task": task, "n_distinct": n_distinct, "held": values, "column": repr(y.name)},
    )


def _features_of(
    frame: pd.DataFrame, spec: PipelineFile, table: PlannedTable, notes: list[Note]
) -> tuple[pd.DataFrame, ColumnKinds]:
    """Select the features and convert them to plain types."""
    data, reading = spec.data, table.reading
    hidden = data.hidden | {*reading.dates}
    features = frame[[name for name in frame.columns.tolist() if name not in hidden]]
    kinds = kinds_of_columns(features, data, spec.preprocess, table.indexes)
    raise_problems(find_kind_problems(spec.preprocess, spec.models, features, kinds), spec.origin.positions)
    if not kinds.used:
        if not kinds.left_out:
            raise DataError(no_features(data))
        reasons = "; ".join(f"{name!r} {reason}" for name, reason in kinds.left_out.items())
        text = f"{data.source}: no column is left to learn from: {reasons}."
        raise DataError(Note("all_left_out", text, {"source": data.source, "reasons": _notes_on_left_out(kinds)}))
    notes.extend(_notes_on_left_out(kinds))
    try:
        X = plain_columns(features, kinds)
    except DataError as error:
        raise _with_position(error, data, spec.origin.positions) from error.__cause__
    date_parts = {name for added in reading.new_names().values() for name in added}
    notes.extend(notes_on_identifiers(X, date_parts))
    return X, kinds


def _note_on_many_categories(name: str, n_categories: int) -> Note:
    text = (
        "{column} has {n:,} categories: linear models get a sparse column for each, other models the target encoding; "
        "preprocess.columns: {{{name}: {{encode: ...}}}} chooses another"
    )
    return Note.of("many_categories", text, column=repr(name), n=n_categories, name=name)


def _note_on_text(column: pd.Series, recipe: TextSpec) -> Note:
    counted = counted_in(column, recipe)
    values = {"column": repr(column.name), "counted": counted, "n": recipe.components}
    if counted == "drop":
        return Note.of("text_dropped", "{column}: text is left out (preprocess.text)", **values)
    text = (
        "{column} is text: linear models with a penalty get the tf-idf of its {counted}, other models {n} features "
        "made of that; preprocess.text chooses another coding"
    )
    return Note.of("text_words", text, **values) if counted == "words" else Note.of("text_characters", text, **values)


def _notes_on_left_out(kinds: ColumnKinds) -> list[Note]:
    """Return which columns were left out, one note for each reason."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in kinds.left_out.items():
        by_reason[reason.text].append(name)
    notes = []
    for names in by_reason.values():
        reason, shown = kinds.left_out[names[0]], list_names(names)
        which = shown if len(names) == 1 else f"{len(names):,} columns ({shown}); each"
        text = f"left out: {which} {reason}"
        notes.append(reason.within("left_out", text, because=reason.code, columns=shown, n=len(names)))
    return notes


def _notes_on_models(spec: PipelineFile, task: Task, plan: FoldPlan, y: pd.Series | pd.DataFrame) -> list[Note]:
    """Return which models are not balanced or searched as the file asks, and where calibration undoes balancing."""
    warnings: list[Note] = []
    tune = spec.compare.tune
    for name, model in spec.models.items():
        notes = [*_warn_of_classes(spec, model)] if task == "classification" else []
        if model.search and tune.search == "halving" and not can_halve(y, task, plan, tune.folds):
            n_rows = min_rows_to_halve(y, task, tune.folds)
            text = f"every candidate is fitted on all rows: successive halving needs {n_rows:,} rows to train on"
            notes.append(Note("no_halving", text, {"n_rows": n_rows}))
        warnings += [note.within(note.code, f"{name}: {note}", model=name) for note in notes]
    return warnings


def _warn_of_classes(spec: PipelineFile, model: ModelSpec) -> Iterator[Note]:
    classes = plan_classes(spec.classes, model)
    if classes.balance == "none":
        return
    try:
        cls = find_class(model.use, "classification", allow_packages=spec.origin.allow_packages)
    except (MissingExtraError, PipelineFileError):
        return  # building the model raises the same error, with its position
    if classes.balance == "class_weight" and class_weight_mode(cls) is None:
        yield Note("not_balanced", "not balanced, since it takes no class weights; use balance: oversample")
        return
    # A tuned threshold restores the effect of the balancing that calibration removes.
    if classes.threshold != "none":
        return
    names = None if spec.compare.metrics is None else [one for one in spec.compare.metrics if one != EXPECTED_COST]
    if classes.calibrate != "none":
        yield Note("calibration_undoes", f"calibrated, {_UNDONE}")
    elif lacks_probabilities(cls(), find_metrics(names, "classification", spec.origin.allow_packages)):
        yield Note("calibration_for_metrics_undoes", f"calibrated for the metrics that need probabilities, {_UNDONE}")


def _shorten_path(source: str) -> str:
    """Return a path under the working directory relative to it."""
    path = Path(source)
    if is_local(source) and path.is_absolute() and path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd()).as_posix()
    return source
