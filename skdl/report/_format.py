"""Numbers as text: digits that match the uncertainty, natural units, a real minus sign; table cells, axis limits."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from skdl.results import Score


MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
_MOST_DECIMALS = 6
_UNITS = ((6, "M"), (3, "k"))  # powers of ten, the larger first


def fixed(value: float | None, decimals: int) -> str:
    r"""Write a number with this many decimals; a dash where there is none.

    Below 0, decimals are places before the point that carry no information: the number is written in thousands or
    millions. A number without a digit in the most decimals that are written, such as the error 1e-14 of a formula
    that was found, is 0.

    >>> fixed(1234.567, 1), fixed(None, 1), fixed(463_779.0, -3), fixed(4_637_790.0, -5), fixed(2.5e9, 1)
    ('1,234.6', '\u2013', '464k', '4.6M', '2.50e+09')
    >>> fixed(7.7e-14, 6), fixed(7.7e-14, 2)
    ('0', '0.00')
    """
    if value is None or math.isnan(value):
        return DASH
    if decimals >= _MOST_DECIMALS and round(abs(value), decimals) == 0.0:
        return "0"
    power, unit = next(((power, unit) for power, unit in _UNITS if decimals <= 1 - power and value), (0, ""))
    scaled, places = value / 10.0**power, max(0, decimals + power)
    text = f"{scaled:.2e}" if abs(scaled) >= 1e7 else f"{scaled:z,.{places}f}{unit}"  # z: a rounded zero has no sign
    return text.replace("-", MINUS, 1) if value < 0.0 else text


def at_least_one_digit(value: float, decimals: int) -> str:
    """Write a number with this many decimals, or with more until a digit shows.

    >>> at_least_one_digit(3.14159, 1), at_least_one_digit(0.0012, 1), at_least_one_digit(0.0, 1)
    ('3.1', '0.001', '0.0')
    """
    while value != 0.0 and decimals < _MOST_DECIMALS and round(abs(value), decimals) == 0.0:
        decimals += 1
    return fixed(value, decimals)


def decimals_for(scores: Iterable[Score]) -> int:
    """Decimals that show two digits of the typical interval's half-width: more than that is noise.

    >>> from skdl.results import Score
    >>> decimals_for([Score(54.321, 51.2, 57.4, 2.0)])
    1
    """
    listed = list(scores)
    spans = [s.high - s.low for s in listed if s.low is not None and s.high is not None]
    widths = [span / 2.0 for span in spans if 0.0 < span < math.inf]
    if widths:
        return decimals_of(median(widths))
    means = [abs(s.mean) for s in listed if math.isfinite(s.mean) and s.mean != 0.0]
    return decimals_of(median(means), digits=3) if means else 2


def decimals_of(value: float, digits: int = 2) -> int:
    """Decimals that show so many digits of a value, below 0 for thousands and more.

    >>> decimals_of(38.2), decimals_of(0.0123), decimals_of(0.0), decimals_of(27_492.0)
    (0, 3, 2, -3)
    """
    if not value or not math.isfinite(value):
        return 2
    # floor(log10(value)) is the position of the first digit.
    decimals = min(_MOST_DECIMALS, digits - 1 - math.floor(math.log10(abs(value))))
    return 0 if decimals == -1 else decimals  # tens are not worth a unit


def p_value(p: float | None, *, sign: bool = False) -> str:
    """Write a p-value; ``sign`` puts "= " before an exact one, as a sentence needs it.

    >>> p_value(0.4123), p_value(0.0312), p_value(1e-9), p_value(0.41, sign=True)
    ('0.41', '0.031', '< 0.001', '= 0.41')
    """
    if p is None or math.isnan(p):
        return DASH
    if p < 0.001:  # smaller values carry no more information
        return "< 0.001"
    if p > 0.99:  # nor do larger values
        return "> 0.99"
    text = f"{p:.2f}" if p >= 0.0995 else f"{p:.3f}"  # from which two decimals suffice
    return f"= {text}" if sign else text


def seconds(value: float | None, *, per_second: float = 1.0) -> str:
    """Write seconds (times ``per_second``: 1000 for milliseconds) with three digits.

    >>> seconds(0.01234), seconds(12.345), seconds(0.01234, per_second=1000)
    ('0.012', '12.3', '12.3')
    """
    if value is None or not math.isfinite(value):
        return DASH
    scaled = value * per_second
    if scaled < 0.001:  # three decimals
        return "< 0.001"
    if scaled >= 100:  # three digits
        return f"{scaled:,.0f}"
    return f"{scaled:.1f}" if scaled >= 10 else f"{scaled:.2f}" if scaled >= 0.1 else f"{scaled:.3f}"


def rate(value: float | None) -> str:
    """Write a rate per second with three digits.

    >>> rate(1234567.0), rate(45.678), rate(2.345)
    ('1,230,000', '46', '2.3')
    """
    if value is None or not math.isfinite(value):
        return DASH
    if value < 10:  # one decimal below
        return f"{value:.1f}"
    return count(round(value, min(0, 2 - math.floor(math.log10(value)))))


def size(n_bytes: float | None) -> str:
    """Write a number of bytes in the unit that leaves one to three digits before the point.

    >>> size(812), size(12345), size(5_250_000), size(3.2e10)
    ('812 B', '12 kB', '5.2 MB', '32 GB')
    """
    if n_bytes is None:
        return DASH
    value, unit = float(n_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:  # rounds to three digits
            break
        value, unit = value / 1000.0, larger
    return f"{value:.1f} {unit}" if value < 9.95 and unit != "B" else f"{value:.0f} {unit}"  # two digits


def duration(value: float, strings: Callable[..., str]) -> str:
    """Write how long something took: ``42 s``, ``2 min 5 s``, ``2 h 2 min``."""
    minutes, rest = divmod(round(value), 60)
    if not minutes:
        return strings("duration.seconds", seconds=f"{value:.1f}" if value < 10 else rest)
    if minutes < 60:
        return strings("duration.minutes", minutes=minutes, seconds=rest)
    return strings("duration.hours", hours=minutes // 60, minutes=minutes % 60)


def count(value: float) -> str:
    """Write an integer with thousands separators."""
    return f"{value:,.0f}"


def share(part: float) -> str:
    """Write a share as a percentage; small ones keep a digit.

    >>> share(0.8), share(0.004), share(1.0), share(0.9999)
    ('80 %', '0.4 %', '100 %', '> 99 %')
    """
    if 0.995 <= part < 1.0:  # would round to all of it
        return "> 99 %"
    return f"{part * 100:.1f} %" if 0.0 < part < 0.01 else f"{part * 100:.0f} %"  # below 1 %


def probability(value: float) -> str:
    """Write a probability as a percentage; one that would round to 0 % is shown as < 1 %.

    >>> probability(0.3), probability(0.001), probability(0.9999)
    ('30 %', '< 1 %', '> 99 %')
    """
    return "< 1 %" if value < 0.005 else share(value)  # would round to 0


def short(value: float, digits: int = 5) -> str:
    """Write a number of the table with this many digits at most, those before the point in full.

    Whole numbers of up to five digits have no separator: they may be years or codes, such as zip codes.

    >>> short(4.62007), short(1234567.8), short(5.0), short(2014.0), short(98001.0)
    ('4.6201', '1,234,568', '5', '2014', '98001')
    """
    if not math.isfinite(value):
        return DASH
    if abs(value) < 1e5 and value == round(value):
        text = f"{value:.0f}"
    else:
        text = f"{value:,.{digits}g}" if abs(value) < 10**digits else f"{value:,.0f}"
    text = text if abs(value) < 1e15 else f"{value:.2e}"
    return text.replace("-", MINUS) if text.startswith("-") else text


def times(ratio: float) -> str:
    """Write how many times: whole from 10 on, one decimal below."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"  # two digits


