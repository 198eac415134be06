"""A pipeline as a plain scikit-learn script: what `skdl compare` does, for reading and for a notebook.

The script is made of the very objects that a comparison uses: the table as `load_table` gives it, the estimators as
`estimators` builds them. It must never need more than they say.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from skdl.exceptions import UsageError
from skdl.metrics import Scorer, resolve_metrics
from skdl.pipeline._splitters import ByQuantiles
from skdl.pipeline_tools._code import CodeWriter, import_lines
from skdl.pipeline_tools._fold_code import fold_code, splitter_call
from skdl.pipeline_tools._metric_code import metric_code, scoring_of
from skdl.pipeline_tools._table_code import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from skdl.pipeline._load import LoadedTable
    from skdl.pipeline._spec import PipelineSpec

__all__ = ["export_code"]

# What the script calls its own things; lists of columns get other names.
_TAKEN = {
    "X",
    "declared",
    "files",
    "folds",
    "groups",
    "loaded",
    "models",
    "preprocess",
    "rng",
    "rows",
    "scores",
    "table",
    "time",
    "y",
}
_COMMENTS = ("The table", "Features and target")

_RUN = """
rows = []
for name, model in models.items():
    for repeat, fold, train, test in draw_folds():
        place = {{"model": name, "repeat": repeat, "fold": fold}}
        try:
{fit}
            scores = measure(fitted, X.iloc[test], y[test])
        except Exception as error:  # the other models go on
            print(f"{{place}} failed: {{error}}", file=sys.stderr)
            scores = {{}}
        rows.append(place | scores)

scores = pd.DataFrame(rows)
means = scores.drop(columns=["repeat", "fold"]).groupby("model", sort=False).mean()
print(means.to_string(float_format="{{:.4g}}".format))
if len(sys.argv) == 2:  # a path behind the script takes the scores of every fold
    scores.to_csv(sys.argv[1], index=False)
"""
_FIT = "            fitted = clone(model).fit(X.iloc[train], y[train])"
_FIT_WITH_GROUPS = """
            more = groups_for(model, train)
            with config_context(enable_metadata_routing=True):
                fitted = clone(model).fit(X.iloc[train], y[train], **more)
"""
_GROUPS_FOR_INNER_FOLDS = '''
def groups_for(model, train):
    """Give what has folds of its own the groups of its rows."""
    kinds = ({kinds})
    return {{"groups": groups[train]}} if isinstance(model, kinds) else {{}}
'''


def export_code(spec: PipelineSpec) -> str:
    """Write a pipeline as a plain scikit-learn script that gives the numbers of its comparison.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.

    Returns
    -------
    str
        Python source. Run, it prints each model's mean scores; with a path behind it, it also writes the scores of
        every fold there, in the columns model, repeat, fold and the metrics.

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
    estimators = spec.estimators(loaded.X, loaded.y, loaded.plan)
    writer = CodeWriter()
    writer.imports |= {("sys", ""), ("pandas", "as pd"), ("sklearn.base", "clone")}
    table = write_table(writer, spec, loaded, _parts(estimators, loaded.X))
    first, *more = [f"# {comment}\n{block}" for comment, block in zip(_COMMENTS, table, strict=False)]
    functions = [*fold_code(writer, loaded), _metrics(writer, spec, loaded, estimators)]
    models = _models(writer, estimators)
    run = _run(writer, estimators, grouped=loaded.groups is not None)
    blocks = ["\n\n".join([_header(spec), "\n".join(import_lines(writer.imports)), first, *more])]
    return "\n\n\n".join([*blocks, *functions, *run[:-1], models + "\n\n" + run[-1]]) + "\n"


