"""Tables: reading from files, the web and built-in ones; kinds of columns; streaming for scoring.

Two ways lead from a source to rows.

- Whole table, for ``compare``, ``init`` and ``check``. `read_table` (`_read`) takes the ``data.source`` of a pipeline
  file and a `Reading` (how the table is written: separator, marks, encoding, names, types, dates) and returns one
  `pandas.DataFrame`. `column_kinds` and `plain_columns` (`_kinds`) then decide what a model is shown.
- Stream, for ``score``. `open_stream` (`_stream`) takes a `Source` (`_source`: `LocalFile`, `RemoteFile`,
  `StandardInput`) and a `Reading` and returns a `TableStream`. It yields `Piece` objects: a `pyarrow.Table` with the
  row numbers, and each `MalformedRow`. Text passes through `read_rows` (`_text`), columns through a `ColumnMap`
  (`_column_map`) that renames them and makes parts of dates. A `Span` (`_spans`) is the part of a file that a worker
  of a cluster reads by itself.
"""

from skdl._nearest import did_you_mean
from skdl._source_name import is_local
from skdl.tables._builtin import builtin_names, load_builtin, make_ice_cream, make_xor
from skdl.tables._column_map import ColumnMap, column_types, is_raw_text, without_missing_words
from skdl.tables._kinds import ColumnKinds, as_numbers, column_kinds, is_constant, is_free_text, plain_columns
from skdl.tables._parse import ENCODINGS, MISSING_WORDS, SEPARATORS
from skdl.tables._read import read_header, read_table
from skdl.tables._reading import DATE_PARTS, FLAG_WORDS, NO_DATE, Dates, Reading, parse_datetimes
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
from skdl.tables._stream import Piece, TableStream, is_table_name, open_stream
from skdl.tables._text import MalformedRow, is_utf8

__all__ = [
    "DATE_PARTS",
    "ENCODINGS",
    "FLAG_WORDS",
    "MISSING_WORDS",
    "NO_DATE",
    "SEPARATORS",
    "ColumnKinds",
    "ColumnMap",
    "Dates",
    "LocalFile",
    "MalformedRow",
    "Piece",
    "Reading",
    "RemoteFile",
    "Source",
    "Span",
    "StandardInput",
    "TableStream",
    "as_numbers",
    "builtin_names",
    "column_kinds",
    "column_types",
    "did_you_mean",
    "find_file_system",
    "find_remote_files",
    "is_constant",
    "is_free_text",
    "is_local",
    "is_raw_text",
    "is_table_name",
    "is_url",
    "is_utf8",
    "load_builtin",
    "make_ice_cream",
    "make_xor",
    "open_stream",
    "parse_datetimes",
    "plain_columns",
    "read_header",
    "read_table",
    "redact_credentials",
    "split_parquet_file",
    "split_text_file",
    "without_missing_words",
]
