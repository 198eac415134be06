"""The plan of an input: columns in, columns out, and where a chunk ends, decided before the first row is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.csv as pa_csv

from skdl._arguments import is_number, is_whole
from skdl._note import Note
from skdl.exceptions import DataError, UsageError
from skdl.schema import arrow_type, check_present, type_problem, wrong_type
from skdl.tables import is_raw_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from skdl.schema import Column, ModelSchema
    from skdl.tables import Reading

__all__ = ["FILE", "QUARANTINE", "Format", "Options", "Plan", "make_plan"]

Format = Literal["parquet", "csv"]  # of the output

FILE = "_file"

QUARANTINE = pa.schema(
    {"file": pa.string(), "_row": pa.int64(), "column": pa.string(), "value": pa.string(), "reason": pa.string()}
)
_CHUNK_VALUES = 2**23  # 64 MB of numbers
_CHUNK_ROWS = (1024, 65_536)  # least and most
_MOST_ROWS = 2**31 - 1  # of one Arrow array of text
_PREDICTION_TYPES = {"float": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_(), "text": pa.string()}


@dataclass(frozen=True)
class Options:
    """Options that hold for every input."""

    proba: bool = False  # write probabilities
    keep: tuple[str, ...] = ()  # columns that pass into the output; in a plan under their names after renaming
    threshold: float | None = None  # the last of two classes is predicted from this probability on
    # Chunks end at multiples of this row number, so that the same input gives the same bytes. In a plan it is known.
    chunk_rows: int | None = None
    file_format: Format = "parquet"  # of the output


@dataclass(frozen=True)
class Plan:
    """How one input is scored."""

    schema: ModelSchema  # what the model expects and predicts
    source: str  # the input's name in quarantine
    columns: tuple[str, ...]  # what is read of the input: the model's columns, then the kept ones
    ignored: tuple[str, ...]  # columns of the input that are not used
    output: pa.Schema
    reading: Reading  # how numbers and flags are written
    options: Options

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk; the last one may have fewer."""
        assert self.options.chunk_rows is not None
        return self.options.chunk_rows

    @property
    def n_before(self) -> int:
        """Columns of the output before the model's predictions."""
        return len(self.options.keep) + (2 if self.output.names[0] == FILE else 1)


def make_plan(
    schema: ModelSchema,
    types: Mapping[str, pa.DataType],
    source: str,
    reading: Reading,
    options: Options,
    *,
    named: bool = False,
) -> Plan:
    """Check an input's columns against the model's, before any row is scored; ``named`` adds a column of its name.

    Raises
    ------
    DataError
        If a column is missing, or of a type that no value of which can be what the model expects.
    UsageError
        If options do not fit the model.
    """
    keep = tuple(_shown_name(name, types, reading) for name in options.keep)
    missing = [column.name for column in schema.columns if column.name not in types]
    check_present(missing, list(types), source, Note("needed", "the model needs"), schema)
    check_present(
        [name for name in keep if name not in types], list(types), source, Note("kept", "keep asks for"), None
    )
    for column in schema.columns:
        _check_type(column, types[column.name], reading, source)
    _check_options(options, schema)
    output = _output(schema, types, keep, reading, proba=options.proba, named=named)
    if options.file_format == "csv":
        _check_fits_csv(output.field(name) for name in keep)
    columns = tuple(dict.fromkeys([*schema.by_name, *keep]))
    of_parts = {name for name, added in reading.new_names().items() if not set(added).isdisjoint(columns)}
    ignored = tuple(name for name in types if name not in columns and name not in of_parts)
    options = replace(options, keep=keep, chunk_rows=options.chunk_rows or _fitting_rows(len(columns)))
    return Plan(schema, source, columns, ignored, output, reading, options)


