"""Plain scikit-learn script of a pipeline: what `skdl compare` does, for reading and for a notebook.

The script is written from the objects that a comparison uses: the table as `load_table` gives it, the estimators as
`estimators` builds them, the functions of the metrics. The table becomes source in ``_table_source.py``, every other
value in ``_source.py``; here are the folds, the metrics and the loop over models and folds.
"""

from __future__ import annotations

import functools
from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from skdl.exceptions import UsageError
from skdl.metrics import Metric, Scorer, align_classes, resolve_metrics
from skdl.pipeline import ByQuantiles, build_estimators, make_splitter
from skdl.pipeline_tools._source import Name, SourceWriter
from skdl.pipeline_tools._table_source import table_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from skdl.pipeline import LoadedTable, PipelineSpec

__all__ = ["export_code"]

# Names of the script's own variables; lists of columns get other names.
_TAKEN = frozenset(
    {
        "MISSING_WORDS", "SOURCE", "X", "declared", "files", "folds", "groups", "loaded", "models", "preprocess",
        "rows", "scores", "table", "time", "y",
    }
)  # fmt: skip

_HEADER = '''"""The pipeline {name} as a plain scikit-learn script.

Written by skdl {skdl} with scikit-learn {sklearn}; it gives the numbers of `skdl compare`.
It prints the mean scores of each model. With a path after it, it also writes
the scores of every fold there: python SCRIPT folds.csv
"""'''
_SPLITS = '''
def draw_folds():
    """Yield repeat, fold, training rows and test rows."""
    for repeat in range({repeats}):
        splitter = {splitter}
        for fold, (train, test) in enumerate(splitter.split({arguments})):
            yield repeat + 1, fold + 1, train, test
'''
_TIME_SPLITS = '''
def draw_folds():
    """Yield repeat, fold, training rows and test rows: each period is tested on what came before.

    Rows of one moment stay together.
    """
    moments, moment_of_row = np.unique(time, return_inverse=True)
    splitter = TimeSeriesSplit(n_splits={folds})
    for fold, (before, after) in enumerate(splitter.split(moments)):
        train = np.flatnonzero(np.isin(moment_of_row, before))
        test = np.flatnonzero(np.isin(moment_of_row, after))
        yield 1, fold + 1, train, test
'''
_LAST_PERIOD = '''
def draw_folds():
    """Yield repeat, fold, training rows and test rows: the last period is tested on what came before.

    Rows of one moment stay together.
    """
    n_tested = int(np.ceil({share} * len(time)))
    first = np.sort(time)[len(time) - n_tested]
    yield 1, 1, np.flatnonzero(time < first), np.flatnonzero(time >= first)
'''
_COLUMN_SPLITS = '''
def draw_folds():
    """Yield repeat, fold, training rows and test rows: those of each value of the column are tested once."""
    for fold, value in enumerate(np.unique(folds)):
        yield 1, fold + 1, np.flatnonzero(folds != value), np.flatnonzero(folds == value)
'''
_CLASS_SCORES = '''
def class_scores(model, X, y):
    """Give a column of probabilities, or else of decision values, for each class; and the classes."""
    scores = model.predict_proba(X) if hasattr(model, "predict_proba") else model.decision_function(X)
    return align_classes(y, scores.astype(np.float64), model.classes_)
'''
_MEASURE = '''
def measure(model, X, y):
    """Compute the scores of a fitted model on other rows."""
{lines}
    return {{
{scores}
    }}
'''
_SEARCH_SCORE = '''
def search_score(model, X, y):
    """Give the first metric to a search: greater is better."""
    return {sign}measure(model, X, y)["{name}"]
'''
_GROUPS_FOR_INNER_FOLDS = '''
def groups_for(model, train):
    """Give the groups of the training rows to models with inner folds."""
    return {{"groups": groups[train]}} if isinstance(model, {kinds}) else {{}}
'''
_FIT = "fitted = clone(model).fit(X.iloc[train], y[train])"
_FIT_WITH_GROUPS = """with config_context(enable_metadata_routing=True):
                fitted = clone(model).fit(X.iloc[train], y[train], **groups_for(model, train))"""
