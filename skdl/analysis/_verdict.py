"""Verdict: the leader, whether it is a winner, and the recommended model.

The leader is selected from the data, so p-values are adjusted by Holm's method over all pairs. No winner is named
where any rule gives a reason against it. What to recommend is another question, answered in `_recommendation`.
The dummy takes part in every test, never wins, and is recommended only where no model beats it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skdl.analysis._recommendation import Recommendation, recommend
from skdl.analysis._standings import SURE, Standings, evidence_of
from skdl.exceptions import UsageError
from skdl.results import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from skdl.analysis._evidence import Difference
    from skdl.analysis._holdout import Holdout
    from skdl.analysis._recommendation import Cost, OtherMetric
    from skdl.results import Price, Score


@dataclass(frozen=True)
class Verdict:
    """Conclusion from the scores of a comparison.

    Attributes
    ----------
    leader : str
        Model with the best mean score, the dummy left out.
    winner : str or None
        The leader, where there is no reason against it.
    recommended : str
        Recommended model: the leader, or a cheaper model that loses little against it.
    recommended_because : {"winner", "cheaper", "unsure", "best", "untested", "only", "dummy"}
        "cheaper": it takes the place of the leader. Otherwise it is the leader: "winner"; "unsure": a cheaper model may
        be as good, but the folds leave it open; "best": no model that may be as good is cheaper; "untested": a single
        fold; "only": there is no other model. "dummy": no model is significantly better than the dummy, nor probably
        by more than matters.
    price : Price or None
        What the recommended model gives up against the leader and what it saves, for "cheaper"; the same of the cheaper
        model that may be as good, for "unsure".
    group : tuple of str
        Models not significantly different from the leader, best first; includes the leader, never the dummy.
    runner_up : str or None
        Second best model, the dummy left out.
    ranking : tuple of str
        All models, best mean first, the dummy included.
    intervals : dict of str to Score
        Mean score of each model with its interval, in the order of ``ranking``.
    differences : dict of str to Difference
        Each other model against the leader, in the order of ``ranking``.
    letters : dict of str to str
        Tied-group letters of each model.
    p_values : dict of (str, str) to float or None
        P-value of each pair, better model first, adjusted by Holm's method over all pairs.
    reasons : tuple of Reason
        Why no winner is named; empty where one is. Codes of `decide`: ``not_significant``, ``equivalent``, ``dummy``,
        ``few_folds``, ``few_minority_rows``, ``small_test_folds``, ``leader_changes``, ``one_model``; for a hold-out
        set also ``small_holdout``, ``rare_in_holdout``, ``few_holdout_groups``. Others come from the caller
        (``flaws``).
    preview : bool
        Too few folds to name a winner: fewer than 10, or than 5 with at least 2,000 rows in each test fold.
    detectable : float or None
        Smallest difference between leader and runner-up that is found with 80 % power, from
        `detectable_difference` at the strictest step of Holm's method; in the metric's unit. None for one model, one
        fold, or a hold-out set.
    evidence : {"folds", "holdout"}
        What the scores come from. On a hold-out set every model is trained once, so the variation of training
        is unknown.
    """

    leader: str
    winner: str | None
    recommended: str
    recommended_because: str
    price: Price | None
    group: tuple[str, ...]
    runner_up: str | None
    ranking: tuple[str, ...]
    intervals: dict[str, Score]
    differences: dict[str, Difference]
    letters: dict[str, str]
    p_values: dict[tuple[str, str], float | None]
    reasons: tuple[Reason, ...]
    preview: bool
    detectable: float | None
    evidence: Literal["folds", "holdout"]


def equivalence_region(*, bounded: bool, dummy_score: float | None = None) -> float:
    """Half the width of the region within which two scores are practically the same, in the metric's unit.

    0.01 for a metric that is bounded by 1, as accuracy and R2 are, else 1 % of the dummy's mean score.

    Examples
    --------
    >>> equivalence_region(bounded=True)
    0.01
    >>> equivalence_region(bounded=False, dummy_score=77.0)
    0.77
    """
    if bounded:
        return 0.01
    if dummy_score is None or not np.isfinite(dummy_score):
        raise UsageError(
            f"equivalence_region: dummy_score must be a number for an unbounded metric; got {dummy_score!r}."
            " Give the region yourself."
        )
    return abs(float(dummy_score)) / 100.0


def decide(
    scores: Mapping[str, ArrayLike] | Holdout,
    *,
    greater_is_better: bool,
    test_train_ratio: float | None = None,
    rope: float,
    simplicity: Mapping[str, int],
    costs: Mapping[str, Cost] | None = None,
    others: Sequence[OtherMetric] = (),
    dummy: str = "dummy",
    min_test_rows: int,
    min_minority_rows: int | None = None,
    alpha: float = 0.05,
    flaws: Sequence[tuple[str, dict[str, Any]]] = (),
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Verdict:
    """Decide on leader, winner and recommended model.

    Parameters
    ----------
    scores : mapping of str to array-like of shape (n_folds,), or Holdout
        Scores of each model that succeeded on every fold, in the metric's own unit and sign, the folds in one order; or
        the evidence of a hold-out set.
    greater_is_better : bool
        Direction of the metric.
    test_train_ratio : float, default=None
        Rows in a test fold over rows in a training fold; 1 / (k - 1) for k folds. None for a hold-out set.
    rope : float
        Region of practical equivalence, see `equivalence_region`.
    simplicity : mapping of str to int
        How simple each model is; lower is simpler.
    costs : mapping of str to Cost, default=None
        Measured cost of each model. Without it, simpler models count as cheaper.
    others : sequence of OtherMetric, default=()
        Scores in the other metrics, which a recommended model must not lose.
    dummy : str, default="dummy"
        Name of the baseline, where there is one.
    min_test_rows : int
        Rows of the smallest test fold, or of the hold-out set.
    min_minority_rows : int, default=None
        Rows of the rarest class in the fold that has fewest of them; None for regression.
    alpha : float, default=0.05
        Significance level: pairs with an adjusted p-value at or above it are not significantly different.
    flaws : sequence of (code, values), default=()
        Further reasons against a winner that the scores do not show, such as failed folds.
    bounds : tuple of two floats, default=(-inf, inf)
        Range of the metric; intervals of scores are cut to it.

    Returns
    -------
    Verdict
        The leader, the winner or the reasons why there is none, and the recommendation.

    Raises
    ------
    UsageError
        Without scores, with scores of different length, or with scores that are not finite.

    Notes
    -----
    Two models differ where the adjusted p-value is below ``alpha`` and they are not practically equivalent
    (P(equivalent) < 0.95). A single fold allows no test: there, two models differ where their difference exceeds the
    region of equivalence. A hold-out set is tested by bootstrap; a winner then needs 1,000 test rows, 100 of the rarest
    class, and 30 groups where whole groups are resampled.

    Examples
    --------
    >>> folds = np.arange(10) % 3
    >>> verdict = decide(
    ...     {"ridge": 3.0 + 0.1 * folds, "knn": 4.0 + 0.2 * folds, "dummy": 9.0 + 0.1 * folds[::-1]},
    ...     greater_is_better=False, test_train_ratio=1 / 9, rope=0.09, min_test_rows=50,
    ...     simplicity={"ridge": 1, "knn": 2, "dummy": 0},
    ... )
    >>> verdict.winner, verdict.recommended_because, verdict.letters
    ('ridge', 'winner', {'ridge': 'a', 'knn': 'b', 'dummy': 'c'})
    """
    evidence = evidence_of(scores, test_train_ratio, min_test_rows)
    sign = 1.0 if greater_is_better else -1.0
    standings = Standings(evidence, sign, rope, alpha, dummy, simplicity, costs or {})
    ranking = standings.ranking()
    # A comparison of the dummy alone still has a leader.
    real = [model for model in ranking if model != dummy] or ranking
    leader, runner_up = real[0], real[1] if len(real) > 1 else None
    pairs = standings.pairs(ranking)
    different = {pair for pair, result in pairs.items() if standings.is_different(result)}
    group = [model for model in real if not {(leader, model), (model, leader)} & different]
    # P-values are adjusted over all pairs, not over those with the leader: the leader was picked by the same scores
    # that are tested, so any pair might have become the tested one.
    differences = {m: standings.difference(m, leader, pairs, bounds) for m in ranking if m != leader}
    reasons = [
        *_reasons_against(standings, leader, runner_up, differences),
        *evidence.flaws(min_test_rows, min_minority_rows),
        *(Reason(code, dict(values)) for code, values in flaws),
    ]
    winner = None if reasons else leader
    beaten = any(standings.beats_dummy(model, pairs) for model in real if model != dummy)
    if dummy in ranking and not beaten:
        chosen = Recommendation(dummy, "dummy")
    elif runner_up is None:
        chosen = Recommendation(leader, "only")
    else:
        # A model that is no better than the dummy is not recommended for its cost.
        above = ranking[: ranking.index(dummy)] if dummy in ranking else ranking
        chosen = recommend(
            evidence,
            {model: difference for model, difference in differences.items() if model in above},
            leader,
            sign=sign,
            rope=rope,
            costs=costs or {},
            simplicity=simplicity,
            others=others,
        )
        if winner and chosen.model == leader:
            chosen = Recommendation(leader, "winner", chosen.price)
    return Verdict(
        leader=leader,
        winner=winner,
        recommended=chosen.model,
        recommended_because=chosen.because,
        price=chosen.price,
        group=tuple(group),
        runner_up=runner_up,
        ranking=tuple(ranking),
        intervals={model: evidence.interval(model, bounds) for model in ranking},
        differences=differences,
        letters=letter_display(ranking, sorted(different)),
        p_values={names: pair.p_value for names, pair in pairs.items()},
        reasons=tuple(reasons),
        preview=evidence.is_preview,
        # alpha / m is the level of the strictest step of Holm's method over m pairs.
        detectable=evidence.detectable(runner_up, leader, alpha / len(pairs)) if runner_up else None,
        evidence=evidence.kind,
    )


def _reasons_against(
    standings: Standings, leader: str, runner_up: str | None, differences: dict[str, Difference]
) -> list[Reason]:
    """Reasons against naming the leader a winner, from its differences to runner-up and dummy."""
    reasons = []
    if runner_up is None:
        reasons.append(Reason("one_model", {"model": leader}))
    else:
        rival = differences[runner_up]
        if rival.p_value is None or rival.p_value >= standings.alpha:
            values = {"runner_up": runner_up, "difference": rival.mean, "p_value": rival.p_value}
            reasons.append(Reason("not_significant", values))
        if rival.p_equivalent is not None and rival.p_equivalent >= SURE:
            values = {"runner_up": runner_up, "p_equivalent": rival.p_equivalent, "rope": standings.rope}
            reasons.append(Reason("equivalent", values))
    # The leader must beat the dummy by a test, and in the right direction: the dummy may have the best mean.
    baseline = differences.get(standings.dummy)
    if baseline and not (baseline.worse_by > 0 and baseline.p_value is not None and baseline.p_value < standings.alpha):
        values = {"dummy": standings.dummy, "difference": baseline.mean, "p_value": baseline.p_value}
        reasons.append(Reason("dummy", values))
    return reasons + _leader_changes(standings, leader)


def _leader_changes(standings: Standings, leader: str) -> list[Reason]:
    """Reason that another model leads where one fold is left out; empty where none does."""
    parts = standings.with_one_left_out()
    other_leaders: dict[str, int] = {}
    for part in parts:
        first = next((model for model in part.ranking() if model != standings.dummy), leader)
        if first != leader:
            other_leaders[first] = other_leaders.get(first, 0) + 1
    if not other_leaders:
        return []
    values = {"models": list(other_leaders), "n_folds_that_matter": sum(other_leaders.values()), "n_folds": len(parts)}
    return [Reason("leader_changes", values)]


def letter_display(ranking: Sequence[str], different: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Compact letter display: models share a letter exactly where their difference is not significant.

    Insert and absorb [1]_: start with one set of all models, split every set that holds a pair that differs, drop sets
    that are subsets of others; each remaining set is a letter. The letters are in the order of ``ranking``, best model
    first, which gets "a".

    References
    ----------
    .. [1] Piepho, "An Algorithm for a Letter-Based Representation of All-Pairwise Comparisons", JCGS 13, 2004.

    Examples
    --------
    >>> letter_display(["ridge", "knn", "dummy"], [("ridge", "dummy")])
    {'ridge': 'a', 'knn': 'ab', 'dummy': 'b'}
    """
    # Insert: a set that holds both models of a significant pair is split into two, each without one of them.
    sets = [frozenset(ranking)]
    for first, second in different:
        split = [
            part
            for group in sets
            for part in ([group - {first}, group - {second}] if {first, second} <= group else [group])
        ]
        # Absorb: a set inside another one would only repeat its letter. dict.fromkeys drops duplicates in order.
        sets = [group for group in dict.fromkeys(split) if not any(group < other for other in split)]
    rank = {model: index for index, model in enumerate(ranking)}
    # Best models get the first letters.
    sets.sort(key=lambda group: sorted(rank[model] for model in group))
    return {
        model: "".join(_letter(index) for index, group in zip(count(), sets, strict=False) if model in group)
        for model in ranking
    }


def _letter(index: int) -> str:
    """Name of a set: a to z, then a2 to z2, ..."""
    turn, letter = divmod(index, 26)
    return chr(ord("a") + letter) + (str(turn + 1) if turn else "")
