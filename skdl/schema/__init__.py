"""Input schema of a model: what each column holds, and how its values are parsed.

`describe_model` (`_describe`) finds the `ModelSchema` (`_schema`) of a fitted pipeline: a `Column` for each input, and
the form of the predictions. `parse_column` (`_parse`) turns the cells of a table into the values of a column, with the
faults of each cell. Batch scoring and models in memory share it, so that the same table gives the same predictions.
"""

from skdl.schema._describe import Sample, describe_model
from skdl.schema._explain import ExplainedColumn, explain
from skdl.schema._model import ModelWithSchema
from skdl.schema._parse import ParsedColumn, arrow_type, parse_column, text_fault
from skdl.schema._rows import check_present, model_rows
from skdl.schema._schema import Column, ModelSchema
from skdl.schema._stored import StoredReading
from skdl.schema._typed import type_problem, wrong_type

__all__ = [
    "Column",
    "ExplainedColumn",
    "ModelSchema",
    "ModelWithSchema",
    "ParsedColumn",
    "Sample",
    "StoredReading",
    "arrow_type",
    "check_present",
    "describe_model",
    "explain",
    "model_rows",
    "parse_column",
    "text_fault",
    "type_problem",
    "wrong_type",
]