_RUN = """
rows = []
for name, model in models.items():
    for repeat, fold, train, test in draw_folds():
        row = {{"model": name, "repeat": repeat, "fold": fold}}
        try:
            {fit}
            scores = measure(fitted, X.iloc[test], y[test])
        except Exception as error:  # the other models continue
            print(f"{{row}} failed: {{error}}", file=sys.stderr)
            scores = {{}}
        rows.append(row | scores)

scores = pd.DataFrame(rows)
means = scores.drop(columns=["repeat", "fold"]).groupby("model", sort=False).mean()
print(means.to_string(float_format="{{:.4g}}".format))
if len(sys.argv) == 2:
    scores.to_csv(sys.argv[1], index=False)
"""


def export_code(spec: PipelineSpec) -> str:
    """Write a pipeline as a plain scikit-learn script that gives the numbers of its comparison.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.

    Returns
    -------
    str
        Python source. It prints the mean scores of each model; with a path as its argument it also writes the scores
        of every fold there, in the columns model, repeat, fold and the metrics.

    Raises
    ------
    DataError, PipelineFileError
        As `PipelineSpec.load_table` and `PipelineSpec.estimators`.
    UsageError
        If a model holds something that no source gives.

    Examples
    --------
    >>> from skdl.pipeline import PipelineSpec
    >>> spec = PipelineSpec.model_validate(
    ...     {"name": "fat", "data": {"source": "builtin:blood_fat", "target": "blood_fat"}, "models": {"linear": None}}
    ... )
    >>> "LinearRegression()" in export_code(spec)
    True
    """
    if spec.data.time is not None and spec.data.groups is not None:
        raise UsageError("export-code: data must name groups or time, not both; got both. Take one away.")
    loaded = spec.load_table()
    estimators = build_estimators(spec, loaded)
    metrics = resolve_metrics(spec.compare.metrics, loaded.task)
    writer = SourceWriter()
    # Every part may add imports and definitions, so the text is joined last.
    writer.imports |= {"import sys", "import pandas as pd", "from sklearn.base import clone"}
    table = table_source(writer, spec, loaded, _column_lists(estimators, loaded.X))
    functions = [_draw_folds(writer, loaded), *_measure(writer, metrics, estimators)]
    fit = _FIT
    kinds = {type(model).__name__: type(model) for model in estimators.values() if hasattr(model, "cv")}
    if loaded.groups is not None and kinds:
        writer.imports.add("from sklearn import config_context")
        named = " | ".join(writer.source(kinds[name]) for name in sorted(kinds))
        functions.append(_GROUPS_FOR_INNER_FOLDS.format(kinds=named).strip())
        fit = _FIT_WITH_GROUPS
    models = _models(writer, estimators)
    head = [_header(spec), "\n".join(sorted(writer.imports)), *table]
    run = "\n\n".join([models, _RUN.format(fit=fit).strip()])
    return "\n\n\n".join(["\n\n".join(head), *writer.definitions.values(), *functions, run]) + "\n"


def _header(spec: PipelineSpec) -> str:
    file = PurePath(spec.origin.positions.file).name
    name = f"{spec.name} ({file})" if file.endswith((".yaml", ".yml")) else spec.name
    name = name.replace("\\", "\\\\").replace('"', "'")
    return _HEADER.format(name=name, skdl=version("skdl"), sklearn=version("scikit-learn"))


def _column_lists(estimators: dict[str, Any], X: pd.DataFrame) -> dict[str, list[str]]:
    """Name the lists of columns as a preprocessing that shares out all columns has them, else ``features``."""
    for estimator in estimators.values():
        parts = getattr(_steps(estimator)[0][1], "transformers", None) or []
        lists = {name: columns for name, _, columns in parts if isinstance(columns, list)}
        columns = [name for part in lists.values() for name in part]
        named = all(name.isidentifier() and name not in _TAKEN for name in lists)
        if lists and named and all(isinstance(name, str) for name in columns) and sorted(columns) == sorted(X.columns):
            return lists
    return {"features": list(X.columns)}


def _layers(estimator: Any) -> Iterator[Any]:
    """Yield an estimator, and from the outside in what it wraps: searches, thresholds, calibrations, a pipeline."""
    yield estimator
    if not hasattr(estimator, "steps"):
        yield from _layers(estimator.estimator)


