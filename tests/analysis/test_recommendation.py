"""Recommendation: what a cheaper model may lose, what cheaper means, and the price of the choice."""

import numpy as np
import pytest
from scipy import stats

from skdl.analysis import Cost, OtherMetric, decide, expected_shortfall
from skdl.exceptions import UsageError

FOLDS = np.array([0.0, 1.0, 0.5, -0.5, 1.5, 0.2, 0.8, -0.1, 0.6, 0.9])
NOISE = np.array([0.3, -0.2, 0.1, -0.4, 0.2, 0.0, -0.1, 0.3, -0.3, 0.1])  # its mean is 0
SIMPLICITY = {"dummy": 0, "ridge": 10, "knn": 20, "forest": 30}
BIG = Cost(1e-3, 1e-4, 80_000_000)
SMALL = Cost(1e-3, 1e-6, 20_000)
ROPE = 0.1
OPTIONS = {"greater_is_better": False, "test_train_ratio": 1 / 9, "rope": ROPE, "min_test_rows": 100}


def choose(loss=0.0, noise=0.1, *, costs=None, others=(), **changes):
    """Decide between a forest and a ridge regression whose error is greater by ``loss`` on average."""
    scores = {"forest": 3.0 + FOLDS, "ridge": 3.0 + loss + FOLDS + noise * NOISE, "dummy": 9.0 + FOLDS[::-1]}
    costs = {"forest": BIG, "ridge": SMALL} if costs is None else costs
    return decide(scores, **OPTIONS | changes, simplicity=SIMPLICITY, costs=costs, others=others)


def test_a_cheaper_model_that_loses_little_takes_the_place_of_the_leader():
    result = choose(0.01)
    assert (result.leader, result.recommended, result.recommended_because) == ("forest", "ridge", "cheaper")
    price = result.price
    assert (price.model, price.size_ratio, price.speed_ratio) == ("ridge", 4000.0, pytest.approx(100.0))
    assert price.loss == pytest.approx(0.01)
    assert price.low < price.loss < price.high


@pytest.mark.parametrize(
    ("loss", "noise", "because", "winner"),
    [(0.05, 6.0, "unsure", None), (0.2, 0.1, "winner", "forest"), (0.2, 0.6, "best", None)],
    ids=["open", "significantly worse", "probably worse"],
)
def test_the_leader_is_recommended_where_the_loss_may_matter(loss, noise, because, winner):
    # The flaw keeps the last case from naming a winner.
    flaws = [("failed_folds", {"models": []})] if because == "best" else []
    result = choose(loss, noise, flaws=flaws)
    assert (result.recommended, result.recommended_because, result.winner) == ("forest", because, winner)
    assert (result.price.model, result.price.size_ratio) == ("ridge", 4000.0)
    assert result.price.loss == pytest.approx(loss)


@pytest.mark.parametrize(("loss", "recommended"), [(0.024, "ridge"), (0.026, "forest")], ids=["less", "more"])
def test_a_loss_of_more_than_a_quarter_of_what_matters_is_not_given_up(loss, recommended):
    """However sure it is that the loss is smaller than what matters."""
    assert choose(loss, 0.01, flaws=[("x", {})]).recommended == recommended


@pytest.mark.parametrize(("standard_error", "recommended"), [(0.095, "forest"), (0.105, "ridge")], ids=["less", "more"])
def test_an_uncertain_loss_counts_less(standard_error, recommended):
    """With a standard error of what matters (0.1), half the lead: 0.025, a quarter of what matters."""
    noise = standard_error / np.sqrt((1 / 10 + 1 / 9) * NOISE.var(ddof=1))
    assert choose(0.05, noise, flaws=[("x", {})]).recommended == recommended


def test_a_wider_region_lets_a_model_lose_more():
    """The same scores, where 0.2 does not matter."""
    assert choose(0.2, 0.6, flaws=[("x", {})]).recommended == "forest"
    assert choose(0.2, 0.6, flaws=[("x", {})], rope=1.0).recommended == "ridge"


@pytest.mark.parametrize(
    ("cost", "recommended"),
    [
        (Cost(1e-3, 1e-6, 20_000), "ridge"),
        (Cost(1e-3, 1e-4, 10_000_000), "ridge"),  # smaller, and as fast
        (Cost(1e-3, 1e-4, 80_000_000), "ridge"),  # no cost differs: simpler
        (Cost(1e-3, 1e-6, 800_000_000), "forest"),  # faster, but larger
        (Cost(1e-3, 1e-3, 20_000), "forest"),  # smaller, but slower
        (Cost(1e-3, 1e-6, 20_000, ("lightgbm",)), "forest"),  # one more package
    ],
    ids=["all", "size", "simpler", "larger", "slower", "package"],
)
def test_only_a_cheaper_model_takes_the_place_of_the_leader(cost, recommended):
    assert choose(0.01, costs={"forest": BIG, "ridge": cost}).recommended == recommended


def test_a_package_that_only_the_leader_needs_is_part_of_the_price():
    leader = Cost(1e-3, 1e-6, 20_000, ("lightgbm",))
    assert choose(0.01, costs={"forest": leader, "ridge": SMALL}).price.packages == ["lightgbm"]


def test_a_simpler_model_that_costs_more_is_not_recommended():
    """Simplicity only breaks ties."""
    assert choose(0.01, costs={"forest": SMALL, "ridge": BIG}).recommended == "forest"


