"""Hyperparameter search inside each fold: search spaces, grid and halving searches, and their number of fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.stats

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.pipeline._folds import n_training_rows
from skdl.spec import KeyPath, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from skdl._task import Task
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._table import TrainingTable
    from skdl.spec import TuneSpec

_DISTRIBUTIONS = ("loguniform", "uniform", "randint")
_HALVING_FACTOR = 3
# Rows that the first round of a halving search needs: for each inner fold, and of the rarest class in it.
_ROWS_PER_FOLD, _RAREST_PER_FOLD = 20, 10


def to_parameter(value: Any) -> Any:
    """Turn a list of numbers into the tuple that estimators document; leave anything else.

    Examples
    --------
    >>> to_parameter([64, 32]), to_parameter(["a"])
    ((64, 32), ['a'])
    """
    if isinstance(value, list) and all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
        return tuple(value)
    return value


def has_distribution(search: Mapping[str, Any]) -> bool:
    """Whether any parameter of a search has a distribution rather than a list."""
    return any(isinstance(values, dict) for values in search.values())


def search_candidates(values: Any) -> list[Any]:
    """Return the values of a list, or the two ends of a distribution, as the estimator gets them."""
    listed = next(iter(values.values())) if isinstance(values, dict) else values
    return [to_parameter(value) for value in listed]


def find_space_problems(path: KeyPath, values: Any) -> list[Problem]:
    """Return what is wrong with the list or distribution that a search has for one parameter."""
    if isinstance(values, list):
        return (
            [] if values else [Problem(path, Note("empty_search", "must have at least one value; got an empty list."))]
        )
    if not isinstance(values, dict):
        text = "must be a list of values, or a distribution such as {{loguniform: [0.001, 1]}}; got {given}."
        return [Problem(path, Note.of("no_space", text, given=repr(values)))]
    if len(values) != 1 or next(iter(values)) not in _DISTRIBUTIONS:
        hint = did_you_mean(next(iter(values), ""), _DISTRIBUTIONS)
        got = ", ".join(values) or Note("nothing", "none")
        text = "a distribution must be one of {known}; got {given}{hint}"
        note = Note.of("no_distribution", text, known=", ".join(_DISTRIBUTIONS), given=got, hint=hint)
        return [Problem(path, note)]
    name, ends = next(iter(values.items()))
    whole = name == "randint"
    number = int if whole else (int, float)
    if not (
        isinstance(ends, list)
        and len(ends) == 2  # two ends
        and all(isinstance(end, number) and not isinstance(end, bool) for end in ends)
    ):
        kind = Note("whole_numbers", "whole numbers") if whole else Note("numbers", "numbers")
        note = Note.of("two_ends", "must be [lowest, highest], two {kind}; got {given}.", kind=kind, given=repr(ends))
        return [Problem((*path, name), note)]
    if not ends[0] < ends[1] < float("inf") or ends[0] == -float("inf") or (name == "loguniform" and ends[0] <= 0):
        above = Note("both_above_zero", ", both above 0") if name == "loguniform" else ""
        text = "must be [lowest, highest] with lowest below highest{above}; got {given}."
        return [Problem((*path, name), Note.of("ends_in_order", text, above=above, given=repr(ends)))]
    return []


def wrap_in_search(
    whole: Any,
    bare: Any,
    search: Mapping[str, Any],
    tune: TuneSpec,
    table: TrainingTable,
    *,
    scoring: Any,
    splitter: Any,
    seed: int,
) -> Any:
    """Wrap a model in the search that a file asks for; each candidate is scored with all wrappers of the bare model.

    Random candidates are drawn here, once for all folds, so that the defaults can be one of them: the search then
    cannot be worse than no search for lack of the defaults.
    """
    from sklearn.model_selection import GridSearchCV, ParameterGrid

    # Path from the whole to the parameters of the bare model, such as "model__".
    prefix = next(f"{path}__" for path, part in whole.get_params().items() if part is bare)
    shared = {"scoring": scoring, "cv": splitter, "refit": True, "n_jobs": 1}
    if tune.search == "tpe":
        from skdl.pipeline._tpe import TPESearchCV

        defaults = bare.get_params()
        space = {f"{prefix}{name}": _to_space(values) for name, values in search.items()}
        first = {f"{prefix}{name}": defaults[name] for name in search if name in defaults}
        n_iter = 1 + int(tune.iterations or 0)  # the defaults and those that are drawn
        return TPESearchCV(whole, space, n_iter=n_iter, first=first, random_state=seed, **shared)
    grids = _make_grids(search, tune.iterations, bare.get_params(), prefix, seed)
    n_candidates = len(ParameterGrid(grids))
    enough = can_halve(table.y, table.task, table.plan, tune.folds)
    if tune.search != "halving" or n_candidates < _HALVING_FACTOR or not enough:
        # Every candidate has all training rows here: one that fails is a mistake in the file, and is reported as such.
        return GridSearchCV(whole, grids, error_score="raise", **shared)
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - a switch while the class is experimental
    from sklearn.model_selection import HalvingGridSearchCV

    n_halvings = math.floor(math.log(n_candidates, _HALVING_FACTOR))  # until fewer than three are left
    first = n_training_rows(table.plan, len(table.y)) // _HALVING_FACTOR**n_halvings
    smallest = _min_rows_of_round(table.y, table.task, tune.folds)
    # The default error_score, NaN: a candidate that cannot be fitted on the few rows of a round is dropped.
    return HalvingGridSearchCV(
        whole,
        grids,
        factor=_HALVING_FACTOR,
        min_resources="exhaust" if first >= smallest else smallest,  # "exhaust" leaves all rows to the last round
        random_state=seed,
        return_train_score=False,
        **shared,
    )


def min_rows_to_halve(y: pd.Series | pd.DataFrame, task: Task, inner_folds: int) -> int:
    """Return the training rows that successive halving needs for two rounds."""
    return _HALVING_FACTOR * _min_rows_of_round(y, task, inner_folds)


def can_halve(y: pd.Series | pd.DataFrame, task: Task, plan: FoldPlan, inner_folds: int) -> bool:
    """Whether the training parts have rows enough for two rounds of successive halving."""
    return n_training_rows(plan, len(y)) >= min_rows_to_halve(y, task, inner_folds)


def _min_rows_of_round(y: pd.Series | pd.DataFrame, task: Task, inner_folds: int) -> int:
    """Return the rows of a first round: each inner fold must separate candidates and have rows of the rarest class."""
    if task == "regression":
        return inner_folds * _ROWS_PER_FOLD
    share = float(np.min(y.value_counts())) / len(y)
    return max(inner_folds * _ROWS_PER_FOLD, math.ceil(inner_folds * _RAREST_PER_FOLD / share))


def _make_grids(
    search: Mapping[str, Any], iterations: int | None, defaults: Mapping[str, Any], prefix: str, seed: int
) -> list[dict[str, Any]]:
    """Return all combinations, or as many as are to be drawn; the defaults always among them."""
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    space = {f"{prefix}{name}": _to_space(values) for name, values in search.items()}
    # A parameter that is not listed is not set: the library chooses its value.
    default = {f"{prefix}{name}": [defaults[name]] for name in search if name in defaults}
    is_listed = not has_distribution(search)
    if iterations is None or (is_listed and iterations >= len(ParameterGrid(space))):
        has_default = all(
            name in defaults and any(_is_same(defaults[name], value) for value in search_candidates(values))
            for name, values in search.items()
        )
        return [space] if not is_listed or has_default else [space, default]
    # Each drawn candidate becomes a grid of one point, so that a single class of search serves lists and distributions.
    # SciPy draws NumPy scalars.
    grids = [
        {name: [value.item() if isinstance(value, np.generic) else value] for name, value in drawn.items()}
        for drawn in ParameterSampler(space, iterations, random_state=seed)
    ]
    return grids if any(_is_same(grid, default) for grid in grids) else [*grids, default]


def _is_same(first: Any, second: Any) -> bool:
    """Compare values and types: True is not 1 here, and 1 is not 1.0."""
    return repr(first) == repr(second)


def _to_space(values: Any) -> Any:
    if not isinstance(values, dict):
        return search_candidates(values)
    name, (low, high) = next(iter(values.items()))
    if name == "randint":
        # SciPy's randint excludes its upper end; its uniform takes a width instead of an end.
        return scipy.stats.randint(low, high + 1)
    return scipy.stats.loguniform(low, high) if name == "loguniform" else scipy.stats.uniform(low, high - low)


def n_fits(estimator: Any, n_splits: int, n_rows: int | None = None) -> int:
    """Count the fits of the innermost model over the folds of a comparison, without the last one on all rows.

    A search fits each candidate on each inner fold, and then the best one on all rows; calibration and the tuning of a
    threshold also fit on each inner fold, and so do the models of an ensemble. The rows of a training part limit the
    rounds of a halving search.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import GridSearchCV
    >>> n_fits(Ridge(), 10), n_fits(GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}, cv=3), 10)
    (10, 70)
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import TunedThresholdClassifierCV, check_cv
    from sklearn.model_selection._search import BaseSearchCV
    from sklearn.pipeline import Pipeline

    from skdl.ensemble import Ensemble

    if isinstance(estimator, Pipeline):
        return n_fits(estimator[-1], n_splits, n_rows)
    if isinstance(estimator, Ensemble):
        folds = int(check_cv(estimator.cv).get_n_splits())
        return sum(n_fits(model, n_splits * (folds + 1), n_rows) for _, model in estimator.estimators)
    if not isinstance(estimator, BaseSearchCV | CalibratedClassifierCV | TunedThresholdClassifierCV):
        return n_splits
    folds = int(check_cv(estimator.cv).get_n_splits())
    if isinstance(estimator, BaseSearchCV):
        folds *= sum(candidates for candidates, _ in search_rounds(estimator, n_rows))
    # An ensemble of calibrated classifiers consists of those of its folds; in every other case one more is fitted on
    # all rows.
    last = 0 if isinstance(estimator, CalibratedClassifierCV) and estimator.ensemble is not False else 1
    return n_fits(estimator.estimator, n_splits * (folds + last), n_rows)


