"""Estimated time and memory of the folds of a comparison: models are tried on parts of one fold, and on larger ones.

Every model is tried on few rows, the simplest first. Then, as long as there is time, the shortest of the next trials is
made, on four times as many rows, until all training rows are used: no dear model takes the time of cheap ones. The time
on all rows follows from the last two sizes, as a power of the number of rows; the memory, as a line through the peaks
of the last two sizes over the bytes of the encoded table. Both are of the whole process, so that what C++ libraries and
JAX take is in it. A network is compiled for each number of rows, and its epochs take equally long: it begins with more
rows, and is trained for a part of its epochs where all of them would take long. The trees of a forest take equally long
too: after two trials it grows a part of them, and so reaches more rows. There a tree takes longer than its growth on
few rows shows, since the rows no longer fit into the caches of the processor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.preprocessing import OneHotEncoder

from skdl.catalogue import simplicity
from skdl.cross_validation._cost import expected_cost_s
from skdl.cross_validation._fold import ComparedModel, FoldTask, Job, Table
from skdl.cross_validation._nested_estimators import final_estimator, parameter_prefix
from skdl.cross_validation._network_trace import is_network
from skdl.cross_validation._seeds import N_SEED_FOLDS, N_SEEDS
from skdl.cross_validation._splits import draw_splits
from skdl.ensemble import Ensemble
from skdl.pipeline import metrics_of_file, n_fits, search_rounds
from skdl.workers import available_memory, peak_memory, reset_peak_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from skdl.pipeline import LoadedTable, PipelineSpec

_FIRST_ROWS = 500
_FACTOR = 4  # from one size to the next
_FEW_ROWS = 2000  # up to here all rows are used at once; networks begin with so many
_SHORT_FOLD_S = 3.0  # as long as a trial may take before the next one, in which a model's size is measured again
_LONG_S = 6.0  # a longer fit is not repeated without the cost of the model
_EPOCH_SHARE = 8  # a network is tried with a share of its epochs first
_ALL_EPOCHS_S = 2.0  # as long as all of its epochs may take
_FIRST_END_S = 6.0  # the same until a trial has stopped early: without one, up to all epochs are expected
_TREE_SHARE = 8  # a forest is tried with a share of its trees
# Their trees are grown one after the other, each on all rows.
_BOOSTED = (GradientBoostingClassifier, GradientBoostingRegressor)
_TREE_ENSEMBLES = (
    *(ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor),
    *_BOOSTED,
)
_SHORT_S = 0.2  # a shorter time is noisy, and is measured twice
# Exponents of the time in the rows. Below the first, fixed costs are measured; above the second, noise: a kernel matrix
# has 2, and some more for the iterations of its solver.
_GROWTH = (0.8, 2.2)
# Of a model that stops early: it needs fewer epochs where each has more steps, and on few rows it stops by chance.
_GROWTH_STOPPED = (0.3, 0.8)
# Epochs after which a network stops early, as a power of the rows: on a table of regression 180 on 2,000 rows and 65 on
# 500,000, on one of classification 57 on 2,000, 129 on 32,000 and 53 on 128,000.
_EPOCHS_GROWTH = -0.16
_SMALL_SHARE = 0.03  # of the whole time: not worth a closer look
_CHEAP_S = 0.5  # a trial that is always worth it: on few rows a time that grows with their square does not show
_DENSE_BYTES, _SPARSE_BYTES = 8, 12  # of a value in the encoded table; a sparse one has its column with it
# A fold takes so many times the encoded table, where memory is not measured; most models measured took 2.5 to 3.5.
_COPIES = 3
# Measuring the cost of a model pickles and loads it. So many times its compressed file came on top of the fit: 12 to 13
# for forests, 10 for nearest neighbors.
_BYTES_OF_FILE = 12
_SLOWEST = 0.05  # least exponent of a saved model's size in the rows; it is nearly a logarithm
_SQUARE = 1.5  # an exponent above it is taken for a square
# A single trial of few rows does not show what packages take once, such as buffers of threads: up to so much is taken
# for that. xgboost took 17 to 31 MB for 500 rows of 36 kB, on a machine too busy for a second trial.
_MOST_FIXED = 32 * 2**20
_LEAST_RISE = 8 * 2**20  # between two trials; a smaller one does not show whether memory grows with the square


@dataclass(frozen=True)
class Estimate:
    """Estimated time and memory of one model, in seconds and bytes; None where they were not measured."""

    model: str
    n_fits: int  # over all folds, those of a search included
    seconds: float | None = None  # of all folds
    fit_s: float | None = None  # of one fit on the training rows of a fold; of a search, of one candidate
    predict_s: float | None = None  # for the test rows of a fold
    score: float | None = None  # by the first metric, greater is better, on the largest part that was tried
    error: str | None = None  # exception of the trial fit
    peak_bytes: int | None = None  # rise of memory in a fold, without the packages that the model imports
    refit_bytes: int | None = None  # the same for a fit on all rows of the table, and saving it
    n_rows: int = 0  # training rows of a fold
    tried_rows: int = 0  # on which it was tried last
    growth: float | None = None  # the time grows with this power of the rows; None where it was too short to tell
    compilation_s: float = 0.0  # of a network, for each number of rows
    seeds_s: float | None = None  # of fits with other seeds, if it wins; None for other models than networks
    n_columns: int = 0  # of the encoded table
    widest: tuple[str, int] | None = None  # column with the most columns of the encoded table, and their number


def estimate_times(
    spec: PipelineSpec,
    table: LoadedTable,
    estimators: Mapping[str, Any],
    *,
    budget_s: float = 30.0,
    on_model: Callable[[str], None] | None = None,
) -> list[Estimate]:
    """Time every model on parts of a fold and estimate the time of all folds.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline file.
    table : LoadedTable
        Its table.
    estimators : mapping of str to estimator
        Its unfitted models.
    budget_s : float, default=30.0
        Seconds after which no fit is started, nor one that is expected to end later. A fit that has begun is not
        interrupted.
    on_model : callable, default=None
        Called with the name of a model before it is timed.

    Returns
    -------
    list of Estimate
        In the order of the models. A search is estimated as its default candidate times its fits.
    """
    splits = draw_splits(table.plan, table.y, groups=table.groups, time=table.time, folds=table.folds)
    metrics = tuple(metrics_of_file(spec, table.task, table.y))
    job = Job((), Table.from_loaded(table), splits, metrics)
    end = perf_counter() + budget_s
    # An ensemble takes the time of its models, which need no other trial.
    ensembles = {name: final for name, one in estimators.items() if isinstance(final := final_estimator(one), Ensemble)}
    trials = {name: _Trials(name, estimator, job) for name, estimator in estimators.items() if name not in ensembles}
    free_bytes = available_memory()
    while True:
        estimates = {name: trial.estimate() for name, trial in trials.items()}
        total = sum(estimate.seconds or 0.0 for estimate in estimates.values())
        possible = [
            trial
            for name, trial in trials.items()
            if trial.next_rows is not None
            and perf_counter() + trial.next_s < end
            and (free_bytes is None or trial.peak_bytes(trial.next_rows) < free_bytes)
            and (trial.is_needed or (estimates[name].seconds or 0.0) > _SMALL_SHARE * total)
        ]
        if not possible:
            n_splits = len(splits.members)
            for name, ensemble in ensembles.items():
                members = [estimates[one] for one, _ in ensemble.estimators]
                estimates[name] = _estimate_of_ensemble(name, estimators[name], ensemble, members, n_splits)
            return [estimates[name] for name in estimators]
        trial = min(possible, key=lambda trial: (trial.next_s, simplicity(trial.estimator)))
        if on_model is not None:
            on_model(trial.name)
        trial.measure()


def _estimate_of_ensemble(
    name: str, estimator: Any, ensemble: Ensemble, members: list[Estimate], n_splits: int
) -> Estimate:
    """Add up the models of an ensemble, which are fitted on each inner fold and on all training rows."""
    n_all = n_fits(estimator, n_splits, members[0].n_rows)
    error = next((f"{one.model}: {one.error}" for one in members if one.error), None)
    if error is not None or any(one.seconds is None for one in members):
        return Estimate(name, n_all, error=error, n_rows=members[0].n_rows)
    # k fits on k - 1 of k parts, and one on all of them, take as long as k fits on all. A threshold multiplies that.
    factor = check_cv(ensemble.cv).get_n_splits() * n_all / n_fits(ensemble, n_splits, members[0].n_rows)
    return Estimate(
        name,
        n_all,
        seconds=factor * sum(one.seconds or 0.0 for one in members),
        fit_s=factor * sum(one.fit_s or 0.0 for one in members),
        predict_s=sum(one.predict_s or 0.0 for one in members),
        # The fitted models stay: what they take together is at most what each of them takes at its peak.
        peak_bytes=sum(one.peak_bytes or 0 for one in members) or None,
        refit_bytes=sum(one.refit_bytes or 0 for one in members) or None,
        n_rows=members[0].n_rows,
        tried_rows=min(one.tried_rows for one in members),
        n_columns=members[0].n_columns,
    )


class _Trial(NamedTuple):
    """Seconds of one model on a part of a fold."""

    n_rows: int
    seconds: float  # of all of it: fit, predictions, metrics
    cpu_s: float  # of the same, in processor time
    fit_s: float
    predict_s: float
    before_bytes: int | None  # resident memory
    peak_bytes: int | None  # its rise
    file_bytes: int | None  # size of the saved model, where the cost of the model was measured
    n_epochs: int  # of a network, 1 of other models
    least_s: float  # seconds of the shortest run that shows the others: of a network with few epochs


class _Trials:
    """Trials of one model on more and more rows."""

    def __init__(self, name: str, estimator: Any, job: Job) -> None:
        self.name, self.estimator, self._job = name, estimator, job
        self._is_search = isinstance(estimator, BaseSearchCV)
        self._single = estimator.estimator if self._is_search else estimator
        # In the order of time, training parts grow from fold to fold.
        by_size = sorted(job.splits.members, key=lambda split: len(split.train))
        self._split = by_size[len(by_size) // 2]
        self._n_rows = len(self._split.train)
        self._encoded = _Encoded(self._single, job.table.X)
        few = _FEW_ROWS if is_network(self._single) else _FIRST_ROWS
        self.next_rows: int | None = self._n_rows if self._n_rows <= _FEW_ROWS else few
        self._trials: list[_Trial] = []
        self._files: list[_Trial] = []  # trials with the size of the saved model
        self._cost_bytes = 0  # rise of memory while the cost was measured on the largest of them
        self._first_s = 0.0  # how much longer the first fold takes: imports, compilation, the cost of the model
        self._compilation_s = 0.0  # of a network, the shortest of its trials: the first one imports packages
        self._score: float | None = None
        self._n_epochs = 0  # after which the score was measured
        self._may_stop = False  # of a network: before its last epoch, by the loss of validation rows
        self._ends: list[tuple[int, int]] = []  # rows of trials in which a network was trained to its end, and epochs
        self._error: str | None = None

    @property
    def is_needed(self) -> bool:
        """Whether more rows are needed for any estimate, or take next to no time.

        One trial does not show how time grows: on few rows it is that of fixed costs. A part may also lack what a model
        needs, such as rows of a class.
        """
        return self._error is not None or len(self._trials) < 2 or self.next_s < _CHEAP_S

    @property
    def next_s(self) -> float:
        """Expected time of the next trial; of an unknown model none, of a network so much that cheap trials precede."""
        if not self._trials or self.next_rows is None:
            return _CHEAP_S if is_network(self._single) else 0.0
        share = 1 / self._n_parts if len(self._trials) > 1 else 1.0
        return self._compilation_s + share * self._trials[-1].least_s * self._increase(self.next_rows)

    @property
    def _n_parts(self) -> int:
        """How many times fewer trees a forest may be tried with; 1 for other models."""
        final = final_estimator(self._single)
        has_trees = type(final) in _TREE_ENSEMBLES and getattr(final, "n_iter_no_change", None) is None
        return _TREE_SHARE if has_trees and final.n_estimators >= 2 * _TREE_SHARE else 1

    def measure(self) -> None:
        """Fit and score the model on the next number of rows."""
        assert self.next_rows is not None
        n_rows, is_first = self.next_rows, not self._trials
        following = _FACTOR * n_rows if 1.5 * _FACTOR * n_rows < self._n_rows else self._n_rows
        self.next_rows = following if n_rows < self._n_rows else None
        # The size of the saved model on two numbers of rows shows how it grows, on three whether that becomes slower.
        measures_cost = len(self._trials) < 2 or (
            len(self._trials) == len(self._files) == 2
            and self._n_parts == 1
            and self._trials[-1].seconds < _SHORT_FOLD_S
        )
        first: _Trial | None = None  # with what is not part of every fold: imports and compilation, the cost of a model
        if is_network(self._single):
            # Each number of rows is compiled once.
            first = self._run(self._with_epochs(1), n_rows, measures_cost=measures_cost)
            trial = None if first is None else self._run_network(n_rows)
        elif measures_cost:
            first = trial = self._run(self._single, n_rows, measures_cost=True)
            if first is not None and first.seconds <= _LONG_S:
                trial = self._run(self._single, n_rows)
            elif first is not None and not is_first:
                # Imports and the cost of the model are a small part of its time, not of its memory.
                trial = first._replace(peak_bytes=None)
        else:
            trial = self._run_part(n_rows)
        if trial is not None and trial.seconds < _SHORT_S:
            again = self._run(self._single, n_rows)
            trial = min(trial, again or trial, key=lambda one: one.seconds)
        if trial is None:
            return
        if first is not None:
            further_s = max(0.0, first.seconds - trial.seconds + trial.fit_s * (1 - 1 / trial.n_epochs))
            self._first_s = further_s if is_first else self._first_s
            if is_network(self._single):
                self._compilation_s = min(further_s, self._compilation_s or further_s)
        self._trials.append(trial if first is None else self._with_first(trial, first))

    def _run_part(self, n_rows: int) -> _Trial | None:
        """Run the fold with a part of the trees of a forest, and multiply their time; with all of any other model."""
        if self._n_parts == 1:
            return self._run(self._single, n_rows)
        name = f"{parameter_prefix(self._single)}n_estimators"
        n_trees = final_estimator(self._single).n_estimators
        few = n_trees // self._n_parts
        part = self._run(clone(self._single).set_params(**{name: few}), n_rows)
        if part is None:
            return None
        further_s = (n_trees / few - 1) * (part.fit_s + part.predict_s)
        pace = part.seconds / max(part.cpu_s, 1e-9)
        return part._replace(
            seconds=part.seconds + further_s,
            cpu_s=part.cpu_s + further_s / pace,
            fit_s=part.fit_s * n_trees / few,
            predict_s=part.predict_s * n_trees / few,
            least_s=part.seconds + further_s,
            # The trees of boosting are small beside the arrays of the rows; those of a forest are not.
            peak_bytes=part.peak_bytes if isinstance(final_estimator(self._single), _BOOSTED) else None,
        )

    def _with_epochs(self, n_epochs: int) -> Any:
        return clone(self._single).set_params(**{f"{parameter_prefix(self._single)}epochs": n_epochs})

    def _run_network(self, n_rows: int) -> _Trial | None:
        """Train a compiled network for a few epochs; for all of them where that is short, else multiply its time."""
        epochs = final_estimator(self._single).epochs
        few = max(1, epochs // _EPOCH_SHARE)
        one = self._run(self._with_epochs(1), n_rows)
        part = None if one is None else self._run(self._with_epochs(few), n_rows)
        if one is None or part is None:
            return part
        if part.n_epochs < few:  # it stopped early
            self._ends.append((n_rows, part.n_epochs))
            return part
        n_epochs = self._expected_epochs(n_rows, epochs)
        # What is not of the epochs, such as coding the table and building layers, is not multiplied.
        epoch_cpu_s = max(0.0, part.cpu_s - one.cpu_s) / (few - 1) if few > 1 else part.cpu_s
        pace = part.seconds / max(part.cpu_s, 1e-9)
        further_s = pace * epoch_cpu_s * (n_epochs - few)
        is_unknown = self._may_stop and all(end == epochs for _, end in self._ends)
        if further_s < (_FIRST_END_S if is_unknown else _ALL_EPOCHS_S):
            full = self._run(self._single, n_rows)
            if full is not None:
                self._ends.append((n_rows, full.n_epochs))
            return full and full._replace(least_s=part.seconds)
        return part._replace(
            seconds=part.seconds + further_s,
            cpu_s=part.cpu_s + further_s / pace,
            fit_s=part.fit_s + further_s,
            n_epochs=n_epochs,
        )

    def _expected_epochs(self, n_rows: int, most: int) -> int:
        """Return the epochs of a network on so many rows, from those after which it ended in earlier trials.

        Where one stops early varies by a factor of two with the rows that are drawn, so all trials count.
        """
        if all(n_epochs == most for _, n_epochs in self._ends):
            return most
        ends = [log(n_epochs) + _EPOCHS_GROWTH * log(n_rows / rows) for rows, n_epochs in self._ends]
        return min(most, max(1, round(exp(sum(ends) / len(ends)))))

    def _with_first(self, trial: _Trial, first: _Trial) -> _Trial:
        """Return the trial with the memory of compiling the network; keep the size of the saved model."""
        if first.file_bytes is not None:
            self._files.append(first)
        if first.peak_bytes is None:
            return trial
        if is_network(self._single) and len(self._trials) >= 2 and trial.peak_bytes is not None:
            return trial._replace(peak_bytes=max(first.peak_bytes, trial.peak_bytes))
        # The first trial imports packages, which stay and are counted once for the whole run.
        stayed = max(0, (trial.before_bytes or 0) - (first.before_bytes or 0))
        self._cost_bytes = max(0, first.peak_bytes - stayed)
        return trial

    def _run(self, model: Any, n_rows: int, *, measures_cost: bool = False) -> _Trial | None:
        """Run the fold with a part of its rows."""
        split = self._split
        y = self._job.table.y if self._job.task == "classification" else None
        part = replace(
            split,
            repeat=0,
            fold=0,  # on which the cost of a model is measured
            train=_spread(split.train, n_rows, y),
            test=_spread(split.test, round(n_rows * len(split.test) / len(split.train)), y),
        )
        job = replace(
            self._job,
            models=(ComparedModel(self.name, model),),
            splits=replace(self._job.splits, members=(part, *self._job.splits.members[1:])),
            measures_cost=measures_cost,
        )
        _ = job.classes  # cached: a comparison finds them once, not in each fold
        before = reset_peak_memory()
        started, cpu_started = perf_counter(), process_time()
        result = job.run(FoldTask(0, 0))
        seconds, cpu_s = perf_counter() - started, process_time() - cpu_started
        peak = None if before is None else peak_memory()
        self._error = result.error
        if result.fit_s is None or result.predict_s is None:
            return None
        rise = None if before is None or peak is None else max(0, peak - before)
        file_bytes = None if result.cost is None else result.cost.size_bytes
        n_epochs = final_estimator(model).epochs if is_network(model) else 1
        if result.trace is not None:  # it may have stopped early
            n_epochs = max(len(values) for values in result.trace.history.values())
            self._may_stop = final_estimator(model).early_stopping is not False and "val_loss" in result.trace.history
        metric = self._job.metrics[0]
        if not np.isnan(score := result.scores.get(metric.name, np.nan)) and n_epochs >= self._n_epochs:
            self._score, self._n_epochs = score if metric.greater_is_better else -score, n_epochs
        return _Trial(
            len(part.train), seconds, cpu_s, result.fit_s, result.predict_s, before, rise, file_bytes, n_epochs, seconds
        )

    def peak_bytes(self, n_rows: int) -> int:
        """Rise of memory in a fold with so many training rows."""
        peaks = [(trial.n_rows, trial.peak_bytes) for trial in self._trials if trial.peak_bytes is not None]
        if not peaks:
            return round(_COPIES * self._encoded.n_bytes(n_rows) + self._kernel_bytes(n_rows))
        # Without the cache of a support vector machine, which grows with the square of the rows up to its limit.
        rises = [peak - self._kernel_bytes(rows) for rows, peak in peaks]
        sizes = [self._encoded.n_bytes(rows) for rows, _ in peaks]
        size = self._encoded.n_bytes(n_rows)
        if len(peaks) == 1:
            fixed = min(max(rises[0], 0.0), _MOST_FIXED)
            rise = fixed + (max(rises[0], 0.0) - fixed) * size / sizes[0] + _COPIES * (size - sizes[0])
        else:
            growth, step = 1.0, rises[-1] - rises[-2]
            if len(peaks) > 2 and step > _LEAST_RISE and (before := rises[-2] - rises[-3]) > 0:
                # The sizes grow by a factor, so that their differences grow as the memory does, without what is fixed.
                growth = log(step / before) / log((sizes[-1] - sizes[-2]) / (sizes[-2] - sizes[-3]))
            growth = 2.0 if growth > _SQUARE else 1.0
            powers = [one**growth for one in (sizes[-2], sizes[-1], size)]
            rise = rises[-1] + max(step, 0.0) * (powers[2] - powers[1]) / (powers[1] - powers[0])
        return round(max(rise, size) + self._kernel_bytes(n_rows))

    def _kernel_bytes(self, n_rows: int) -> float:
        """Bytes of the kernel matrix that a support vector machine keeps, in single precision."""
        final = final_estimator(self._single)
        limit_mb = getattr(getattr(final, "regressor", final), "cache_size", 0)
        return min(limit_mb * 2**20, 4.0 * n_rows**2)

    def _saving_bytes(self, n_rows: int) -> int:
        """Rise of memory in a fit on so many rows, and while the model is saved."""
        files = [(trial.n_rows, trial.file_bytes or 0) for trial in self._files]
        file_bytes = files[-1][1] if files else 0.0
        if len(files) > 1:
            (few, small), (many, large) = files[-2:]
            growth = 1.0
            if len(files) > 2 and (before := small - files[-3][1]) > 0 and large > small:
                # The trees of boosting are of limited depth: with more rows they grow more slowly.
                growth = log((large - small) / before) / log((many - few) / (few - files[-3][0]))
            growth = float(np.clip(growth, _SLOWEST, 1.0))
            step = (n_rows**growth - many**growth) / (many**growth - few**growth)
            file_bytes += max(0, large - small) * step
        elif files:
            file_bytes *= n_rows / files[0][0]
        return round(self.peak_bytes(n_rows) + _BYTES_OF_FILE * file_bytes)

    def _growth(self) -> float:
        """Exponent of the time in the rows, from the last two trials; 1 from a single one."""
        if len(self._trials) == 1:
            return 1.0
        first, second = self._trials[-2:]
        # In processor time, which other programs hardly change.
        ratio = max(second.cpu_s, 1e-9) / max(first.cpu_s, 1e-9)
        final = final_estimator(self._single)
        stops_early = getattr(getattr(final, "regressor", final), "early_stopping", None) is True
        limits = _GROWTH_STOPPED if stops_early else _GROWTH
        return float(np.clip(log(ratio) / log(second.n_rows / first.n_rows), *limits))

    def _increase(self, n_rows: int) -> float:
        """How many times as long as the last trial one of so many rows takes."""
        last = self._trials[-1]
        # Other programs come and go: seconds for a second of processor time are taken from all trials.
        pace = sum(one.seconds for one in self._trials) / max(sum(one.cpu_s for one in self._trials), 1e-9)
        usual = pace * last.cpu_s / last.seconds if last.cpu_s > 0 else 1.0
        return float(usual * (n_rows / last.n_rows) ** self._growth())

    def estimate(self) -> Estimate:
        """Estimate the time of all folds."""
        n_splits = len(self._job.splits.members)
        unknown = Estimate(
            self.name,
            n_fits(self.estimator, n_splits, self._n_rows),
            error=self._error,
            n_rows=self._n_rows,
            n_columns=self._encoded.n_columns,
            widest=self._encoded.widest,
        )
        if self._error is not None or not self._trials:
            return unknown
        last, increase = self._trials[-1], self._increase(self._n_rows)
        fit_s, predict_s = last.fit_s * increase, last.predict_s * increase
        # One fit on each outer training part; for a search this is the refit of the chosen candidate.
        seconds = n_splits * last.seconds * increase + self._first_s
        # The cost of the model is measured on the first fold; that of the first trial is in its longer time already.
        first = self._trials[0]
        seconds += max(
            0.0,
            expected_cost_s(predict_s, len(self._split.test)) - expected_cost_s(first.predict_s, first.n_rows),
        )
        if self._is_search:
            inner_folds = int(check_cv(self.estimator.cv).get_n_splits())
            for candidates, share in search_rounds(self.estimator, self._n_rows):
                # An inner fit sees 1 - 1/k of the outer training rows, and in a halving round only a share of these.
                inner_fit_s = fit_s * (share * (1 - 1 / inner_folds)) ** self._growth()
                seconds += n_splits * candidates * inner_folds * (inner_fit_s + share * predict_s)
        if is_network(self._single):
            unknown = replace(
                unknown,
                compilation_s=self._compilation_s,
                seeds_s=N_SEEDS * min(N_SEED_FOLDS, n_splits) * last.seconds * increase,
            )
        return replace(
            unknown,
            seconds=seconds,
            fit_s=fit_s,
            predict_s=predict_s,
            score=self._score,
            # On the first fold the cost of the model is measured, which copies it as saving does.
            peak_bytes=max(self._cost_bytes, self._saving_bytes(self._n_rows)),
            refit_bytes=self._saving_bytes(len(self._job.table.y)),
            tried_rows=last.n_rows,
            growth=self._growth() if len(self._trials) > 1 and last.seconds > _SHORT_S else None,
        )


class _Encoded:
    """Size of the table as the model gets it, encoded by the preprocessing of its pipeline."""

    def __init__(self, estimator: Any, X: Any) -> None:
        self._X, self._n_bytes = X, dict[int, int]()
        parameters = estimator.get_params().values()
        transformer = next((one for one in parameters if isinstance(one, ColumnTransformer)), None)
        self._one_hot: dict[str, int | None] = {}  # columns, with the most categories that are kept of each
        self._are_declared = False  # whether the categories are the same for few rows
        self._n_numbers, self._is_sparse = X.shape[1], False
        if transformer is not None:
            self._n_numbers = 0
            for _, part, columns in transformer.transformers:
                steps = [] if isinstance(part, str) else [part, *part.get_params().values()]
                encoder = next((step for step in steps if isinstance(step, OneHotEncoder)), None)
                if encoder is None:
                    self._n_numbers += len(columns)
                else:
                    self._one_hot.update(dict.fromkeys(columns, encoder.max_categories))
                    self._are_declared |= not isinstance(encoder.categories, str)
            self._is_sparse = bool(transformer.sparse_threshold)
        self._value_bytes = _SPARSE_BYTES if self._is_sparse else _DENSE_BYTES
        self.widths = self._widths(X)
        self.n_columns = self._n_numbers + sum(self.widths.values())
        self.widest = max(self.widths.items(), key=lambda one: one[1], default=None)

    def _widths(self, X: Any) -> dict[str, int]:
        return {name: min(X[name].nunique(), most or X.shape[0]) for name, most in self._one_hot.items()}

    def n_bytes(self, n_rows: int) -> int:
        """Bytes of so many rows."""
        if n_rows not in self._n_bytes:
            n_encoded = len(self._one_hot)
            if not self._is_sparse:
                # On few rows, columns of many categories are narrower.
                step = 1 if self._are_declared else len(self._X) // max(n_rows, 1)
                n_encoded = sum((self._widths(self._X[::step]) if step > 1 else self.widths).values())
            self._n_bytes[n_rows] = max(1, n_rows * (self._n_numbers + n_encoded) * self._value_bytes)
        return self._n_bytes[n_rows]


def _spread(rows: NDArray[np.intp], n_rows: int, y: NDArray[Any] | None) -> NDArray[np.intp]:
    """Take ``n_rows`` of the rows, evenly spaced from the first to the last; of classes, of each its share."""
    ordered = rows if y is None or y.ndim > 1 else rows[np.argsort(y[rows], kind="stable")]
    positions = np.unique(np.linspace(0, len(rows) - 1, min(max(n_rows, 1), len(rows))).astype(int))
    return np.sort(ordered[positions])
