"""Encodings of text files: which one a text is in, where none is declared or the declared one cannot be right.

A guess is made only where the bytes leave little doubt: by a byte-order mark, the zero bytes of UTF-16, valid UTF-8,
and then by the letters that an encoding gives. Korean in cp949 gives syllables that are in use, Japanese in Shift-JIS
kana and kanji, a western language single letters within words. Where none of them fits, a person is asked.
"""

from __future__ import annotations

import codecs
import re

import pyarrow as pa

from skdl._note import Note
from skdl.exceptions import DataError

UTF8 = "utf-8-sig"  # with or without a byte-order mark
ODD = 0x10FF00  # an undecodable byte 0xNN is passed on as the character U+10FFNN
_MARKS = (  # the longer ones first: that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 2**18  # of a text that is not UTF-8, by which its encoding is chosen
_ZEROS, _NO_ZEROS = 0.1, 0.2  # share of zero bytes among the upper bytes of UTF-16; of that, among the lower ones
_FACTOR = 5  # an encoding is chosen if it has at most a fifth of the faults that UTF-8 has
_SYMBOLS = re.compile(r"[^\w]+")
_MOST, _HALF, _SOME, _FEW = 0.9, 0.5, 0.3, 0.1
# Not in a western text as cp1252: three letters beyond ASCII in a row, marks or a capital letter within a word, and
# the last two characters, which stray bytes give.
_NOT_WESTERN = re.compile(
    r"[^\x00-\x7f]{3,}|(?<=[A-Za-z])[\x80-\x9f\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u2039\u02dc\u203a\xa1-\xb6\xb8-\xbf\xd7\xf7](?=[A-Za-z])"
    r"|(?<=[a-z])[\xc0-\xd6\xd8-\xde\u0160\u0152\u017d]|[\xfe\xff]"
)


def _encode_odd_bytes(error: UnicodeError) -> tuple[str, int]:
    """Replace undecodable bytes by private-use characters; an error handler of `codecs`."""
    assert isinstance(error, UnicodeDecodeError)
    odd = error.object[error.start : error.end]
    return "".join(chr(byte if byte < 0x80 else ODD + byte) for byte in odd), error.end


ERROR_HANDLER = "skdl.odd-bytes"
codecs.register_error(ERROR_HANDLER, _encode_odd_bytes)


def is_utf8(encoding: str) -> bool:
    """Return whether an encoding is UTF-8, with or without a byte-order mark."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def is_valid_utf8(text: bytes) -> bool:
    """Return whether bytes are UTF-8; Arrow checks them without the GIL, unlike `bytes.decode`."""
    # One cell over the whole text, without a copy; 64-bit offsets, because it may be larger than 2 GiB.
    ends = pa.array([0, len(text)], pa.int64()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(text)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def choose_encoding(where: str, text: bytes, declared: str | None) -> str:
    """Choose the encoding of a text, which may be cut off; UTF-8 where no other is beyond doubt.

    A declared encoding holds, unless a byte-order mark says otherwise, or the text is UTF-8 and either does not decode,
    or decodes as anything does: one byte a letter, or UTF-16 without zero bytes.
    """
    if declared is None:
        return detect_encoding(text) or UTF8
    check_encoding(where, declared)
    name = codecs.lookup(declared).name
    is_wide = name.startswith(("utf-16", "utf-32"))
    found = _marked_encoding(text) or (_wide_encoding(text[:_SAMPLE_BYTES]) if is_wide else None)
    if found is not None:
        return found
    if is_utf8(declared) or not _decodes(text, UTF8):
        return declared
    if is_wide:
        return UTF8
    takes_anything = _decodes(bytes(range(0xC0, 0x100)) * 2, declared)
    return declared if _decodes(text, declared) and (text.isascii() or not takes_anything) else UTF8


def check_encoding(where: str, encoding: str) -> None:
    """Raise DataError if Python does not know an encoding."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise DataError(
            Note.of(
                "no_encoding",
                "{where}: the encoding must be one that Python supports; got {encoding!r}. Declare another.",
                where=where,
                encoding=encoding,
            )
        ) from None


def detect_encoding(text: bytes) -> str | None:
    """Detect the encoding of a text, which may be cut off; None where it is in doubt.

    >>> [detect_encoding(word.encode(name)) for word, name in (("Málaga", "cp1252"), ("서울", "cp949"))]
    ['cp1252', 'cp949']
    >>> detect_encoding("Москва".encode("cp1251")) is None
    True
    """
    marked = _marked_encoding(text) or _wide_encoding(text[:_SAMPLE_BYTES])
    if marked:
        return marked
    whole = text[: len(text) - _n_cut(text)]
    if whole.isascii() or is_valid_utf8(whole):
        return UTF8
    sample = _sample(whole)
    for part in (whole[:_SAMPLE_BYTES], sample):
        n_odd, runs = _decode(part, UTF8)
        if sum(map(len, runs)) > n_odd:  # UTF-8 with faults
            return None
    for encoding, fits in (("cp949", _is_korean), ("cp932", _is_japanese)):
        n_faults, runs = _decode(sample, encoding)
        if _FACTOR * n_faults <= n_odd and fits(runs):
            return encoding
    encoding = "cp1252" if _decodes(sample, "cp1252") else "latin-1"
    western = sample.decode(encoding, "ignore")
    n_letters = sum(not letter.isascii() for letter in western)
    n_strange = sum(sum(not letter.isascii() for letter in match[0]) for match in _NOT_WESTERN.finditer(western))
    return encoding if n_strange <= _FEW * n_letters else None