def short_hash(digest: str) -> str:
    """Shorten a digest for display."""
    digits = digest.rpartition(":")[2]
    return f"{digits[:12]}\N{HORIZONTAL ELLIPSIS}" if len(digits) > 16 else digits  # short ones stay


def shorten(name: str, length: int) -> str:
    """Cut a name that is too long for a picture or a table; a wide letter, as of Hangul, counts twice.

    >>> shorten("random_forest", 9), shorten("\uadf8\ub798\ub514\uc5b8\ud2b8", 9)
    ('random_f\u2026', '\uadf8\ub798\ub514\uc5b8\u2026')
    """
    widths = [1 + (unicodedata.east_asian_width(letter) in "WF") for letter in name]
    if sum(widths) <= length:
        return name
    n_kept = sum(width <= length - 1 for width in accumulate(widths))
    return f"{name[:n_kept]}\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Cell:
    """Text of a table cell and the number to sort by; None sorts last."""

    text: str
    number: float | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def sort_key(self) -> str:
        """The number for programs."""
        return "" if self.number is None or not math.isfinite(self.number) else repr(float(self.number))


MOST_WIDENING = 2.5


def axis_limits(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Limits of a common axis for spans given best first.

    The better three fifths are always inside. A model far behind them (the dummy of an easy table, a linear model that
    diverged) would compress them into one point; it is off the scale where the axis would grow more than 2.5 times.
    """
    finite = [span for span in spans if all(math.isfinite(end) for end in span)]
    if not finite:
        return 0.0, 1.0
    # Two at least, so that a pair of models always shares the axis.
    n_inside = max(2, math.ceil(0.6 * len(finite)))
    low = min(span[0] for span in finite[:n_inside])
    high = max(span[1] for span in finite[:n_inside])
    for span in finite[n_inside:]:
        wider = min(low, span[0]), max(high, span[1])
        if high == low or wider[1] - wider[0] <= MOST_WIDENING * (high - low):
            low, high = wider
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 0.5
    return low - margin, high + margin
