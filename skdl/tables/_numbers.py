"""Numbers as people write them: currencies, percent signs, units, thousands separators, accounting negatives.

A column of a text file that is not plain numbers may still hold numbers. `find_number_format` decides it on the
distinct texts of the whole column; `plain_numbers` rewrites texts by a format that was found, in training and in
scoring alike.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skdl.tables._durations import find_duration_form, parse_durations
from skdl.tables._reading import NumberFormat, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_N_SAMPLE = 2_000  # distinct texts, evenly spaced, on which a format is chosen
_FEWEST_FITTING = 0.5  # of the sample; a column with a smaller share of numbers is text
# Minus signs besides the ASCII one. Spaces, full-width digits and signs become ASCII by NFKC.
_MINUS = "\u2212\u2013\u2012\ufe63"
# Soft hyphens, spaces of no width, marks of direction and byte order marks, which web pages and chats leave in texts.
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff"
_APOSTROPHE = "\u2019"  # between thousands in Swiss Excel
# Decimal digits that NFKC keeps (Arabic, Persian, Devanagari, Bengali, Thai), and the marks of Arabic numbers.
_DIGITS = {chr(zero + digit): str(digit) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50) for digit in range(10)}
_DIGITS |= {"\u066b": ".", "\u066c": ","}
_TO_ASCII = str.maketrans(_DIGITS)
# Nothing behind the decimal mark, as in 13,- and 13.\u2013: no minus, but a price in whole units.
_DASHES = f"-\u2014{_MINUS}"
_NO_CENTS = rf"(\d)([.,])\s?[{_DASHES}]{{1,2}}($|[^\d.,])"
_CODES = "USD|EUR|GBP|JPY|KRW|CNY|INR|CHF|CAD|AUD|NZD|HKD|SGD|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|TRY|RUB"
# The won and yen signs of Korean and Japanese Windows are written as backslashes in their code pages.
_PREFIXES = rf"(?:US|CA|AU|R|C|A|NT|HK)?[$\u00a3\u00a5\u20a0-\u20cf]|{_CODES}|Rs\.?|kr\.?|Fr\.?|zł|₩|\\"
_MONEY = frozenset(f"% $ £ € ¥ ₩ 원 만원 억원 kr zł {_CODES.replace('|', ' ')}".split())
# Units of few distinct numbers that are still amounts; any other word needs more of them.
_UNITS = (
    "‰ ° °C °F mg g kg t lb lbs oz mm cm m km in ft yd mi ml cl dl l L cc CC sqft sqm m2 m3 ha ac s sec ms min h hr "
    "hrs d day days wk yr yrs year years month months 세 명 개 분 시간 일 년 W kW kWh MWh V A Hz kHz MHz GHz B kB KB "
    "MB GB TB bps kbps Mbps hp bar Pa kPa hPa psi rpm km/h kph mph m/s kmpl km/l mpg bhp Nm pt px dB cal kcal pcs x"
)
_KNOWN_UNITS = frozenset(_UNITS.split())
# Units, besides currencies, without which a number means the same. Beside any other, such as % or kg, a bare number may
# be a fraction or grams.
_COUNTS = frozenset(["원", "세", "명", "개", "년", "yr", "yrs", "year", "years", "pcs"])
_FACTORS = {
    "k": 3, "K": 3, "천": 3, "만": 4, "M": 6, "mn": 6, "Mio": 6, "백만": 6, "million": 6, "억": 8, "B": 9, "bn": 9,
    "Bn": 9, "Mrd": 9, "billion": 9, "조": 12,
}  # fmt: skip
"""Words behind a number that multiply it, with their powers of ten."""
_FEWEST_KNOWN, _FEWEST_AMOUNTS = 3, 16  # different numbers
_LONGEST_UNIT = 8  # minutes, dollars, percent
_MOST_UNITS = 5  # of numbers; more of them are words of texts such as 10 Jun, unless most cells have the same
_FEWEST_WITH_FACTOR = 0.01  # of the numbers, if factors are to be believed
_MOSTLY_WITH_FACTOR = 0.9
_LETTER = r"[^\s\d.,'()+\x00-\x1f\x7f-]"  # of a unit
# Decimal mark and thousands separator, the likelier first.
_WAYS = ((".", None), (".", ","), (",", None), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
_GRADE = r"^\s*\d\s*-\s*$"
_CELL = re.compile(
    rf"\(?\s*(?P<sign>[-+]?)\s*(?P<before>{_PREFIXES})?\s*(?P<inner>[-+]?)\(?\s*"
    r"(?P<core>\d[\d.,' ]*?|[.,]\d+)(?P<power>[eE][-+]?\d+)?\s*"
    rf"(?:(?P<factor>{'|'.join(_FACTORS)})\.?(?=$|[\s)$\u00a3\u00a5\u20a0-\u20cf-])\s*)?"
    rf"(?P<after>{_LETTER}{{1,{_LONGEST_UNIT}}}[23]?)?\)?\s*-?\)?"
)


@dataclass(frozen=True)
class FoundNumbers:
    """A format that fits most texts of a column.

    Attributes
    ----------
    format : NumberFormat
    is_number : ndarray of shape (n_distinct,)
        The texts that are numbers of this format.
    other : NumberFormat or None
        Format that fits as well and gives other numbers.
    n_otherwise : int
        Cells, about, that are numbers with another unit or other marks.
    is_mixed : bool
        Whether these have other marks, so that no format can be declared for all.
    """

    format: NumberFormat
    is_number: NDArray[np.bool_]
    other: NumberFormat | None = None
    n_otherwise: int = 0
    is_mixed: bool = False


def plain_numbers(texts: pa.ChunkedArray | pa.Array, form: NumberFormat) -> tuple[Any, Any]:
    """Rewrite numbers as a decimal point, digits and a minus; return a mask of the texts that are numbers.

    >>> texts = pa.array(["$1,250", "($3.5)", "n.a.", None])
    >>> plain, is_number = plain_numbers(texts, NumberFormat(thousands=",", unit="$"))
    >>> plain.to_pylist(), is_number.to_pylist()
    (['1250', '-3.5', 'n.a.', None], [True, True, False, None])
    """
    if form.missing:
        is_missing = pc.is_in(texts, value_set=pa.array(form.missing, texts.type))
        texts = pc.if_else(is_missing, None, texts)
    if form.clock:
        minutes = pa.array(parse_durations(texts, minutes_first=form.clock == "minutes"), from_pandas=True)
        return pc.coalesce(minutes.cast(pa.string()), texts), pc.if_else(texts.is_null(), None, minutes.is_valid())
    plain, lacks_unit = _with_plain_sign(_ascii_like(texts)), None
    if form.unit:
        unit = re.escape(unicodedata.normalize("NFKC", form.unit))
        bare = pc.replace_substring_regex(plain, rf"^([-+]?)\s*(?:{unit})\s*", r"\1")
        bare = pc.replace_substring_regex(bare, rf"\s*(?:{unit})$", "")
        if not means_the_same_without(form.unit):
            lacks_unit = pc.equal(pc.binary_length(bare), pc.binary_length(plain))
            if pc.any(lacks_unit).as_py():  # nothing is nothing in any unit
                lacks_unit = pc.and_not(lacks_unit, pc.match_substring_regex(plain, r"^[-+]?0+(?:[.,]0*)?$"))
        plain = _with_plain_sign(bare)
    for word in form.factors:
        plain = pc.replace_substring_regex(plain, rf"(\d[.,]?)\s*(?:{word})\.?$", rf"\1e{_FACTORS[word]}")
    is_number = pc.match_substring_regex(plain, number_pattern(form.decimal, form.thousands))
    is_number = is_number if lacks_unit is None else pc.and_not(is_number, lacks_unit)
    if form.thousands:
        plain = pc.replace_substring(plain, form.thousands, "")
    if form.decimal != ".":
        plain = pc.replace_substring(plain, form.decimal, ".")
    return pc.if_else(is_number, plain, texts), is_number


def means_the_same_without(unit: str) -> bool:
    """Whether a bare number beside numbers with this unit means the same.

    >>> means_the_same_without("$"), means_the_same_without("%")
    (True, False)
    """
    return not unit or unit in _COUNTS or re.fullmatch(_PREFIXES, unit) is not None


def _ascii_like(texts: Any) -> Any:
    """Replace full-width digits, other spaces and the like by their ASCII forms; remove spaces around the text."""
    if pc.all(pc.string_is_ascii(texts)).as_py():  # NFKC takes as long as all other steps
        return pc.ascii_trim_whitespace(texts)
    visible = pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFKC"), f"[{_INVISIBLE}]", "")
    plain = pc.replace_substring(visible, _APOSTROPHE, "'")
    if pc.any(pc.match_substring_regex(plain, f"[{''.join(_DIGITS)}]")).as_py():
        for written, digit in _DIGITS.items():
            plain = pc.replace_substring(plain, written, digit)
    return pc.utf8_trim_whitespace(plain)


def number_pattern(decimal: str, thousands: str | None) -> str:
    """Return the regular expression of a number with these marks; groups have three digits, or two as in India."""
    mark = re.escape(decimal)
    whole = r"\d+"
    if thousands is not None:
        group = re.escape(thousands)
        whole = rf"(?:[1-9]\d{{0,2}}(?:{group}\d{{2}})*{group}\d{{3}}|[1-9]\d{{0,2}}(?:{group}\d{{3}})+|\d+)"
    # A power of ten goes with plain digits: 1,689e-02 has a decimal mark and no thousands.
    plain = rf"(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:[eE][-+]?\d+)?"
    return rf"^[-+]?(?:{plain}|{whole}(?:{mark}\d*)?)$"


_WAYS_OF_NUMBERS = [re.compile(number_pattern(*way)) for way in _WAYS]


def _with_plain_sign(texts: Any) -> Any:
    """Write a minus in front: of Unicode's minus signs, of ``(5)`` and of ``5-``; but ``5,-`` is five."""
    plain = texts
    for mark, pattern, rewritten in (
        (rf"[.,]\s?[{_DASHES}]", _NO_CENTS, r"\1\200\3"),  # in RE2, \2 and two zeros
        (rf"[{_MINUS}]|-\s", rf"^[{_MINUS}]\s*|^-\s+", "-"),
        (r"\(", r"^\(\s*([^()]*\d[^()]*?)\s*\)$", r"-\1"),
        (r"-$", r"^([^-+(]*\d[^-]*?)\s*-$", r"-\1"),
    ):
        # Looking for the mark costs a tenth of rewriting; most columns have none of them.
        if pc.any(pc.match_substring_regex(plain, mark)).as_py():
            plain = pc.replace_substring_regex(plain, pattern, rewritten)
    return plain


