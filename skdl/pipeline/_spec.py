"""The pipeline file as values: what may stand in it, with the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, StrictBool, StrictInt, StrictStr, model_validator

from skdl.pipeline._classes import Balance, Calibration, ClassesSpec, Threshold
from skdl.pipeline._data import DataSpec
from skdl.pipeline._faults import Places
from skdl.pipeline._fold_spec import needs_columns, plan_folds, split_clashes
from skdl.pipeline._recipes import ModelPreprocessSpec, PreprocessSpec
from skdl.pipeline._section import Name, Names, Section, as_section
from skdl.pipeline._yaml import dump_yaml

if TYPE_CHECKING:
    import pandas as pd

    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._load import LoadedTable
    from skdl.pipeline._locked import Locked

__all__ = ["CompareSpec", "CvSpec", "ModelSpec", "Origin", "OutputSpec", "PipelineSpec", "TuneSpec"]

Task = Literal["regression", "classification"]


class ModelSpec(Section):
    """One model: what it is, its parameters, and what to search."""

    use: Name = Field(description="A name of the catalogue, or a dotted class of an allowed package.")
    params: Annotated[dict[str, Any], BeforeValidator(as_section)] = Field(
        default={}, description="Parameters of the estimator."
    )
    search: Annotated[dict[str, Any], BeforeValidator(as_section)] = Field(
        default={}, description="Parameter: list of values, or a distribution such as {loguniform: [0.001, 1]}."
    )
    preprocess: Annotated[ModelPreprocessSpec, BeforeValidator(as_section)] = Field(
        default=ModelPreprocessSpec(), description="What this model gets otherwise than preprocess says."
    )
    balance: Balance | None = Field(default=None, description="As classes.balance, for this model alone.")
    calibrate: Calibration | None = Field(default=None, description="As classes.calibrate, for this model alone.")
    threshold: Threshold | None = Field(default=None, description="As classes.threshold, for this model alone.")


class CvSpec(Section):
    """The folds of the comparison."""

    folds: Annotated[StrictInt, Field(ge=2)] | None = Field(
        default=None,
        description="Parts of the table; each is tested once. Where neither folds nor repeats is given: 10 folds drawn "
        "3 times up to 10,000 rows, once up to 500,000, and 5 folds above.",
    )
    repeats: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="How often the folds are drawn anew; more make the verdict surer."
    )
    holdout: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = Field(
        default=None, description="In place of folds: the share of the rows that one single split tests."
    )
    stratify: StrictBool | None = Field(
        default=None,
        description="Whether every part has the target in its share: classes, or tenths of numbers. Where left out, "
        "classes.",
    )
    seed: Annotated[StrictInt, Field(ge=0, lt=2**32)] = Field(
        default=0, description="Draws the folds, the sample, the candidates of a search, and what models draw."
    )


class TuneSpec(Section):
    """The search nested inside every fold."""

    search: Literal["grid", "random", "halving"] | None = Field(
        default=None,
        description="grid: all combinations; random: some of them; halving: ever fewer on ever more rows.",
    )
    folds: Annotated[StrictInt, Field(ge=2)] = Field(default=3, description="Parts of each training part.")
    iterations: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="Candidates drawn at random; all of them where left out."
    )

    @model_validator(mode="after")
    def _draws_as_it_searches(self) -> TuneSpec:
        if self.search == "grid" and self.iterations is not None:
            raise ValueError("must have no iterations with search: grid, which tries all; take one of the two away")
        if self.search == "random" and self.iterations is None:
            raise ValueError("must say how many to draw with search: random, such as iterations: 20")
        return self


class CompareSpec(Section):
    """How models are compared."""

    cv: Annotated[CvSpec, BeforeValidator(as_section)] = Field(default=CvSpec(), description="The outer folds.")
    tune: Annotated[TuneSpec, BeforeValidator(as_section)] = Field(
        default=TuneSpec(), description="The search inside every fold."
    )
    metrics: Annotated[Names, Field(min_length=1)] | None = Field(
        default=None, description="The first one ranks; by task where left out."
    )
    reference: Name | None = Field(
        default=None, description="The model that the others are held against; the leader where left out."
    )
    equivalence: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="A difference that does not matter in practice, in the unit of the metric that ranks; 0.01 for "
        "metrics bounded by 1, else 1 % of the dummy's error, where left out.",
    )
    insight: StrictBool = Field(
        default=True,
        description="Whether the report says which columns matter to the recommended model, and where the two best "
        "disagree; it takes up to three more fits.",
    )


class OutputSpec(Section):
    """Where results go."""

    dir: Name = Field(description="Folder; relative to the working directory. reports/NAME where left out.")


@dataclass(frozen=True)
class Origin:
    """Where a pipeline came from: for messages, for what it may import, and for what it must find again."""

    places: Places = field(default_factory=Places)
    allow_packages: tuple[str, ...] = ()
    locked: Locked | None = None


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

    name: Annotated[StrictStr, Field(pattern=r"^[^/\\\x00-\x1f]*[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$")] = Field(
        description="What the report is called; the file's own name where left out."
    )
    task: Task | None = Field(default=None, description="Inferred from the target where left out.")
    data: DataSpec = Field(description="The table, and which of its columns is what.")
    preprocess: Annotated[PreprocessSpec, BeforeValidator(as_section)] = Field(
        default=PreprocessSpec(), description="What is done to the columns before a model sees them."
    )
    models: Annotated[dict[Name, ModelSpec], Field(min_length=1)] = Field(
        description="The models, each under a name of its own."
    )
    classes: Annotated[ClassesSpec, BeforeValidator(as_section)] = Field(
        default=ClassesSpec(), description="What is done about classes of unequal size; for classification alone."
    )
    compare: Annotated[CompareSpec, BeforeValidator(as_section)] = Field(
        default=CompareSpec(), description="How models are compared."
    )
    output: OutputSpec = Field(description="Where results go.")

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
        output = as_section(value.get("output"))
        if isinstance(output, dict) and output.get("dir") is None and isinstance(value.get("name"), str):
            filled["output"] = {**output, "dir": f"reports/{value['name']}"}
        return filled

    @model_validator(mode="after")
    def _split_in_one_way(self) -> PipelineSpec:
        """Refuse keys that each say how the table is split, at the key that stands second."""
        from pydantic import ValidationError
        from pydantic_core import InitErrorDetails, PydanticCustomError

        clashes = split_clashes(self.data, self.compare.cv)
        if clashes:
            raise ValidationError.from_exception_data(
                "PipelineSpec",
                [
                    InitErrorDetails(
                        type=PydanticCustomError("clash", "{what}", {"what": message}), loc=path, input=value
                    )
                    for path, value, message in clashes
                ],
            )
        return self

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

    def estimators(
        self,
        X: pd.DataFrame | None = None,
        y: pd.Series | pd.DataFrame | None = None,
        plan: FoldPlan | None = None,
    ) -> dict[str, Any]:
        """Build the models as unfitted scikit-learn objects.

        Parameters
        ----------
        X, y : pandas objects, optional
            What `load` gave; read anew where left out.
        plan : FoldPlan, optional
            How the table is split, as `load_table` gave it; worked out where left out.

        Returns
        -------
        dict of str to estimator
            A ``Pipeline`` of preprocessing and model for each name; inside ``CalibratedClassifierCV`` and
            ``TunedThresholdClassifierCV`` where the file asks for them, and inside ``GridSearchCV`` or
            ``HalvingGridSearchCV`` where it gives a ``search``. There is always a ``dummy``.

        Raises
        ------
        DataError
            If there is no column to learn from.
        PipelineFileError
            If a model does not fit the task or its parameters.
        """
        from skdl.pipeline._build import build_estimators

        if X is None or y is None or (plan is None and needs_columns(self)):
            table = self.load_table()
            X, y, plan = table.X if X is None else X, table.y if y is None else y, table.plan
        return build_estimators(self, X, y, plan or plan_folds(self, y))

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
