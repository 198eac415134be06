"""Costs of decisions, as the report shows them."""

from dataclasses import replace

import pytest

from skdl.report import key_facts, threshold_option, verdict_sentence
from skdl.results import DecisionsSummary, ModelDecisions, PricedDecisions, Score


def priced(mean, difference=None, *, model=None, always=None, by="probabilities"):
    ends = (None, None) if difference is None else (difference - 0.1, difference + 0.1)
    return PricedDecisions(model, always, by, Score(mean, mean - 0.5, mean + 0.5, 0.1), difference, *ends)


@pytest.fixture
def decisions(classes):
    """Give the costs of an action to a comparison whose leader is recommended."""
    known = DecisionsSummary(
        classes=["no", "yes"],
        matrix=[[0.0, 5.0], [0.0, -50.0]],
        unit="EUR",
        label="yes",
        is_action=True,
        threshold=1 / 11,
        score_threshold=1 / 11,
        perfect=-20.0,
        priced=[
            priced(-8.123, model="lightgbm"),
            priced(-7.5, 0.623, model="keras_mlp", by="predictions"),
            priced(-3.2, 4.923, always="yes"),
            priced(0.0, 8.123, always="no"),
        ],
        thresholds=[0.0, 1 / 11, 0.5, 1.0],
        models=[
            ModelDecisions("lightgbm", -8.1, -6.0, [[200, 100], [6, 200]], [-3.2, -8.1, -6.0, 0.0], 0.08, -8.2, -8.0)
        ],
    )
    verdict = replace(classes.verdict, recommended="lightgbm", recommended_because="best", price=None)
    return replace(classes, decisions=known, verdict=verdict)


def test_the_verdict_says_what_the_choice_gains(decisions):
    """Against the best constant decision, and the second model; costs above 0 are called so."""
    sentence = (
        "By your costs, lightgbm gains 8,120 EUR per 1,000 rows (8.12 EUR per row), 4,920 EUR better than acting on "
        "every row, and 620 EUR better than keras_mlp."
    )
    assert sentence in verdict_sentence(decisions)
    assert "1,000행당 8,120 EUR(행당 8.12 EUR)의 이익을 냅니다" in verdict_sentence(decisions, "ko")
    dearer = [replace(one, cost=Score(one.cost.mean + 9, None, None, None)) for one in decisions.decisions.priced]
    costly = replace(decisions.decisions, priced=dearer, unit=None, is_action=False)
    assert "lightgbm costs 880 per 1,000 rows (0.88 per row)" in verdict_sentence(replace(decisions, decisions=costly))


@pytest.mark.parametrize(
    "text",
    [
        "Class yes is acted on at a probability of 0.0909 or more",
        "Cost per 1,000 rows (EUR)",
        "keras_mlp (predicted classes)",
        "\u22128,120",
        "+620",
        "520 to 720",
        "the true class of every row",
        "It decides class yes for 59 % of the rows, at a cost of \u22128,100. As predicted, without these costs,",
        "On these rows 0.08 would be the cheapest threshold.",
        "Chosen so on the other folds, it costs \u22128,000: no better.",
        "Decisions of lightgbm: rows are actual classes, columns the decided ones",
        "These are the predicted classes; those decided by your costs are above.",
        "INPUT --out DIR --sha256",
        "--threshold 0.0909091",
    ],
)
def test_the_section_has_prices_the_rule_and_the_threshold(rendered, decisions, text):
    """In HTML as in Markdown."""
    for page in rendered(replace(decisions, folds=[], networks=[])):
        assert text in page


def test_facts_and_the_command_follow_the_costs(decisions):
    """Of the class that is acted on; a model that has no probabilities has no threshold."""
    facts = key_facts(decisions)
    assert facts[0] == (
        "Deciding by your costs, lightgbm finds 97 % of the rows of class yes; 67 % of its decisions for yes are right."
    )
    assert facts[1].startswith("It then classifies ")
    assert threshold_option(decisions) == " --threshold 0.0909091"
    unrated = [replace(one, by="predictions") for one in decisions.decisions.priced]
    without_probabilities = replace(decisions, decisions=replace(decisions.decisions, priced=unrated))
    assert threshold_option(without_probabilities) == ""
    assert key_facts(without_probabilities)[0].startswith("lightgbm finds 97 % ")


def test_a_threshold_that_saves_on_other_folds_is_said_to(rendered, decisions):
    one = replace(decisions.decisions.models[0], judged_cost=-9.0)
    changed = replace(decisions, decisions=replace(decisions.decisions, models=[one]), folds=[], networks=[])
    assert "it costs \u22129,000. That is less, so the probabilities may be off" in rendered(changed)[0]
