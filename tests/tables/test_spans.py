"""Spans of a file read as the whole file does."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdl.exceptions import TryAgainError
from skdl.tables import LocalFile, open_stream, split_parquet_file, split_text_file

FIELDS = st.sampled_from(["1", "", "x y", '"q,q"', '"a\nb"', '"d""d"', '""', "äö"])


def cut(path, n_rows):
    """Cut a text file."""
    return split_text_file(open_stream(path).source, separator=",", encoding="utf-8", n_rows=n_rows)[1]


def plain(piece):
    """Return what can be compared."""
    return piece.start, piece.stop, piece.rows.to_pydict(), piece.numbers.tolist(), piece.malformed


@given(
    rows=st.lists(st.lists(FIELDS, max_size=3), max_size=30),
    n_rows=st.integers(1, 7),
    newline=st.sampled_from(["\n", "\r\n"]),
    end=st.booleans(),
    mark=st.booleans(),
)
def test_spans_of_text_equal_its_pieces(write, rows, n_rows, newline, end, mark):
    """With quotes, line breaks in them, rows of other widths, blank lines, lines below the last row, any end."""
    lines = ['"a",b', *(",".join(row) for row in rows)]
    text = "\ufeff" * mark + newline.join(lines) + newline * end
    path = write("t.csv", text)
    spans = cut(path, n_rows)
    assert spans is not None
    stream = open_stream(path).with_end(spans)
    whole = list(stream.pieces(n_rows, ["b", "a"]))
    assert [plain(stream.piece(span, ["b", "a"])) for span in spans] == [plain(piece) for piece in whole]


def test_spans_hold_over_many_blocks(write):
    """15 MB, with lines that end in another block than they begin."""
    lines = (f'{row},"{"x" * (row % 300)}\n"' for row in range(100_000))
    path = write("t.csv", "\n".join(["a,b", *lines]))
    stream, spans = open_stream(path), cut(path, 8192)
    rows = [int(value) for span in spans for value in stream.piece(span, ["a"]).rows["a"].to_pylist()]
    assert rows == list(range(100_000))


ODD = {
    "a quote within a field": 'a,b\n1,5" pipe\n2,6" pipe\n',
    "a quote that opens no field": 'a,b\n1,x"y\n2,z"\n',
    "a letter behind a quote": 'a,b\n1,"x"y\n',
    "a quote that is never closed": 'a,b\n1,"x\n2,y\n',
    "lines that end as on old machines": "a,b\n1,x\r2,y\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_ambiguous_text_is_not_split(write, text):
    assert cut(write("t.csv", text), 10) is None


def test_an_encoding_with_two_bytes_a_character_is_not_split(write):
    """A line break is two bytes there."""
    source = LocalFile(write("t.csv", "a,b\n1,2\n", "utf-16"))
    assert split_text_file(source, separator=",", encoding="utf-16", n_rows=10)[1] is None


@pytest.mark.parametrize("n_rows", [1, 7, 30, 100])
def test_spans_of_parquet_equal_its_pieces(tmp_path, n_rows):
    table = pa.table({"a": range(100), "b": [str(row) for row in range(100)]})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=30)
    stream = open_stream(tmp_path / "t.parquet")
    spans = split_parquet_file(stream.source, n_rows=n_rows)
    whole = [plain(piece) for piece in stream.pieces(n_rows, ["b"])]
    assert [plain(stream.piece(span, ["b"])) for span in spans] == whole


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_span_of_a_file_that_has_changed_is_refused(tmp_path, name):

    def write(*values):
        if name == "t.csv":
            (tmp_path / name).write_text("\n".join(["a", *map(str, values), ""]))
        else:
            pq.write_table(pa.table({"a": values}), tmp_path / name)

    write(1, 2, 3)
    stream = open_stream(tmp_path / name)
    (span,) = cut(tmp_path / name, 10) if name == "t.csv" else split_parquet_file(stream.source, n_rows=10)
    write(1, 9, 3)
    with pytest.raises(TryAgainError, match="rows 0 to 3 must not change while the file is scored"):
        stream.piece(span, ["a"])
