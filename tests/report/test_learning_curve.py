"""Section on learning curves over rows: sentences by what the curves show, table, picture, and results file."""

from dataclasses import replace

import pytest

from skdl.report import (
    read_results,
    render_notebook,
    strings_of,
    verdict_paragraphs,
    verdict_sentence,
    write_report,
)
from skdl.report.sections import section_part
from skdl.results import Line, Reason, RowsAhead, RowsCurve, RowsPoint, RowsSummary

STRINGS = strings_of("en")
DASH = "\N{EN DASH}"
describe = section_part("learning_curve", "text").describe
pictures = section_part("learning_curve", "plot").pictures
POINTS = [
    RowsPoint(n, score, score - 0.2, score + 0.2) for n, score in ((100, 4.0), (200, 3.6), (400, 3.3), (800, 3.21))
]


def ahead(times, gain, p_matters=0.0, *, p_leads=None):
    """Make what more rows give, with a score of 3.21 less the gain."""
    score = 3.21 - gain
    ends = max(gain - 0.02, 0.0), gain + 0.02
    return RowsAhead(times, score, score - 0.3, score + 0.3, gain, *ends, p_matters, p_leads)


def curve(model, *expected, trend="better", overtakes=None):
    """Make a curve."""
    line = Line([100.0, 800.0, 8000.0], [4.0, 3.21, 3.0])
    low, high = [3.8, 3.0, 2.7], [4.2, 3.4, 3.3]
    return RowsCurve(model, model == "keras_mlp", trend, 0.5, POINTS, list(expected), overtakes, line, low, high)


def with_curves(summary, *curves, **changes):
    """Put curves into a summary whose differences below 0.05 do not matter."""
    rows = RowsSummary(10, "rows", list(curves), **changes)
    return replace(summary, learning_curve=rows, verdict=replace(summary.verdict, equivalence=0.05))


@pytest.mark.parametrize(
    ("leader", "sentence"),
    [
        (
            curve("lightgbm", ahead(2.0, 0.1, 0.95), ahead(10.0, 0.3, 1.0)),
            (
                "With twice the rows, lightgbm would reach about RMSE 3.11 (2.81 to 3.41); the gain of "
                "0.10 (0.08 to 0.12) is more than what matters in practice (0.05)."
            ),
        ),
        (
            curve("lightgbm", ahead(2.0, 0.06, 0.6), ahead(10.0, 0.3, 1.0)),
            (
                "With twice the rows, lightgbm would reach about RMSE 3.15 (2.85 to 3.45), and with ten "
                "times 2.91 (2.61 to 3.21); with a probability of 60 % the gain from twice the rows, 0.06 "
                "(0.04 to 0.08), is more than what matters in practice (0.05)."
            ),
        ),
        (
            curve("lightgbm", ahead(2.0, 0.02, 0.08), ahead(10.0, 0.1, 0.7)),
            (
                "With twice the rows, lightgbm would reach about RMSE 3.19 (2.89 to 3.49), which "
                "is unlikely to gain what matters in practice (0.05); with ten times it would be about 3.11 "
                "(2.81 to 3.41), which gains more than that with a probability of 70 %."
            ),
        ),
        (
            curve("lightgbm", ahead(2.0, 0.01, 0.01), ahead(10.0, 0.02, 0.04)),
            (
                "More rows are hardly worth collecting: even with ten times as many, lightgbm would reach "
                "about RMSE 3.19 (2.89 to 3.49), which gains more than what matters in practice (0.05) "
                "with a probability of 4 %."
            ),
        ),
        (
            curve("lightgbm", ahead(2.0, 0.01, 0.03), trend="flat"),
            (
                "More rows are hardly worth collecting: lightgbm is not significantly better with all "
                "rows than with a part of them, and with twice as many (RMSE 3.20, 2.90 to 3.50) would "
                "gain more than what matters in practice (0.05) with a probability of 3 %."
            ),
        ),
        (
            curve("lightgbm", ahead(2.0, 0.06, 0.5), trend="flat"),
            (
                "It is unclear whether more rows would help lightgbm: with fewer rows, its score changes "
                "no more than it varies between folds."
            ),
        ),
        (
            curve("lightgbm", trend="worse"),
            "More rows made the score of lightgbm worse, so the effect of still more rows is unknown.",
        ),
    ],
    ids=["helps", "unsure", "later", "useless", "level", "flat", "worse"],
)
def test_the_verdict_says_what_more_rows_would_give_the_leader(summary, leader, sentence):
    found = with_curves(summary, leader)
    assert verdict_sentence(found).endswith(sentence)
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in describe(found, STRINGS)["sentences"]] == [sentence]
    assert "lightgbm" in verdict_sentence(found, "ko")
    page = render_notebook(found).replace("\N{NO-BREAK SPACE}", " ")
    assert page.count(sentence) == 1
    assert sentence not in page[page.index("1.15em") :].partition("</p>")[0]  # beside the verdict, not in it