def _fitting_rows(n_columns: int) -> int:
    """Largest power of two whose rows fit the budget: it depends on the table's width alone."""
    low, high = _CHUNK_ROWS
    # Never the free memory or the number of workers: another chunk size changes the last bits of predictions.
    rows = max(_CHUNK_VALUES // max(n_columns, 1), low)
    return min(1 << (rows.bit_length() - 1), high)


def _shown_name(name: str, types: Mapping[str, Any], reading: Reading) -> str:
    """Find a column by its name, by its name before renaming, or by either with blanks around it."""
    meant = (name, reading.rename.get(name), name.strip(), reading.rename.get(name.strip()))
    return next((one for one in meant if one is not None and one in types), name.strip())


def _check_options(options: Options, schema: ModelSchema) -> None:
    n_classes = len(schema.classes) if schema.has_proba and schema.classes is not None else 0
    if options.proba and not n_classes:
        raise UsageError(Note("no_proba", "proba: must be False for this model; it gives no probability a class."))
    if options.threshold is not None and n_classes != 2:
        text = "threshold: must be left out for this model; it is for two classes with probabilities."
        raise UsageError(Note("no_threshold", text))
    if options.threshold is not None and not is_number(options.threshold, 0.0, 1.0):
        text = "threshold: must be a probability from 0 to 1; got {given!r}."
        raise UsageError.of("threshold_range", text, given=options.threshold)
    if options.chunk_rows is not None and not (is_whole(options.chunk_rows, 1) and options.chunk_rows <= _MOST_ROWS):
        text = "chunk_rows: must be from 1 to {most:,}; got {given!r}."
        raise UsageError.of("chunk_rows_range", text, most=_MOST_ROWS, given=options.chunk_rows)


def _check_type(column: Column, found: pa.DataType, reading: Reading, source: str) -> None:
    wanted = arrow_type(column)
    found = found.value_type if pa.types.is_dictionary(found) else found
    if wanted is None and (_is_text(found) or pa.types.is_binary(found)):
        text = (
            "{where}: column {name!r} must hold values of the type that the model was fitted on ({dtype}), which text "
            "does not show; got text. Score Parquet, or fit the model on numbers or text."
        )
        raise DataError.of("no_type_of_text", text, where=source, name=column.name, dtype=column.dtype)
    if type_problem(column, found, reading) == "kind":  # a lost spelling is a fault of each row that has a value
        raise wrong_type(column, str(found), source)


def _check_fits_csv(kept: Iterable[pa.Field]) -> None:
    """Raise UsageError where a kept column cannot be written as text."""
    for field in kept:
        try:
            # An empty table shows whether the writer takes the type, before any row is scored.
            pa_csv.write_csv(pa.schema([field]).empty_table(), pa.BufferOutputStream())
        except pa.ArrowInvalid:
            text = (
                "keep: a column of a CSV output must hold plain values; {name!r} holds {found}. Leave it out of keep, "
                "or write Parquet."
            )
            raise UsageError.of("kept_not_plain", text, name=field.name, found=field.type) from None


def _is_text(found: pa.DataType) -> bool:
    return any(is_such(found) for is_such in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _output(
    schema: ModelSchema,
    types: Mapping[str, pa.DataType],
    keep: Sequence[str],
    reading: Reading,
    *,
    proba: bool,
    named: bool,
) -> pa.Schema:
    fields = [*([(FILE, pa.string())] if named else []), ("_row", pa.int64())]
    for name in keep:
        # Decoded, because the dictionary may differ from chunk to chunk, and all parts need one type.
        found = types[name].value_type if pa.types.is_dictionary(types[name]) else types[name]
        fields.append((name, pa.string() if is_raw_text(found, reading) or _is_text(found) else found))
    names = ["prediction"] if schema.outputs is None else [f"prediction_{name}" for name in schema.outputs]
    fields += [(name, _PREDICTION_TYPES[schema.answer]) for name in names]
    fields += [(f"proba_{label}", pa.float64()) for label in schema.classes or ()] if proba else []
    twice = [name for name, n in Counter(name for name, _ in fields).items() if n > 1]
    if twice:
        text = "keep: {name!r} would occur twice in the output. Leave it out of keep, or rename the column."
        raise UsageError.of("kept_twice", text, name=min(twice))
    return pa.schema(fields)