def other(name, ridge, forest=0.8, rope=0.01):
    """Scores in a metric that does not rank, where greater is better."""
    scores = {"forest": np.full(10, forest), "ridge": np.full(10, ridge)}
    return OtherMetric(name, scores, greater_is_better=True, rope=rope)


@pytest.mark.parametrize(
    ("others", "recommended"),
    [
        ([other("auc", 0.795), other("f1", 0.8)], "ridge"),
        ([other("auc", 0.7)], "forest"),
        ([other("auc", 0.7), other("f1", 0.9)], "ridge"),
        ([other("auc", 0.7), other("f1", 0.7), other("recall", 0.9)], "forest"),
        ([other("auc", np.nan)], "ridge"),
    ],
    ids=["equal", "worse in the only one", "one for another", "worse in two", "undefined"],
)
def test_a_model_that_the_leader_dominates_on_other_metrics_is_not_recommended(others, recommended):
    assert choose(0.01, others=others).recommended == recommended


@pytest.mark.parametrize(("loss", "noise"), [(0.2, 0.6), (0.01, 0.1)], ids=["worse", "about as good"])
def test_a_dominated_model_has_a_price(loss, noise):
    """It is cheaper, so the choice of the leader has a price, also where only other metrics speak against it."""
    result = choose(loss, noise, flaws=[("x", {})], others=[other("auc", 0.7)])
    assert (result.recommended_because, result.price.model, result.price.dominated) == ("best", "ridge", True)


def test_the_nearest_cheaper_model_may_be_a_dominated_one():
    """The tree is worse than the ridge, which is worse in the other metric alone."""
    scores = {"forest": 3.0 + FOLDS, "ridge": 3.01 + FOLDS + 0.1 * NOISE, "tree": 8.0 + FOLDS + NOISE}
    areas = {model: np.full(10, 0.7 if model == "ridge" else 0.8) for model in scores}
    auc = OtherMetric("auc", areas, greater_is_better=True, rope=0.01)
    costs = {"forest": BIG, "ridge": SMALL, "tree": SMALL}
    price = decide(
        scores, **OPTIONS, flaws=[("x", {})], simplicity={**SIMPLICITY, "tree": 2}, costs=costs, others=[auc]
    ).price
    assert (price.model, price.dominated) == ("ridge", True)


def test_of_several_cheaper_models_the_cheapest_is_taken():
    scores = {"forest": 3.0 + FOLDS, "knn": 3.005 + FOLDS, "ridge": 3.01 + FOLDS}
    costs = {"forest": BIG, "knn": Cost(1e-3, 1e-5, 1_000_000), "ridge": SMALL}
    assert decide(scores, **OPTIONS, simplicity=SIMPLICITY, costs=costs).recommended == "ridge"
    costs["ridge"] = Cost(1e-3, 1e-5, 1_500_000)  # as cheap within a factor of two: the simpler one
    assert decide(scores, **OPTIONS, simplicity=SIMPLICITY, costs=costs).recommended == "ridge"
    costs["ridge"] = Cost(1e-3, 1e-5, 4_000_000)
    assert decide(scores, **OPTIONS, simplicity=SIMPLICITY, costs=costs).recommended == "knn"


def test_the_price_is_positive_where_greater_is_better_too():
    scores = {"forest": 0.8 + FOLDS / 100, "ridge": 0.799 + FOLDS / 100 + NOISE / 1000, "dummy": 0.5 + FOLDS / 100}
    options = {**OPTIONS, "greater_is_better": True, "rope": 0.01}
    price = decide(scores, **options, simplicity=SIMPLICITY, costs={"forest": BIG, "ridge": SMALL}).price
    assert price.loss == pytest.approx(0.001)
    assert price.low < price.loss < price.high


def test_the_expected_shortfall_is_the_mean_loss_of_the_posterior():
    """Against draws from the Student distribution."""
    differences = NOISE - 0.05
    scale = np.sqrt((1 / 10 + 1 / 9) * differences.var(ddof=1))
    draws = stats.t(9, loc=-0.05, scale=scale).rvs(1_000_000, random_state=0)
    expected = np.maximum(-draws, 0.0).mean()
    assert expected_shortfall(differences, test_train_ratio=1 / 9) == pytest.approx(expected, rel=0.01)


def test_two_folds_have_no_expected_shortfall():
    """A Student distribution with one degree of freedom has no mean; equal folds have one."""
    assert expected_shortfall([0.1, -0.1], test_train_ratio=1.0) == np.inf
    assert expected_shortfall([-0.1, -0.1], test_train_ratio=1.0) == pytest.approx(0.1)
    with pytest.raises(UsageError, match="at least two"):
        expected_shortfall([0.1], test_train_ratio=1.0)


@pytest.mark.parametrize(("gain", "recommended"), [(0.2, "ridge"), (0.05, "dummy")], ids=["probable", "unlikely"])
def test_the_dummy_is_recommended_only_where_no_model_is_probably_better(gain, recommended):
    """Ten pairs, so that no difference is significant after Holm's method."""
    table = {f"other{i}": 9.0 + FOLDS[np.arange(10) - i] for i in range(3)}
    table |= {"ridge": 9.0 - gain + FOLDS + 2.0 * NOISE, "dummy": 9.0 + FOLDS}
    result = decide(table, **OPTIONS, simplicity=SIMPLICITY)
    assert "dummy" in {reason.code for reason in result.reasons}
    assert result.recommended == recommended
