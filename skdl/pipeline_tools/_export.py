"""Plain scikit-learn script of a pipeline: what `skdl compare` does, for reading and for a notebook.

The script is written from the objects that a comparison uses: the table as `load_table` gives it, the estimators as
`estimators` builds them, the functions of the metrics. The table becomes source in ``_table_source.py``, every other
value in ``_source.py``; ``script.py.jinja`` has the folds, the metrics and the loop over models and folds.
"""

from __future__ import annotations

import functools
from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from sklearn import config_context
from sklearn.utils.metadata_routing import get_routing_for_object

from skdl._note import Note
from skdl.exceptions import UsageError
from skdl.metrics import CustomFunction, Metric, Scorer, align_classes
from skdl.pipeline import ByQuantiles, build_estimators, find_metrics, is_ensemble, make_splitter
from skdl.pipeline_tools._source import Name, SourceWriter
from skdl.pipeline_tools._table_source import table_source
from skdl.pipeline_tools._templates import render

if TYPE_CHECKING:
    import pandas as pd

    from skdl.pipeline import FoldPlan, PipelineSpec

# Names of the script's own variables; lists of columns get other names.
_TAKEN = frozenset(
    {
        "MISSING_WORDS", "SOURCE", "X", "declared", "files", "folds", "groups", "loaded", "models", "preprocess",
        "rows", "scores", "table", "time", "y",
    }
)  # fmt: skip


def export_code(spec: PipelineSpec) -> str:
    """Write a pipeline as a plain scikit-learn script that gives the numbers of its comparison.

    It prints the mean scores of each model; with a path as its argument it also writes the scores of every fold there,
    in the columns model, repeat, fold and the metrics.

    >>> from skdl.pipeline import PipelineSpec
    >>> spec = PipelineSpec.model_validate(
    ...     {"name": "fat", "data": {"source": "builtin:blood_fat", "target": "blood_fat"}, "models": {"linear": None}}
    ... )
    >>> "LinearRegression()" in export_code(spec)
    True
    """
    if spec.data.time is not None and spec.data.groups is not None:
        text = "export-code: data must name groups or time, not both; got both. Take one away."
        raise UsageError(Note("export_groups_and_time", text))
    if spec.data.weights is not None:
        raise UsageError(Note("export_weights", "export-code: data.weights is not written into scripts. Take it away."))
    if spec.compare.costs is not None:
        raise UsageError(Note("export_costs", "export-code: compare.costs is not written into scripts. Take it away."))
    ensemble = next((name for name, model in spec.models.items() if is_ensemble(model)), None)
    if ensemble is not None:
        text = "export-code: ensembles are not written into scripts; got {name}. Take it away: --set models.{name}=null"
        raise UsageError.of("export_ensemble", text, name=ensemble)
    file = PurePath(spec.origin.positions.file).name
    title = f"{spec.name} ({file})" if file.endswith((".yaml", ".yml")) else spec.name
    loaded = spec.load_table()
    estimators = build_estimators(spec, loaded)
    metrics = find_metrics(spec.compare.metrics, loaded.task, spec.origin.allow_packages, loaded.y)
    # Each part may add imports and definitions to the writer, so the script is put together last.
    writer = SourceWriter()
    writer.imports |= {"import sys", "import pandas as pd", "from sklearn.base import clone"}
    table = table_source(writer, spec, loaded, _column_lists(estimators, loaded.X))
    splitter = _splitter(writer, loaded.plan)
    measured = [metric.response for metric in metrics if metric.scorer_name is None]
    needs_scores = any(response != "predict" for response in measured)
    if needs_scores:
        writer.define(align_classes)
    scores = {repr(metric.name): _score_source(writer, metric) for metric in metrics}
    with config_context(enable_metadata_routing=True):  # else nothing takes groups
        take_groups = loaded.groups is not None and any(
            get_routing_for_object(model).consumes("fit", ["groups"]) for model in estimators.values()
        )
    search_score = _set_scoring(estimators, metrics[0])
    if take_groups:
        writer.imports |= {
            "from sklearn import config_context",
            "from sklearn.utils.metadata_routing import get_routing_for_object",
        }
    models = _models(writer, estimators)
    return render(
        "script.py.jinja",
        title=title.replace("\\", "\\\\").replace('"', "'"),
        skdl=version("skdl"),
        sklearn=version("scikit-learn"),
        imports=writer.imports,
        table=table,
        definitions=writer.definitions.values(),
        plan=loaded.plan,
        splitter=splitter,
        needs_predictions="predict" in measured,
        needs_scores=needs_scores,
        scores=scores,
        search_score=search_score,
        take_groups=take_groups,
        models=models,
    )