def first_text(text: bytes, separator: str) -> str:
    r"""Return the first field of a text in UTF-8 that has a letter beyond ASCII; an empty text for none.

    >>> first_text("a,b\n1,Málaga\n".encode(), ",")
    'Málaga'
    """
    found = re.search(rb"[\x80-\xff]", text)
    if found is None:
        return ""
    ends = re.escape(separator.encode()) + rb'\r\n"'
    before = re.search(rb"[^%s]*\Z" % ends, text[max(0, found.start() - 100) : found.start()])
    after = re.compile(rb"[^%s]{0,100}" % ends).match(text, found.start())
    assert before is not None
    assert after is not None
    return (before[0] + after[0]).decode("utf-8", "ignore").strip()


def _marked_encoding(text: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if text.startswith(mark)), None)


def _wide_encoding(sample: bytes) -> str | None:
    """Return UTF-16 without a byte-order mark: the upper bytes of most separators, digits and line breaks are zero."""
    n_pairs = len(sample) // 2
    zeros = [sample[start : 2 * n_pairs : 2].count(0) / n_pairs if n_pairs else 0.0 for start in (0, 1)]
    for encoding, (upper, lower) in (("utf-16-le", (zeros[1], zeros[0])), ("utf-16-be", (zeros[0], zeros[1]))):
        if upper > _ZEROS and lower < _NO_ZEROS * upper and _decodes(sample, encoding):
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
            if upper > _MOST or "\n" in text or "\r" in text:  # others may have zero bytes in a few fields
                return encoding
    return None


def _n_cut(text: bytes) -> int:
    """Return how many bytes of a UTF-8 character are at the end of a text that is cut there."""
    # At most three bytes of a character are there if it is cut; an incremental decoder leaves these alone.
    tail = text[-3:]
    return len(tail) - codecs.utf_8_decode(tail, "replace", False)[1]  # noqa: FBT003 - takes no keywords


def whole_characters(text: bytes) -> int:
    """Return the length of UTF-8 text without a character at the end that is cut."""
    return len(text) - _n_cut(text)


def _sample(text: bytes) -> bytes:
    """Return a part of a text that is not UTF-8, from the line of its first fault on."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        # What precedes the fault is valid UTF-8, and has no faults to count.
        start = text.rfind(b"\n", 0, error.start) + 1
        return text[start : start + _SAMPLE_BYTES]
    return text[:_SAMPLE_BYTES]


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(text)  # a character cut at the end is no fault
    except UnicodeError:  # not only UnicodeDecodeError: UTF-16 without a byte-order mark
        return False
    return True


def _decode(text: bytes, encoding: str) -> tuple[int, list[str]]:
    """Count undecodable bytes, and return the runs of decoded characters beyond ASCII."""
    decoded = codecs.getincrementaldecoder(encoding)(ERROR_HANDLER).decode(text)
    runs = re.findall(rf"[^\x00-\x7f{chr(ODD + 0x80)}-{chr(ODD + 0xFF)}]+", decoded)
    return sum(ord(letter) >= ODD for letter in decoded), runs


def _is_korean(runs: list[str]) -> bool:
    """Whether most letters are Hangul syllables that are in use, which are those of EUC-KR, or all are its symbols."""
    # Some western text decodes as cp949 too, but then yields other syllables: the degree sign before a C, for example.
    # Chinese text yields syllables and as many Chinese characters.
    codes = [letter.encode("cp949") for letter in "".join(runs)]
    in_use = [code for code in codes if len(code) > 1 and min(code) > 0xA0]
    n_syllables = sum(0xB0 <= code[0] <= 0xC8 for code in in_use)
    n_chinese = sum(code[0] >= 0xCA for code in in_use)
    are_symbols = all(len(code) > 1 and min(code) > 0xA0 and code[0] < 0xAA for code in codes)
    return bool(codes) and (are_symbols or (n_syllables >= _HALF * len(codes) and n_chinese <= _SOME * len(codes)))


def _is_japanese(runs: list[str]) -> bool:
    """Whether nearly all letters are kana and kanji, in words, as Shift-JIS writes the common ones."""
    # Symbols alone say nothing. A kanji next to an ASCII letter may be a quotation mark and a letter of a western text.
    words = [run for run in (_SYMBOLS.sub("", run) for run in runs) if run]
    letters = "".join(run for run in words if len(run) > 1 or "\u3041" <= run <= "\u30ff")
    common = [letter for letter in letters if 0x81 <= letter.encode("cp932")[0] <= 0x9F]
    n_words = sum("\u3040" <= letter <= "\u30ff" or "\u4e00" <= letter <= "\u9fff" for letter in common)
    n_all = sum(map(len, words))
    return n_all > 0 and len(common) >= _MOST * n_all and n_words >= _HALF * n_all
