"""Sentences of the verdict."""

from dataclasses import replace

import pytest

from skdl.exceptions import UsageError
from skdl.report import detectable_sentence, render_notebook, splits_line, verdict_sentence
from skdl.results import AfterChoosing, Pair, Price, Reason

PRICE = Price("ridge", 0.09, -0.02, 0.2, 0.1, 400.0, 40.0, [])


def judged(summary, **changes):
    """Change the verdict of a summary."""
    return verdict_sentence(replace(summary, verdict=replace(summary.verdict, **changes)))


def test_a_tie_names_the_leader_and_the_recommended_model(summary):
    assert verdict_sentence(summary) == (
        "lightgbm leads (RMSE 3.21, 95 % CI 3.06 to 3.36), but the difference to keras_mlp is not statistically"
        " significant (difference 0.04, p = 0.41). Ship ridge: it gives up 0.09 in RMSE (95 % CI 0.00 to 0.20), but its"
        " file is 400 times smaller, and it predicts 40 times faster."
    )


def test_a_winner_is_named_with_its_lead(summary):
    """The runner-up, the difference, and its uncertainty."""
    won = {"winner": "lightgbm", "recommended": "lightgbm", "recommended_because": "winner", "price": None}
    text = judged(summary, **won, reasons=[], p_value=2e-4)
    assert text == (
        "lightgbm wins (RMSE 3.21, 95 % CI 3.06 to 3.36), 0.04 better than keras_mlp (p < 0.001). Ship lightgbm."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"preview": True}, "Preview of 30 folds. lightgbm leads"),
        ({"evidence": "holdout"}, "One hold-out set, each model trained once: the variation between training"),
        (
            {"recommended": "dummy", "recommended_because": "dummy"},
            "No model is significantly or probably better than dummy",
        ),
        ({"reasons": [Reason("equivalent")]}, "is practically equivalent to keras_mlp"),
        ({"reasons": [Reason("leader_changes")]}, "0.04 ahead of keras_mlp (p = 0.41), but no winner can be named"),
        ({"runner_up": None, "reasons": [Reason("one_model")]}, "is the only model that finished"),
        (
            {"after_choosing": AfterChoosing(3.284, 3)},
            "0.41). 3.21 is the best of 3; 3.28 is expected after choosing.",
        ),
        ({"after_choosing": AfterChoosing(3.212, 3)}, "3.21 is the best of 3, and is also expected after choosing."),
        ({"p_value": None}, "could not be tested (difference 0.04)."),
        ({"price": replace(PRICE, low=None)}, "Ship ridge: it gives up 0.09 in RMSE, but its file is"),
        ({"price": replace(PRICE, loss=0.0)}, "Ship ridge: it scores as well as the leader, and its file is"),
        ({"price": replace(PRICE, size_ratio=1.0, packages=["lightgbm"])}, "faster, and it does not need lightgbm."),
        (
            {"price": replace(PRICE, packages=["lightgbm"])},
            "400 times smaller, it predicts 40 times faster, and it does not need lightgbm.",
        ),
        ({"price": replace(PRICE, size_ratio=1.2, speed_ratio=0.9)}, "(95 % CI 0.00 to 0.20), but it is simpler."),
        (
            {"recommended": "lightgbm", "recommended_because": "unsure", "price": replace(PRICE, p_worse=0.3)},
            "predicts 40 times faster) and gives up 0.09 in RMSE (95 % CI 0.00 to 0.20), but these results leave open",
        ),
        (
            {"recommended": "lightgbm", "recommended_because": "unsure", "price": replace(PRICE, p_worse=0.3)},
            "whether it is as good: with a probability of 30 % it is worse by more than 0.10.",
        ),
        (
            {"recommended": "lightgbm", "recommended_because": "unsure"},
            "gives up 0.09 in RMSE (95 % CI 0.00 to 0.20): probably less than what matters (0.10), but more than the",
        ),
        (
            {"recommended": "lightgbm", "recommended_because": "best", "price": None},
            "Ship lightgbm: no cheaper model is as good.",
        ),
        (
            {"recommended": "lightgbm", "recommended_because": "best"},
            "Ship lightgbm. Of the cheaper models, ridge comes nearest (its file is",
        ),
        (
            {"recommended": "lightgbm", "recommended_because": "best", "price": replace(PRICE, dominated=True)},
            "gives up 0.09 in RMSE (95 % CI 0.00 to 0.20), and in other metrics more than what matters.",
        ),
        (
            {"recommended": "lightgbm", "recommended_because": "winner"},
            "predicts 40 times faster), but gives up 0.09 in RMSE (95 % CI 0.00 to 0.20).",
        ),
        ({"recommended": "lightgbm", "recommended_because": "untested"}, "Ship lightgbm: a single fold cannot show"),
        ({"recommended": "lightgbm", "recommended_because": "only"}, "Ship lightgbm, or compare it with other models"),
    ],
)
def test_each_verdict_has_its_sentence(summary, changes, words):
    assert words in judged(summary, **changes)


