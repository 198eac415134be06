"""Text of any encoding: an undecodable byte is one cell's fault."""

import re
import subprocess
import sys

import pytest

from skdl.exceptions import DataError
from skdl.tables import Reading, open_stream, read_planned

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


WESTERN = "ciudad\nMálaga\nCórdoba\n¿Qué?\nEl Niño\n5 °C\n«l'été»\nMÜNCHEN\n"
TEXTS = {
    "cp1252": ("cp1252", WESTERN),
    "cp949": ("cp949", "도시\n서울\n부산 뷁\n"),
    "cp949 symbols": ("cp949", "온도\n5 ℃\n3 ㎡\n"),
    "Shift-JIS": ("cp932", "都市\n東京\nさくら\nトヨタ\n"),
    "Shift-JIS symbols": ("cp932", "size\na ※\nb ※\n"),
    "EUC-JP": ("euc_jp", "都市\n東京\nさくら\nトヨタ\n"),
    "simplified Chinese": ("gb18030", "城市\n北京\n上海\n广州\n"),
    "traditional Chinese": ("big5", "城市\n臺北\n高雄\n臺中\n"),
    "UTF-16": ("utf-16", WESTERN),
    "UTF-16 without a mark": ("utf-16-le", "도시\n서울\n가나\n"),
    "UTF-16, upper byte first": ("utf-16-be", WESTERN),
}


@pytest.mark.parametrize("case", TEXTS)
def test_an_encoding_is_detected_by_training_and_scoring(tmp_path, case):
    encoding, text = TEXTS[case]
    name, *cells = text.split()[:1] + text.splitlines()[1:]
    lines = [f"{name},b", *(f"{cell},{row}" for row, cell in enumerate(cells))]
    (tmp_path / "t.csv").write_bytes("\n".join(lines).encode(encoding))
    planned = read_planned(tmp_path / "t.csv")
    assert (planned.encoding, planned.reading.encoding) == (encoding, encoding)
    assert planned.frame[name].tolist() == cells
    assert re.search(rf"read as {encoding}, for it is not UTF-8: '\w", str(planned.notes[0]))
    for reading in (Reading(), planned.reading):
        (piece,) = open_stream(tmp_path / "t.csv", reading).pieces(100, [name])
        assert [cell.decode() for cell in piece.rows[name].to_pylist()] == cells


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Москва"),
        ("cp1250", "Wrocław"),
        ("gbk", "璀璨,氤氲,旖旎"),
        ("cp850", "Córdoba"),
        ("mac-roman", "Málaga"),
    ],
)
def test_an_encoding_in_doubt_is_a_question(tmp_path, encoding, text):
    (tmp_path / "t.csv").write_bytes(f"a\n{text.replace(',', chr(10))}\n".encode(encoding))
    with pytest.raises(DataError, match=r"text must be UTF-8; it is not. Declare its encoding with data.encoding or"):
        read_planned(tmp_path / "t.csv")
    assert read_planned(tmp_path / "t.csv", Reading(encoding=encoding)).frame["a"].tolist() == text.split(",")


@pytest.mark.parametrize("declared", ["latin-1", "utf-16", "cp1252"])
def test_a_table_in_utf8_is_no_other_text_that_takes_any_byte(tmp_path, declared):
    (tmp_path / "t.csv").write_text("a,b\nMálaga,1\n", encoding="utf-8")
    assert read_planned(tmp_path / "t.csv", Reading(encoding=declared)).frame["a"].tolist() == ["Málaga"]
    assert cells(tmp_path / "t.csv", declared)[0] == [b"1"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_process_ends_while_a_table_is_read(tmp_path, encoding):
    path = write(tmp_path / "t.csv", ["a,b", *ROWS * 10_000], encoding)
    code = (
        "from skdl.tables import Reading, open_stream\n"
        f"pieces = open_stream({str(path)!r}, Reading(encoding={encoding!r})).pieces(10, ['a'])\n"
        "next(pieces)\nraise SystemExit(65)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 65
