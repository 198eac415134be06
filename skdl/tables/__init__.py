"""Tables: read from anywhere, by kind of column, and built in."""

from skdl.tables._address import file_system_of, is_url, shown_address
from skdl.tables._builtin import builtin_names, load_builtin, make_ice_cream, make_xor
from skdl.tables._decode import is_utf8
from skdl.tables._kinds import ColumnKinds, as_numbers, column_kinds, is_constant, is_like_a_name, plain_columns
from skdl.tables._nearest import did_you_mean
from skdl.tables._parse import ENCODINGS, MISSING_WORDS, SEPARATORS
from skdl.tables._pieces import MalformedRow, Piece
from skdl.tables._read import is_local, read_header, read_table
from skdl.tables._reading import DATE_PARTS, FLAG_WORDS, NO_DATE, Dates, Reading, as_moments
from skdl.tables._shape import Shape, is_raw_text, shown_types, without_missing_words
from skdl.tables._source import LocalFile, RemoteFile, Source, StandardInput, remote_files
from skdl.tables._spans import Span, mark_spans, parquet_spans
from skdl.tables._stream import TableStream, is_table_name, open_stream

__all__ = [
    "DATE_PARTS",
    "ENCODINGS",
    "FLAG_WORDS",
    "MISSING_WORDS",
    "NO_DATE",
    "SEPARATORS",
    "ColumnKinds",
    "Dates",
    "LocalFile",
    "MalformedRow",
    "Piece",
    "Reading",
    "RemoteFile",
    "Shape",
    "Source",
    "Span",
    "StandardInput",
    "TableStream",
    "as_moments",
    "as_numbers",
    "builtin_names",
    "column_kinds",
    "did_you_mean",
    "file_system_of",
    "is_constant",
    "is_like_a_name",
    "is_local",
    "is_raw_text",
    "is_table_name",
    "is_url",
    "is_utf8",
    "load_builtin",
    "make_ice_cream",
    "make_xor",
    "mark_spans",
    "open_stream",
    "parquet_spans",
    "plain_columns",
    "read_header",
    "read_table",
    "remote_files",
    "shown_address",
    "shown_types",
    "without_missing_words",
]