def _header(spec: PipelineSpec) -> str:
    file = PurePath(spec.origin.places.file).name
    what = f"{spec.name} ({file})" if file.endswith((".yaml", ".yml")) else spec.name
    what = what.replace("\\", "\\\\").replace('"', "'")
    return (
        f'"""The pipeline {what} as a plain scikit-learn script.\n\n'
        f"Written by skdl {version('skdl')} with scikit-learn {version('scikit-learn')}; "
        "it gives the numbers of `skdl compare`.\n"
        "It prints each model's mean scores. With a path behind it, it also writes\n"
        'the scores of every fold there: python SCRIPT folds.csv\n"""'
    )


def _parts(estimators: dict[str, Any], X: pd.DataFrame) -> dict[str, list[str]]:
    """Name the lists of columns: as the preprocessing has them, where it shares out all columns, else one list."""
    for estimator in estimators.values():
        steps = _steps_of(estimator)
        shared = getattr(steps[0][1], "transformers", None)
        if not shared or not all(isinstance(columns, list) for _, _, columns in shared):
            continue
        names = [name for name, _, _ in shared]
        columns = [name for _, _, names in shared for name in names]
        fit = all(name.isidentifier() and name not in _TAKEN for name in names)
        if fit and all(isinstance(name, str) for name in columns) and sorted(columns) == sorted(X.columns):
            return {name: columns for name, _, columns in shared}
    return {"features": list(X.columns)}


def _steps_of(estimator: Any) -> list[tuple[str, Any]]:
    *_, pipeline = _layers(estimator)
    steps: list[tuple[str, Any]] = pipeline.steps
    return steps


def _layers(estimator: Any) -> Iterator[Any]:
    """Go from the outside in through searches, thresholds and calibrations, to the pipeline inside them."""
    yield estimator
    if not hasattr(estimator, "steps"):
        yield from _layers(estimator.estimator)


def _metrics(writer: CodeWriter, spec: PipelineSpec, loaded: LoadedTable, estimators: dict[str, Any]) -> str:
    """Write the metrics, and give searches what they rank by."""
    metrics = resolve_metrics(spec.compare.metrics, spec.task_of(loaded.y))
    searches = [model for model in estimators.values() if isinstance(getattr(model, "scoring", None), Scorer)]
    for model in searches:
        model.set_params(scoring=scoring_of(metrics[0]))
    code = metric_code(
        metrics,
        always_probabilities=all(hasattr(model, "predict_proba") for model in estimators.values()),
        may_lack_classes=loaded.plan.labels != "classes" or loaded.plan.by != "rows" or loaded.plan.holdout is not None,
        searches=bool(searches),
    )
    writer.imports |= code.imports
    return code.source


def _models(writer: CodeWriter, estimators: dict[str, Any]) -> str:
    """Write the models; the preprocessing that several share stands before them."""
    from sklearn.compose import ColumnTransformer

    lines = []
    for model in estimators.values():
        for layer in _layers(model):
            if isinstance(getattr(layer, "cv", None), ByQuantiles):
                layer.set_params(cv=splitter_call(layer.cv))
        steps = _steps_of(model)
        if isinstance(steps[0][1], ColumnTransformer):
            lines = ["# Each model learns its own copy of the preprocessing, from its training rows alone."]
            lines += [writer.statement("preprocess", steps[0][1])]
            break
    return "\n".join([*lines, writer.statement("models", estimators)])


def _run(writer: CodeWriter, estimators: dict[str, Any], *, grouped: bool) -> list[str]:
    """Write the loop over models and folds; where rows have groups, after the function that hands them on."""
    kinds = {type(model) for model in estimators.values() if hasattr(model, "cv")}
    if not grouped or not kinds:
        return [_RUN.format(fit=_FIT).strip()]
    named = [writer.expression(kind) for kind in sorted(kinds, key=lambda kind: kind.__name__)]
    writer.imports.add(("sklearn", "config_context"))
    return [
        _GROUPS_FOR_INNER_FOLDS.format(kinds=", ".join(named) + ("," if len(named) == 1 else "")).strip(),
        _RUN.format(fit=_FIT_WITH_GROUPS.strip("\n")).strip(),
    ]
