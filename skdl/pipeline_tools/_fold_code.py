"""The folds of a comparison as code: a function that draws them, and what scikit-learn lacks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.pipeline._folds import splitter_of
from skdl.pipeline._splitters import ByQuantiles, StratifiedGroupHoldOut, quantile_bins
from skdl.pipeline_tools._code import Call, CodeWriter, Name

if TYPE_CHECKING:
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._load import LoadedTable

__all__ = ["fold_code", "splitter_call"]

_NUMPY = ("numpy", "as np")

_DRAWN = '''
def draw_folds():
    """Give repeat, fold, and the rows to train on and to test on."""
    for repeat in range({repeats}):
        {drawn}
        for fold, (train, test) in enumerate(splitter.split({arguments})):
            yield repeat + 1, fold + 1, train, test
'''
_HELD_OUT = '''
def draw_folds():
    """Give repeat, fold, and the rows to train on and to test on: a single split."""
    {drawn}
    for train, test in splitter.split({arguments}):
        yield 1, 1, train, test
'''
_GROUPS_HELD_OUT = '''
def draw_folds():
    """Give repeat, fold, and rows: some of the parts that groups are dealt into are tested."""
    {drawn}
    parts = [test for _, test in splitter.split({arguments})]
    drawn = np.random.default_rng({seed}).permutation({n_parts})[:{n_drawn}]
    tested = np.isin(np.arange(len(y)), np.concatenate([parts[part] for part in drawn]))
    yield 1, 1, np.flatnonzero(~tested), np.flatnonzero(tested)
'''
_IN_TIME = '''
def draw_folds():
    """Give repeat, fold, and rows: each stretch of time is tested on what came before.

    Rows of one moment stay together.
    """
    moments, moment_of_row = np.unique(time, return_inverse=True)
    splitter = TimeSeriesSplit(n_splits={folds})
    for fold, (before, after) in enumerate(splitter.split(moments)):
        train = np.flatnonzero(np.isin(moment_of_row, before))
        test = np.flatnonzero(np.isin(moment_of_row, after))
        yield 1, fold + 1, train, test
'''
_LAST_STRETCH = '''
def draw_folds():
    """Give repeat, fold, and rows: the last stretch of time is tested on what came before.

    Rows of one moment stay together.
    """
    n_tested = int(np.ceil({share} * len(time)))
    first = np.sort(time)[len(time) - n_tested]
    yield 1, 1, np.flatnonzero(time < first), np.flatnonzero(time >= first)
'''
_OF_COLUMN = '''
def draw_folds():
    """Give repeat, fold, and rows: those of each value of the column are tested once."""
    for fold, value in enumerate(np.unique(folds)):
        test = folds == value
        yield 1, fold + 1, np.flatnonzero(~test), np.flatnonzero(test)
'''
_BY_QUANTILES = '''
class ByQuantiles:
    """A stratified splitter for numbers: it is shown the bin of each in place of a class.

    There are as many bins as have ``fewest`` rows each, 10 at most; equal numbers
    are in the same one.
    """

    def __init__(self, splitter, fewest):
        self.splitter = splitter
        self.fewest = fewest

    def get_n_splits(self, X=None, y=None, groups=None):
        return self.splitter.get_n_splits(X, y, groups)

    def split(self, X, y, groups=None):
        values = np.asarray(y, dtype=float)
        n_below = np.searchsorted(np.sort(values), values)
        bins = np.zeros(len(values), dtype=int)
        for n_bins in range(2, min(10, len(values) // self.fewest) + 1):
            finer = n_below * n_bins // len(values)
            if np.unique(finer, return_counts=True)[1].min() >= self.fewest:
                bins = finer
        return self.splitter.split(X, bins, groups)

    def get_metadata_routing(self):
        return self.splitter.get_metadata_routing()
'''


def fold_code(writer: CodeWriter, loaded: LoadedTable) -> list[str]:
    """Write the function ``draw_folds``, after the class that it needs where it needs one.

    Parameters
    ----------
    writer : CodeWriter
        Takes the imports.
    loaded : LoadedTable
        The table and how it is split; the script has its columns as ``X``, ``y``, ``groups``, ``time``, ``folds``.

    Returns
    -------
    list of str
        Blocks of code.
    """
    plan = loaded.plan
    blocks = []
    if plan.labels == "quantiles":
        writer.imports.add(_NUMPY)
        blocks.append(_BY_QUANTILES.strip())
    if plan.column is not None:
        writer.imports.add(_NUMPY)
        return [*blocks, _OF_COLUMN.strip()]
    if plan.by == "time":
        writer.imports.add(_NUMPY)
        if plan.holdout is not None:
            return [_LAST_STRETCH.format(share=plan.holdout).strip()]
        writer.imports.add(("sklearn.model_selection", "TimeSeriesSplit"))
        return [_IN_TIME.format(folds=plan.folds).strip()]
    return [*blocks, _drawn(writer, plan, loaded)]


def splitter_call(splitter: ByQuantiles) -> Call:
    """Give a splitter that scikit-learn lacks as a call of the class that `fold_code` writes."""
    return Call("ByQuantiles", (splitter.splitter, splitter.fewest))


def _drawn(writer: CodeWriter, plan: FoldPlan, loaded: LoadedTable) -> str:
    from sklearn.model_selection import StratifiedGroupKFold

    arguments = "X, y, groups" if plan.by == "groups" else "X, y"
    splitter = splitter_of(plan, plan.seed)
    dealing = splitter.splitter if isinstance(splitter, ByQuantiles) else splitter
    if isinstance(dealing, StratifiedGroupHoldOut):
        labels = loaded.y if dealing is splitter else quantile_bins(loaded.y, splitter.fewest)
        n_drawn, n_parts = dealing.parts_to_draw(labels, np.asarray(loaded.groups))
        equal: Any = StratifiedGroupKFold(n_parts, shuffle=True, random_state=plan.seed)
        if dealing is not splitter:
            equal = splitter_call(ByQuantiles(equal, splitter.fewest))
        drawn = writer.statement("splitter", equal, indent=4)
        writer.imports.add(_NUMPY)
        return _GROUPS_HELD_OUT.format(
            drawn=drawn, arguments=arguments, seed=plan.seed, n_parts=n_parts, n_drawn=n_drawn
        ).strip()
    if plan.holdout is None:
        dealing.random_state = Name(f"{plan.seed} + repeat" if plan.seed else "repeat")
    written = splitter if dealing is splitter else splitter_call(splitter)
    if plan.holdout is not None:
        drawn = writer.statement("splitter", written, indent=4)
        return _HELD_OUT.format(drawn=drawn, arguments=arguments).strip()
    drawn = writer.statement("splitter", written, indent=8)
    return _DRAWN.format(repeats=plan.repeats, drawn=drawn, arguments=arguments).strip()
