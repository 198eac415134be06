"""The ``preprocess`` section: what is done to columns, by kind, by name, and for one model alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from skdl.pipeline._section import Name, Section, as_section

__all__ = [
    "CATEGORICAL_IMPUTES",
    "CategoricalSpec",
    "ColumnRecipe",
    "ModelPreprocessSpec",
    "NumericSpec",
    "PreprocessSpec",
]

NumericImpute = Literal["median", "mean", "most_frequent", "constant", "knn", "none"]
CategoricalImpute = Literal["most_frequent", "constant"]
Scale = Literal["auto", "minmax", "standard", "robust", "quantile", "pixels", "none"]
Encode = Literal["onehot", "ordinal", "target"]
Frequency = Annotated[StrictInt, Field(ge=1)] | Annotated[StrictFloat, Field(gt=0, lt=1)]
Count = Annotated[StrictInt, Field(ge=2)]

CATEGORICAL_IMPUTES: tuple[str, ...] = get_args(CategoricalImpute)

_IMPUTE = "What stands in for a missing value."
_FILL = "The value of impute: constant."
_SCALE = "auto is minmax for the models that need it and none for trees; pixels divides by 255."
_RARE = "Categories in fewer rows (a number) or a smaller share of them (below 1) count as one."
_MOST = "Categories kept; the rarer ones count as one."


def _without_conflict(recipe: Any) -> Any:
    conflict = recipe.conflict()
    if conflict is not None:
        raise ValueError(conflict)
    return recipe


class NumericSpec(Section):
    """What is done to numbers."""

    impute: NumericImpute = Field(default="median", description=_IMPUTE)
    fill_value: StrictInt | StrictFloat | None = Field(default=None, description=f"{_FILL} 0 where left out.")
    indicator: StrictBool = Field(default=False, description="Add a column that says where a value was missing.")
    scale: Scale = Field(default="auto", description=_SCALE)

    def conflict(self) -> str | None:
        """Say which of the keys contradict each other."""
        if self.fill_value is not None and self.impute != "constant":
            return f"fill_value is for impute: constant; got impute: {self.impute}"
        if self.indicator and self.impute == "none":
            return "indicator needs an impute; got none"
        return None

    _checked = model_validator(mode="after")(_without_conflict)


class CategoricalSpec(Section):
    """What is done to categories."""

    impute: CategoricalImpute = Field(default="most_frequent", description=_IMPUTE)
    fill_value: StrictStr | StrictInt | StrictFloat | None = Field(
        default=None, description=f"{_FILL} A category of its own where left out."
    )
    encode: Encode = Field(default="onehot", description="How categories become numbers.")
    min_frequency: Frequency | None = Field(default=None, description=_RARE)
    max_categories: Count | None = Field(default=None, description=_MOST)

    def conflict(self) -> str | None:
        """Say which of the keys contradict each other."""
        if self.fill_value is not None and self.impute != "constant":
            return f"fill_value is for impute: constant; got impute: {self.impute}"
        rare = "min_frequency" if self.min_frequency is not None else "max_categories"
        if self.encode == "target" and getattr(self, rare) is not None:
            return f"target encoding takes no {rare}; rare categories are drawn to the mean by themselves"
        return None

    _checked = model_validator(mode="after")(_without_conflict)


def _changed(of_kind: Any, said: dict[str, Any]) -> Any:
    """Put what is said in place of what the kind gets, and take away what belonged to that; unchecked."""
    gone: dict[str, Any] = {}
    if said.get("impute", "constant") != "constant":
        gone["fill_value"] = None
    if said.get("impute") == "none":
        gone["indicator"] = False
    if said.get("encode") == "target":
        gone |= {"min_frequency": None, "max_categories": None}
    known = type(of_kind).model_fields
    return of_kind.model_copy(update={**{key: value for key, value in gone.items() if key in known}, **said})


class ColumnRecipe(Section):
    """What is done to columns of certain names; what is not said is as for their kind."""

    passthrough: StrictBool = Field(default=False, description="Hand the numbers on as they are.")
    impute: NumericImpute | None = Field(default=None, description=_IMPUTE)
    fill_value: StrictStr | StrictInt | StrictFloat | None = Field(default=None, description=_FILL)
    indicator: StrictBool | None = Field(
        default=None, description="Add a column that says where a value was missing; numbers only."
    )
    scale: Scale | None = Field(default=None, description=f"{_SCALE} The columns are numbers, then.")
    encode: Encode | None = Field(default=None, description="The columns are categories, then.")
    min_frequency: Frequency | None = Field(default=None, description=f"{_RARE} The columns are categories, then.")
    max_categories: Count | None = Field(default=None, description=f"{_MOST} The columns are categories, then.")

    @model_validator(mode="after")
    def _of_one_kind(self) -> ColumnRecipe:
        numeric, categorical = self.said("indicator", "scale"), self.said("encode", "min_frequency", "max_categories")
        if numeric and categorical:
            raise ValueError(f"{numeric[0]} is for numbers and {categorical[0]} for categories; keep one of them")
        if categorical and self.impute is not None and self.impute not in CATEGORICAL_IMPUTES:
            raise ValueError(
                f"impute: {self.impute} is for numbers and {categorical[0]} for categories; keep one of them"
            )
        if self.passthrough and self.said("impute", "fill_value", "indicator", "scale", *categorical):
            raise ValueError("a column that is passed through must have no other key")
        return self

    def said(self, *keys: str) -> list[str]:
        """Give those of the keys that the file says something about."""
        return [key for key in keys if getattr(self, key) is not None]

    def on_top_of(self, of_kind: NumericSpec | CategoricalSpec) -> NumericSpec | CategoricalSpec:
        """Fill in what is not said from what the kind gets; unchecked."""
        said = {key: getattr(self, key) for key in self.said(*type(of_kind).model_fields)}
        if said.get("scale") == "auto":
            del said["scale"]
        changed: NumericSpec | CategoricalSpec = _changed(of_kind, said)
        return changed

    @property
    def kind(self) -> Literal["numeric", "categorical"] | None:
        """What the columns are, where the recipe decides it."""
        if self.passthrough or self.said("indicator", "scale"):
            return "numeric"
        return "categorical" if self.said("encode", "min_frequency", "max_categories") else None


def _from_word(value: Any) -> Any:
    return {"passthrough": True} if value == "passthrough" else as_section(value)


Recipe = Annotated[
    ColumnRecipe,
    BeforeValidator(_from_word, json_schema_input_type=ColumnRecipe | Literal["passthrough"] | None),
]
Columns = Annotated[dict[Name, Recipe], BeforeValidator(as_section)]
_COLUMNS = "Name of a column, or a pattern such as pixel_*: what is done to it in place of what its kind gets."


class PreprocessSpec(Section):
    """What is done to the columns before a model sees them; fitted inside each fold."""

    numeric: Annotated[NumericSpec, BeforeValidator(as_section)] = Field(
        default=NumericSpec(), description="What is done to numbers."
    )
    categorical: Annotated[CategoricalSpec, BeforeValidator(as_section)] = Field(
        default=CategoricalSpec(), description="What is done to categories."
    )
    columns: Columns = Field(default={}, description=_COLUMNS)


class NumericChange(Section):
    """What is done to numbers otherwise, for one model."""

    impute: NumericImpute | None = Field(default=None, description=_IMPUTE)
    fill_value: StrictInt | StrictFloat | None = Field(default=None, description=_FILL)
    indicator: StrictBool | None = Field(default=None, description=NumericSpec.model_fields["indicator"].description)
    scale: Scale | None = Field(default=None, description=_SCALE)


class CategoricalChange(Section):
    """What is done to categories otherwise, for one model."""

    impute: CategoricalImpute | None = Field(default=None, description=_IMPUTE)
    fill_value: StrictStr | StrictInt | StrictFloat | None = Field(default=None, description=_FILL)
    encode: Encode | None = Field(default=None, description=CategoricalSpec.model_fields["encode"].description)
    min_frequency: Frequency | None = Field(default=None, description=_RARE)
    max_categories: Count | None = Field(default=None, description=_MOST)


class ModelPreprocessSpec(Section):
    """What one model gets otherwise than the rest; what is not said is as for all."""

    numeric: Annotated[NumericChange, BeforeValidator(as_section)] = Field(
        default=NumericChange(), description="What is done to numbers, where it differs."
    )
    categorical: Annotated[CategoricalChange, BeforeValidator(as_section)] = Field(
        default=CategoricalChange(), description="What is done to categories, where it differs."
    )
    columns: Columns = Field(default={}, description=_COLUMNS)

    def on_top_of(self, common: PreprocessSpec) -> PreprocessSpec:
        """Give what the model gets in all."""
        return PreprocessSpec(
            numeric=_changed(common.numeric, self.numeric.model_dump(exclude_none=True)),
            categorical=_changed(common.categorical, self.categorical.model_dump(exclude_none=True)),
            columns={**common.columns, **self.columns},
        )