def without_invisible(text: str) -> str:
    """Return a text in its compatible form, without characters that nobody sees.

    >>> without_invisible("n" + chr(0xAD) + "ord" + chr(0x200B))
    'nord'
    """
    return re.sub(f"[{_INVISIBLE}]", "", unicodedata.normalize("NFKC", text))


def _normalized(text: str) -> str:
    """Return a text as `plain_numbers` takes it, before the sign."""
    plain = without_invisible(text).replace(_APOSTROPHE, "'").translate(_TO_ASCII).strip()
    return re.sub(_NO_CENTS, r"\1\g<2>00\3", plain)


def find_number_format(
    texts: pa.Array,
    counts: NDArray[np.int64],
    reading: Reading,
    *,
    declared: bool = False,
    decimal: str | None = None,
) -> FoundNumbers | None:
    """Find how the numbers of a column are written, by its distinct texts and their numbers of cells.

    None where too few are numbers, or where the same words stand before different codes. ``declared`` columns hold
    numbers for certain. ``decimal`` is the decimal mark, where other columns of the table decide it.

    >>> from skdl.tables import Reading
    >>> found = find_number_format(pa.array(["1,250", "900", "?"]), np.array([1, 7, 1]), Reading())
    >>> found.format, found.is_number.tolist()
    (NumberFormat(decimal='.', thousands=',', unit='', factors=(), clock='', missing=()), [True, True, False])
    """
    chosen = np.unique(np.linspace(0, len(texts) - 1, min(len(texts), _N_SAMPLE)).astype(int))
    sample = [_normalized(text) for text in texts.take(pa.array(chosen)).to_pylist()]
    weights = counts[chosen]
    matches = [_CELL.fullmatch(text.translate(dict.fromkeys(map(ord, _MINUS), "-"))) for text in sample]
    found = [
        (match, int(weight))
        for match, weight in zip(matches, weights, strict=True)
        if match and any(pattern.match(match["core"]) for pattern in _WAYS_OF_NUMBERS)  # 10.0.0.1 is none
    ]
    n_cells, n_found = int(weights.sum()), sum(weight for _, weight in found)
    if not found or (n_found < _FEWEST_FITTING * n_cells and not declared):
        return None
    factors = _factors_of(found)
    unit = _unit_of(found, factors)
    if unit is None:
        return None
    cores = [(match["core"] + (match["power"] or ""), weight) for match, weight in found]
    formats = _fitting_formats(cores, unit, reading, decimal)
    formats = [replace(form, factors=factors) for form in formats]
    form = formats[0]
    _, is_number = plain_numbers(texts, form)
    mask = is_number.to_numpy(zero_copy_only=False).astype(bool)
    if not declared and all(len(core) == 1 for core, _ in cores):  # 2- beside 2 is a grade, and no amount below zero
        mask &= ~pc.match_substring_regex(texts, _GRADE).to_numpy(zero_copy_only=False).astype(bool)
    if form.thousands and not declared and not reading.has_marks:
        otherwise = _written_otherwise([match["core"] for match, _ in found], form)
        if otherwise:  # nobody can know which of the two marks is that of decimals, if not each in its own rows
            mask &= ~_holds_mark(texts, otherwise)
            n_otherwise = int(counts[_holds_mark(texts, otherwise)].sum())
            return FoundNumbers(form, mask, None, n_otherwise, is_mixed=True)
    fits = plain_numbers(pa.array([match.string for match, _ in found]), form)[1].to_pylist()
    n_other = sum(weight for (_, weight), fit in zip(found, fits, strict=True) if not fit)
    n_otherwise = round(n_other / n_cells * counts.sum())
    if not mask.any() or (counts[mask].sum() + n_otherwise < _FEWEST_FITTING * counts.sum() and not declared):
        return None
    # Between commas, 1,234 is a thousand and more.
    others = [] if reading.separator == "," else formats[1:]
    plain = pa.array([core for core, _ in cores])
    bare = plain_numbers(plain, replace(form, unit=""))[0]
    other = next((one for one in others if not plain_numbers(plain, replace(one, unit=""))[0].equals(bare)), None)
    return FoundNumbers(form, mask, other, n_otherwise)


