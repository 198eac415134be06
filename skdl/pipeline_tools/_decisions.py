"""Decisions of a draft in a few lines: what the terminal shows after ``skdl init``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl._note import Note
from skdl.pipeline_tools._goal import Goal, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from skdl.pipeline_tools._survey import Survey

_LIST_WIDTH = 72  # characters of a list of names
_MOST_DATES = 2
_MOST_DROPPED = 5
_MOST_NOTES = 5
_MOST_NAME = 30  # characters


def decisions(
    survey: Survey,
    goal: Goal,
    codes: Sequence[str],
    network: Mapping[str, Any],
    folds: tuple[int, Note],
    metrics: Sequence[str],
    class_options: Mapping[str, str],
) -> Iterator[tuple[str, Note]]:
    """Yield the subject, as a string's name, and the decision of each line; no subject for more about the same."""
    yield "target", Note("", list_within(goal.names))
    yield "task", Note.of("init_task", "{task}: {reason}", task=goal.task, reason=goal.reason)
    if goal.other_task:
        command = f"--task {goal.other_task} --force"
        text = "for {task}: the same command with {command}"
        yield "", Note.of("init_other_task", text, task=goal.other_task, command=command)
    yield "rows", _rows(goal)
    reading = _reading(survey)
    if reading:
        yield "reading", Note("", reading)
    if survey.marks is not None:
        yield "", survey.marks
    yield from _notes(survey, goal)
    yield "columns", _note("init_columns", "{n} used: {names}", goal.features)
    for name, dates in list(survey.reading.dates.items())[:_MOST_DATES]:
        parts = f"{name}: {' + '.join(dates.parts)}{f' ({dates.format})' if dates.format else ''}"
        also, text = survey.ambiguous_dates.get(name), "{parts}; {other} fits too"
        yield "dates", Note.of("init_ambiguous_date", text, parts=parts, other=also) if also else Note("", parts)
    empty = {name: int(n) for name, n in survey.frame[list(goal.features)].isna().sum().items() if n}
    if empty:
        listed = [f"{name} {n:,}" for name, n in empty.items()]
        yield "missing", _note("init_missing", "{names}; filled in inside each fold", listed)
    yield from _texts(survey)
    if codes:
        yield "codes", _note("init_codes", "{names}; list those that are codes under categorical", codes, 45)
    yield from _dropped(survey.dropped)
    if survey.constant:
        yield "constant", _note("init_columns_left_out", "{n} left out: {names}", survey.constant)
    yield "metric", Note.of("init_metrics", "{first}; also {others}", first=metrics[0], others=", ".join(metrics[1:]))
    if class_options:
        text = "not by accuracy, because {label} is rare ({share}); the file offers classes: to find more of it"
        rare = share((goal.rarest or 0) / goal.n_rows)
        yield "", Note.of("init_rare", text, label=str(goal.rare_class), share=rare)
    yield "folds", _folds(folds, survey)
    yield "network", _network(network)


def _notes(survey: Survey, goal: Goal) -> Iterator[tuple[str, Note]]:
    """Yield what was not obvious about how rows and columns are read."""
    used = [name for name in (*goal.names, *goal.features) if name in survey.cells]
    notes = [*survey.notes, *(note for name in used for note in survey.cells[name].notes)]
    n_shown = len(notes) if len(notes) <= _MOST_NOTES + 1 else _MOST_NOTES
    for number, note in enumerate(notes[:n_shown]):
        yield "" if number else "notes", note
    if len(notes) > n_shown:
        n = f"{len(notes) - n_shown:,}"
        yield "", Note.of("init_more_notes", "and {n} more, which skdl check shows", n=n)


def _texts(survey: Survey) -> Iterator[tuple[str, Note]]:
    """Yield the columns of sentences, and those of scales."""
    if survey.text:
        text = "{names}: sentences, whose words are used; preprocess: {{text: {{encode: drop}}}} leaves them out"
        yield "text", Note.of("init_sentences", text, names=list_within(survey.text, _MOST_NAME))
    if survey.scales:
        listed = [f"{name} ({' < '.join(steps)})" for name, steps in survey.scales.items()]
        yield "scales", _note("init_scales", "{names}; the file offers to use their order", listed)


