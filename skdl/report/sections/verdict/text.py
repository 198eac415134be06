"""Verdict as text: its sentence, the reasons against a winner, and what the scores of the recommended model mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from skdl.report._format import DASH, at_least_one_digit, count, duration, fixed, p_value, probability, share, times
from skdl.report._meaning import key_facts, score_meanings
from skdl.report._strings import strings_of, translate_summary
from skdl.report.sections._scores import score_decimals
from skdl.report.sections.data.text import check_texts
from skdl.report.sections.decisions.text import priced_sentence
from skdl.report.sections.learning_curve.text import more_rows_sentence
from skdl.report.sections.ship.text import saved_sentence
from skdl.report.sections.slices.text import slices_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl.report._strings import Strings
    from skdl.results import Price, Protocol, Reason, Summary, VerdictSummary


# Flaws that make a comparison wrong, not only short; shown in red.
GRAVE = frozenset({"dummy", "failed_folds", "shuffled_groups", "shuffled_time"})
NO_BREAK = "\N{NO-BREAK SPACE}"
ALPHA = 0.05
_PROBABLY_SMALL = 0.2  # below this probability of more than matters it is the expected loss that speaks against a model
LEAST_RATIO = 1.5  # smaller differences in size and speed are not mentioned


def describe(summary: Summary, strings: Strings) -> dict[str, Any]:
    """Describe what was compared, what weakens or supports the verdict, and what the scores mean."""
    data, protocol, verdict = summary.data, summary.protocol, summary.verdict
    elapsed = duration(protocol.elapsed_s, strings)
    badges = [
        {
            "level": "grave" if reason.code in GRAVE else "mild",
            "label": strings(key) if strings.has(key := f"badge.{reason.code}") else reason.code.replace("_", " "),
            "sentence": reason_sentence(reason, summary, strings),
        }
        for reason in verdict.reasons
    ]
    stands = "winner.stands_holdout" if verdict.evidence == "holdout" else "winner.stands"
    return {
        "lead": [
            strings("lead.data", rows=count(data.n_rows), columns=count(data.n_columns), target=data.target),
            splits_line(protocol, strings.lang),
            strings("lead.models", n=len(summary.models), fits=count(protocol.fits), elapsed=elapsed),
        ],
        "badges": sorted(badges, key=lambda badge: badge["level"] != "grave"),
        "warnings": _warnings(summary, strings),
        "facts": [
            *filter(None, [saved_sentence(summary, strings.lang)]),
            *key_facts(summary, strings.lang),
            *filter(None, [slices_sentence(summary, strings.lang)]),
        ],
        "more_rows": more_rows_sentence(summary, strings, str),
        "stands": None if badges else strings(stands),
        "meanings": score_meanings(summary, strings),
    }


def _warnings(summary: Summary, strings: Strings) -> list[dict[str, str]]:
    """Findings of the checks that may make all scores too good."""
    findings, _ = check_texts(summary.data, strings)
    return [finding for finding in findings if finding["level"] == "grave"]


def warning_sentences(summary: Summary, lang: str = "en") -> list[str]:
    """Describe what may make all scores too good, a sentence or two each; empty where nothing was found.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    lang : str, default="en"
        Language of the sentences.

    Returns
    -------
    list of str
        The strongest finding first.
    """
    strings = strings_of(lang)
    return [f"{warning['label']}: {warning['sentence']}" for warning in _warnings(summary, strings)]


def verdict_sentence(summary: Summary, lang: str = "en") -> str:
    """Describe who leads, by how much, how significantly, and which model to ship.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    lang : str, default="en"
        Language of the sentence.

    Returns
    -------
    str
        Two or three sentences, in natural units and signs.

    Raises
    ------
    UsageError
        For a language without strings.
    """
    return " ".join(verdict_paragraphs(summary, lang))


def verdict_paragraphs(summary: Summary, lang: str = "en") -> list[str]:
    """Return the sentences of `verdict_sentence` in paragraphs: the verdict, then what more rows would give."""
    strings = strings_of(lang)
    translated = translate_summary(summary, strings)
    paragraphs = [" ".join(_verdict(translated, strings, str)), *more_rows_sentence(translated, strings, str)]
    # No-break spaces keep "p = 0.04" on one line of HTML; in plain text they only hinder searching.
    return [paragraph.replace(NO_BREAK, " ") for paragraph in paragraphs]


def verdict_markup(summary: Summary, strings: Strings) -> Markup:
    """Return the same sentence as HTML: model names in bold, everything from users escaped.

    What more rows would give is not in it: on a page it stands with the facts, so that the sentence stays short.
    """
    return Markup(" ").join(_verdict(summary, strings.markup, Markup("<b>{}</b>").format))


def splits_line(protocol: Protocol, lang: str = "en") -> str:
    """Describe how the table was split, and into how many folds if there are several."""
    strings = strings_of(lang)
    splitter = strings.translate(protocol.splitter)
    if protocol.folds * protocol.repeats == 1:
        return splitter
    key = "lead.column" if protocol.fold_column else "lead.repeated" if protocol.repeats > 1 else "lead.folds"
    return strings(key, splitter=splitter, folds=protocol.folds, repeats=protocol.repeats)


def _verdict(summary: Summary, string: Callable[..., str], mark: Callable[[str], str]) -> list[str]:
    """Sentences of the verdict; ``string`` formats one by its key, ``mark`` marks up the name of a model."""
    verdict, column = summary.verdict, summary.columns[0]
    n_folds = summary.protocol.folds * summary.protocol.repeats
    decimals = score_decimals(summary)
    leader = next(row.scores[column.name] for row in summary.models if row.model == verdict.leader)
    has_interval = leader.low is not None and leader.high is not None
    dummies = [row.model for row in summary.models if row.is_dummy]
    preview = "verdict.preview_of_one" if n_folds == 1 else "verdict.preview"
    return [
        *([string(preview, n=n_folds)] if verdict.preview else []),
        *([string("verdict.holdout")] if verdict.evidence == "holdout" else []),
        string(
            _standing_key(verdict),
            leader=mark(verdict.leader),
            runner_up=mark(verdict.runner_up or ""),
            dummy=mark(dummies[0] if dummies else verdict.recommended),
            score=string(
                "verdict.score_interval" if has_interval else "verdict.score",
                metric=column.label,
                mean=fixed(leader.mean, decimals),
                low=fixed(leader.low, decimals),
                high=fixed(leader.high, decimals),
            ),
            difference=_size(verdict.difference, decimals),
            p=p_value(verdict.p_value, sign=True).replace(" ", NO_BREAK),
        ),
        *_second_opinion(summary, string, mark),
        *_after_choosing(summary, leader.mean, string),
        *filter(None, [priced_sentence(summary, string, mark)]),
        _recommendation(summary, string, mark),
    ]


def _second_opinion(summary: Summary, string: Callable[..., str], mark: Callable[[str], str]) -> list[str]:
    """Describe where the test by rows disagrees about the leader and the second, or the recommended model."""
    verdict = summary.verdict
    tests = {frozenset((pair.first, pair.second)): pair for pair in summary.pairs}
    for model in dict.fromkeys((verdict.runner_up, verdict.recommended)):
        pair = tests.get(frozenset((verdict.leader, model or "")))
        if pair is None or pair.p_value is None or pair.p_rows is None:
            continue
        if (pair.p_value < ALPHA) != (pair.p_rows < ALPHA):
            key = "verdict.rows_differ" if pair.p_rows < ALPHA else "verdict.rows_do_not_differ"
            p_rows = p_value(pair.p_rows, sign=True).replace(" ", NO_BREAK)
            return [string(key, leader=mark(verdict.leader), model=mark(model or ""), p=p_rows)]
    return []


def _after_choosing(summary: Summary, mean: float, string: Callable[..., str]) -> list[str]:
    """Describe the score to expect of the leader; nothing where it was not computed."""
    choice, decimals = summary.verdict.after_choosing, score_decimals(summary)
    if choice is None or choice.score is None:
        return []
    best, expected = fixed(mean, decimals), fixed(choice.score, decimals)
    key = "verdict.after_choosing_same" if best == expected else "verdict.after_choosing"
    return [string(key, mean=best, n=choice.n_models, expected=expected)]


def _standing_key(verdict: VerdictSummary) -> str:
    """Choose the sentence on the leader's standing: the strongest reason decides."""
    codes = {reason.code for reason in verdict.reasons}
    if verdict.winner is not None and verdict.runner_up is not None:
        return "verdict.wins"
    if verdict.recommended_because == "dummy":
        return "verdict.dummy"
    if verdict.runner_up is None:
        return "verdict.one_model" if "one_model" in codes else "verdict.leads_alone"
    if "not_significant" in codes:
        return "verdict.not_tested" if verdict.p_value is None else "verdict.not_significant"
    return "verdict.equivalent" if "equivalent" in codes else "verdict.leads"


