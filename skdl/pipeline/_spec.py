"""The pipeline file as values: what may stand in it, with the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StrictInt,
    StrictStr,
    model_validator,
)

from skdl.pipeline._faults import Places
from skdl.pipeline._yaml import dump_yaml

if TYPE_CHECKING:
    import pandas as pd

    from skdl.pipeline._load import LoadedTable

__all__ = [
    "CategoricalSpec",
    "CompareSpec",
    "CvSpec",
    "DataSpec",
    "ModelSpec",
    "NumericSpec",
    "Origin",
    "OutputSpec",
    "PipelineSpec",
    "PreprocessSpec",
    "Section",
    "TuneSpec",
]

Task = Literal["regression", "classification"]


def _as_list(value: Any) -> Any:
    """Let one name stand for a list of one."""
    return (value,) if isinstance(value, str) else value


def _as_section(value: Any) -> Any:
    """Let a key with nothing behind it stand for the defaults."""
    return {} if value is None else value


def _all_different(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"names must be different; {twice[0]!r} stands more than once")
    return names


Name = Annotated[StrictStr, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list), AfterValidator(_all_different)]


class Section(BaseModel):
    """A part of the file: fixed once read, and without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class DataSpec(Section):
    """The table, and which of its columns is what."""

    source: Name = Field(description="Path, glob pattern, http(s) address, builtin:NAME or keras:mnist.")
    target: Annotated[Names, Field(min_length=1)] = Field(
        description="The column to predict; several for multi-output regression."
    )
    drop: Names = Field(default=(), description="Columns never shown to a model.")
    numeric: Names = Field(default=(), description="Columns that are numbers, whatever they look like.")
    categorical: Names = Field(default=(), description="Columns that are categories, whatever they look like.")
    groups: Name | None = Field(default=None, description="Column; folds never split a group of equal values.")
    time: Name | None = Field(default=None, description="Column; folds never train on the future.")
    sample: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="That many rows, drawn with compare.cv.seed."
    )


class NumericSpec(Section):
    """What is done to numbers."""

    impute: Literal["median", "mean", "most_frequent", "constant", "none"] = "median"
    scale: Literal["minmax", "standard", "robust", "quantile", "none"] = "minmax"


class CategoricalSpec(Section):
    """What is done to categories."""

    impute: Literal["most_frequent", "constant"] = "most_frequent"
    encode: Literal["onehot", "ordinal", "target"] = "onehot"


class PreprocessSpec(Section):
    """What is done to the columns, by kind, before a model sees them; fitted inside each fold."""

    numeric: Annotated[NumericSpec, BeforeValidator(_as_section)] = NumericSpec()
    categorical: Annotated[CategoricalSpec, BeforeValidator(_as_section)] = CategoricalSpec()


class ModelSpec(Section):
    """One model: what it is, its parameters, and what to search."""

    use: Name = Field(description="A name of the catalogue, or a dotted class of an allowed package.")
    params: Annotated[dict[str, Any], BeforeValidator(_as_section)] = Field(
        default={}, description="Parameters of the estimator."
    )
    search: Annotated[dict[str, Any], BeforeValidator(_as_section)] = Field(
        default={}, description="Parameter: list of values, or a distribution such as {loguniform: [0.001, 1]}."
    )


class CvSpec(Section):
    """The folds of the comparison."""

    folds: Annotated[StrictInt, Field(ge=2)] = 10
    repeats: Annotated[StrictInt, Field(ge=1)] = 3
    seed: Annotated[StrictInt, Field(ge=0, lt=2**32)] = 0


class TuneSpec(Section):
    """The search nested inside every fold: all combinations, or that many drawn at random."""

    folds: Annotated[StrictInt, Field(ge=2)] = 3
    iterations: Annotated[StrictInt, Field(ge=1)] | None = None


class CompareSpec(Section):
    """How models are compared."""

    cv: Annotated[CvSpec, BeforeValidator(_as_section)] = CvSpec()
    tune: Annotated[TuneSpec, BeforeValidator(_as_section)] = TuneSpec()
    metrics: Annotated[Names, Field(min_length=1)] | None = Field(
        default=None, description="The first one ranks; by task where left out."
    )


class OutputSpec(Section):
    """Where results go."""

    dir: Name = Field(description="Folder; relative to the working directory. reports/NAME where left out.")


@dataclass(frozen=True)
class Origin:
    """Where a pipeline came from: for messages, and for what it may import."""

    places: Places = field(default_factory=Places)
    allow_packages: tuple[str, ...] = ()


