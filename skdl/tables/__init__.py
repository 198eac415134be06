"""Tables: reading from files, the web and built-in ones; kinds of columns; streaming for scoring.

One reader serves two ways of reading. Both take a `Reading` (`_reading`): separator, marks, encoding, names, types and
dates.

- Whole table, for ``compare``, ``init`` and ``check``: `read_table` (`_read`) turns the ``data.source`` of a pipeline
  file into one `pandas.DataFrame`. `column_kinds` and `plain_columns` (`_kinds`) then decide what a model is shown.
- Stream, for ``score``: `open_stream` (`_stream`) turns a `Source` (`_source`: `LocalFile`, `RemoteFile`,
  `StandardInput`) into a `TableStream`, which yields `Piece` objects: a `pyarrow.Table` with the row numbers, and each
  `MalformedRow`. A `ColumnMap` renames columns and makes parts of dates. A `Span` (`_spans`) is the part of a file that
  a worker of a cluster reads by itself.

What both share, in the order in which a text file passes through it:

1. `_source.decompress`: compressed bytes to plain ones, by the ending of the file.
2. `_encodings`: which encoding a text is in. `_text`: bytes to UTF-8, column names, fields as a `pyarrow.Table` of
   binary columns, malformed rows. A whole table must be text in one encoding, and may have few malformed rows; in a
   stream an undecodable byte is the fault of one cell.
3. `_parsing`: what a cell means, as missing words, number marks, numbers and flags; `_dates`: dates and their parts. A
   whole table has its column types inferred (`infer_column`), by the rules of `pandas.read_csv`; a stream has them from
   the model, and `cast_cells` finds the cells that do not fit.
4. `_plan`: what each column of a whole table holds, by the agreement of all its cells (`read_planned`, `ColumnPlan`),
   with `_numeric` for plain numbers, many columns at a time, and `_numbers` for amounts with marks. What was found goes
   into the `Reading` of a saved model.

Parquet and Feather have types; only their text columns go through the last step.
"""

from skdl.tables._batches import (
    batches,
    distinct_values,
    is_text,
    number_columns,
    use_system_allocator,
    value_ranges,
)
from skdl.tables._builtin import builtin_names, load_builtin, make_ice_cream, make_spiral, make_xor
from skdl.tables._dates import (
    DATE_PARTS,
    IN_UTC,
    NO_DATE,
    NO_TIME,
    FoundDates,
    ask_about_dates,
    check_moments,
    find_date_form,
    find_dates,
    format_date_parts,
    may_hold_dates,
    parse_datetimes,
)
from skdl.tables._durations import find_duration_form, parse_durations
from skdl.tables._encodings import is_utf8
from skdl.tables._kinds import (
    ColumnKinds,
    as_numbers,
    column_kinds,
    counts_rows,
    is_constant,
    is_free_text,
    is_ordered,
    plain_categories,
    plain_columns,
)
from skdl.tables._numbers import plain_numbers, without_invisible
from skdl.tables._parsing import (
    cast_cells,
    has_fraction,
    have_fractions,
    is_raw_text,
    parse_flags,
    replace_marks,
    without_missing_words,
)
from skdl.tables._plan import (
    FLAG_PAIRS,
    MAX_UNREADABLE,
    Cells,
    ColumnPlan,
    ColumnType,
    Declared,
    are_identifiers,
    find_scale,
    plan_columns,
)
from skdl.tables._read import PlannedTable, SplitTable, read_fields, read_header, read_planned, read_table
from skdl.tables._reading import (
    LIKELY_MISSING,
    MISSING_WORDS,
    SEPARATORS,
    Dates,
    NumberFormat,
    Reading,
    suggest_column,
)
from skdl.tables._source import (
    LocalFile,
    RemoteFile,
    Source,
    StandardInput,
    find_file_system,
    find_remote_files,
    is_url,
    redact_credentials,
)
from skdl.tables._spans import Span, split_parquet_file, split_text_file
from skdl.tables._stream import ColumnMap, Piece, TableStream, column_types, is_table_name, open_stream
from skdl.tables._text import MalformedRow, is_total

__all__ = [
    "DATE_PARTS",
    "FLAG_PAIRS",
    "IN_UTC",
    "LIKELY_MISSING",
    "MAX_UNREADABLE",
    "MISSING_WORDS",
    "NO_DATE",
    "NO_TIME",
    "SEPARATORS",
    "Cells",
    "ColumnKinds",
    "ColumnMap",
    "ColumnPlan",
    "ColumnType",
    "Dates",
    "Declared",
    "FoundDates",
    "LocalFile",
    "MalformedRow",
    "NumberFormat",
    "Piece",
    "PlannedTable",
    "Reading",
    "RemoteFile",
    "Source",
    "Span",
    "SplitTable",
    "StandardInput",
    "TableStream",
    "are_identifiers",
    "as_numbers",
    "ask_about_dates",
    "batches",
    "builtin_names",
    "cast_cells",
    "check_moments",
    "column_kinds",
    "column_types",
    "counts_rows",
    "distinct_values",
    "find_date_form",
    "find_dates",
    "find_duration_form",
    "find_file_system",
    "find_remote_files",
    "find_scale",
    "format_date_parts",
    "has_fraction",
    "have_fractions",
    "is_constant",
    "is_free_text",
    "is_ordered",
    "is_raw_text",
    "is_table_name",
    "is_text",
    "is_total",
    "is_url",
    "is_utf8",
    "load_builtin",
    "make_ice_cream",
    "make_spiral",
    "make_xor",
    "may_hold_dates",
    "number_columns",
    "open_stream",
    "parse_datetimes",
    "parse_durations",
    "parse_flags",
    "plain_categories",
    "plain_columns",
    "plain_numbers",
    "plan_columns",
    "read_fields",
    "read_header",
    "read_planned",
    "read_table",
    "redact_credentials",
    "replace_marks",
    "split_parquet_file",
    "split_text_file",
    "suggest_column",
    "use_system_allocator",
    "value_ranges",
    "without_invisible",
    "without_missing_words",
]