def _size(value: float | None, decimals: int) -> str:
    return DASH if value is None else at_least_one_digit(abs(value), decimals)


def _recommendation(summary: Summary, string: Callable[..., str], mark: Callable[[str], str]) -> str:
    """Name the model to ship, and the price of the choice: what it loses, and what it saves."""
    verdict = summary.verdict
    model, price = mark(verdict.recommended), verdict.price
    key = f"recommendation.{verdict.recommended_because}"
    if price is None:
        return string(key, model=model)
    if verdict.recommended_because in {"best", "winner"}:
        key = "recommendation.nearest_dominated" if price.dominated else "recommendation.nearest"
    if key == "recommendation.unsure" and (price.p_worse or 0.0) < _PROBABLY_SMALL:
        key += "_small"
    if key == "recommendation.cheaper" and price.loss == 0.0:
        key += "_equal"
    decimals = score_decimals(summary)
    lost, unit = at_least_one_digit(price.loss, decimals), summary.columns[0].unit
    lost = lost if unit is None else string("meaning.unit", value=lost, unit=unit)
    loss = {"metric": summary.columns[0].label, "loss": lost}
    loss_key = "price.loss"
    if price.low is not None and price.high is not None:
        # What a model gives up is at least nothing: the lower end is cut at 0.
        loss |= {"low": fixed(max(price.low, 0.0), decimals), "high": fixed(price.high, decimals)}
        loss_key = "price.loss_interval"
    return string(
        key,
        model=model,
        other=mark(price.model),
        loss=string(loss_key, **loss),
        savings=_savings(price, string),
        p_worse=probability(price.p_worse or 0.0),
        equivalence=at_least_one_digit(verdict.equivalence, decimals),
    )


