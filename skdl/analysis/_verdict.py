"""Who leads, whether that is a win, and what to ship.

The leader is picked from the data, so p-values are corrected by Holm over all pairs. No winner is named where any
rule speaks against it; the recommendation then is the simplest, then the fastest, of the models that cannot be told
from the leader and are not very probably worse by more than matters. A baseline (the dummy) takes part in every test,
never wins, and is recommended only where nothing beats it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.analysis._contest import FOLDS_FOR_A_WINNER, SURE, Contest, Difference, check_scores
from skdl.analysis._letters import letter_display
from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from skdl.analysis._statistics import Interval

__all__ = ["Verdict", "VerdictReason", "decide", "equivalence_region"]

FOLDS_THAT_OUTWEIGH_SMALL_ONES = 30
ROWS_A_TEST_FOLD = 30
MINORITY_ROWS_A_TEST_FOLD = 10


@dataclass(frozen=True)
class VerdictReason:
    """Why no winner is named: a code and the values that its sentence needs.

    Codes that `decide` finds: ``not_significant``, ``equivalent``, ``dummy``, ``few_folds``, ``few_minority_rows``,
    ``small_test_folds``, ``leader_changes``, ``one_model``. Others come from the caller (``flaws``).
    """

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What the scores of a comparison allow one to say.

    Attributes
    ----------
    leader : str
        Best mean score among the models that are no dummy.
    winner : str or None
        The leader, where no reason speaks against naming it.
    recommended : str
        What to ship: the winner, else the simplest, then fastest, of those in the group that are not worse than the
        leader by more than the region of equivalence with a probability of 95 % or more.
    recommended_because : {"winner", "only", "ahead", "simplest", "fastest", "dummy"}
        "only" where the group holds one model, "ahead" where all others in it are surely worse, "dummy" where nothing
        beats the dummy.
    group : tuple of str
        Models that cannot be told from the leader, best first; the leader is one of them, the dummy never.
    runner_up : str or None
        Second best, the dummy apart.
    ranking : tuple of str
        All models, best mean first, the dummy included.
    intervals : dict of str to Interval
        Mean score of each model with its interval, in the order of ``ranking``.
    differences : dict of str to Difference
        Each other model against the leader, in the order of ``ranking``.
    letters : dict of str to str
        Tied-group letters of each model.
    reasons : tuple of VerdictReason
        Why no winner is named; empty where one is.
    speed_ratio : float or None
        The leader's predict seconds over the recommended model's; None where they are one.
    preview : bool
        Fewer than 10 folds: too few to name a winner.
    """

    leader: str
    winner: str | None
    recommended: str
    recommended_because: str
    group: tuple[str, ...]
    runner_up: str | None
    ranking: tuple[str, ...]
    intervals: dict[str, Interval]
    differences: dict[str, Difference]
    letters: dict[str, str]
    reasons: tuple[VerdictReason, ...]
    speed_ratio: float | None
    preview: bool


