"""The pipeline file as data: YAML with positions, sections, inheritance, and errors in plain words.

`resolve_file` reads a file on top of those that it extends and returns plain values with the position of each key.
`PipelineFile` validates them; `describe_validation_error` turns what it raises into problems, and `raise_problems`
raises all problems of a file at once. `Lock` is ``lock.yaml``.

Nothing here reads a table or makes an estimator: that is `skdl.pipeline`.
"""

from skdl.spec._data import DataSpec
from skdl.spec._errors import KeyPath, Positions, Problem, raise_problems
from skdl.spec._file import resolve_file
from skdl.spec._lock import Lock
from skdl.spec._pipeline import (
    CLASS_KEYS,
    SAMPLERS,
    ClassesSpec,
    CompareSpec,
    CostsSpec,
    CvSpec,
    ModelSpec,
    Origin,
    PipelineFile,
    SliceSpec,
    TuneSpec,
    name_models,
)
from skdl.spec._preprocess import (
    CATEGORICAL_IMPUTES,
    CategoricalSpec,
    ColumnRecipe,
    NumericSpec,
    PreprocessSpec,
    Scale,
    TextSpec,
)
from skdl.spec._validation_errors import describe_validation_error, validate_partly
from skdl.spec._yaml import NAME_KEYS

__all__ = [
    "CATEGORICAL_IMPUTES",
    "CLASS_KEYS",
    "NAME_KEYS",
    "SAMPLERS",
    "CategoricalSpec",
    "ClassesSpec",
    "ColumnRecipe",
    "CompareSpec",
    "CostsSpec",
    "CvSpec",
    "DataSpec",
    "KeyPath",
    "Lock",
    "ModelSpec",
    "NumericSpec",
    "Origin",
    "PipelineFile",
    "Positions",
    "PreprocessSpec",
    "Problem",
    "Scale",
    "SliceSpec",
    "TextSpec",
    "TuneSpec",
    "describe_validation_error",
    "name_models",
    "raise_problems",
    "resolve_file",
    "validate_partly",
]
