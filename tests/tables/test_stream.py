"""Reading a table piece by piece: every row once, with its number."""

import gzip
from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdl.exceptions import DataError
from skdl.tables import Reading, open_stream, without_missing_words


def read(path, n_rows, columns=("a", "b")):
    """Read all pieces."""
    return list(open_stream(path).pieces(n_rows, list(columns)))


@given(widths=st.lists(st.integers(1, 3), max_size=40), n_rows=st.integers(1, 9))
def test_every_row_comes_out_once_and_in_its_piece(write, widths, n_rows):
    """Rows of one or three fields are malformed; the others carry their number."""
    lines = [",".join([str(row)] * width) for row, width in enumerate(widths)]
    pieces = read(write("t.csv", "\n".join(["a,b", *lines, ""])), n_rows)
    good = [int(value) for piece in pieces for value in piece.rows["a"].to_pylist()]
    assert good == [row for row, width in enumerate(widths) if width == 2]
    assert good == [number for piece in pieces for number in piece.numbers]
    assert [odd.row for piece in pieces for odd in piece.malformed] == [
        row for row, width in enumerate(widths) if width != 2
    ]
    assert [piece.start for piece in pieces] == list(range(0, len(widths), n_rows))


def test_row_numbers_are_right_over_many_blocks(write):
    """15 MB are many of the reader's blocks; every 1,000th row is malformed."""
    filler = "x" * 140
    lines = [f"{row}" if row % 1000 == 7 else f"{row},{filler}" for row in range(100_000)]
    pieces = read(write("t.csv", "\n".join(["a,b", *lines])), 8192)
    assert [odd.row for piece in pieces for odd in piece.malformed] == list(range(7, 100_000, 1000))
    assert all([int(v) for v in piece.rows["a"].to_pylist()] == piece.numbers.tolist() for piece in pieces)


@pytest.mark.parametrize(("suffix", "packed"), [("csv", bytes), ("csv.gz", gzip.compress)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_header_needs_no_line_break(write, suffix, packed, encoding):
    """Arrow itself rejects such a text."""
    stream = open_stream(write(f"t.{suffix}", packed("a,나이".encode(encoding))))
    assert (stream.names, stream.n_rows) == (("a", "나이"), 0)
    assert list(stream.pieces(10, ["a"])) == []


def test_columns_without_a_name_are_kept_apart(write):
    """Also where the names are repeated among the rows."""
    (piece,) = read(write("t.csv", ",,a\n1,2,3\n,,a\n"), 9, ["Unnamed: 0", "Unnamed: 1"])
    assert piece.rows.to_pydict() == {"Unnamed: 0": [b"1", None], "Unnamed: 1": [b"2", None]}
    (piece,) = read(write("t.csv", ",,a\n1,2,3\n,,a\n"), 9, ["a", "Unnamed: 0", "Unnamed: 1"])
    assert piece.rows.to_pydict() == {"a": [b"3"], "Unnamed: 0": [b"1"], "Unnamed: 1": [b"2"]}


def test_zeros_after_a_gzip_file_are_no_rows(write):
    """Tapes and some archives pad a file to a whole block."""
    (piece,) = read(write("t.csv.gz", gzip.compress(b"a,b\n1,2\n3,4\n") + b"\0" * 512), 10)
    assert piece.rows["b"].to_pylist() == [b"2", b"4"]


def test_a_quoted_line_break_belongs_to_its_row(write):
    (piece,) = read(write("t.csv", 'a,b\n1,"x\ny"\n2\n3,z\n'), 10)
    assert piece.rows["b"].to_pylist() == [b"x\ny", b"z"]
    assert (piece.numbers.tolist(), piece.malformed[0].row) == ([0, 2], 1)


def test_a_malformed_row_has_its_text_and_the_reason(write):
    (piece,) = read(write("t.csv", "a,b\n1,2,3\n"), 10)
    assert (piece.malformed[0].text, piece.malformed[0].reason) == ("1,2,3", "must have 2 fields; got 3")


@pytest.mark.parametrize("word", ["", "NA", "NaN", "None", "?"])
def test_missing_words_are_those_of_training(write, word):
    """But a kept column has them as text; only an empty field is null."""
    reading = Reading(na_values=("?",))
    (piece,) = open_stream(write("t.csv", f"a,b\n{word},1\n"), reading).pieces(10, ["a"])
    assert piece.rows["a"].to_pylist() == [word.encode() or None]
    assert without_missing_words(piece.rows["a"], replace(reading, separator=",")).to_pylist() == [None]


def test_fields_are_not_parsed(write):
    """A postal code keeps its zero."""
    (piece,) = read(write("t.csv", "a,b\n01067,2\n"), 10)
    assert piece.rows["a"].to_pylist() == [b"01067"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("t.csv", b"\xef\xbb\xbfa,b\r\n1,2\r\n"), ("t.tsv", b"a\tb\n1\t2\n"), ("t.csv.gz", gzip.compress(b"a,b\n1,2\n"))],
    ids=["byte-order mark and CRLF", "tabs", "gzip"],
)
def test_byte_order_mark_line_ends_separator_and_compression_make_no_difference(write, name, content):
    (piece,) = read(write(name, content), 10)
    assert piece.rows.to_pylist() == [{"a": b"1", "b": b"2"}]


def test_parquet_comes_in_pieces_across_row_groups(tmp_path):
    """Pieces end at their own multiples, not at the file's."""
    pq.write_table(pa.table({"a": range(10), "b": range(10)}), tmp_path / "t.parquet", row_group_size=4)
    pieces = read(tmp_path / "t.parquet", 3, ["b"])
    assert [piece.rows["b"].to_pylist() for piece in pieces] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert open_stream(tmp_path / "t.parquet").n_rows == 10


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_table_without_rows_has_no_pieces(tmp_path, write, name):
    if name == "t.csv":
        write(name, "a,b\n")
    else:
        pq.write_table(pa.table({"a": [], "b": []}), tmp_path / name)
    assert open_stream(tmp_path / name).names == ("a", "b")
    assert read(tmp_path / name, 3) == []


def test_a_cut_off_file_is_a_data_error(write):
    content = gzip.compress("".join(f"{row},{row * 7919 % 10007}\n" for row in range(50_000)).encode())
    path = write("t.csv.gz", gzip.compress(b"a,b\n") + content[:-2000])
    with pytest.raises(DataError, match="Compressed file ended before the end-of-stream marker"):
        read(path, 1000)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", r"not a \.csv table"),
        ("t.csv", b"a,a\n1,2\n", "several columns are named 'a'"),
        ("t.parquet", b"PAR1 not", r"not a \.parquet table"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n")[:-4], "damaged, cut off or in another format"),
        ("t.csv.gz", b"a,b\n1,2\n", r"in another format \(Not a gzipped file"),
        ("t.xlsx", b"", "must end in .csv"),
    ],
    ids=["empty", "a name twice", "no Parquet", "cut off", "not compressed", "another format"],
)
def test_the_error_for_a_file_that_is_not_a_table_comes_before_any_row(write, name, content, message):
    with pytest.raises(DataError, match=message):
        open_stream(write(name, content))