def equivalence_region(*, bounded: bool, dummy_score: float | None = None) -> float:
    """Half the width of the region within which two scores are practically the same.

    Parameters
    ----------
    bounded : bool
        Whether the metric is bounded by 1, as accuracy and R2 are.
    dummy_score : float, default=None
        Mean score of the dummy; needed for a metric without bounds.

    Returns
    -------
    float
        0.01 for a bounded metric, else 1 % of the dummy's score, in the metric's unit.

    Raises
    ------
    UsageError
        For an unbounded metric without the dummy's score.

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
    scores: Mapping[str, ArrayLike],
    *,
    greater_is_better: bool,
    test_train_ratio: float,
    rope: float,
    simplicity: Mapping[str, int],
    predict_s: Mapping[str, float],
    dummy: str = "dummy",
    min_test_rows: int,
    min_minority_rows: int | None = None,
    alpha: float = 0.05,
    flaws: Sequence[tuple[str, dict[str, Any]]] = (),
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Verdict:
    """Say who leads, whether it wins, and what to ship.

    Parameters
    ----------
    scores : mapping of str to array-like of shape (n_folds,)
        Scores of each model that succeeded on every fold, in the metric's own unit and sign, the folds in one order.
    greater_is_better : bool
        Which way the metric goes.
    test_train_ratio : float
        Rows in a test fold over rows in a training fold; 1 / (k - 1) for k folds.
    rope : float
        Region of practical equivalence, see `equivalence_region`.
    simplicity : mapping of str to int
        How simple each model is; lower is simpler.
    predict_s : mapping of str to float
        Seconds to predict a fold.
    dummy : str, default="dummy"
        Name of the baseline, where there is one.
    min_test_rows : int
        Rows of the smallest test fold.
    min_minority_rows : int, default=None
        Rows of the rarest class in the fold that has fewest of them; None for regression.
    alpha : float, default=0.05
        Adjusted p-values from here on do not tell two models apart.
    flaws : sequence of (code, values), default=()
        Reasons against a winner that scores do not show, as failed folds or tuning that was not nested.
    bounds : tuple of two floats, default=(-inf, inf)
        Values that the metric cannot leave; intervals of scores are cut there.

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
    Two models are told apart where the adjusted p-value is below ``alpha`` and they are not practically equivalent
    (P(equivalent) < 0.95). A single fold allows no test: there, two models are told apart by the region of
    equivalence alone.

    Examples
    --------
    >>> folds = np.arange(10) % 3
    >>> verdict = decide(
    ...     {"ridge": 3.0 + 0.1 * folds, "knn": 4.0 + 0.2 * folds, "dummy": 9.0 + 0.1 * folds[::-1]},
    ...     greater_is_better=False, test_train_ratio=1 / 9, rope=0.09, min_test_rows=50,
    ...     simplicity={"ridge": 1, "knn": 2, "dummy": 0}, predict_s={"ridge": 0.1, "knn": 0.2, "dummy": 0.1},
    ... )
    >>> verdict.winner, verdict.recommended_because, verdict.letters
    ('ridge', 'winner', {'ridge': 'a', 'knn': 'b', 'dummy': 'c'})
    """
    table = check_scores(scores)
    contest = Contest(
        table,
        1.0 if greater_is_better else -1.0,
        test_train_ratio,
        rope,
        alpha,
        dummy,
        dict(simplicity),
        dict(predict_s),
    )
    ranking = contest.ranking()
    real = [model for model in ranking if model != dummy] or ranking
    leader, runner_up = real[0], real[1] if len(real) > 1 else None
    pairs = contest.pairs(ranking)
    different = {pair for pair, result in pairs.items() if contest.is_different(result)}
    group = [model for model in real if not {(leader, model), (model, leader)} & different]
    differences = {m: contest.difference(m, leader, pairs, bounds) for m in ranking if m != leader}
    reasons = [
        *_reasons_against(contest, leader, runner_up, differences),
        *_reasons_in_design(contest, min_test_rows, min_minority_rows),
        *(VerdictReason(code, dict(values)) for code, values in flaws),
    ]
    winner = None if reasons else leader
    recommended, because = (leader, "winner") if winner else contest.recommend(group, pairs)
    return Verdict(
        leader=leader,
        winner=winner,
        recommended=recommended,
        recommended_because=because,
        group=tuple(group),
        runner_up=runner_up,
        ranking=tuple(ranking),
        intervals={model: contest.interval(model, bounds) for model in ranking},
        differences=differences,
        letters=letter_display(ranking, sorted(different)),
        reasons=tuple(reasons),
        speed_ratio=contest.speed_ratio(leader, recommended),
        preview=contest.n_folds < FOLDS_FOR_A_WINNER,
    )


def _reasons_against(
    contest: Contest, leader: str, runner_up: str | None, differences: dict[str, Difference]
) -> list[VerdictReason]:
    """Collect what the leader's rivals say against it."""
    reasons = []
    if runner_up is None:
        reasons.append(VerdictReason("one_model", {"model": leader}))
    else:
        rival = differences[runner_up]
        if rival.p_value is None or rival.p_value >= contest.alpha:
            values = {"runner_up": runner_up, "difference": rival.mean, "p_value": rival.p_value}
            reasons.append(VerdictReason("not_significant", values))
        if rival.p_equivalent is not None and rival.p_equivalent >= SURE:
            values = {"runner_up": runner_up, "p_equivalent": rival.p_equivalent, "rope": contest.rope}
            reasons.append(VerdictReason("equivalent", values))
    baseline = differences.get(contest.dummy)
    if baseline and not (baseline.worse_by > 0 and baseline.p_value is not None and baseline.p_value < contest.alpha):
        values = {"dummy": contest.dummy, "difference": baseline.mean, "p_value": baseline.p_value}
        reasons.append(VerdictReason("dummy", values))
    return reasons + _leader_changes(contest, leader)


def _leader_changes(contest: Contest, leader: str) -> list[VerdictReason]:
    if contest.n_folds == 1:
        return []
    usurpers: dict[str, int] = {}
    for fold in range(contest.n_folds):
        first = next((model for model in contest.ranking(leave_out=fold) if model != contest.dummy), leader)
        if first != leader:
            usurpers[first] = usurpers.get(first, 0) + 1
    if not usurpers:
        return []
    values = {"models": list(usurpers), "n_folds_that_matter": sum(usurpers.values()), "n_folds": contest.n_folds}
    return [VerdictReason("leader_changes", values)]


def _reasons_in_design(contest: Contest, test_rows: int, minority_rows: int | None) -> list[VerdictReason]:
    """Collect what the folds say against any leader."""
    reasons = []
    if contest.n_folds < FOLDS_FOR_A_WINNER:
        reasons.append(VerdictReason("few_folds", {"n_folds": contest.n_folds, "needed": FOLDS_FOR_A_WINNER}))
    if minority_rows is not None and minority_rows < MINORITY_ROWS_A_TEST_FOLD:
        values = {"n_rows": int(minority_rows), "needed": MINORITY_ROWS_A_TEST_FOLD}
        reasons.append(VerdictReason("few_minority_rows", values))
    if test_rows < ROWS_A_TEST_FOLD and contest.n_folds < FOLDS_THAT_OUTWEIGH_SMALL_ONES:
        values = {"n_rows": int(test_rows), "needed": ROWS_A_TEST_FOLD, "needed_folds": FOLDS_THAT_OUTWEIGH_SMALL_ONES}
        reasons.append(VerdictReason("small_test_folds", values))
    return reasons
