"""Decisions of a draft in a few lines: what the terminal shows after ``skdl init``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.pipeline_tools._goal import Goal, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from skdl.pipeline_tools._survey import Survey

_LIST_WIDTH = 72  # characters of a list of names
_MOST_DROPPED = 5
_MOST_REASON = 170  # characters


def decisions(
    survey: Survey,
    goal: Goal,
    codes: Sequence[str],
    network: Mapping[str, Any],
    folds: tuple[int, str],
    metrics: Sequence[str],
    class_options: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Yield subject and decision of each line."""
    target = list_within(goal.names)
    yield "target", target
    yield "task", f"{goal.task}: {goal.reason}"
    if goal.other_task:
        yield "", f"for {goal.other_task}: the same command with --task {goal.other_task} --force"
    missing = f"; {goal.n_missing:,} more without a value of {target} left out" if goal.n_missing else ""
    yield "rows", f"{goal.n_rows:,}{missing}"
    reading = _reading(survey)
    if reading:
        yield "read with", reading
    yield "columns", f"{len(goal.features):,} used: {list_within(goal.features)}"
    if survey.reading.dates:
        yield "dates", list_within(_dates(survey))
    empty = survey.frame[list(goal.features)].isna().sum()
    if empty.any():
        yield "missing", f"{list_within(f'{name} {n:,}' for name, n in empty.items() if n)}; filled in inside each fold"
    if codes:
        yield "codes?", f"{list_within(codes, 45)}; list those that are codes under categorical"
    yield from _dropped(survey.dropped)
    if survey.constant:
        yield "constant", f"{len(survey.constant):,} left out: {list_within(survey.constant)}"
    yield "rank by", f"{metrics[0]}; also {', '.join(metrics[1:])}"
    if class_options:
        rare = f"{goal.rare_class} is rare ({share((goal.rarest or 0) / goal.n_rows)})"
        yield "", f"not by accuracy, because {rare}; the file offers classes: to find more of it"
    for name in list(survey.reading.dates)[:1]:
        folds = folds[0], f"at random; to predict later rows from earlier ones, set time: {name}"
    yield "folds", f"{folds[0]}, {folds[1]}"
    layers = " and ".join(map(str, network["hidden_layer_sizes"]))
    stop = "with early stopping" if network.get("early_stopping") else "without early stopping, for few rows"
    yield "network", f"keras_mlp: {layers} units, {network['epochs']} epochs {stop}"


def _reading(survey: Survey) -> str:
    reading = survey.reading
    found = {
        "encoding": reading.encoding,
        "separator": reading.separator,
        "decimal": reading.decimal if reading.decimal != "." else None,
        "thousands": reading.thousands,
        "missing values": ", ".join(map(repr, reading.na_values)) or None,
    }
    parts = [f"{key} {value!r}" if key == "separator" else f"{key} {value}" for key, value in found.items() if value]
    if survey.numeric:
        parts.append(f"numbers written as text: {list_within(survey.numeric, 30)}")
    if reading.dtypes:
        parts.append(f"text with leading zeros: {list_within(list(reading.dtypes), 30)}")
    return "; ".join(parts)


def _dropped(dropped: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    # One more line would say "and 1 more" in place of that one.
    n_shown = len(dropped) if len(dropped) <= _MOST_DROPPED + 1 else _MOST_DROPPED
    for number, (name, reason) in enumerate(list(dropped.items())[:n_shown]):
        yield "dropped" if number == 0 else "", _cut(f"{name}: {reason}", _MOST_REASON)
    if len(dropped) > n_shown:
        yield "", f"and {len(dropped) - n_shown:,} more, listed in the file"


def _dates(survey: Survey) -> list[str]:
    found = []
    for name, dates in survey.reading.dates.items():
        also = f"; {survey.ambiguous_dates[name]} fits too" if name in survey.ambiguous_dates else ""
        form = f" ({dates.format}{also})" if dates.format else ""
        found.append(f"{name}{form} as {' + '.join(dates.parts)}")
    return found


def list_within(names: Iterable[str], width: int = _LIST_WIDTH) -> str:
    """List the first names that fit into a width in characters, and the number of the others.

    >>> list_within(["age", "fare", "sex", "ticket"], 20), list_within(["age", "fare", "sex"], 20)
    ('age, fare and 2 more', 'age, fare, sex')
    """
    plain = [_cut(" ".join(str(name).split()), width) for name in names]
    for n_shown in range(len(plain), 0, -1):
        more = f" and {len(plain) - n_shown:,} more" if n_shown < len(plain) else ""
        text = ", ".join(plain[:n_shown]) + more
        if len(text) <= width or n_shown == 1:
            break
    return text


def count(number: int, what: str) -> str:
    """Write a number of things."""
    return f"{number:,} {what}" + ("s" if number != 1 else "")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