LEADER = curve("lightgbm", ahead(2.0, 0.1, 1.0), ahead(10.0, 0.3, 1.0))


@pytest.mark.parametrize(
    ("network", "sentence", "in_verdict"),
    [
        (
            curve("keras_mlp", ahead(2.0, 0.1, p_leads=0.3), ahead(10.0, 0.5, p_leads=0.8), overtakes=3.2),
            (
                "keras_mlp is expected to overtake lightgbm with about 3.2 times the rows (probability "
                "that it leads with 10 times: 80 %)."
            ),
            True,
        ),
        (
            curve("keras_mlp", ahead(2.0, 0.1, p_leads=0.3), ahead(10.0, 0.2, p_leads=0.4)),
            (
                "Whether keras_mlp would overtake lightgbm with more rows is open: the probability that "
                "it leads with 10 times the rows is 40 %."
            ),
            False,
        ),
        (
            curve("keras_mlp", ahead(2.0, 0.0, p_leads=0.01), trend="flat"),
            (
                "keras_mlp would not overtake lightgbm with more rows: the probability that it leads with "
                "2 times the rows is 1 %."
            ),
            False,
        ),
    ],
    ids=["expected", "open", "never"],
)
def test_whether_the_network_would_overtake_the_leader(summary, network, sentence, in_verdict):
    found = with_curves(summary, LEADER, network)
    assert describe(found, STRINGS)["sentences"][-1] == sentence
    assert (sentence in verdict_sentence(found)) is in_verdict


def test_the_table_holds_measured_and_expected_scores(summary):
    flat = curve("keras_mlp", ahead(2.0, 0.0, p_leads=0.01), trend="flat")
    text = describe(with_curves(summary, LEADER, flat), STRINGS)
    assert [heading.replace("\N{MULTIPLICATION SIGN}", "x") for heading in text["headings"]] == [
        "Model",
        *("100 rows", "200 rows", "400 rows", "800 rows"),
        *("Expected with 2x", "Expected with 10x", "Leads with 2x"),
    ]
    first, *cells = text["lines"][0]
    assert first == "lightgbm"
    assert cells == ["4.00", "3.60", "3.30", "3.21", "3.11 (2.81 to 3.41)", "2.91 (2.61 to 3.21)", DASH]
    assert text["lines"][1][5:] == ["3.21 (2.91 to 3.51)", DASH, "1 %"]


def test_the_picture_names_the_models_and_the_numbers_of_rows(summary):
    found = with_curves(summary, LEADER, curve("keras_mlp", ahead(2.0, 0.0, p_leads=0.01), trend="flat"))
    drawn = pictures(found, STRINGS)
    assert [f">{words}</text>" in str(drawn["learning-curve"].svg) for words in ("keras_mlp", "400", "8,000")] == [
        True
    ] * 3
    assert ">400</text>" not in str(drawn["learning-curve-narrow"].svg)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize(
    "reason",
    [
        Reason("few_rows", {"n": 40}),
        Reason("few_folds", {"n": 2, "needed": 3}),
        Reason("few_groups"),
        Reason("time", {"n": 1, "needed": 3}),
        Reason("failed", {"models": "ridge"}),
    ],
    ids=lambda reason: reason.code,
)
def test_without_curves_the_section_gives_the_reason(summary, lang, reason):
    found = with_curves(summary, missing=reason)
    assert all(str(value) in describe(found, strings_of(lang))["missing"] for value in reason.values.values())
    assert pictures(found, STRINGS) == {}
    assert verdict_sentence(found) == verdict_sentence(replace(found, learning_curve=None))


def test_what_more_rows_would_give_is_a_paragraph_of_its_own(summary):
    verdict, more_rows = verdict_paragraphs(with_curves(summary, LEADER))
    assert verdict == verdict_sentence(summary)
    assert more_rows.startswith("With twice the rows, lightgbm would reach about RMSE 3.11")


def test_a_model_without_a_curve_is_named(summary):
    text = describe(with_curves(summary, LEADER, failed=["keras_mlp"]), STRINGS)
    assert text["sentences"][-1] == "Without a curve, because a fit on a part of the rows failed: keras_mlp."


def test_the_report_and_the_results_file_hold_the_curves(summary, tmp_path):
    found = with_curves(replace(summary, folds=[], networks=[]), LEADER)
    write_report(found, tmp_path)
    for name in ("report.html", "report.md"):
        text = (tmp_path / name).read_text()
        assert [words in text for words in ("Would more rows help?", "800 rows", "3.11 (2.81 to 3.41)")] == [True] * 3
    assert f"|---|{'---:|' * 6}\n" in text  # of the table in Markdown
    assert read_results(tmp_path / "results.json").learning_curve == found.learning_curve