def _steps(estimator: Any) -> list[tuple[str, Any]]:
    *_, pipeline = _layers(estimator)
    steps: list[tuple[str, Any]] = pipeline.steps
    return steps


def _draw_folds(writer: SourceWriter, loaded: LoadedTable) -> str:
    """Write the function ``draw_folds``."""
    plan = loaded.plan
    if plan.by in {"column", "time"}:
        writer.imports.add("import numpy as np")
    if plan.by == "column":
        return _COLUMN_SPLITS.strip()
    if plan.by == "time" and plan.holdout is not None:
        return _LAST_PERIOD.format(share=plan.holdout).strip()
    if plan.by == "time":
        writer.imports.add("from sklearn.model_selection import TimeSeriesSplit")
        return _TIME_SPLITS.format(folds=plan.folds).strip()
    splitter = make_splitter(plan, plan.seed)
    if plan.repeats > 1:
        seeded = splitter.splitter if isinstance(splitter, ByQuantiles) else splitter
        # In the script the seed is an expression of the repeat, as `draw_folds` here adds the repeat to the seed.
        seeded.random_state = Name(f"{plan.seed} + repeat" if plan.seed else "repeat")
    return _SPLITS.format(
        repeats=plan.repeats,
        splitter=writer.source(splitter).replace("\n", "\n        "),
        arguments="X, y, groups" if plan.by == "groups" else "X, y",
    ).strip()


def _measure(writer: SourceWriter, metrics: Sequence[Metric], estimators: dict[str, Any]) -> list[str]:
    """Write the functions that measure a model, and set the scoring of searches."""
    functions, lines = [], []
    if any(metric.response == "predict" and metric.scorer_name is None for metric in metrics):
        lines.append("    predicted = model.predict(X)")
    if any(metric.response != "predict" and metric.scorer_name is None for metric in metrics):
        writer.define(align_classes)
        functions.append(_CLASS_SCORES.strip())
        lines.append("    scores, classes = class_scores(model, X, y)")
    scores = [f"        {metric.name!r}: {_score_source(writer, metric)}," for metric in metrics]
    functions.append(_MEASURE.format(lines="\n".join(lines), scores="\n".join(scores)).strip())
    searches = [model for model in estimators.values() if isinstance(getattr(model, "scoring", None), Scorer)]
    scoring = metrics[0].scorer_name or metrics[0].equivalent_scorer
    for model in searches:
        # By the name of an equivalent scorer where scikit-learn has one, else by a function of the script.
        model.set_params(scoring=scoring or Name("search_score"))
    if searches and scoring is None:
        sign = "" if metrics[0].greater_is_better else "-"
        functions.append(_SEARCH_SCORE.format(sign=sign, name=metrics[0].name).strip())
    return functions


def _score_source(writer: SourceWriter, metric: Metric) -> str:
    """Write the call that computes a metric inside ``measure``."""
    if metric.scorer_name is not None:
        writer.imports.add("from sklearn.metrics import get_scorer")
        return f"{'' if metric.greater_is_better else '-'}get_scorer({metric.scorer_name!r})(model, X, y)"
    function: Any = metric.function
    named = {}
    if isinstance(function, functools.partial):
        function, named = function.func, function.keywords
    arguments = ["y", "predicted"] if metric.response == "predict" else ["y", "scores", "classes"]
    if metric.needs_classes:
        arguments.append("model.classes_")
    return writer.call(writer.define(function), *map(Name, arguments), **named).text


def _models(writer: SourceWriter, estimators: dict[str, Any]) -> str:
    """Write the models; the preprocessing that several share comes before them."""
    from sklearn.compose import ColumnTransformer

    lines = []
    first_steps = [_steps(model)[0][1] for model in estimators.values()]
    shared = next((step for step in first_steps if isinstance(step, ColumnTransformer)), None)
    if shared is not None:
        lines = ["# Each model fits its own copy of the preprocessing, on its training rows alone."]
        lines += [writer.assign("preprocess", shared)]
    return "\n".join([*lines, writer.assign("models", estimators)])
