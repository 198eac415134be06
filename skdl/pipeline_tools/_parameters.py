"""Parameters of an estimator class: names and defaults from its signature, types and descriptions from its docstring.

Docstrings differ from package to package. None of them is an error here: what cannot be parsed is an empty text.
"""

from __future__ import annotations

import inspect
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["Parameter", "choices_of", "parameters_of"]

# An entry of a numpydoc section: "name : type", "l1, l2 : float", or XGBoost's "booster: type".
_ENTRY = re.compile(r"(?P<names>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?::(?P<type>.*))?")
_UNDERLINE = re.compile(r"-{3,}")
_DIRECTIVE = re.compile(r"\.\.\s+\S")
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
    """One parameter of an estimator class.

    Attributes
    ----------
    name : str
        The name.
    default : object
        Default value; ``inspect.Parameter.empty`` for a required parameter.
    type_text : str
        The type line of the docstring, without markup; empty where there is none.
    description : str
        The first sentence of its entry in the docstring, without markup; empty where there is none.
    """

    name: str
    default: Any
    type_text: str
    description: str


def parameters_of(cls: type) -> dict[str, Parameter]:
    """Read the parameters of an estimator class.

    Parameters
    ----------
    cls : type
        A class with scikit-learn's ``get_params``, or any class with a signature.

    Returns
    -------
    dict of str to Parameter
        In the order of the signature; then those that only ``get_params`` has, because the constructor passes
        ``**kwargs`` to its parent. Empty for a class with neither.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> parameters_of(KNeighborsRegressor)["n_neighbors"]
    Parameter(name='n_neighbors', default=5, type_text='int, default=5',
              description='Number of neighbors to use by default for kneighbors queries.')
    """
    documented = _documented(cls)
    return {
        name: Parameter(name, default, *documented.get(name, ("", ""))) for name, default in _defaults_of(cls).items()
    }


def choices_of(classes: Iterable[type], name: str) -> list[str | None] | None:
    """Return the values of a parameter that accepts only certain words, of all that a pipeline file can hold.

    Parameters
    ----------
    classes : iterable of type
        Estimator classes that have the parameter; what any of them accepts is a choice.
    name : str
        The parameter.

    Returns
    -------
    list of str, and of None where that may be given; or None
        Sorted words. None where scikit-learn's constraints of any class allow more, or it has none.

    Examples
    --------
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


def _defaults_of(cls: type) -> dict[str, Any]:
    """Return names and defaults: the signature's, then those of ``get_params``."""
    try:
        own = list(inspect.signature(cls).parameters.values())
    except (TypeError, ValueError):  # a class written in C may have no signature
        own = []
    hidden = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    named = {parameter.name: parameter.default for parameter in own if parameter.kind not in hidden}
    return {**named, **{name: value for name, value in _live(cls).items() if name not in named}}


def _live(cls: type) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = cls().get_params(deep=False)
    except (AttributeError, TypeError, ValueError):  # no estimator, or one that needs arguments
        return {}
    return found


def _documented(cls: type) -> dict[str, tuple[str, str]]:
    """Return type and first sentence of each parameter; the class' own docstring overrides those of its parents."""
    found: dict[str, tuple[str, str]] = {}
    for owner in cls.__mro__:
        for text in (vars(owner).get("__doc__"), getattr(vars(owner).get("__init__"), "__doc__", None)):
            if isinstance(text, str):
                found = {**dict(_entries(inspect.cleandoc(text).splitlines())), **found}
    return found


def _entries(lines: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Go through the section "Parameters" of a docstring."""
    section = _section(lines)
    starts = [number for number, line in enumerate(section) if line and _indent(line) == _indent(section[0])]
    for start, end in itertools.pairwise([*starts, len(section)]):
        entry = _ENTRY.fullmatch(section[start].strip())
        if entry is None:
            continue
        kind, body = _whole_type(entry["type"] or "", section[start + 1 : end])
        words = (_plain(kind), _first_sentence(body))
        for name in entry["names"].split(","):
            yield name.strip(), words


def _section(lines: Sequence[str]) -> list[str]:
    """Return the lines under "Parameters", up to the next heading or a line that is indented less."""
    heads = [number for number, line in enumerate(lines[1:]) if _UNDERLINE.fullmatch(line.strip())]
    start = next((head for head in heads if lines[head].strip() == "Parameters"), None)
    if start is None:
        return []
    end = next((head for head in heads if head > start), len(lines))
    section = [line.rstrip() for line in lines[start + 2 : end]]
    while section and not section[0]:
        section.pop(0)
    inside = next((n for n, line in enumerate(section) if line and _indent(line) < _indent(section[0])), len(section))
    return section[:inside]


def _whole_type(kind: str, body: list[str]) -> tuple[str, list[str]]:
    """Join a type over several lines: after a backslash, a comma or an open bracket."""
    kind = kind.strip()
    while body and (kind.endswith(("\\", ",")) or sum(map(kind.count, "{[")) > sum(map(kind.count, "}]"))):
        kind, body = f"{kind.removesuffix(chr(92)).rstrip()} {body[0].strip()}", body[1:]
    return kind, body


def _first_sentence(body: Sequence[str]) -> str:
    paragraph: list[str] = []
    for line in _without_directives(body):
        text = line.strip()
        if paragraph and (not text or _BULLET.match(text)):
            break
        if text:
            paragraph.append(_BULLET.sub("", text, count=1))
    words = " ".join(paragraph)
    end = _SENTENCE_END.search(words)  # with the markup still there: a sentence may begin with a small ``name``
    sentence = _plain(words[: end.start()] if end else words).rstrip(" :.,;")
    return f"{sentence}." if sentence else ""


def _without_directives(body: Sequence[str]) -> Iterator[str]:
    """Leave out ``.. versionadded::`` and its like, with what is indented under them."""
    directive: int | None = None
    for line in body:
        if directive is not None and line and _indent(line) <= directive:
            directive = None
        if directive is None and _DIRECTIVE.match(line.strip()):
            directive = _indent(line)
        if directive is None:
            yield line


def _plain(text: str) -> str:
    """Take reStructuredText's markup away."""
    text = text.replace("typing.", "")
    for pattern, plain in _MARKUP:
        text = pattern.sub(plain, text)
    return text.strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
