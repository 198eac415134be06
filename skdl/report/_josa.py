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

# Pair as a sentence names it: after a final consonant, after a vowel, where neither is known.
_PAIRS = {
    "은는": ("은", "는", "은(는)"),
    "이가": ("이", "가", "이(가)"),
    "을를": ("을", "를", "을(를)"),
    "과와": ("과", "와", "과(와)"),
    "으로로": ("으로", "로", "(으)로"),
    "이라라": ("이라", "라", "(이)라"),
}
# Final sounds, numbered as Unicode numbers the final consonants of Hangul; one number stands for all other consonants.
_VOWEL, _RIEUL, _OTHER = 0, 8, 1
_ABBREVIATION = re.compile(r"(?<![A-Za-z])([A-Z]+|(?i:[b-df-hj-np-tv-xz]+))$")  # in capitals, or without a vowel
_LETTERS = ((r"[lr]$", _RIEUL), (r"[mn]$", _OTHER), (r"[a-z]$", _VOWEL))  # 엘 알, 엠 엔; the others end in a vowel
# The first ending that fits decides.
_ENDINGS = (
    (r"(?<![\d.,])[\d,]*[1-9](,?0){12,}$", _VOWEL),  # 조, the one power of ten without a final consonant
    (r"[036]$", _OTHER),  # 영 삼 육, 십 백 천 만 억
    (r"[178]$", _RIEUL),  # 일 칠 팔
    (r"[2459%²]$", _VOWEL),  # 이 사 오 구, 퍼센트; ² is pronounced 스퀘어 in R²
    (r"ng$|[mn]e?$", _OTHER),  # 부스팅, 프레임, 베이스라인
    (r"le?$", _RIEUL),  # 모델, 테이블
    (r"(?<![aeiou])[aeiou][bpt]$|[eo][aeou]p$|(c|oo)k$|[aeiou]c$", _OTHER),  # 넷, 딥, 북, 로지스틱
    (r"[a-z]$", _VOWEL),  # 포레스트, 리니어, 트리
)
_SILENT = " \u00a0\"'`)]}>\u00bb\u201d\u2019\u2026"  # not pronounced after a name
_BRACKETS = re.compile(r"(?<=\S)\s*\([^()]*\)?$")  # a particle follows the sound of the word before them


class JosaFormatter(Formatter):
    """`str.format` with pairs of particles behind a value's own format: ``{n:,은는}``.

    For HTML (``markup``) values that are no `Markup` are escaped, and tags are not read.

    Examples
    --------
    >>> JosaFormatter().format("{model:은는} {n:,}개", model="ridge", n=1234)
    'ridge는 1,234개'
    >>> JosaFormatter(markup=True).format("{model:이가} {other}", model=Markup("<b>svm</b>"), other="<")
    '<b>svm</b>이 &lt;'
    """

    def __init__(self, *, markup: bool = False) -> None:
        self.markup = markup

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format one value, and append the particle that its string asks for."""
        pair = next((pair for pair in _PAIRS if format_spec.endswith(pair)), "")
        text = str(format(value, format_spec.removesuffix(pair)))
        if self.markup and not isinstance(value, Markup):
            text = str(escape(text))
        # striptags also turns entities back into what a reader sees.
        return text + _particle(Markup(text).striptags() if self.markup else text, pair) if pair else text  # noqa: S704


def _particle(text: str, pair: str) -> str:
    closed, open_, unknown = _PAIRS[pair]
    final = _final_sound(text)
    if final is None:
        return unknown
    # After ㄹ the particle (으)로 has the form of a vowel.
    return open_ if final == _VOWEL or (final == _RIEUL and pair == "으로로") else closed


def _final_sound(text: str) -> int | None:
    """Final sound of a text as it is read; None if unknown."""
    text = _BRACKETS.sub("", text.rstrip(_SILENT)).rstrip(_SILENT)
    if "가" <= text[-1:] <= "힣":
        # Unicode orders Hangul syllables by initial, vowel and final consonant: 28 finals, the first of which is none.
        return (ord(text[-1]) - ord("가")) % 28
    endings = _LETTERS if _ABBREVIATION.search(text) else _ENDINGS
    return next((final for ending, final in endings if re.search(ending, text, re.IGNORECASE | re.ASCII)), None)