class PipelineSpec(Section):
    """A declared pipeline: data, preprocessing, models, comparison.

    Made by `read_pipeline` from a file; also by ``PipelineSpec.model_validate`` from plain values.

    Examples
    --------
    >>> spec = PipelineSpec.model_validate(
    ...     {"name": "fat", "data": {"source": "builtin:blood_fat", "target": "blood_fat"}, "models": {"linear": None}}
    ... )
    >>> X, y = spec.load()
    >>> X.shape, list(spec.estimators(X, y))
    ((25, 2), ['linear', 'dummy'])
    """

    name: Annotated[StrictStr, Field(pattern=r"^[^/\\\x00-\x1f]*[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$")]
    task: Task | None = Field(default=None, description="Inferred from the target where left out.")
    data: DataSpec
    preprocess: Annotated[PreprocessSpec, BeforeValidator(_as_section)] = PreprocessSpec()
    models: Annotated[dict[Name, ModelSpec], Field(min_length=1)]
    compare: Annotated[CompareSpec, BeforeValidator(_as_section)] = CompareSpec()
    output: OutputSpec

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, value: Any) -> Any:
        """Give each model its own name as ``use``, and the output its folder."""
        if not isinstance(value, dict):
            return value
        filled = dict(value)
        if isinstance(value.get("models"), dict):
            filled["models"] = {name: _with_use(name, model) for name, model in value["models"].items()}
        output = _as_section(value.get("output"))
        if isinstance(output, dict) and output.get("dir") is None and isinstance(value.get("name"), str):
            filled["output"] = {**output, "dir": f"reports/{value['name']}"}
        return filled

    @property
    def origin(self) -> Origin:
        """Where the pipeline came from."""
        return self._origin

    def with_origin(self, origin: Origin) -> PipelineSpec:
        """Give the same pipeline with another origin."""
        spec = self.model_copy()
        spec._origin = origin  # noqa: SLF001 - a copy of its own class
        return spec

    def load_table(self) -> LoadedTable:
        """Read the table and make it ready for models.

        Returns
        -------
        LoadedTable
            Features, target, groups, time, and notes on everything that was decided on the way.

        Raises
        ------
        DataError
            If the table cannot be read or does not carry the comparison that was asked for.
        PipelineFileError
            If the file names a column that the table does not have.
        """
        from skdl.pipeline._load import load_table

        return load_table(self)

    def load(self) -> tuple[pd.DataFrame, pd.Series | pd.DataFrame]:
        """Read the table and give features and target alone.

        Returns
        -------
        X : pandas.DataFrame
            The columns that models are shown.
        y : pandas.Series or pandas.DataFrame
            The target; a frame where it is several columns.

        Raises
        ------
        DataError, PipelineFileError
            As `load_table`.
        """
        table = self.load_table()
        return table.X, table.y

    def estimators(self, X: pd.DataFrame | None = None, y: pd.Series | pd.DataFrame | None = None) -> dict[str, Any]:
        """Build the models as unfitted scikit-learn objects.

        Parameters
        ----------
        X, y : pandas objects, optional
            What `load` gave; read anew where left out.

        Returns
        -------
        dict of str to estimator
            A ``Pipeline`` of preprocessing and model for each name, inside ``GridSearchCV`` or
            ``RandomizedSearchCV`` where the file gives a ``search``. There is always a ``dummy``.

        Raises
        ------
        DataError
            If there is no column to learn from.
        PipelineFileError
            If a model does not fit the task or its parameters.
        """
        from skdl.pipeline._build import build_estimators

        if X is None or y is None:
            X, y = self.load()
        return build_estimators(self, X, y)

    def task_of(self, y: pd.Series | pd.DataFrame) -> Task:
        """Give the task that the file names, or else the one that the target suggests.

        Parameters
        ----------
        y : pandas.Series or pandas.DataFrame
            The target.

        Returns
        -------
        {"regression", "classification"}
            Text, booleans and whole numbers with few distinct values suggest classification.
        """
        from skdl.pipeline._target import infer_task

        return self.task or infer_task(y)

    def to_yaml(self) -> str:
        """Write the pipeline as YAML, defaults included; `read_pipeline` reads it back equal.

        Returns
        -------
        str
            YAML text.
        """
        return dump_yaml(self.model_dump())


def _with_use(name: str, model: Any) -> Any:
    if model is None:
        return {"use": name}
    if isinstance(model, dict) and model.get("use") is None:
        return {**model, "use": name}
    return model