def _savings(price: Price, string: Callable[..., str]) -> str:
    """List what the cheaper model saves: "A", "A, and B" or "A, B, and C"."""
    savings = [
        string(f"price.{kind}", ratio=times(ratio))
        for kind, ratio in (("size", price.size_ratio), ("speed", price.speed_ratio))
        if ratio >= LEAST_RATIO
    ]
    if price.packages:
        savings.append(string("price.packages", packages=", ".join(price.packages)))
    *first, last = savings or [string("price.simpler")]
    return string("price.and", first=", ".join(first), second=last) if first else last


def detectable_sentence(summary: Summary, lang: str = "en") -> str | None:
    """Describe which difference would have been detected, if the observed one is not significant.

    Parameters
    ----------
    summary : Summary
        Results of the comparison.
    lang : str, default="en"
        Language of the sentence.

    Returns
    -------
    str or None
        None if a difference is significant, if no test was possible, or if all folds are equal.
    """
    detectable = summary.verdict.detectable
    if not detectable or all(reason.code != "not_significant" for reason in summary.verdict.reasons):
        return None
    strings = strings_of(lang)
    metric, widest = translate_summary(summary, strings).columns[0].label, summary.columns[0].widest
    if widest is not None and detectable >= widest:
        return strings("verdict.undetectable", metric=metric)
    return strings("verdict.detectable", difference=_size(detectable, score_decimals(summary)), metric=metric)


def reason_sentence(reason: Reason, summary: Summary, strings: Strings) -> str:
    """Describe one reason in a sentence; a code without a string is shown as it is.

    If the difference is not significant, a second sentence gives the detectable difference.
    """
    key = f"reason.{reason.code}"
    if not strings.has(key):
        return reason.code.replace("_", " ")
    if strings.has(f"{key}_untested") and reason.values.get("p_value") is None:
        key = f"{key}_untested"
    elif strings.has(f"{key}_holdout") and summary.verdict.evidence == "holdout":
        key = f"{key}_holdout"
    decimals = score_decimals(summary)
    sentence = strings(key, **{name: _reason_value(name, value, decimals) for name, value in reason.values.items()})
    detectable = detectable_sentence(summary, strings.lang) if reason.code == "not_significant" else None
    return f"{sentence} {detectable}" if detectable else sentence


def _reason_value(name: str, value: Any, decimals: int) -> str:
    if name == "p_value":
        return p_value(value, sign=True)
    if name == "p_equivalent":
        return share(value)
    if name in {"rope", "difference", "spread"}:
        return _size(value, decimals)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