def test_a_missing_file_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        open_stream(tmp_path / "t.csv")
    with pytest.raises(DataError, match="is a folder"):
        open_stream(tmp_path)


@pytest.mark.parametrize("n_before", [0, 1_000_000], ids=["in the first block", "later"])
def test_the_error_for_a_row_longer_than_a_block_has_its_number(write, n_before):
    """Mostly it is a quote that is never closed."""
    path = write("t.csv", "a,b\n" + "1,x\n" * n_before + '1,"x\n' + "2,y\n" * 1_000_000)
    with pytest.raises(
        DataError, match=r"longer than 1 MiB; perhaps a quote is never closed, in row [\d,]+, counted from 0"
    ):
        read(path, 100_000)


@pytest.mark.parametrize("tail", ['2,"y', '2,"y\n', '2,"y\n3,z\n4,z\n'], ids=["cut off", "in a line", "swallowing"])
def test_a_quote_that_is_never_closed_is_a_data_error(write, tail):
    """The file is cut off, or its last rows are in one field."""
    with pytest.raises(DataError, match="a quote is never closed: the text ends within row 1, counted from 0"):
        read(write("t.csv", f"a,b\n1,x\n{tail}"), 10)


@pytest.mark.parametrize("tail", ["", "\n", "\r\n", "\n\n"])
def test_a_text_may_end_with_or_without_a_line_break(write, tail):
    (piece,) = read(write("t.csv", f'a,b\n1,5" disk\n2,"y"{tail}'), 10)
    assert (piece.rows["b"].to_pylist(), piece.malformed) == ([b'5" disk', b"y"], ())


def test_the_reason_of_a_malformed_row_of_many_lines_names_the_quote(write):
    """One quote opens the field, and another row closes it."""
    (piece,) = read(write("t.csv", 'a,b\n"1,x\n2,x\n3"\n4,x\n'), 10)
    assert piece.malformed[0].reason == ("must have 2 fields; got 1, over 3 lines; perhaps a quote is never closed")
    assert piece.numbers.tolist() == [1]


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n3,4\n", 'a,b\n1,"2\n3,4\n', "a,b\n" + f"{'1' * 400},2\n" * 10_000], ids=["few", "cut", "many"]
)
@pytest.mark.parametrize("early", [False, True], ids=["to the end", "left early"])
def test_a_text_is_closed_when_reading_ends(write, monkeypatch, text, early):
    """Otherwise Arrow's thread closes it at interpreter exit, which ends the process by a signal."""
    opened, wrap = [], pa.PythonFile
    monkeypatch.setattr(pa, "PythonFile", lambda file, mode: (opened.append(file), wrap(file, mode))[1])
    pieces = open_stream(write("t.csv", text)).pieces(1_000, ["a", "b"])
    with suppress(DataError):
        for _ in pieces:
            if early:
                break
    pieces.close()
    assert [one.closed for one in opened] == [True]