def _written_otherwise(cores: Sequence[str], form: NumberFormat) -> str | None:
    """Return the rarer of two marks if each number has one at most, with three digits behind it: 1.250 beside 1,250."""
    marks = (form.decimal, str(form.thousands))
    with_mark = [[core for core in cores if mark in core] for mark in marks]
    grouped = re.compile(rf"\d{{1,3}}[{re.escape(''.join(marks))}]\d{{3}}")
    if not all(with_mark) or not all(grouped.fullmatch(core) for core in itertools.chain(*with_mark)):
        return None
    return min(zip(marks, with_mark, strict=True), key=lambda one: len(one[1]))[0]


def _holds_mark(texts: pa.Array, mark: str) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = pc.match_substring(texts, mark).to_numpy(zero_copy_only=False).astype(bool)
    return held


def find_clock_format(texts: pa.Array, counts: NDArray[np.int64]) -> FoundNumbers | None:
    """Find whether a column holds durations or times of day, by its distinct texts and their numbers of cells.

    >>> find_clock_format(pa.array(["14:30", "9:05"]), np.array([1, 1])).format.clock
    'hours'
    """
    found = find_duration_form(texts, counts)
    if found is None:
        return None
    return FoundNumbers(NumberFormat(clock="minutes" if found.minutes_first else "hours"), found.fits)