def test_a_difference_too_small_for_its_decimals_still_shows(summary):
    """0.00 would read as none at all."""
    assert "difference 0.0004" in judged(summary, difference=0.0004)


def test_a_worse_accuracy_is_printed_without_a_sign(summary):
    """The difference is runner-up minus leader, below zero where greater is better."""
    assert "difference 0.04" in judged(summary, difference=-0.04)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (
            [Pair("lightgbm", "keras_mlp", 0.41, 0.01)],
            "lightgbm and keras_mlp as trained differ significantly (p = 0.0",
        ),
        ([Pair("lightgbm", "ridge", 0.01, 0.2)], "lightgbm and ridge do not differ significantly (p = 0.20)"),
        ([Pair("lightgbm", "keras_mlp", 0.41, 0.3), Pair("lightgbm", "dummy", 0.4, 0.01)], None),
    ],
    ids=["by rows alone", "by folds alone", "agree"],
)
def test_a_second_opinion_that_disagrees_is_given(summary, pairs, words):
    """About the runner-up or the recommended model."""
    text = verdict_sentence(replace(summary, pairs=pairs))
    assert words in text if words else "By the test rows" not in text


def test_an_unknown_language_is_refused(summary):
    """The message lists the known languages."""
    with pytest.raises(UsageError, match=r"one of en, ko; got 'tlh'"):
        verdict_sentence(summary, lang="tlh")


def test_a_single_fold_is_a_preview_too(summary):
    """One split without a bootstrap over its rows."""
    verdict, protocol = replace(summary.verdict, preview=True), replace(summary.protocol, folds=1, repeats=1)
    assert verdict_sentence(replace(summary, verdict=verdict, protocol=protocol)).startswith(
        "Preview of a single fold."
    )


def test_a_tie_names_the_detectable_difference(summary):
    """In the metric's unit, with the decimals of its scores; next to the reason, not in the verdict."""
    detectable = replace(summary, verdict=replace(summary.verdict, detectable=0.1234))
    sentence = "With these folds, a difference of 0.12 in RMSE would be detected with a power of 80 %."
    assert detectable_sentence(detectable) == sentence
    assert sentence.replace("80 %", "80\N{NO-BREAK SPACE}%") in render_notebook(detectable)
    assert sentence not in verdict_sentence(detectable)


@pytest.mark.parametrize(("widest", "is_possible"), [(1.0, False), (2.0, True), (None, True)])
def test_a_detectable_difference_that_no_scores_can_have_is_not_shown(summary, widest, is_possible):
    """Two folds of an accuracy: a difference of 1.5 would be found, but scores end at 1."""
    columns = [replace(summary.columns[0], widest=widest), *summary.columns[1:]]
    found = replace(summary, columns=columns, verdict=replace(summary.verdict, detectable=1.5))
    assert ("1.50" in detectable_sentence(found)) is is_possible
    assert ("however large" in detectable_sentence(found)) is not is_possible


@pytest.mark.parametrize(
    "changes", [{"detectable": None}, {"detectable": 0.1, "reasons": [Reason("equivalent")]}], ids=["unknown", "found"]
)
def test_an_unknown_or_needless_detectable_difference_is_left_out(summary, changes):
    """Where it is unknown, and where a difference was found."""
    assert detectable_sentence(replace(summary, verdict=replace(summary.verdict, **changes))) is None


@pytest.mark.parametrize(
    ("protocol", "line"),
    [
        ({}, "k-fold, 10 folds x 3 repeats"),
        ({"repeats": 1, "splitter": "time-ordered"}, "time-ordered, 10 folds"),
        ({"repeats": 1, "folds": 1, "splitter": "hold-out of 25 %"}, "hold-out of 25 %"),
        ({"repeats": 1, "splitter": "folds of column cv", "fold_column": "cv"}, "10 folds of column cv"),
    ],
    ids=["repeats", "time", "hold-out", "column"],
)
def test_the_splits_are_described_in_one_line(summary, protocol, line):
    """A count of one is left out."""
    assert splits_line(replace(summary.protocol, **protocol)) == line
