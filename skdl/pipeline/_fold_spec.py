"""How a pipeline file has its table split: keys that clash, and the plan that they come to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from skdl.pipeline._folds import FoldPlan, draw_folds, settle_folds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from skdl.pipeline._data import DataSpec
    from skdl.pipeline._faults import KeyPath
    from skdl.pipeline._spec import CvSpec, PipelineSpec

__all__ = ["needs_columns", "plan_folds", "settled", "split_clashes"]


def plan_folds(
    spec: PipelineSpec, y: pd.Series | pd.DataFrame, *, groups: ArrayLike | None = None, folds: ArrayLike | None = None
) -> FoldPlan:
    """Settle how the table of a pipeline is split.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    y : pandas.Series or pandas.DataFrame
        The plain target.
    groups, folds : array-like of shape (n_samples,), default=None
        The columns of those names in the file, where it names them.

    Returns
    -------
    FoldPlan
        The plan, without the column that it needs.
    """
    cv, classes = spec.compare.cv, isinstance(y, pd.Series) and spec.task_of(y) == "classification"
    labels: Literal["classes", "quantiles"] | None = None
    if classes and cv.stratify is not False:
        labels = "classes"
    elif cv.stratify and isinstance(y, pd.Series):
        labels = "quantiles"
    by = _dealt(spec)
    if by == "column":
        plan = FoldPlan(len(np.unique(np.asarray(folds))), 1, cv.seed, by, labels, column=spec.data.folds)
    else:
        plan = settle_folds(
            len(y), folds=cv.folds, repeats=cv.repeats, seed=cv.seed, by=by, labels=labels, holdout=cv.holdout
        )
    # Stratified folds, and those of numbers, keep what their number says; of others it has to be seen.
    if by == "column" or (by == "groups" and cv.holdout is not None) or (by != "time" and classes and labels is None):
        return replace(plan, kept=_kept(plan, y, classes=classes, groups=groups, folds=folds))
    return plan


def split_clashes(data: DataSpec, cv: CvSpec) -> list[tuple[KeyPath, Any, str]]:
    """Find keys that cannot both say how a table is split.

    Parameters
    ----------
    data, cv : DataSpec, CvSpec
        The sections of the file.

    Returns
    -------
    list of (path, value, message)
        The key that must go, or the other one that the message names.
    """
    named: dict[KeyPath, Any] = {("data", key): getattr(data, key) for key in ("groups", "time", "folds")}
    named |= {("compare", "cv", key): getattr(cv, key) for key in ("folds", "repeats", "holdout", "stratify")}
    groups, time, column, folds, repeats, holdout, stratify = named
    rules: list[tuple[KeyPath, tuple[KeyPath, ...], str]] = [
        (holdout, (folds, repeats), "a hold-out is one split"),
        (column, (groups, time, folds, repeats, holdout), "the column says which rows are tested together"),
    ]
    if cv.stratify:
        rules.append((stratify, (time,), "the order of time leaves nothing to draw"))
    found = [
        (path, named[path], f"must stand without {'.'.join(map(str, other))}, for {reason}")
        for path, others, reason in rules
        for other in others
        if named[path] is not None and named[other] is not None
    ]
    if cv.stratify and len(data.target) > 1:
        found.append((stratify, True, "must be left out with several targets, which have no common order"))
    return found


def settled(spec: PipelineSpec, plan: FoldPlan) -> PipelineSpec:
    """Give the pipeline with folds and repeats written out, so that it is split alike by any other rule."""
    if plan.holdout is not None or plan.column is not None:
        return spec
    cv = spec.compare.cv.model_copy(update={"folds": plan.folds, "repeats": plan.repeats})
    return spec.model_copy(update={"compare": spec.compare.model_copy(update={"cv": cv})})


def needs_columns(spec: PipelineSpec) -> bool:
    """Whether `plan_folds` needs more of the table than the target."""
    cv, data = spec.compare.cv, spec.data
    return data.folds is not None or (data.groups is not None and (cv.holdout is not None or cv.stratify is False))


def _dealt(spec: PipelineSpec) -> Literal["rows", "groups", "time", "column"]:
    data = spec.data
    if data.folds is not None:
        return "column"
    return "time" if data.time is not None else "groups" if data.groups is not None else "rows"


def _kept(plan: FoldPlan, y: ArrayLike, *, classes: bool, groups: Any, folds: Any) -> Fraction:
    """Give the smallest share of the rows, and of any class, that a training part keeps."""
    codes = np.unique(np.asarray(y), return_inverse=True)[1] if classes else np.zeros(len(np.asarray(y)), dtype=int)
    counts = np.bincount(codes)
    kept = [Fraction(1)]
    for _, _, train, _ in draw_folds(plan, y, groups=groups, folds=folds):
        left = np.bincount(codes[train], minlength=len(counts))
        kept += [Fraction(int(part), int(whole)) for part, whole in zip(left, counts, strict=True)]
        kept.append(Fraction(len(train), len(codes)))
    return min(kept)
