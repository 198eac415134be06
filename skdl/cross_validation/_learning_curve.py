"""Learning curve over rows: the leading models and the best network, fitted on parts of the training rows.

The parts of a fold are nested, and judged on its test rows. Their fits run after the folds, as tasks like those. Each
is written to the journal with the digest of the rows that it takes, so that no later run makes it again.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from skdl.cross_validation._finished import RowScores
from skdl.cross_validation._fold import ComparedModel, FoldTask, Job, chosen_model
from skdl.cross_validation._identity import hash_value
from skdl.cross_validation._journal import FinishedFold
from skdl.cross_validation._run import PartFitted, run_fold_tasks
from skdl.results import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from skdl.cross_validation._estimate import Estimate
    from skdl.cross_validation._finished import FinishedComparison
    from skdl.cross_validation._fold import FoldResult, Table
    from skdl.cross_validation._journal import Journal
    from skdl.cross_validation._run import EventCallback
    from skdl.cross_validation._splits import Split
    from skdl.workers import Executor

N_SIZES = 4  # all rows included
_LEAST_SHARE, _FEWEST_ROWS = 1 / 8, 20  # of the smallest part
_FEWEST_FOLDS = 3
_LEAST_STEP = 1.2  # from one size to the next


def part_shares(n_rows: int) -> NDArray[np.float64]:
    """Shares of the training rows, ascending by equal factors to 1: 1/8, 1/4, 1/2 and 1, or more of few rows.

    Empty where even so the parts would be too few rows, or too much alike.

    Examples
    --------
    >>> part_shares(1000).round(3).tolist(), part_shares(20).tolist()
    ([0.125, 0.25, 0.5, 1.0], [])
    """
    shares = np.geomspace(max(_LEAST_SHARE, _FEWEST_ROWS / n_rows), 1.0, N_SIZES)
    return shares if shares[1] / shares[0] >= _LEAST_STEP else shares[:0]


def nested_parts(
    split: Split, shares: NDArray[np.float64], table: Table, *, are_classes: bool, seed: int
) -> list[NDArray[np.intp]]:
    """Draw parts of the training rows of a fold, each one within the next, in the order of the training rows.

    Groups are whole; in the order of time the parts are the latest rows; of classes each part has its share, and one
    row at least.

    Examples
    --------
    >>> from skdl.cross_validation import Split, Table
    >>> y = np.array(["a"] * 8 + ["b"] * 4)
    >>> split, table = Split(0, 0, np.arange(12), np.arange(0)), Table(np.zeros((12, 1)), y)
    >>> parts = nested_parts(split, np.array([0.25, 0.5]), table, are_classes=True, seed=0)
    >>> [np.unique(y[part], return_counts=True)[1].tolist() for part in parts]
    [[2, 1], [4, 2]]
    """
    rng = np.random.default_rng([seed, split.repeat, split.fold])
    train, n_rows = split.train, len(split.train)
    order, ends = rng.permutation(n_rows), np.arange(1, n_rows + 1)
    # Rows come into the parts by this rank; those of one rank in random order.
    if table.groups is not None:
        groups, codes = np.unique(table.groups[train], return_inverse=True)
        rank = rng.permutation(len(groups)).astype(np.float64)[codes.ravel()]
        ends = np.cumsum(np.unique(rank, return_counts=True)[1])
    elif table.time is not None:
        rank = -np.unique(table.time[train], return_inverse=True)[1].ravel().astype(np.float64)
    elif are_classes and np.ndim(table.y) == 1:
        codes = np.unique(table.y[train], return_inverse=True)[1].ravel()
        rank = np.empty(n_rows)
        for code in range(codes.max() + 1):
            of_class = order[codes[order] == code]
            rank[of_class] = np.arange(len(of_class)) / len(of_class)
    else:
        rank = np.zeros(n_rows)
    order = order[np.argsort(rank[order], kind="stable")]
    sizes = [ends[np.abs(ends - share * n_rows).argmin()] for share in shares]
    return [train[np.sort(order[:size])] for size in sizes]


def leading_models(ranking: Sequence[str], networks: Collection[str]) -> list[str]:
    """Names of the models whose curves are measured: the two that lead, and the best network.

    Examples
    --------
    >>> leading_models(["forest", "linear", "knn", "net", "net2"], {"net", "net2"})
    ['forest', 'linear', 'net']
    """
    return list(dict.fromkeys((*ranking[:2], *[name for name in ranking if name in networks][:1])))


def expected_curve_s(estimates: Iterable[Estimate], n_folds: int) -> float:
    """Expected seconds of the fits on parts of the training rows, for the models of these estimates."""
    total = 0.0
    for one in estimates if n_folds >= _FEWEST_FOLDS else ():
        shares = part_shares(one.n_rows)[:-1]
        growth = 1.0 if one.growth is None else one.growth
        fits_s = sum((one.fit_s or 0.0) * share**growth + (one.predict_s or 0.0) for share in shares)
        # A network is compiled for each number of rows.
        total += n_folds * fits_s + len(shares) * one.compilation_s
    return total


def measure_rows(
    comparison: FinishedComparison,
    executor: Executor,
    journal: Journal | None = None,
    *,
    time_left: float | None = None,
    on_event: EventCallback | None = None,
) -> FinishedComparison:
    """Return the comparison with scores of the leading models and the best network on parts of the training rows.

    The folds are those of the first repeat; none is started that is not expected to end within ``time_left`` seconds. A
    search is not run again: the parameters are those that it chose on all training rows of the fold.
    """
    started = perf_counter()
    plan = _plan(comparison)
    if isinstance(plan, Reason):
        return replace(comparison, row_scores=RowScores(missing=plan))
    fits = _Fits(plan, comparison, journal, time_left)
    # Closing ends the workers at once, also when a callback raises or Ctrl-C comes.
    with closing(run_fold_tasks(plan.job, executor, fits.tasks())) as results:
        for result in results:
            fits.add(result)
            if on_event is not None:
                on_event(PartFitted(len(fits.results), len(plan.parts)))
    elapsed_s = comparison.elapsed_s + fits.earlier_s + perf_counter() - started
    return replace(comparison, row_scores=fits.scores(), elapsed_s=elapsed_s)


@dataclass(frozen=True)
class _Part:
    """A fit to be made: a model on a part of the training rows of a fold."""

    model: str
    fold: int  # of the comparison
    size: int
    key: str  # digest of what the fit depends on besides the model


@dataclass(frozen=True)
class _Plan:
    """All fits, fold after fold, and the job that makes them: its models and its splits are one for each fit."""

    parts: tuple[_Part, ...]
    job: Job
    n_rows: dict[int, list[int]]  # of each size, by the fold


def _plan(comparison: FinishedComparison) -> _Plan | Reason:
    members = comparison.splits.members
    folds = [index for index, split in enumerate(members) if split.repeat == 0]
    if len(folds) < _FEWEST_FOLDS:
        return Reason("few_folds", {"n": len(folds), "needed": _FEWEST_FOLDS})
    fewest = min(len(members[fold].train) for fold in folds)
    shares = part_shares(fewest)
    if not len(shares):
        return Reason("few_rows", {"n": fewest})
    ranking = [name for name in comparison.verdict.ranking if name != comparison.dummy]
    names = leading_models(ranking, {name for name in ranking if comparison.is_network(name)})
    job, are_classes, seed = comparison.job, comparison.task == "classification", comparison.planned.seed
    parts: list[_Part] = []
    models: list[ComparedModel] = []
    splits: list[Split] = []
    n_rows: dict[int, list[int]] = {}
    for fold in folds:
        split = members[fold]
        rows = nested_parts(split, shares, job.table, are_classes=are_classes, seed=seed)
        n_rows[fold] = [len(part) for part in rows]
        if np.diff(n_rows[fold]).min() <= 0:
            return Reason("few_groups", {})
        for size in range(N_SIZES - 1):
            for name in names:
                result = comparison.by_model[name][fold]
                splits.append(replace(split, train=rows[size]))
                # Other parameters are another model, although the search is the same.
                parameters = json.dumps(result.parameters, sort_keys=True)
                parts.append(_Part(name, fold, size, hash_value((split.digest, splits[-1].digest, parameters))))
                # A model of its own for each fit, since a search chooses others in each fold.
                models.append(ComparedModel(str(len(models)), chosen_model(job.estimators[name], result)))
    job = replace(
        job,
        models=tuple(models),
        splits=replace(comparison.splits, members=tuple(splits)),
        metrics=job.metrics[:1],
        reference=None,
        measures_cost=False,
    )
    return _Plan(tuple(parts), job, n_rows)


class _Fits:
    """Results of the fits, those of earlier runs among them, and which comes next."""

    def __init__(
        self, plan: _Plan, comparison: FinishedComparison, journal: Journal | None, time_left: float | None
    ) -> None:
        self._plan, self._comparison, self._journal, self._time_left = plan, comparison, journal, time_left
        self._started_at = self._recorded_at = perf_counter()
        self.results: dict[int, FoldResult] = {}
        self.earlier_s = 0.0  # that the results of earlier runs took
        self._ended: set[str] = set()  # models of which a fit took too long, or ended its process
        if journal is not None:
            self._reuse({part.model: journal.folds(part.model) for part in plan.parts})

    def _reuse(self, folds: dict[str, dict[tuple[str, int, int], FinishedFold]]) -> None:
        """Take over what earlier runs have fitted; a fit that was ended from outside is tried again."""
        for number, (part, split) in enumerate(zip(self._plan.parts, self._plan.job.splits.members, strict=True)):
            record = folds[part.model].get((part.key, split.repeat, split.fold))
            if record is None or record.result.cut_short is not None:
                continue
            result = self._plan.job.take_over(record.result, FoldTask(number, number))
            if result is not None:
                self.results[number] = result
                self.earlier_s += record.seconds

    def tasks(self) -> Iterator[FoldTask]:
        """Yield pending fits fold after fold, as long as there is time for a whole one."""
        n_new = 0
        for fold in self._plan.n_rows:
            pending = [
                number
                for number, part in enumerate(self._plan.parts)
                if part.fold == fold and number not in self.results
            ]
            if pending and not self._has_time(pending, n_new):
                return
            n_new += bool(pending)
            for number in pending:
                # Decided when the task is drawn: a result that came in meanwhile may have ended this model.
                if self._plan.parts[number].model not in self._ended:
                    yield FoldTask(number, number)

    def _has_time(self, pending: list[int], n_new: int) -> bool:
        """Whether a fold would end in time, by the mean of those before, or by the fits on all training rows."""
        if self._time_left is None:
            return True
        elapsed_s = perf_counter() - self._started_at
        expected_s = elapsed_s / n_new if n_new else sum(map(self._expected_s, pending))
        return elapsed_s + expected_s < self._time_left

    def _expected_s(self, number: int) -> float:
        part, n_rows = self._plan.parts[number], self._plan.n_rows
        result = self._comparison.by_model[part.model][part.fold]
        whole = len(self._comparison.splits.members[part.fold].train)
        return (result.fit_s or 0.0) * n_rows[part.fold][part.size] / whole + (result.predict_s or 0.0)

    def add(self, result: FoldResult) -> None:
        """Store a result, in the journal first."""
        number = int(result.model)
        part = self._plan.parts[number]
        if self._journal is not None:
            now = perf_counter()
            self._journal.add(FinishedFold(replace(result, model=part.model), part.key, now - self._recorded_at))
            self._recorded_at = now
        self.results[number] = replace(result, kept=None)
        if result.cut_short is not None:
            self._ended.add(part.model)

    def scores(self) -> RowScores:
        """Return the scores on the folds of which every fit was made, with those on all training rows."""
        comparison, metric = self._comparison, self._comparison.metrics[0].name
        numbers = {(part.model, part.fold, part.size): number for number, part in enumerate(self._plan.parts)}
        models = dict.fromkeys(part.model for part in self._plan.parts)
        folds = [
            fold
            for fold in self._plan.n_rows
            if all(numbers[key] in self.results for key in numbers if key[1] == fold and key[0] not in self._ended)
        ]
        if len(folds) < _FEWEST_FOLDS:
            return RowScores(missing=Reason("time", {"n": len(folds), "needed": _FEWEST_FOLDS}))
        scores, failed = {}, []
        for model in models:
            whole = comparison.scores(model, metric)[folds]
            values = np.full((len(folds), N_SIZES), np.nan)
            for at, fold in enumerate(folds):
                for size in range(N_SIZES - 1):
                    result = self.results.get(numbers[model, fold, size])
                    values[at, size] = np.nan if result is None else result.scores.get(metric, np.nan)
            values[:, -1] = whole
            if np.isfinite(values).all():
                scores[model] = values
            else:
                failed.append(model)
        n_rows = [self._plan.n_rows[fold] for fold in folds]
        missing = None if scores else Reason("failed", {"models": ", ".join(failed)})
        return RowScores(tuple(folds), np.array(n_rows), scores, tuple(failed), missing)
