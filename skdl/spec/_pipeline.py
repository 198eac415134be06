"""The pipeline file as data: its sections, with the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from skdl._language import Language
from skdl._nearest import nearest
from skdl._note import Note
from skdl._task import Task
from skdl.spec._data import DataSpec
from skdl.spec._errors import Positions
from skdl.spec._preprocess import ModelPreprocessSpec, PreprocessSpec
from skdl.spec._section import Name, Names, OrEmpty, Section, empty_to_section, optional
from skdl.spec._yaml import dump_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.spec._errors import KeyPath
    from skdl.spec._lock import Lock

CLASS_KEYS = ("balance", "calibrate", "threshold")
SAMPLERS = ("oversample", "undersample", "smote")

Balance = Literal["none", "class_weight", "oversample", "undersample", "smote"]
Calibration = Literal["none", "sigmoid", "isotonic"]
# Metrics of predicted classes. Recall is left out: it is best where every row is predicted as the class.
_ThresholdMetric = Literal[
    "none", "balanced_accuracy", "accuracy", "f1", "f1_macro", "f1_weighted", "precision", "mcc", "kappa"
]  # fmt: skip


def _check_threshold(value: Any) -> Any:
    """Explain why a metric cannot tune a threshold; leave misspelled names to the check of the type."""
    metrics = get_args(_ThresholdMetric)
    if not isinstance(value, str) or value in metrics or (value != "recall" and nearest(value, metrics)):
        return value
    known = ", ".join(metrics)
    if value == "recall":
        text = "must be one of {known}; recall is best where every row is predicted as the class"
        raise ValueError(Note.of("recall_threshold", text, known=known))
    text = (
        "must be one of {known}; {given} is not one of them: only a metric of predicted classes changes with the "
        "threshold"
    )
    raise ValueError(Note.of("no_threshold_metric", text, known=known, given=value))


Threshold = Annotated[_ThresholdMetric, BeforeValidator(_check_threshold, json_schema_input_type=_ThresholdMetric)]


class ClassesSpec(Section):
    """Treatment of imbalanced classes, in every model but the dummy; a model can override it."""

    balance: Balance = optional("class_weight, or resampling of the rows: oversample, undersample, smote.", "none")
    calibrate: Calibration = optional("Calibration of the predicted probabilities.", "none")
    threshold: Threshold = optional("Metric by which the decision threshold between two classes is tuned.", "none")


class ModelSpec(Section):
    """One model: its class, parameters and search space."""

    use: Name = Field(description="A name of the catalogue, or a dotted class of an allowed package.")
    params: OrEmpty[dict[str, Any]] = optional("Parameters of the estimator.", {})
    search: OrEmpty[dict[str, Any]] = optional(
        "Search space: for each parameter a list of values, or a distribution such as {loguniform: [0.001, 1]}; or "
        "default, the space of the catalogue.",
        {},
    )
    preprocess: OrEmpty[ModelPreprocessSpec] = optional(
        "Preprocessing of this model, where it differs.", ModelPreprocessSpec()
    )
    balance: Balance | None = optional("classes.balance for this model.")
    calibrate: Calibration | None = optional("classes.calibrate for this model.")
    threshold: Threshold | None = optional("classes.threshold for this model.")
    of: Names | None = optional(
        "Models of this file that an ensemble (blend, stacking) combines, by name; by default all others but the dummy "
        "and other ensembles."
    )


class CvSpec(Section):
    """The outer cross-validation."""

    folds: Annotated[StrictInt, Field(ge=2)] | None = optional(
        "Number of folds. Without folds and repeats: 10 folds, 3 repeats up to 10,000 rows, 1 repeat up to "
        "500,000 rows; 5 folds, 1 repeat above."
    )
    repeats: Annotated[StrictInt, Field(ge=1)] | None = optional(
        "Number of repeats of the cross-validation, each with other folds."
    )
    holdout: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = optional(
        "Share of the rows in the test set of a single split, in place of folds."
    )
    stratify: StrictBool | None = optional(
        "Whether each fold has the same distribution of the target: of its classes, or of its deciles in a "
        "regression. By default only for classes."
    )
    seed: Annotated[StrictInt, Field(ge=0, lt=2**32)] = optional(
        "Random seed of the folds, the sample, the searches and the models.", 0
    )


class TuneSpec(Section):
    """The search inside each fold (nested cross-validation)."""

    search: Literal["grid", "random", "halving", "tpe"] | None = optional(
        "grid: all combinations; random: a number of them, drawn at random; halving: successive halving; tpe: a number "
        "of them, each drawn where good ones were (Optuna)."
    )
    folds: Annotated[StrictInt, Field(ge=2)] = optional("Number of inner folds, also of ensembles.", 3)
    iterations: Annotated[StrictInt, Field(ge=1)] | None = optional(
        "Number of candidates to draw at random; by default all combinations."
    )

    @model_validator(mode="after")
    def _check_iterations(self) -> TuneSpec:
        if self.search == "grid" and self.iterations is not None:
            text = "must have no iterations with search: grid, which tries all; remove one of the two"
            raise ValueError(Note("grid_iterations", text))
        if self.search in {"random", "tpe"} and self.iterations is None:
            text = "must have a number of draws with search: {search}, such as iterations: 20"
            raise ValueError(Note.of("random_iterations", text, search=self.search))
        return self


_Cost = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Amount = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]


class CostsSpec(Section):
    """What decisions cost, a row: a matrix by class, or of two classes the gain and loss of an action."""

    matrix: dict[Name, dict[Name, _Cost]] | None = optional(
        "Costs by actual class, then by predicted class, in each pair of classes. A gain is a cost below 0."
    )
    action: Name | None = optional("The class, of two, that is acted on where it is predicted; not acting costs 0.")
    gain: _Amount | None = optional("What acting on a row of this class brings, its own cost taken off; above 0.")
    loss: _Amount | None = optional("What acting on a row of the other class costs; above 0.")
    unit: Name | None = optional("Unit of the costs, such as EUR.")

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        given = [key for key in ("matrix", "action", "gain", "loss") if getattr(self, key) is not None]
        if given not in (["matrix"], ["action", "gain", "loss"]):
            raise ValueError(Note("costs_form", "must have a matrix, or else action, gain and loss"))
        return self


def _check_bins(bins: Any) -> Any:
    numbers = bins if isinstance(bins, list | tuple) else ()
    is_number = [isinstance(one, int | float) and not isinstance(one, bool) and isfinite(one) for one in numbers]
    if bins is not None and not (numbers and all(is_number) and all(low < high for low, high in pairwise(numbers))):
        raise ValueError(Note("bins_ascend", "must be a list of numbers in ascending order, such as [30, 50]"))
    return bins


_NO_SLICE = Note("no_slice", "must be the name of a column, or such as {column: age, bins: [30, 50]}")


def _column_to_section(value: Any) -> Any:
    """Turn the name of a column into a section."""
    if not isinstance(value, str | dict | SliceSpec):
        raise ValueError(_NO_SLICE)  # noqa: TRY004 - pydantic reports no TypeError
    return {"column": value} if isinstance(value, str) else value


def _to_slices(value: Any) -> Any:
    if not isinstance(value, list | tuple | str | dict | None):
        raise ValueError(_NO_SLICE)  # noqa: TRY004 - likewise
    return () if value is None else (value,) if isinstance(value, str | dict) else value


class SliceSpec(Section):
    """A column by whose values the results are also given, each for its rows alone."""

    column: Name = Field(description="A column of the table, feature or not.")
    bins: Annotated[
        tuple[float, ...] | None,
        BeforeValidator(_check_bins, json_schema_input_type=Annotated[list[float], Field(min_length=1)] | None),
    ] = optional("Numbers at which a slice ends and the next begins; by default quartiles, if there are many values.")


Slice = Annotated[
    SliceSpec,
    BeforeValidator(_column_to_section, json_schema_input_type=SliceSpec | Name),
]


def _check_slices(slices: tuple[SliceSpec, ...]) -> tuple[SliceSpec, ...]:
    names = [one.column for one in slices]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(Note.of("names_twice", "names must be distinct; got {name!r} twice", name=twice))
    return slices


Slices = Annotated[
    tuple[Slice, ...],
    BeforeValidator(_to_slices, json_schema_input_type=Slice | list[Slice] | None),
    AfterValidator(_check_slices),
]


class CompareSpec(Section):
    """The comparison: folds, search, metrics."""

    cv: OrEmpty[CvSpec] = optional("The outer cross-validation.", CvSpec())
    tune: OrEmpty[TuneSpec] = optional("The search inside each fold.", TuneSpec())
    metrics: Annotated[Names, Field(min_length=1)] | None = optional(
        "Metrics; models are ranked by the first one. By default the usual ones of the task. A dotted name is that of "
        "a function of (y_true, y_pred), or of a scorer, of an allowed package."
    )
    costs: CostsSpec | None = optional(
        "What decisions cost: then there is the metric expected_cost, last where metrics does not name it."
    )
    reference: Name | None = optional("Model that the others are compared with; by default the best one.")
    equivalence: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = optional(
        "Largest difference that does not matter in practice, in the unit of the first metric. By default "
        "0.01 for metrics bounded by 1, else 1 % of the dummy's error."
    )
    slices: Slices = optional(
        "Columns by whose values scores and tests are also given: for whom the verdict holds. Nothing is refitted.",
        (),
    )
    insight: StrictBool = optional(
        "Whether to inspect the recommended model, and the leader where it is another: which features matter, and "
        "where the two disagree. Each takes up to three more fits.",
        default=True,
    )
    insight_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = optional(
        "Time for the inspection of each model; what takes longer is skipped, and the report says so.", default=30.0
    )
    learning_curve: StrictBool = optional(
        "Whether to estimate what more rows would give: the two leading models and the best network are fitted on an "
        "eighth, a quarter and half of the training rows of the first repeat, too.",
        default=False,
    )


class OutputSpec(Section):
    """The output folder."""

    dir: Name = Field(description="Folder of the results, relative to the working directory; by default reports/NAME.")


@dataclass(frozen=True)
class Origin:
    """What a pipeline file brings besides its content: positions, allowed packages, and the lock it was read from."""

    positions: Positions = field(default_factory=Positions)
    allow_packages: tuple[str, ...] = ()
    lock: Lock | None = None


class PipelineFile(Section):
    """A pipeline file: data, preprocessing, models, comparison."""

    name: Annotated[StrictStr, Field(pattern=r"^[^/\\\x00-\x1f]*[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$")] = Field(
        description="Title of the report; by default the name of the file."
    )
    lang: Language = optional("Language of the report, the terminal and errors: English or Korean.", "en")
    task: Task | None = optional("By default inferred from the target.")
    data: DataSpec = Field(description="The table, how to read it, and the roles of its columns.")
    preprocess: OrEmpty[PreprocessSpec] = optional("Preprocessing of the features.", PreprocessSpec())
    models: Annotated[dict[Name, ModelSpec], Field(min_length=1)] = Field(description="The models, by name.")
    classes: OrEmpty[ClassesSpec] = optional("Treatment of imbalanced classes; for classification.", ClassesSpec())
    compare: OrEmpty[CompareSpec] = optional("The comparison: folds, search, metrics.", CompareSpec())
    output: OutputSpec = Field(description="The output folder.")

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @model_validator(mode="before")
    @classmethod
    def _fill_in_names(cls, value: Any) -> Any:
        """Fill in ``use`` of each model and ``output.dir``, whose defaults are names in the file."""
        if not isinstance(value, dict):
            return value
        filled = dict(value)
        models = models_by_name(value.get("models"))
        if isinstance(models, dict):
            filled["models"] = name_models(models)
        output = empty_to_section(value.get("output"))
        if isinstance(output, dict) and output.get("dir") is None and isinstance(value.get("name"), str):
            filled["output"] = {**output, "dir": f"reports/{value['name']}"}
        return filled

    @model_validator(mode="after")
    def _check_split(self) -> Self:
        """Refuse keys that each define the split of the table; the error is at the second key."""
        conflicts = _find_split_conflicts(self.data, self.compare.cv)
        if conflicts:
            raise ValidationError.from_exception_data(
                type(self).__name__,
                [
                    InitErrorDetails(
                        type=PydanticCustomError("conflict", "{what}", {"what": message}), loc=path, input=value
                    )
                    for path, value, message in conflicts
                ],
            )
        return self

    @property
    def origin(self) -> Origin:
        """Positions, allowed packages and lock."""
        return self._origin

    def with_origin(self, origin: Origin) -> Self:
        """Return the same pipeline with another origin."""
        # The model is frozen, so a copy gets the origin.
        spec = self.model_copy()
        spec._origin = origin  # noqa: SLF001 - a copy of the same class
        return spec

    def to_yaml(self) -> str:
        """Write the pipeline as YAML, defaults included; `read_pipeline` reads it back equal.

        Returns
        -------
        str
            YAML text.
        """
        return dump_yaml(self.model_dump())


def models_by_name(models: Any) -> Any:
    """Turn a name, or a list of names and of mappings by name, into a mapping; any other value stays as it is.

    >>> models_by_name(["linear", {"knn": {"params": {"n_neighbors": 3}}}])
    {'linear': None, 'knn': {'params': {'n_neighbors': 3}}}
    """
    items = [models] if isinstance(models, str) else models
    if not isinstance(items, list | tuple) or not all(isinstance(item, str | dict) for item in items):
        return models
    named = [pair for item in items for pair in ({item: None} if isinstance(item, str) else item).items()]
    by_name = dict(named)
    # A name twice is an error, and so is an item such as {use: knn}, which has no name.
    return by_name if len(by_name) == len(named) and not by_name.keys() & ModelSpec.model_fields.keys() else models


def name_models(models: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in ``use`` of each model: by default its own name."""
    return {name: _fill_in_use(name, model) for name, model in models.items()}


