"""What was compared and what came out: the one value that verdict, summary and report are made from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor

from skdl._note import Note
from skdl.analysis import Difference, Holdout, Verdict, decide, differences_from, equivalence_region
from skdl.catalogue import simplicity
from skdl.cross_validation._holdout import resample_holdout
from skdl.cross_validation._network_trace import final_estimator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation._fold import ComparedModel, FoldResult, Table
    from skdl.cross_validation._seeds import SeedSpread
    from skdl.cross_validation._splits import Splits
    from skdl.metrics import Metric
    from skdl.results import Insight

__all__ = ["FinishedComparison", "Rules", "is_dummy"]


def is_dummy(estimator: Any) -> bool:
    """Whether a model ignores every column."""
    return isinstance(final_estimator(estimator), DummyClassifier | DummyRegressor)


@dataclass(frozen=True)
class Rules:
    """What was laid down for the verdict before any score was seen.

    ``reference`` is the model that the others are held against; ``equivalence`` half the width of the region within
    which two models are practically the same, in the unit of the metric that ranks. None leaves either to the rule.
    """

    reference: str | None = None
    equivalence: float | None = None


@dataclass(frozen=True)
class FinishedComparison:
    """A finished comparison: models, data, folds, metrics, and the result of every model on every fold.

    ``splits`` holds the folds that every model has done; ``planned`` those that were to be done, which are more where
    time was up before.
    """

    task: str
    models: tuple[ComparedModel, ...]
    table: Table
    splits: Splits
    planned: Splits
    metrics: tuple[Metric, ...]
    results: tuple[FoldResult, ...]
    tune_folds: int | None
    elapsed_s: float
    rules: Rules = field(default_factory=Rules)
    seed_spreads: tuple[SeedSpread, ...] = ()  # of the networks that a winner hung on
    insight: Insight | None = None  # where it was asked for

    @cached_property
    def by_model(self) -> dict[str, list[FoldResult]]:
        """Results a model, in the order of the folds."""
        table: dict[str, list[FoldResult]] = {one.name: [] for one in self.models}
        for result in self.results:
            table[result.model].append(result)
        return table

    @cached_property
    def errors(self) -> dict[str, Note | str]:
        """First error of each model that failed on a fold, with the number of folds that did."""
        errors = {}
        for name, results in self.by_model.items():
            failed = [result for result in results if result.error is not None]
            if failed:
                errors[name] = _error(failed, len(results))
        return errors

    @property
    def unranked(self) -> Note:
        """Why a model without an error has no rank."""
        label = self.metrics[0].label
        return Note("undefined_somewhere", f"{label} is not defined on every fold", {"metric": label})

    def scores(self, name: str, metric: str) -> NDArray[np.float64]:
        """Scores of a model over the folds; NaN on a fold that failed or where the metric is not defined."""
        return np.array([result.scores.get(metric, np.nan) for result in self.by_model[name]])

    def seconds(self, name: str) -> tuple[float | None, float | None]:
        """Mean seconds to fit and to predict a fold, over the folds that went well."""
        fits = [r.fit_s for r in self.by_model[name] if r.fit_s is not None]
        predicts = [r.predict_s for r in self.by_model[name] if r.predict_s is not None]
        return (float(np.mean(fits)) if fits else None, float(np.mean(predicts)) if predicts else None)

    def rows_per_second(self, name: str) -> float | None:
        """Test rows over the seconds it took to predict them, mean over the folds that went well."""
        n_test = {(split.repeat, split.fold): len(split.test) for split in self.planned.members}
        rates = [n_test[r.repeat, r.fold] / r.predict_s for r in self.by_model[name] if r.predict_s]
        return float(np.mean(rates)) if rates else None

    @cached_property
    def dummy(self) -> str:
        """Name of the model that ignores every column."""
        return next(one.name for one in self.models if is_dummy(one.estimator))

    @property
    def any_finished(self) -> bool:
        """Whether any model but the dummy finished."""
        return any(name != self.dummy for name in self.ranked)

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """Models with a score on every fold in the metric that ranks: only they can be compared."""
        first = self.metrics[0].name
        return tuple(name for name in self.by_model if np.isfinite(self.scores(name, first)).all())

    @cached_property
    def verdict(self) -> Verdict:
        """Who leads, whether it wins, and what to ship, by the first metric."""
        first = self.metrics[0]
        return decide(
            self._evidence,
            greater_is_better=first.greater_is_better,
            test_train_ratio=self.splits.test_train_ratio,
            rope=self.equivalence,
            bounds=first.bounds,
            simplicity={one.name: simplicity(one.estimator) for one in self.models},
            predict_s={name: self.seconds(name)[1] or 0.0 for name in self.ranked},
            dummy=self.dummy,
            min_test_rows=self.splits.fewest_test_rows,
            min_minority_rows=self._fewest_minority_rows(),
            flaws=self._flaws(),
        )

    @property
    def reference(self) -> str:
        """The model that the others are held against: the one named before, unless it failed, or the leader."""
        named = self.rules.reference
        return named if named is not None and named in self.ranked else self.verdict.leader

    def differences(self, reference: str) -> list[Difference]:
        """Every model against one of them, by the first metric; best first."""
        first = self.metrics[0]
        return differences_from(
            reference,
            self._evidence,
            named_before=reference == self.rules.reference,
            greater_is_better=first.greater_is_better,
            test_train_ratio=self.splits.test_train_ratio,
            rope=self.equivalence,
            bounds=first.bounds,
        )

    @cached_property
    def _evidence(self) -> dict[str, NDArray[np.float64]] | Holdout:
        """Scores over the folds; of a single split also what its rows say when they are drawn again."""
        return self._holdout or self._ranked_scores

    @cached_property
    def _holdout(self) -> Holdout | None:
        if len(self.splits.members) > 1:
            return None
        results = {name: self.by_model[name][0] for name in self.ranked}
        return resample_holdout(results, self.table, self.splits.members[0], self.metrics[0], task=self.task)

    @cached_property
    def _ranked_scores(self) -> dict[str, NDArray[np.float64]]:
        return {name: self.scores(name, self.metrics[0].name) for name in self.ranked}

    @property
    def equivalence(self) -> float:
        """Half the width of the region within which two models are practically the same."""
        if self.rules.equivalence is not None:
            return self.rules.equivalence
        scores = self._ranked_scores
        dummy_score = float(scores[self.dummy].mean()) if self.dummy in scores else None
        return equivalence_region(bounded=self.metrics[0].bounded, dummy_score=dummy_score)

    def _fewest_minority_rows(self) -> int | None:
        """Rows of the rarest class in the test fold that has fewest of them."""
        if self.task != "classification" or np.ndim(self.table.y) > 1:
            return None
        labels, codes = np.unique(np.asarray(self.table.y), return_inverse=True)
        return min(int(np.bincount(codes[split.test], minlength=len(labels)).min()) for split in self.splits.members)

    def _flaws(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """Reasons against a winner that scores do not show.

        A model that failed on every fold took no part; one that failed on some would have been measured on the easier
        ones.
        """
        found: list[tuple[str, dict[str, Any]]] = []
        partly = [name for name in self.errors if any(result.error is None for result in self.by_model[name])]
        if partly:
            found.append(("failed_folds", {"models": partly}))
        if self.table.groups is not None and self.splits.cut(self.table.groups):
            found.append(("shuffled_groups", {}))
        if self.table.time is not None and self.splits.look_ahead(self.table.time):
            found.append(("shuffled_time", {}))
        if len(self.splits.members) == 1 and self._holdout is None:
            found.append(("holdout_untested", {"metric": self.metrics[0].label}))
        return found + [("seed_spread", asdict(spread)) for spread in self.seed_spreads if spread.exceeds]


def _error(failed: list[FoldResult], n_folds: int) -> Note | str:
    """Say the first error; what an exception said stays as it is, what ended a fold from outside is ours to say."""
    first = failed[0]
    where = "" if len(failed) == n_folds else f" (on {len(failed)} of {n_folds} folds)"
    said = f"{first.error}{where}"
    values = {"n": len(failed), "n_folds": n_folds}
    if first.cut_short is None:
        return Note("failed_on_some", said, {**values, "error": first.error}) if where else said
    limit = next((result.limit_s for result in failed if result.cut_short == "timeout"), None)
    return Note("lost", said, values) if limit is None else Note("timeout", said, {**values, "limit": f"{limit:g}"})