def _column_lists(estimators: dict[str, Any], X: pd.DataFrame) -> dict[str, list[str]]:
    """Name the lists of columns as a preprocessing that shares out all columns has them, else ``features``."""
    for estimator in estimators.values():
        parts = getattr(_first_step(estimator), "transformers", None) or []
        lists = {name: columns for name, _, columns in parts if isinstance(columns, list)}
        columns = [name for part in lists.values() for name in part]
        named = all(name.isidentifier() and name not in _TAKEN for name in lists)
        if lists and named and all(isinstance(name, str) for name in columns) and sorted(columns) == sorted(X.columns):
            return lists
    return {"features": list(X.columns)}


def _first_step(estimator: Any) -> Any:
    """Return the first step of a pipeline, which searches, thresholds and calibrations may wrap."""
    while not hasattr(estimator, "steps"):
        estimator = estimator.estimator
    return estimator.steps[0][1]


def _splitter(writer: SourceWriter, plan: FoldPlan) -> str:
    """Write the splitter of one repeat, and add the imports that splitting needs."""
    if plan.by in {"column", "time"}:
        writer.imports.add("import numpy as np")
        if plan.by == "time" and plan.holdout is None:
            writer.imports.add("from sklearn.model_selection import TimeSeriesSplit")
        return ""
    splitter = make_splitter(plan, plan.seed)
    if plan.repeats > 1:
        seeded = splitter.splitter if isinstance(splitter, ByQuantiles) else splitter
        # In the script the seed is an expression of the repeat, as `draw_folds` here adds the repeat to the seed.
        seeded.random_state = Name(f"{plan.seed} + repeat" if plan.seed else "repeat")
    return writer.source(splitter)


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
    if isinstance(function, CustomFunction):
        positive = function.keywords.get("pos_label")
        column = "1" if positive is None else f"list(classes).index({positive!r})"
        if metric.response != "predict":
            arguments = ["y", f"scores[:, {column}] if len(classes) == 2 else scores"]
        return writer.call(writer.source(function.function), *map(Name, arguments), **function.keywords).text
    if metric.needs_classes:
        arguments.append("model.classes_")
    return writer.call(writer.define(function), *map(Name, arguments), **named).text


def _set_scoring(estimators: dict[str, Any], first: Metric) -> str:
    """Set the scoring of searches: the name of an equivalent scorer, or ``search_score``, whose source is returned."""
    scoring = first.scorer_name or first.equivalent_scorer
    searches = [model for model in estimators.values() if isinstance(getattr(model, "scoring", None), Scorer)]
    for model in searches:
        model.set_params(scoring=scoring or Name("search_score"))
    sign = "" if first.greater_is_better else "-"
    return f'{sign}measure(model, X, y)["{first.name}"]' if searches and scoring is None else ""


def _models(writer: SourceWriter, estimators: dict[str, Any]) -> str:
    """Write the models; the preprocessing that several share comes before them."""
    from sklearn.compose import ColumnTransformer

    first_steps = map(_first_step, estimators.values())
    shared = next((step for step in first_steps if isinstance(step, ColumnTransformer)), None)
    lines = []
    if shared is not None:
        lines = ["# Each model fits its own copy of the preprocessing, on its training rows alone."]
        lines += [writer.assign("preprocess", shared)]
    return "\n".join([*lines, writer.assign("models", estimators)])
