"""Text of any encoding: an undecodable byte is one cell's fault."""

import subprocess
import sys

import pytest

from skdl.exceptions import DataError
from skdl.tables import Reading, open_stream

ROWS = [f"{row},서울" for row in range(50)]


def write(path, lines, encoding="utf-8", odd=None):
    """Write lines, one of which may be bytes, and give the path."""
    content = [line.encode(encoding) for line in lines]
    for number, line in (odd or {}).items():
        content[number] = line
    path.write_bytes(b"\n".join(content))
    return path


def cells(path, declared=None):
    """Read a table of a and b; give column b, and the malformed rows."""
    (piece,) = open_stream(path, Reading(encoding=declared)).pieces(1000, ["a", "b"])
    return piece.rows["b"].to_pylist(), piece.malformed


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "euc_kr"])
@pytest.mark.parametrize("is_declared", [True, False])
def test_an_undecodable_byte_stays_in_its_cell(tmp_path, encoding, is_declared):
    path = write(tmp_path / "t.csv", ["a,b", *ROWS], encoding, {8: b"7,x\xff"})
    found, malformed = cells(path, encoding if is_declared else None)
    assert (found, malformed) == ([b"x\xff" if row == 7 else "서울".encode() for row in range(50)], ())


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_undecodable_bytes_of_a_malformed_row_are_escaped(tmp_path, encoding):
    path = write(tmp_path / "t.csv", ["a,b", *ROWS], encoding, {8: b"7,x\xff,y"})
    found, malformed = cells(path, encoding)
    assert [(row.row, row.text) for row in malformed] == [(7, "7,x\\xff,y")]
    assert found == ["서울".encode()] * 49


def test_an_undecodable_byte_far_behind_the_header_is_one_cell(tmp_path):
    """It is in a block that is read after the encoding is chosen."""
    lines = ["a,b", *ROWS * 20_000]
    path = write(tmp_path / "t.csv", lines, "cp949", {900_001: b"7,x\xff"})
    pieces = list(open_stream(path, Reading(encoding="cp949")).pieces(10**6, ["b"]))
    assert [row for row, cell in enumerate(pieces[0].rows["b"].to_pylist()) if cell == b"x\xff"] == [900_000]


@pytest.mark.parametrize("header", ["a,b", "a,나이"])
def test_a_table_in_utf8_is_read_where_another_encoding_was_declared(tmp_path, header):
    """A spreadsheet may have saved it again."""
    stream = open_stream(write(tmp_path / "t.csv", [header, *ROWS]), Reading(encoding="cp949"))
    (piece,) = stream.pieces(1000, [stream.names[1]])
    assert piece.rows[0].to_pylist() == ["서울".encode()] * 50


def test_the_error_for_undecodable_column_names_gives_the_remedy(tmp_path):
    path = write(tmp_path / "t.csv", ["a,b", *ROWS], "cp949", {0: b"a,\xff"})
    with pytest.raises(DataError, match=r"the column names must be text in cp949; got 'a,\\\\xff'. Save the table"):
        open_stream(path, Reading(encoding="cp949"))


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_process_ends_while_a_table_is_read(tmp_path, encoding):
    path = write(tmp_path / "t.csv", ["a,b", *ROWS * 10_000], encoding)
    code = (
        "from skdl.tables import Reading, open_stream\n"
        f"pieces = open_stream({str(path)!r}, Reading(encoding={encoding!r})).pieces(10, ['a'])\n"
        "next(pieces)\nraise SystemExit(65)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 65
