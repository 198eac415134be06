"""`PipelineSpec`, the public class of a pipeline, and `read_pipeline`, which makes it from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError, model_validator

from skdl._arguments import check_path, shown
from skdl.exceptions import UsageError
from skdl.pipeline._build import build_estimators
from skdl.pipeline._check import fill_default_searches, find_file_problems
from skdl.pipeline._folds import needs_columns, plan_folds
from skdl.pipeline._load import load_table
from skdl.pipeline._table import TrainingTable
from skdl.pipeline._target import infer_task
from skdl.spec import Origin, PipelineFile, describe_validation_error, raise_problems, resolve_file

if TYPE_CHECKING:
    import os

    from skdl._task import Task
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._table import LoadedTable


class PipelineSpec(PipelineFile):
    """A pipeline: data, preprocessing, models, comparison.

    `read_pipeline` makes it from a file, and ``PipelineSpec.model_validate`` from plain values.

    Examples
    --------
    >>> spec = PipelineSpec.model_validate(
    ...     {"name": "fat", "data": {"source": "builtin:blood_fat", "target": "blood_fat"}, "models": {"linear": None}}
    ... )
    >>> X, y = spec.load()
    >>> X.shape, list(spec.estimators(X, y))
    ((25, 2), ['linear', 'dummy'])
    """

    @model_validator(mode="before")
    @classmethod
    def _fill_default_searches(cls, value: Any) -> Any:
        """Fill in the search spaces of plain values; of a file they are there, with the positions of problems."""
        if not isinstance(value, Mapping):
            return value
        filled, problems = fill_default_searches(value)
        if problems:
            raise ValueError(problems[0].message)
        return filled

    def load_table(self) -> LoadedTable:
        """Read the table and prepare it for models.

        Returns
        -------
        LoadedTable
            Features, target, groups, time, task, folds, and notes on everything that was decided on the way.

        Raises
        ------
        DataError
            If the table cannot be read or does not have what the comparison needs.
        PipelineFileError
            If the file names a column that the table does not have.
        """
        return load_table(self)

    def load(self) -> tuple[pd.DataFrame, pd.Series | pd.DataFrame]:
        """Read the table and return only features and target.

        Returns
        -------
        X : pandas.DataFrame
            The features.
        y : pandas.Series or pandas.DataFrame
            The target; a frame where it has several columns.

        Raises
        ------
        DataError, PipelineFileError
            As `load_table`.
        """
        table = self.load_table()
        return table.X, table.y

    def estimators(
        self,
        X: pd.DataFrame | None = None,
        y: pd.Series | pd.DataFrame | None = None,
        plan: FoldPlan | None = None,
    ) -> dict[str, Any]:
        """Build the models as unfitted scikit-learn estimators.

        Parameters
        ----------
        X, y : pandas objects, optional
            Features and target, as `load` returns them; by default the table is read.
        plan : FoldPlan, optional
            The folds, as `load_table` returns them; by default they are planned here.

        Returns
        -------
        dict of str to estimator
            A ``Pipeline`` of preprocessing and model for each name; inside ``CalibratedClassifierCV`` and
            ``TunedThresholdClassifierCV`` where the file asks for them, and inside ``GridSearchCV`` or
            ``HalvingGridSearchCV`` where it has a ``search``. There is always a ``dummy``.

        Raises
        ------
        DataError
            If there is no column to learn from.
        PipelineFileError
            If a model does not fit the task or its parameters.
        """
        if X is None or y is None or (plan is None and needs_columns(self.data, self.compare.cv)):
            table = self.load_table()
            X, y, plan = table.X if X is None else X, table.y if y is None else y, table.plan
        for name, value in (("X", X), ("y", y)):
            if not isinstance(value, pd.DataFrame | pd.Series):
                raise UsageError(f"estimators: {name} must be of pandas, as load returns it; got {shown(value)}.")
        task = self.task_of(y)
        plan = plan or plan_folds(self.data, self.compare.cv, y, task)
        return build_estimators(self, TrainingTable(X=X, y=y, task=task, plan=plan))

    def task_of(self, y: pd.Series | pd.DataFrame) -> Task:
        """Return the task of the file or, where that is left out, the one that the target suggests.

        Parameters
        ----------
        y : pandas.Series or pandas.DataFrame
            The target.

        Returns
        -------
        {"regression", "classification"}
            Text, booleans and whole numbers with few distinct values suggest classification.
        """
        return self.task or infer_task(y)


def read_pipeline(
    path: str | os.PathLike[str],
    overrides: str | Iterable[str] | None = (),
    *,
    allow_packages: str | Iterable[str] | None = (),
) -> PipelineSpec:
    r"""Read and check a pipeline file.

    Parameters
    ----------
    path : path
        The YAML file; or the ``lock.yaml`` of a report, to run its comparison again.
    overrides : str or iterable of str, default=()
        ``KEY=VALUE`` each, the key with dots, the value in YAML: ``"models.knn.params.n_neighbors=7"``; and
        ``"models.knn=null"`` removes a model.
    allow_packages : str or iterable of str, default=()
        Packages besides scikit-learn, xgboost, lightgbm, catboost, interpret and skdl whose classes ``use`` may name.

    Returns
    -------
    PipelineSpec
        The pipeline, with an absolute ``data.source`` where it is a path.

    Raises
    ------
    PipelineFileError
        If anything is wrong with the file; the message has a line for each problem, with file, line, column and key.
    MissingExtraError
        If a model needs a package that is not installed.
    UsageError
        If an override is not of the form ``KEY=VALUE``, or an argument is of another type.

    Examples
    --------
    >>> import tempfile
    >>> text = "data: {source: builtin:iris, target: species}\nmodels: {knn: {params: {n_neighbors: 3}}}\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "flowers.yaml")
    ...     _ = file.write_text(text)
    ...     spec = read_pipeline(file, ["models.knn.params.n_neighbors=7"])
    >>> spec.name, spec.models["knn"].params
    ('flowers', {'n_neighbors': 7})
    """
    check_path(
        "read_pipeline: path",
        path,
        "PipelineSpec.model_validate takes the contents as a dict." if isinstance(path, Mapping) else "",
    )
    if "\n" in str(path):
        raise UsageError("read_pipeline: path must be the path of a pipeline file; got its text. Write it to a file.")
    overrides = _texts("overrides", overrides, "KEY=VALUE")
    value, positions, lock, problems = resolve_file(Path(path), overrides)
    value, searches = fill_default_searches(value)
    problems += searches
    origin = Origin(positions, _texts("allow_packages", allow_packages, "names of packages"), lock)
    problems += find_file_problems(value, origin.allow_packages)
    try:
        spec = PipelineSpec.model_validate(value)
    except ValidationError as error:
        raise_problems([*describe_validation_error(error), *problems], positions)
        raise
    raise_problems(problems, positions)
    return spec.with_origin(origin)


def _texts(name: str, values: str | Iterable[str] | None, what: str) -> tuple[str, ...]:
    """Return one text or several as a tuple; none for None."""
    values = (values,) if isinstance(values, str) else () if values is None else values
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise UsageError(f"read_pipeline: {name} must be {what}, one or several; got {shown(values)}.")
    texts = tuple(values)
    wrong = [text for text in texts if not isinstance(text, str)]
    if wrong:
        raise UsageError(f"read_pipeline: {name} must be {what}, one or several; got {shown(wrong[0])}.")
    return texts