def _factors_of(found: Sequence[tuple[re.Match[str], int]]) -> tuple[str, ...]:
    """Return the words that multiply numbers, as in 950 and 1.2k; none where letters may be parts of codes, as in 12B.

    They are factors if a fraction or a currency shows it, or if every number has one.
    """
    with_factor = [(match, weight) for match, weight in found if match["factor"]]
    n_cells, n_with_factor = (sum(weight for _, weight in some) for some in (found, with_factor))
    numbers = {match["core"] for match, _ in with_factor}
    is_shown = any(match["before"] or match["after"] or not match["core"].isdigit() for match, _ in with_factor)
    # 932 among 1k, 2k and the like is what is less than 1k.
    is_rest_plain = all(match["factor"] or not (match["before"] or match["after"]) for match, _ in found)
    is_usual = (n_with_factor >= _MOSTLY_WITH_FACTOR * n_cells and is_rest_plain) or (
        is_shown and n_with_factor >= _FEWEST_WITH_FACTOR * n_cells
    )
    if not is_usual or len(numbers) < (_FEWEST_KNOWN if is_shown else _FEWEST_AMOUNTS):
        return ()
    return tuple(dict.fromkeys(match["factor"] for match, _ in with_factor))


def _unit_of(found: Sequence[tuple[re.Match[str], int]], factors: Sequence[str]) -> str | None:
    """Return the unit that most of the numbers have, empty for none; None where words and digits are codes."""
    units: Counter[str] = Counter()
    numbers: dict[str, set[str]] = {}
    for match, weight in found:
        factor = "" if match["factor"] in factors else match["factor"] or ""
        unit = match["before"] or factor + (match["after"] or "")
        units[unit] += weight
        numbers.setdefault(unit, set()).add(match["core"])
    unit, n_cells = units.most_common(1)[0]
    if len(units) > _MOST_UNITS and n_cells < _FEWEST_FITTING * units.total():
        return None
    named = [one for one in units if one]
    if not unit and len(named) == 1 and means_the_same_without(named[0]):  # $5 among plain numbers
        unit = named[0]
        numbers[unit] |= numbers[""]
    if not unit:
        return ""
    n_numbers = len(numbers[unit])
    fewest = (
        2
        if unit in _MONEY or any(match["before"] == unit for match, _ in found)
        else _FEWEST_KNOWN
        if unit in _KNOWN_UNITS
        else _FEWEST_AMOUNTS
    )
    return unit if n_numbers >= fewest else None


def _fitting_formats(
    cores: Sequence[tuple[str, int]], unit: str, reading: Reading, decimal: str | None
) -> list[NumberFormat]:
    """Return the formats that fit the most cells, the likeliest first."""
    ways: Iterable[tuple[str, str | None]] = _WAYS
    if reading.has_marks:
        ways = [(reading.decimal, reading.thousands)]
    elif reading.separator == ";":  # between semicolons a comma is mostly a decimal mark
        ways = sorted(_WAYS, key=lambda way: (way[1] is not None, way[0] != ","))
        ways = [(".", None), *(way for way in ways if way != (".", None))]
    fits = {}
    for mark, thousands in ways:
        if decimal not in {None, mark}:
            continue
        pattern = re.compile(number_pattern(mark, thousands))
        fits[mark, thousands] = sum(weight for core, weight in cores if pattern.match(core))
    most = max(fits.values())
    return [NumberFormat(mark, thousands, unit) for (mark, thousands), fit in fits.items() if fit == most]