def _note(code: str, text: str, names: Sequence[str], width: int = _LIST_WIDTH) -> Note:
    """Make a note about columns: their number and their names."""
    return Note.of(code, text, n=f"{len(names):,}", names=list_within(names, width))


def _rows(goal: Goal) -> Note:
    n_rows = f"{goal.n_rows:,}"
    if not goal.n_missing:
        return Note("", n_rows)
    text, target = "{n_rows}; left out: {n} without a value of {target}", list_within(goal.names, _MOST_NAME)
    return Note.of("init_rows", text, n_rows=n_rows, n=f"{goal.n_missing:,}", target=target)


def _reading(survey: Survey) -> str:
    """List the keys of the file that say how the table is read."""
    reading = survey.reading
    keys = {
        "encoding": reading.encoding,
        "separator": reading.separator and repr(reading.separator),
        "decimal": repr(reading.decimal) if reading.decimal != "." else None,
        "thousands": reading.thousands and repr(reading.thousands),
        "na_values": ", ".join(map(repr, reading.na_values)),
        "numeric": list_within(survey.numeric, _MOST_NAME),
        "dtypes": list_within(reading.dtypes, _MOST_NAME),
    }
    return "; ".join(f"{key}: {value}" for key, value in keys.items() if value)


def _dropped(dropped: Mapping[str, Note]) -> Iterator[tuple[str, Note]]:
    # One more line would say "and 1 more" in place of that one.
    n_shown = len(dropped) if len(dropped) <= _MOST_DROPPED + 1 else _MOST_DROPPED
    for number, (name, reason) in enumerate(list(dropped.items())[:n_shown]):
        shown = list_within([name], _MOST_NAME)
        yield "" if number else "dropped", Note.of("init_dropped", "{column}: {reason}", column=shown, reason=reason)
    if len(dropped) > n_shown:
        n = f"{len(dropped) - n_shown:,}"
        yield "", Note.of("init_more_dropped", "and {n} more, listed in the file", n=n)


def _folds(folds: tuple[int, Note], survey: Survey) -> Note:
    number, reason = folds
    name = next(iter(survey.reading.dates), None)
    if name is not None:
        text = "at random; to predict later rows from earlier ones, set time: {column}"
        reason = Note.of("init_at_random", text, column=name)
    return Note.of("init_n_folds", "{folds}, {reason}", folds=number, reason=reason)


def _network(network: Mapping[str, Any]) -> Note:
    values = {"layers": ", ".join(map(str, network["hidden_layer_sizes"])), "epochs": network["epochs"]}
    if network.get("early_stopping"):
        text = "keras_mlp: layers of {layers} units, {epochs} epochs with early stopping"
        return Note.of("init_network", text, **values)
    text = "keras_mlp: layers of {layers} units, {epochs} epochs without early stopping, for few rows"
    return Note.of("init_small_network", text, **values)


def list_within(names: Iterable[str], width: int = _LIST_WIDTH) -> str:
    """List the first names that fit into a width in characters, and the number of the others.

    >>> list_within(["age", "fare", "sex", "ticket"], 14), list_within(["age", "fare", "sex"], 14)
    ('age, fare (+2)', 'age, fare, sex')
    """
    plain = [" ".join(str(name).split()) for name in names]
    plain = [name if len(name) <= width else f"{name[: width - 3]}..." for name in plain]
    for n_shown in range(len(plain), 0, -1):
        more = f" (+{len(plain) - n_shown:,})" if n_shown < len(plain) else ""
        text = ", ".join(plain[:n_shown]) + more
        if len(text) <= width or n_shown == 1:
            return text
    return ""


def count(number: int, what: str) -> str:
    """Write a number of things."""
    return f"{number:,} {what}" + ("s" if number != 1 else "")