def search_rounds(search: Any, n_rows: int | None = None) -> list[tuple[int, float]]:
    """Return the rounds of a search, each as the number of candidates and the share of the rows.

    Examples
    --------
    >>> from sklearn.experimental import enable_halving_search_cv
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import HalvingGridSearchCV
    >>> search_rounds(HalvingGridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0, 100.0]}), 900)
    [(4, 0.333...), (2, 1.0)]
    """
    from sklearn.model_selection import ParameterGrid
    from sklearn.model_selection._search_successive_halving import BaseSuccessiveHalving

    candidates = len(ParameterGrid(search.param_grid)) if hasattr(search, "param_grid") else int(search.n_iter)
    if not isinstance(search, BaseSuccessiveHalving):
        return [(candidates, 1.0)]
    n_rounds = 1 + math.floor(math.log(candidates, search.factor))
    share = search.factor ** (1.0 - n_rounds)  # of the first round; the last round has all rows
    if isinstance(search.min_resources, int) and n_rows is not None:  # else min_resources is "exhaust", as above
        possible = 1 + math.floor(math.log(max(1, n_rows // search.min_resources), search.factor))
        n_rounds = min(n_rounds, possible)
        share = search.min_resources / n_rows
    return [
        (math.ceil(candidates / search.factor**number), min(1.0, share * search.factor**number))
        for number in range(n_rounds)
    ]