def _fill_in_use(name: str, model: Any) -> Any:
    if model is None:
        return {"use": name}
    if isinstance(model, dict) and model.get("use") is None:
        return {**model, "use": name}
    return model


def _find_split_conflicts(data: DataSpec, cv: CvSpec) -> list[tuple[KeyPath, Any, Note]]:
    """Return path, value and message of each key that contradicts another one about the split of the table."""
    values: dict[KeyPath, Any] = {("data", key): getattr(data, key) for key in ("groups", "time", "folds")}
    values |= {("compare", "cv", key): getattr(cv, key) for key in ("folds", "repeats", "holdout", "stratify")}
    groups, time, column, folds, repeats, holdout, stratify = values
    # Each rule: the key that decides, the keys that contradict it, and the reason for the message.
    rules: list[tuple[KeyPath, tuple[KeyPath, ...], Note]] = [
        (holdout, (folds, repeats), Note("holdout_is_one", "a hold-out is one split")),
        (column, (groups, time, folds, repeats, holdout), Note("column_has_folds", "the column defines the folds")),
    ]
    if cv.stratify:
        rules.append((stratify, (time,), Note("folds_follow_time", "the folds follow the order of time")))
    text = "must not be set with {other}, for {reason}"
    conflicts = [
        (path, values[path], Note.of("split_conflict", text, other=".".join(map(str, other)), reason=reason))
        for path, others, reason in rules
        for other in others
        if values[path] is not None and values[other] is not None
    ]
    if cv.stratify and len(data.target) > 1:
        text = "must be left out with several targets, which have no common order"
        conflicts.append((stratify, True, Note("stratify_conflict", text)))
    return conflicts
