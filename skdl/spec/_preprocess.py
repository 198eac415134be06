"""The ``preprocess`` section: imputation, scaling and encoding, by kind of column, by column, and by model."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from skdl._note import Note
from skdl.spec._section import Name, OrEmpty, Section, empty_to_section, optional

NumericImpute = Literal["median", "mean", "most_frequent", "constant", "knn", "none"]
CategoricalImpute = Literal["most_frequent", "constant"]
Scale = Literal["auto", "minmax", "standard", "robust", "robust_clip", "piecewise", "quantile", "pixels", "none"]
Encode = Literal["auto", "onehot", "ordinal", "target"]
EncodeText = Literal["auto", "words", "characters", "drop"]
Frequency = Annotated[StrictInt, Field(ge=1)] | Annotated[StrictFloat, Field(gt=0, lt=1)]
Count = Annotated[StrictInt, Field(ge=2)]

CATEGORICAL_IMPUTES: tuple[str, ...] = get_args(CategoricalImpute)

_IMPUTE = "Replacement of missing values."
_FILL = "The value for impute: constant."
_INDICATOR = "Whether to add a feature that marks the missing values."
_ENCODE = (
    "Encoding of categories as numbers. auto is onehot; for a column of more than 200 categories a sparse matrix for "
    "linear models, and target for the others."
)
_ENCODE_TEXT = (
    "What is counted in a text (tf-idf): words, or characters, which are groups of 3 and 4 of them inside of words; "
    "drop leaves text out. auto is characters for a column of up to 2 million characters, and words above it."
)
_COMPONENTS = "Number of features made of a column of text by truncated SVD, for models that take no sparse matrix."
_SCALE = (
    "Scaling. auto is minmax for models that need scaled features and none for trees; piecewise adds a number's "
    "position in each of 16 bins; pixels divides by 255."
)
_RARE = "Categories with fewer rows (a number), or a smaller share of the rows (below 1), become one category."
_MOST = "Number of categories to keep; the rarer ones become one category."


def _check_conflict(recipe: Any) -> Any:
    conflict = recipe.conflict()
    if conflict is not None:
        raise ValueError(conflict)
    return recipe


def _fill_conflict(impute: str) -> Note:
    return Note.of("fill_conflict", "fill_value is for impute: constant; got impute: {impute}", impute=impute)


class NumericSpec(Section):
    """Preprocessing of numbers."""

    impute: NumericImpute = optional(_IMPUTE, "median")
    fill_value: StrictInt | StrictFloat | None = optional(f"{_FILL} 0 by default.")
    indicator: StrictBool = optional(_INDICATOR, default=False)
    scale: Scale = optional(_SCALE, "auto")

    def conflict(self) -> Note | None:
        """Describe which keys contradict each other; None where none do."""
        if self.fill_value is not None and self.impute != "constant":
            return _fill_conflict(self.impute)
        if self.indicator and self.impute == "none":
            return Note("indicator_conflict", "indicator needs an impute; got none")
        return None

    _checked = model_validator(mode="after")(_check_conflict)


class CategoricalSpec(Section):
    """Preprocessing of categories."""

    impute: CategoricalImpute = optional(_IMPUTE, "most_frequent")
    fill_value: StrictStr | StrictInt | StrictFloat | None = optional(f"{_FILL} By default a separate category.")
    encode: Encode = optional(_ENCODE, "auto")
    min_frequency: Frequency | None = optional(_RARE)
    max_categories: Count | None = optional(_MOST)

    def conflict(self) -> Note | None:
        """Describe which keys contradict each other; None where none do."""
        if self.fill_value is not None and self.impute != "constant":
            return _fill_conflict(self.impute)
        rare = "min_frequency" if self.min_frequency is not None else "max_categories"
        if self.encode == "target" and getattr(self, rare) is not None:
            text = "target encoding takes no {key}; it shrinks rare categories to the mean by itself"
            return Note.of("rare_conflict", text, key=rare)
        return None

    _checked = model_validator(mode="after")(_check_conflict)


class TextSpec(Section):
    """Preprocessing of text."""

    encode: EncodeText = optional(_ENCODE_TEXT, "auto")
    components: Count = optional(_COMPONENTS, 30)


def _change(section: Any, changes: dict[str, Any]) -> Any:
    """Change keys of a section, and reset the keys that belonged to the old values; without validation."""
    reset: dict[str, Any] = {}
    if changes.get("impute", "constant") != "constant":
        reset["fill_value"] = None
    if changes.get("impute") == "none":
        reset["indicator"] = False
    if changes.get("encode") == "target":
        reset |= {"min_frequency": None, "max_categories": None}
    known = type(section).model_fields
    return section.model_copy(update={**{key: value for key, value in reset.items() if key in known}, **changes})


class ColumnRecipe(Section):
    """Preprocessing of the columns of one name or pattern; a key that is left out is as for their kind."""

    passthrough: StrictBool = optional("Whether to leave the numbers as they are.", default=False)
    impute: NumericImpute | None = optional(_IMPUTE)
    fill_value: StrictStr | StrictInt | StrictFloat | None = optional(_FILL)
    indicator: StrictBool | None = optional("Whether to add a feature that marks the missing values; for numbers.")
    scale: Scale | None = optional(f"{_SCALE} The columns are then numbers.")
    encode: Encode | None = optional(f"{_ENCODE} The columns are then categories.")
    min_frequency: Frequency | None = optional(f"{_RARE} The columns are then categories.")
    max_categories: Count | None = optional(f"{_MOST} The columns are then categories.")

    @model_validator(mode="after")
    def _check_kind(self) -> ColumnRecipe:
        numeric, categorical = (
            self.keys_set("indicator", "scale"),
            self.keys_set("encode", "min_frequency", "max_categories"),
        )
        if numeric and categorical:
            text = "{numeric} is for numbers and {categorical} for categories; keep one of them"
            note = Note.of("numeric_and_categorical", text, numeric=numeric[0], categorical=categorical[0])
            raise ValueError(note)
        if categorical and self.impute is not None and self.impute not in CATEGORICAL_IMPUTES:
            text = "impute: {impute} is for numbers and {categorical} for categories; keep one of them"
            note = Note.of("impute_and_categorical", text, impute=self.impute, categorical=categorical[0])
            raise ValueError(note)
        if self.passthrough and self.keys_set("impute", "fill_value", "indicator", "scale", *categorical):
            raise ValueError(Note("passthrough_alone", "passthrough must have no other key beside it"))
        return self

    def keys_set(self, *keys: str) -> list[str]:
        """Return those of the keys that are set."""
        return [key for key in keys if getattr(self, key) is not None]

    def on_top_of(self, of_kind: NumericSpec | CategoricalSpec) -> NumericSpec | CategoricalSpec:
        """Return the section of the kind with the keys of this recipe on top; without validation."""
        own = {key: getattr(self, key) for key in self.keys_set(*type(of_kind).model_fields)}
        # For a column, auto means the scaling of its kind.
        if own.get("scale") == "auto":
            del own["scale"]
        changed: NumericSpec | CategoricalSpec = _change(of_kind, own)
        return changed

    @property
    def kind(self) -> Literal["numeric", "categorical"] | None:
        """The kind of the columns, where the recipe decides it."""
        if self.passthrough or self.keys_set("indicator", "scale"):
            return "numeric"
        return "categorical" if self.keys_set("encode", "min_frequency", "max_categories") else None


def _passthrough_to_recipe(value: Any) -> Any:
    return {"passthrough": True} if value == "passthrough" else empty_to_section(value)


Recipe = Annotated[
    ColumnRecipe,
    BeforeValidator(_passthrough_to_recipe, json_schema_input_type=ColumnRecipe | Literal["passthrough"] | None),
]
Columns = OrEmpty[dict[Name, Recipe]]
_COLUMNS = "Preprocessing of single columns, by name or pattern such as pixel_*, in place of that of their kind."


class PreprocessSpec(Section):
    """Preprocessing of the features; fitted on the training part of each fold."""

    numeric: OrEmpty[NumericSpec] = optional("Preprocessing of numbers.", NumericSpec())
    categorical: OrEmpty[CategoricalSpec] = optional("Preprocessing of categories.", CategoricalSpec())
    text: OrEmpty[TextSpec] = optional("Preprocessing of text.", TextSpec())
    columns: Columns = optional(_COLUMNS, {})


class NumericChange(Section):
    """Preprocessing of numbers for one model; a key that is left out is as for all models."""

    impute: NumericImpute | None = optional(_IMPUTE)
    fill_value: StrictInt | StrictFloat | None = optional(_FILL)
    indicator: StrictBool | None = optional(_INDICATOR)
    scale: Scale | None = optional(_SCALE)


class CategoricalChange(Section):
    """Preprocessing of categories for one model; a key that is left out is as for all models."""

    impute: CategoricalImpute | None = optional(_IMPUTE)
    fill_value: StrictStr | StrictInt | StrictFloat | None = optional(_FILL)
    encode: Encode | None = optional(_ENCODE)
    min_frequency: Frequency | None = optional(_RARE)
    max_categories: Count | None = optional(_MOST)


class TextChange(Section):
    """Preprocessing of text for one model; a key that is left out is as for all models."""

    encode: EncodeText | None = optional(_ENCODE_TEXT)
    components: Count | None = optional(_COMPONENTS)


class ModelPreprocessSpec(Section):
    """Preprocessing for one model; a key that is left out is as for all models."""

    numeric: OrEmpty[NumericChange] = optional("Preprocessing of numbers, where it differs.", NumericChange())
    categorical: OrEmpty[CategoricalChange] = optional(
        "Preprocessing of categories, where it differs.", CategoricalChange()
    )
    text: OrEmpty[TextChange] = optional("Preprocessing of text, where it differs.", TextChange())
    columns: Columns = optional(_COLUMNS, {})

    @property
    def is_set(self) -> bool:
        """Whether the model has a key of its own."""
        return bool(self.model_dump(exclude_none=True, exclude_defaults=True))

    def on_top_of(self, common: PreprocessSpec) -> PreprocessSpec:
        """Return the whole preprocessing of the model."""
        return PreprocessSpec(
            numeric=_change(common.numeric, self.numeric.model_dump(exclude_none=True)),
            categorical=_change(common.categorical, self.categorical.model_dump(exclude_none=True)),
            text=_change(common.text, self.text.model_dump(exclude_none=True)),
            columns={**common.columns, **self.columns},
        )
