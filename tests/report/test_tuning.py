"""Section on tuning."""

from dataclasses import replace

import pytest

from skdl.report import edge_sentences
from skdl.results import ChosenValue, TunedParameter, TuningSummary

ALPHA = TunedParameter("alpha", [ChosenValue(1.0, 21), ChosenValue(10, 9)], 0.1, 10, None)
RATE = TunedParameter("learning_rate", [ChosenValue(0.01, 30)], 0.001, 0.01, "highest")
TUNED = TuningSummary("ridge", 30, 3.02, 3.11, 0.09, [ALPHA, RATE])


@pytest.fixture
def render(plotless, rendered):
    """Render a tuned model to page and Markdown."""
    return lambda tuned: rendered(replace(plotless, tuning=[tuned]))


@pytest.mark.parametrize(
    "text",
    [
        "3.11 on the test rows",
        "inner score optimistic by 0.09",
        "1.0 (21 of 30), 10 (9)",
        "the best learning_rate is at the upper edge of the search, 0.01. Search larger values.",
    ],
    ids=["outer", "optimism", "chosen", "edge"],
)
def test_page_and_markdown_describe_the_tuning(render, text):
    """The optimism of the inner score, the chosen values, and where to search next."""
    assert all(text in page for page in render(TUNED))


@pytest.mark.parametrize(
    ("optimism", "message"), [(-0.2, "inner score pessimistic by 0.20"), (0.0, "inner score confirmed")]
)
def test_the_inner_score_may_be_pessimistic(render, optimism, message):
    """It trains on fewer rows than the fold has."""
    assert all(message in page for page in render(replace(TUNED, optimism=optimism)))


def test_a_search_by_another_metric_reports_only_its_choice(render):
    """Its scores cannot be compared."""
    pages = render(replace(TUNED, inner=None, outer=None, optimism=None))
    assert all("on the test rows" not in page.partition("Tuning")[2] for page in pages)
    assert all("1.0 (21 of 30)" in page for page in pages)


def test_many_sampled_values_are_summarised_by_their_range(render):
    drawn = [ChosenValue(number / 7, 1) for number in range(1, 8)]
    pages = render(replace(TUNED, parameters=[TunedParameter("C", drawn, 0.1, 1.0)]))
    assert all("0.1429 to 1.0, median 0.5714" in page for page in pages)


def test_each_choice_at_an_edge_of_the_search_is_a_note(plotless):
    notes = edge_sentences(replace(plotless, tuning=[TUNED]))
    assert notes == ["ridge: the best learning_rate is at the upper edge of the search, 0.01. Search larger values."]


def test_a_comparison_without_tuning_has_no_section_on_it(plotless, rendered):
    assert "## Tuning" not in rendered(plotless)[1]
