"""The verdict in a sentence, and the reasons against a winner, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from skdl.report._format import DASH, at_least_one_digit, count, decimals_for, fixed, p_value, share, times
from skdl.report._language import in_language, said
from skdl.report._words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl.report._words import Words
    from skdl.results import Protocol, Reason, Summary

__all__ = ["detectable_sentence", "reason_sentence", "splits_line", "verdict_markup", "verdict_sentence"]

NO_BREAK = "\N{NO-BREAK SPACE}"
WORTH_SAYING = 1.5  # times faster; less is not felt


def verdict_sentence(summary: Summary, lang: str = "en") -> str:
    """Say who leads, by how much, how surely, and what to ship.

    Parameters
    ----------
    summary : Summary
        What the comparison found.
    lang : str, default="en"
        Language of the sentence.

    Returns
    -------
    str
        Two or three sentences, in natural units and signs.

    Raises
    ------
    UsageError
        For a language that is not there.
    """
    words = words_of(lang)
    sentence = " ".join(_verdict(in_language(summary, words), _Dress(words.__call__, str)))
    return sentence.replace(NO_BREAK, " ")


def verdict_markup(summary: Summary, words: Words) -> Markup:
    """Give the same sentence as HTML, model names emphasised and everything from outside escaped."""
    return Markup(" ").join(_verdict(summary, _Dress(words.markup, Markup("<b>{}</b>").format)))


def splits_line(protocol: Protocol, lang: str = "en") -> str:
    """Say how the table was split, and into how many folds where there are several."""
    words = words_of(lang)
    splitter = said(protocol.splitter, words)
    if protocol.folds * protocol.repeats == 1:
        return splitter
    key = "lead.column" if protocol.fold_column else "lead.repeated" if protocol.repeats > 1 else "lead.folds"
    return words(key, splitter=splitter, folds=protocol.folds, repeats=protocol.repeats)


@dataclass(frozen=True)
class _Dress:
    """How words are put together: as plain text, or as HTML."""

    say: Callable[..., str]  # fills a sentence of the table
    name: Callable[[str], str]  # dresses a model's name


def _verdict(summary: Summary, dress: _Dress) -> list[str]:
    verdict = summary.verdict
    n_folds = summary.protocol.folds * summary.protocol.repeats
    kind = "verdict.preview_of_one" if n_folds == 1 else "verdict.preview"
    preview = [dress.say(kind, n=n_folds)] if verdict.preview else []
    holdout = [dress.say("verdict.holdout")] if verdict.evidence == "holdout" else []
    key, values = _ship(summary)
    return [
        *preview,
        *holdout,
        dress.say(_standing_key(summary), **_standing_values(summary, dress)),
        dress.say(key, model=dress.name(verdict.recommended), **values),
    ]


def _standing_key(summary: Summary) -> str:
    """Pick the sentence that says how the leader stands: the strongest reason decides."""
    verdict = summary.verdict
    codes = {reason.code for reason in verdict.reasons}
    if verdict.winner is not None and verdict.runner_up is not None:
        return "verdict.wins"
    if verdict.recommended_because == "dummy":
        return "verdict.dummy"
    if verdict.runner_up is None:
        return "verdict.one_model" if "one_model" in codes else "verdict.leads_alone"
    if "not_significant" in codes:
        return "verdict.not_tested" if verdict.p_value is None else "verdict.not_told"
    return "verdict.equivalent" if "equivalent" in codes else "verdict.leads"


def _standing_values(summary: Summary, dress: _Dress) -> dict[str, Any]:
    verdict, column = summary.verdict, summary.columns[0]
    scores = {row.model: row.scores[column.name] for row in summary.models if column.name in row.scores}
    decimals = _decimals(summary)
    leader = scores[verdict.leader]
    values = {"metric": column.label, "mean": fixed(leader.mean, decimals)}
    key = "verdict.score"
    if leader.low is not None and leader.high is not None:
        key = "verdict.score_interval"
        values |= {"low": fixed(leader.low, decimals), "high": fixed(leader.high, decimals)}
    dummies = [row.model for row in summary.models if row.is_dummy]
    return {
        "leader": dress.name(verdict.leader),
        "runner_up": dress.name(verdict.runner_up or ""),
        "dummy": dress.name(dummies[0] if dummies else verdict.recommended),
        "score": dress.say(key, **values),
        "difference": _size(verdict.difference, decimals),
        "p": p_value(verdict.p_value, sign=True).replace(" ", NO_BREAK),
    }


def _size(value: float | None, decimals: int) -> str:
    return DASH if value is None else at_least_one_digit(abs(value), decimals)


def _ship(summary: Summary) -> tuple[str, dict[str, str]]:
    verdict = summary.verdict
    because, ratio = verdict.recommended_because, verdict.speed_ratio
    if because in {"winner", "dummy", "ahead"}:
        return f"ship.{because}", {}
    if because == "only":
        return ("ship.only_one_model" if verdict.runner_up is None else "ship.only"), {}
    if verdict.recommended == verdict.leader:
        return f"ship.leader_{because}", {}
    if ratio is not None and ratio >= WORTH_SAYING:
        return f"ship.{because}_faster", {"ratio": times(ratio)}
    return f"ship.{because}", {}


def detectable_sentence(summary: Summary, lang: str = "en") -> str | None:
    """Say how large a difference would have been found, where the one that was seen is not significant.

    Parameters
    ----------
    summary : Summary
        What the comparison found.
    lang : str, default="en"
        Language of the sentence.

    Returns
    -------
    str or None
        None where a difference was found, where no test could be made, or where no fold differs from another.
    """
    detectable = summary.verdict.detectable
    if not detectable or all(reason.code != "not_significant" for reason in summary.verdict.reasons):
        return None
    words = words_of(lang)
    metric = in_language(summary, words).columns[0].label
    return words("verdict.detectable", difference=_size(detectable, _decimals(summary)), metric=metric)


def reason_sentence(reason: Reason, summary: Summary, words: Words) -> str:
    """Say one reason in a sentence; a code without words is said as it is.

    Where the difference is not significant, a second sentence says which would have been.
    """
    key = f"reason.{reason.code}"
    if not words.has(key):
        return reason.code.replace("_", " ")
    by_holdout = f"{key}_holdout"
    if words.has(by_holdout) and summary.verdict.evidence == "holdout":
        key = by_holdout
    untested = f"reason.{reason.code}_untested"
    if words.has(untested) and reason.values.get("p_value") is None:
        key = untested
    decimals = _decimals(summary)
    values = {name: _reason_value(name, value, decimals) for name, value in reason.values.items()}
    detectable = detectable_sentence(summary, words.lang) if reason.code == "not_significant" else None
    return " ".join([words(key, **values), *([detectable] if detectable else [])])


def _decimals(summary: Summary) -> int:
    """Decimals that the ranking metric is shown with."""
    name = summary.columns[0].name
    return decimals_for(row.scores[name] for row in summary.models if name in row.scores)


def _reason_value(name: str, value: Any, decimals: int) -> str:
    if name == "p_value":
        return p_value(value, sign=True)
    if name == "p_equivalent":
        return share(value)
    if name in {"rope", "difference", "spread"}:
        return _size(value, decimals)
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
