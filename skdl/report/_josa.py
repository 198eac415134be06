"""Korean particles: which one of a pair follows a name depends on the name's last sound.

A sentence names the pair, ``{model:은는}``, and the formatter picks one by the Korean pronunciation of the value: a
syllable by its final consonant, a number by its Korean reading, an English word by how it is written in Hangul.
A value without a known pronunciation takes both, ``은(는)``.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from markupsafe import Markup, escape

__all__ = ["JosaFormatter", "JosaMarkupFormatter", "with_josa"]

# Pair as a sentence names it: after a final consonant, after a vowel, where neither is known.
_PAIRS = {
    "은는": ("은", "는", "은(는)"),
    "이가": ("이", "가", "이(가)"),
    "을를": ("을", "를", "을(를)"),
    "과와": ("과", "와", "과(와)"),
    "으로로": ("으로", "로", "(으)로"),
    "이라라": ("이라", "라", "(이)라"),
}
_NONE, _RIEUL, _OTHER = "none", "rieul", "other"

_FIRST, _LAST, _FINALS = 0xAC00, 0xD7A3, 28  # the syllables, in blocks of one a final consonant
_RIEUL_FINAL = 8
# 영 일 이 삼 사 오 육 칠 팔 구
_DIGITS = dict(
    zip("0123456789", [_OTHER, _RIEUL, _NONE, _OTHER, _NONE, _NONE, _OTHER, _RIEUL, _RIEUL, _NONE], strict=True)
)
_TRILLION = 12  # zeros; 조 is the one power of ten without a final consonant
_LETTERS = {"l": _RIEUL, "m": _OTHER, "n": _OTHER, "r": _RIEUL}  # 엘 엠 엔 알; the others end in a vowel
_VOWELS = "aeiouy"
# Endings of English strings, the first that fits decides.
_ENDINGS = (
    (re.compile(r"ng$|[mn]e?$"), _OTHER),  # 부스팅, 프레임, 베이스라인
    (re.compile(r"le?$"), _RIEUL),  # 모델, 테이블
    (re.compile(r"(?<![aeiou])[aeiou][bpt]$|[eo][aeou]p$|(?:c|oo)k$|[aeiou]c$"), _OTHER),  # 넷, 딥, 북, 로지스틱
    (re.compile(r"[a-z]$"), _NONE),  # 포레스트, 리니어, 트리
)
_SILENT = " \u00a0\"'`)]}>\u00bb\u201d\u2019\u2026"  # not pronounced after a name
_BRACKETS = re.compile(r"(?<=\S)\s*\([^()]*\)?$")  # a particle follows the sound of the word before them


def with_josa(text: str, pair: str) -> str:
    """Append the particle of a pair to a text.

    Examples
    --------
    >>> with_josa("모델", "은는"), with_josa("나무", "은는"), with_josa("서울", "으로로")
    ('모델은', '나무는', '서울로')
    >>> with_josa("keras_mlp", "이가"), with_josa("svm", "이가"), with_josa("linear", "을를")
    ('keras_mlp가', 'svm이', 'linear를')
    >>> with_josa("54.7 (95% CI 52.3 to 57.1)", "으로로"), with_josa("dummy (added)", "은는")
    ('54.7 (95% CI 52.3 to 57.1)로', 'dummy (added)는')
    >>> with_josa("0.41", "으로로"), with_josa("1,000", "과와"), with_josa("R²", "이가")
    ('0.41로', '1,000과', 'R²가')
    >>> with_josa("?", "은는"), with_josa("빵_{<b>}", "은는")
    ('?은(는)', '빵_{<b>}는')
    """
    return text + _particle(text, pair)


def _particle(text: str, pair: str) -> str:
    closed, open_, unknown = _PAIRS[pair]
    final = _final_sound(text)
    if final is None:
        return unknown
    # After ㄹ the particle (으)로 has the form of a vowel.
    return open_ if final == _NONE or (final == _RIEUL and pair == "으로로") else closed


def _final_sound(text: str) -> str | None:
    """Final sound of a text as it is read: a vowel, ㄹ, or another consonant; None if unknown."""
    text = _BRACKETS.sub("", text.rstrip(_SILENT)).rstrip(_SILENT)
    last = text[-1:]
    if _FIRST <= ord(last or " ") <= _LAST:
        # Unicode orders Hangul syllables by initial, vowel and final consonant, with 28 finals, the first of which is
        # none.
        final = (ord(last) - _FIRST) % _FINALS
        return _NONE if final == 0 else _RIEUL if final == _RIEUL_FINAL else _OTHER
    if last in {"%", "²"}:  # 퍼센트, ² is pronounced 스퀘어 in R²
        return _NONE
    if last.isascii() and last.isdigit():
        return _final_of_number(text)
    return _final_of_word(text) if last.isascii() and last.isalpha() else None


def _final_of_number(text: str) -> str:
    number = re.search(r"[\d,.]*\d$", text)
    digits = number[0].replace(",", "") if number else text[-1]
    zeros = 0 if "." in digits or not digits.strip("0") else len(digits) - len(digits.rstrip("0"))
    if zeros:
        return _NONE if zeros >= _TRILLION else _OTHER  # 십 백 천 만 억
    return _DIGITS[digits[-1]]


def _final_of_word(text: str) -> str:
    word = re.search(r"[A-Za-z]+$", text)
    letters = word[0] if word else text[-1]
    low = letters.lower()
    if letters.isupper() or not any(vowel in low for vowel in _VOWELS):  # pronounced letter by letter
        return _LETTERS.get(low[-1], _NONE)
    return next(final for pattern, final in _ENDINGS if pattern.search(low))


class JosaFormatter(Formatter):
    """`str.format` with pairs of particles behind a value's own format: ``{n:,은는}``.

    Examples
    --------
    >>> JosaFormatter().format("{model:은는} {n:,}개", model="ridge", n=1234)
    'ridge는 1,234개'
    """

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format one value, and append the particle that its string asks for."""
        pair = next((pair for pair in _PAIRS if format_spec.endswith(pair)), "")
        text = self._plain(value, format_spec.removesuffix(pair))
        return text + _particle(self._read(text), pair) if pair else text

    def _plain(self, value: Any, format_spec: str) -> str:
        return str(format(value, format_spec))

    def _read(self, text: str) -> str:
        """What a reader sees of a formatted value."""
        return text


class JosaMarkupFormatter(JosaFormatter):
    """The same for HTML: values that are no `Markup` are escaped, and tags are not read.

    Examples
    --------
    >>> JosaMarkupFormatter().format("{model:이가} {other}", model=Markup("<b>svm</b>"), other="<")
    '<b>svm</b>이 &lt;'
    """

    def _plain(self, value: Any, format_spec: str) -> str:
        return str(value) if isinstance(value, Markup) else str(escape(format(value, format_spec)))

    def _read(self, text: str) -> str:
        return Markup(text).striptags()  # noqa: S704 - only used to find its last sound
