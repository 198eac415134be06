"""Tables: read from anywhere, by kind of column, and built in."""

from skdl.tables._builtin import builtin_names, load_builtin, make_ice_cream, make_xor
from skdl.tables._kinds import ColumnKinds, as_numbers, column_kinds, is_constant, is_like_a_name, plain_columns
from skdl.tables._nearest import did_you_mean
from skdl.tables._parse import ENCODINGS, MISSING_WORDS, SEPARATORS
from skdl.tables._read import is_local, read_header, read_table
from skdl.tables._reading import DATE_PARTS, FLAG_WORDS, NO_DATE, Dates, Reading, as_moments
from skdl.tables._stream import MalformedRow, Piece, Shape, TableStream, open_stream, shown_types

__all__ = [
    "DATE_PARTS",
    "ENCODINGS",
    "FLAG_WORDS",
    "MISSING_WORDS",
    "NO_DATE",
    "SEPARATORS",
    "ColumnKinds",
    "Dates",
    "MalformedRow",
    "Piece",
    "Reading",
    "Shape",
    "TableStream",
    "as_moments",
    "as_numbers",
    "builtin_names",
    "column_kinds",
    "did_you_mean",
    "is_constant",
    "is_like_a_name",
    "is_local",
    "load_builtin",
    "make_ice_cream",
    "make_xor",
    "open_stream",
    "plain_columns",
    "read_header",
    "read_table",
    "shown_types",
]
