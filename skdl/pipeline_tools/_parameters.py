"""Parameters of an estimator class: names and defaults from its signature, types and descriptions from its docstring.

Docstrings differ from package to package. None of them is an error here: what cannot be parsed is an empty text.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skdl.catalogue import parameters_of_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The section "Parameters" of numpydoc ends at the next heading, or at a line that is indented less.
_SECTION = re.compile(
    r"^ *Parameters *\n *-{3,} *\n\s*?^(?P<entries>(?P<indent> *)\S.*?)"
    r"(?=^ *\S[^\n]*\n *-{3,} *$|^(?!(?P=indent)) *\S|\Z)",
    re.MULTILINE | re.DOTALL,
)
# An entry of it: "name : type", "l1, l2 : float", or XGBoost's "booster: type".
_ENTRY = re.compile(r"(?P<names>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?::(?P<type>.*))?")
# ``.. versionadded::`` and its like, with what is indented under them.
_DIRECTIVE = re.compile(r"^( *)\.\. +\S.*\n(?:(?:\1 +\S.*| *)\n)*", re.MULTILINE)
_PARAGRAPH_END = re.compile(r"\n\s*\n|\n\s*(?=(?:[-*•]|\d+[.)])\s)")
_BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s")
# A full stop before a space, but not that of an abbreviation, nor before a small letter.
_SENTENCE_END = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!etc)(?<!\bvs)(?<!\bcf)\.(?=\s+[^a-z\s]|$)")

# One value of each type that a pipeline file can hold.
_PLAIN: tuple[Any, ...] = (None, True, 1, 0.5, "a", [], (), {})

_MARKUP = (
    (re.compile(r":[A-Za-z][\w:.+-]*:`~?!?(?:[\w.]+\.)?(\w+(?:\(\))?)`"), r"\1"),  # :class:`~a.b.C`
    (re.compile(r":[A-Za-z][\w:.+-]*:`([^`<]+?)\s*(?:<[^`>]*>)?`"), r"\1"),  # :ref:`title <target>`, :math:`x`
    (re.compile(r"``(.+?)``"), r"\1"),
    (re.compile(r"`([^`<]+?)\s*<[^`>]*>`_{0,2}"), r"\1"),  # `title <address>`_
    (re.compile(r"`([^`]+)`_{0,2}"), r"\1"),
    (re.compile(r"\s*\[\w+\]_"), ""),  # a footnote
    (re.compile(r"\|(\w+)\|"), r"\1"),
    (re.compile(r"(?<![\w*])(\*{1,2})([^\s*](?:[^*]*[^\s*])?)\1(?![\w*])"), r"\2"),  # emphasis
    (re.compile(r"\\([*_`|])"), r"\1"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Parameter:
    """Name, default (``inspect.Parameter.empty`` where it is required), type and first sentence without markup."""

    name: str
    default: Any
    type_text: str
    description: str


def parameters_of(cls: type) -> dict[str, Parameter]:
    """Read the parameters of an estimator class, or of any class with a signature.

    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> parameters_of(KNeighborsRegressor)["n_neighbors"]
    Parameter(name='n_neighbors', default=5, type_text='int, default=5',
              description='Number of neighbors to use by default for kneighbors queries.')
    """
    documented: dict[str, tuple[str, str]] = {}
    for owner in cls.__mro__:  # a class' own docstring overrides those of its parents
        for text in (vars(owner).get("__doc__"), getattr(vars(owner).get("__init__"), "__doc__", None)):
            if isinstance(text, str):
                documented = {**dict(_documented_in(text)), **documented}
    return {
        name: Parameter(name, default, *documented.get(name, ("", "")))
        for name, default in parameters_of_class(cls).items()
    }


def choices_of(classes: Iterable[type], name: str) -> list[str | None] | None:
    """Return the values of a parameter that accepts only certain words, of all that a pipeline file can hold.

    What any of the classes accepts is a choice. None where scikit-learn's constraints of any class allow more than
    words, or it has none.

    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> choices_of([KNeighborsRegressor], "weights")
    ['distance', 'uniform', None]
    """
    from sklearn.utils._param_validation import Hidden, StrOptions

    words: set[str] = set()
    null = False
    for cls in classes:
        constraints = getattr(cls, "_parameter_constraints", {})
        given = constraints.get(name, ()) if isinstance(constraints, dict) else ()
        rules = [rule.constraint if isinstance(rule, Hidden) else rule for rule in given]
        lists = [rule for rule in rules if isinstance(rule, StrOptions)]
        if not lists or not all(rule is None or rule in lists or _is_for_code(rule) for rule in rules):
            return None
        words.update(word for rule in lists for word in rule.options)
        null = null or None in rules
    return [*sorted(words), *([None] if null else [])]


def _is_for_code(rule: Any) -> bool:
    """Whether a rule accepts only what a file cannot hold: a function, or an instance of some class."""
    return rule is callable or (isinstance(rule, type) and not any(isinstance(value, rule) for value in _PLAIN))


def _documented_in(docstring: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the name of each documented parameter, with its type and first sentence."""
    section = _SECTION.search(inspect.cleandoc(docstring))
    entries = re.split(rf"^{section['indent']}(?=\S)", section["entries"], flags=re.MULTILINE) if section else []
    for entry in entries[1:]:
        first, *body = entry.splitlines()
        parts = _ENTRY.fullmatch(first.strip())
        if parts is None:
            continue
        kind = (parts["type"] or "").strip()
        # A type over several lines continues after a backslash, a comma or an open bracket.
        while body and (kind.endswith(("\\", ",")) or sum(map(kind.count, "{[")) > sum(map(kind.count, "}]"))):
            kind = f"{kind.removesuffix(chr(92)).rstrip()} {body.pop(0).strip()}"
        description = _first_sentence("".join(f"{line.rstrip()}\n" for line in body))
        for name in parts["names"].split(","):
            yield name.strip(), (_without_markup(kind), description)


def _first_sentence(text: str) -> str:
    paragraph = _PARAGRAPH_END.split(_DIRECTIVE.sub("", text).strip(), maxsplit=1)[0]
    words = " ".join(_BULLET.sub("", paragraph).split())
    end = _SENTENCE_END.search(words)  # with the markup still there: a sentence may begin with a small ``name``
    sentence = _without_markup(words[: end.start()] if end else words).rstrip(" :.,;")
    return f"{sentence}." if sentence else ""


def _without_markup(text: str) -> str:
    text = text.replace("typing.", "")
    for pattern, plain in _MARKUP:
        text = pattern.sub(plain, text)
    return text.strip()
