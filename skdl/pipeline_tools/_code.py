"""A value as Python source: estimators with what differs from their defaults, and the plain values inside them.

Source is first a tree of brackets, then text: in one line where that fits, else an item a line with a comma behind
each, as ruff and Black leave it. What is written evaluates to an equal value once its imports are there.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from skdl.exceptions import UsageError

__all__ = ["LINE_LENGTH", "Call", "CodeWriter", "Name", "code_of", "import_lines"]

LINE_LENGTH = 88
_INDENT = 4
# A list of names is written in filled lines from this length on; an item a line would fill pages.
_MANY_NAMES = 12


@dataclass(frozen=True)
class Name:
    """A name that the source around it defines; written as it is."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call of something that the source around it defines."""

    function: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Node:
    """Source as brackets: ``label``, ``text``, and items between the brackets where there are any."""

    text: str
    brackets: str = ""
    items: tuple[_Node, ...] = ()
    label: str = ""

    @functools.cached_property
    def flat(self) -> str:
        """The source in one line."""
        if not self.brackets:
            return self.label + self.text
        inside = ", ".join(item.flat for item in self.items)
        comma = "," if len(self.items) == 1 and self.brackets == "()" and not self.text else ""  # a tuple of one
        return f"{self.label}{self.text}{self.brackets[0]}{inside}{comma}{self.brackets[1]}"

    def laid_out(self, indent: int = 0, tail: int = 0) -> str:
        """Give the source in lines that fit, where they can; ``tail`` characters follow the last one."""
        if not self.items or indent + _width(self.flat) + tail <= LINE_LENGTH:
            return self.flat
        deeper = indent + _INDENT
        lines = [f"{' ' * deeper}{item.laid_out(deeper, 1)}," for item in self.items]
        first, last = f"{self.label}{self.text}{self.brackets[0]}", f"{' ' * indent}{self.brackets[1]}"
        return "\n".join([first, *lines, last])


def code_of(value: Any) -> tuple[str, tuple[str, ...]]:
    """Write a value as Python source.

    Parameters
    ----------
    value : object
        An estimator, splitter or frozen distribution, a class or function that can be imported, or plain values:
        numbers, strings, lists, tuples, sets, dicts, arrays.

    Returns
    -------
    source : str
        An expression that evaluates to an equal value.
    imports : tuple of str
        The lines it needs, sorted.

    Raises
    ------
    UsageError
        If the value holds something that no expression gives, such as a lambda.

    Examples
    --------
    >>> from sklearn.svm import SVR
    >>> code_of(SVR(C=10))
    ('SVR(C=10)', ('from sklearn.svm import SVR',))
    >>> code_of([1, float("nan")])
    ('[1, np.nan]', ('import numpy as np',))
    """
    writer = CodeWriter()
    return writer.expression(value), tuple(import_lines(writer.imports))


class CodeWriter:
    """Writes values that stand in one script: they share imports, and what was given a name is called by it.

    Attributes
    ----------
    imports : set of (str, str)
        Module and the name taken from it; the name is empty, or ``as SHORT``, where the module itself is imported.

    Examples
    --------
    >>> writer = CodeWriter()
    >>> writer.statement("sizes", [16, 32])
    'sizes = [16, 32]'
    >>> writer.expression({"hidden_layer_sizes": [16, 32]})
    '{"hidden_layer_sizes": sizes}'
    """

    def __init__(self) -> None:
        self.imports: set[tuple[str, str]] = set()
        self._homes: dict[str, str] = {}
        self._defined: dict[str, str] = {}

    def expression(self, value: Any, indent: int = 0) -> str:
        """Write a value as an expression."""
        return self._node(value).laid_out(indent)

    def statement(self, name: str, value: Any, indent: int = 0) -> str:
        """Write an assignment; from now on an equal value, but a mere word or number, is written as that name."""
        node = self._node(value)
        if node.brackets and not isinstance(value, Call):
            self._defined[_plain(value)] = name
        return _names_in_short(name, value) or replace(node, label=f"{name} = ").laid_out(indent)

    def _node(self, value: Any) -> _Node:
        if isinstance(value, Name):
            return _Node(value.text)
        if isinstance(value, Call):
            return replace(self._call(dict, value.arguments, value.named), text=value.function)
        if self._defined and (name := self._defined.get(_plain(value))):
            return _Node(name)
        if isinstance(value, type) or (hasattr(value, "__name__") and not hasattr(value, "get_params")):
            # a class, or a function of whatever kind; an estimator may have a name too
            return self._reference(value)
        for kinds, write in self._ways().items():
            if isinstance(value, kinds):
                node: _Node = write(value)
                return node
        return self._object(value)

    def _ways(self) -> dict[Any, Any]:
        """Give how each kind is written; NumPy's scalars first, for some of them are Python's numbers too."""
        from scipy.stats.distributions import rv_frozen
        from sklearn.metrics._scorer import _Scorer

        return {
            np.generic: self._numpy_scalar,
            np.ndarray: self._array,
            (types.NoneType, bool, int): lambda value: _Node(repr(value)),
            float: self._float,
            str: lambda value: _Node(_quoted(value)),
            (list, tuple): lambda value: self._items("[]" if isinstance(value, list) else "()", value),
            (set, frozenset): self._set,
            Mapping: self._dict,
            (range, slice): lambda value: self._call(type(value), (value.start, value.stop, value.step)),
            functools.partial: lambda value: self._call(
                functools.partial, (value.func, *value.args), dict(value.keywords)
            ),
            rv_frozen: self._distribution,
            _Scorer: self._scorer,
        }

    def _numpy_scalar(self, value: np.generic) -> _Node:
        self.imports.add(("numpy", "as np"))
        if isinstance(value, np.bool_):
            return _Node(f"np.{value!s}_")
        return _Node(f"np.{type(value).__name__}", "()", (self._node(value.item()),))

    def _array(self, value: np.ndarray[Any, Any]) -> _Node:
        self.imports.add(("numpy", "as np"))
        kind = replace(self._node(str(value.dtype)), label="dtype=")
        return _Node("np.array", "()", (self._node(value.tolist()), kind))

    def _float(self, value: float) -> _Node:
        if np.isfinite(value):
            return _Node(repr(value).replace("e+", "e"))
        self.imports.add(("numpy", "as np"))
        return _Node("np.nan" if np.isnan(value) else "np.inf" if value > 0 else "-np.inf")

    def _items(self, brackets: str, values: Any) -> _Node:
        return _Node("", brackets, tuple(self._node(value) for value in values))

    def _set(self, value: Any) -> _Node:
        members = sorted((self._node(member) for member in value), key=lambda node: node.flat)
        braces = _Node("", "{}", tuple(members)) if members else _Node("set", "()")
        return braces if isinstance(value, set) else _Node("frozenset", "()", (braces,) if members else ())

    def _dict(self, value: Mapping[Any, Any]) -> _Node:
        pairs = (replace(self._node(inner), label=f"{self._node(key).flat}: ") for key, inner in value.items())
        return _Node("", "{}", tuple(pairs))

    def _call(self, function: Any, arguments: Any, named: Mapping[str, Any] | None = None) -> _Node:
        given = tuple(self._node(argument) for argument in arguments)
        by_name = tuple(replace(self._node(inner), label=f"{name}=") for name, inner in (named or {}).items())
        return _Node(self._reference(function).text, "()", given + by_name)

    def _distribution(self, value: Any) -> _Node:
        """Write a frozen distribution; it holds a copy of its family, which is known by name."""
        self.imports.add(("scipy.stats", value.dist.name))
        inside = self._call(dict, value.args, dict(value.kwds))
        return replace(inside, text=value.dist.name)

    def _scorer(self, value: Any) -> _Node:
        """Write a scorer of predicted classes, where greater is better."""
        from sklearn.metrics import make_scorer

        return self._call(make_scorer, (value._score_func,), value._kwargs)  # noqa: SLF001 - nothing public tells them

    def _reference(self, value: Any) -> _Node:
        """Write something that can be imported, by its public name."""
        module, qualified = _public_name(value)
        if module == "builtins":
            return _Node(qualified)
        if module == "numpy":
            self.imports.add(("numpy", "as np"))
            return _Node(f"np.{qualified}")
        name = qualified.partition(".")[0]
        if self._homes.setdefault(name, module) != module:  # two packages call something the same
            self.imports.add((module, ""))
            return _Node(f"{module}.{qualified}")
        self.imports.add((module, name))
        if name.startswith("Halving"):
            self.imports.add(("sklearn.experimental", "enable_halving_search_cv"))
        return _Node(qualified)

    def _object(self, value: Any) -> _Node:
        """Write an estimator or a splitter: its class, and the parameters that are not at their defaults."""
        steps = _made_by_make_pipeline(value)
        if steps is not None:
            from sklearn.pipeline import make_pipeline

            return self._call(make_pipeline, steps)
        parameters, defaults = _parameters(value), _defaults(type(value))
        signature = inspect.signature(type(value)).parameters
        needed = [name for name in parameters if name in signature and name not in defaults]
        named = {
            name: inner
            for name, inner in parameters.items()
            if name not in needed and not (name in defaults and _plain(inner) == _plain(defaults[name]))
        }
        return self._call(type(value), [parameters[name] for name in needed], named)


def import_lines(imports: set[tuple[str, str]]) -> list[str]:
    """Write imports: the standard library, then the rest, modules before names, each sorted.

    Examples
    --------
    >>> import_lines({("numpy", "as np"), ("sklearn.svm", "SVR"), ("sklearn.svm", "SVC"), ("sys", "")})
    ['import sys', '', 'import numpy as np', 'from sklearn.svm import SVC, SVR']
    """
    sections: list[list[str]] = []
    for standard in (True, False):
        chosen = {pair for pair in imports if (pair[0].partition(".")[0] in sys.stdlib_module_names) == standard}
        whole = sorted(pair for pair in chosen if not pair[1] or pair[1].startswith("as "))
        lines = [f"import {module} {short}".rstrip() for module, short in whole]
        by_module: dict[str, list[str]] = {}
        for module, name in sorted(chosen - set(whole)):
            by_module.setdefault(module, []).append(name)
        lines += [_import_line(module, sorted(names, key=_import_order)) for module, names in by_module.items()]
        sections += [lines] if lines else []
    return [line for number, lines in enumerate(sections) for line in ([""] if number else []) + lines]


def _import_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if module == "sklearn.experimental":  # it is imported for what it lets in
        return f"{line}  # noqa: F401"
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _import_order(name: str) -> tuple[int, str]:
    """Put constants first, then classes, then functions, as isort does."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def _plain(value: Any) -> str:
    """Give the source of a value in one line, without any names; what it is by, where it cannot be written."""
    try:
        return CodeWriter()._node(value).flat  # noqa: SLF001 - of this module
    except UsageError:
        return object.__repr__(value)


def _width(source: str) -> int:
    """Count columns as an editor shows them: Korean and its like take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in source)


def _quoted(text: str) -> str:
    """Write a string between double quotes, unless that takes more backslashes."""
    single = repr(text)
    if single[0] == '"' or text.count('"') > text.count("'"):
        return single
    inside = single[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inside}"'


def _names_in_short(name: str, value: Any) -> str | None:
    """Write a long list of strings in few lines; None where it is something else, or fits as it is."""
    if not isinstance(value, list) or len(value) < _MANY_NAMES or not all(isinstance(item, str) for item in value):
        return None
    prefix = value[0].rstrip("0123456789")
    start = int(value[0][len(prefix) :] or 0)
    if value == [f"{prefix}{number}" for number in range(start, start + len(value))] and prefix.isidentifier():
        bounds = f"{start}, {start + len(value)}" if start else f"{len(value)}"
        return f'{name} = [f"{prefix}{{number}}" for number in range({bounds})]'
    lines: list[str] = []
    line = " " * (_INDENT - 1)
    for word in (f" {_quoted(item)}," for item in value):
        if _width(line + word) > LINE_LENGTH:
            lines, line = [*lines, line], " " * (_INDENT - 1)
        line += word
    return "\n".join([f"{name} = [", *lines, line, "]  # fmt: skip"]) if lines else None


def _public_name(value: Any) -> tuple[str, str]:
    """Find the shortest public module that gives something, and what it is called there."""
    name = str(getattr(value, "__qualname__", None) or value.__name__)
    home: str = "numpy" if isinstance(value, np.ufunc) else getattr(value, "__module__", None) or ""
    parts = home.split(".")
    modules = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    public = [module for module in modules if "._" not in module and not module.startswith("_")]
    for module in [*public, home]:
        if _found(module, name) is value:
            return module, name
    raise UsageError(
        f"export-code: every value must be plain or importable by name; got {value!r}. "
        "Define it in a module of its own."
    )


def _found(module: str, qualified: str) -> Any:
    found = sys.modules.get(module)
    for part in qualified.split("."):
        found = getattr(found, part, None)
    return found


def _parameters(value: Any) -> dict[str, Any]:
    """Give what an object was made with, in the order of its constructor."""
    try:
        order = list(inspect.signature(type(value)).parameters)
    except ValueError:  # of a type that is written in C
        order = []
    if hasattr(value, "get_params"):
        given = value.get_params(deep=False)
        return {name: given[name] for name in sorted(given, key=lambda n: order.index(n) if n in order else len(order))}
    held = {**getattr(value, "cvargs", {}), **getattr(value, "__dict__", {})}  # a repeated splitter keeps some in there
    if not order or any(name not in held for name in order):
        raise UsageError(
            f"export-code: every value must be an estimator, a splitter or plain; got {value!r}. "
            "Choose values that a file can name."
        )
    return {name: held[name] for name in order}


def _defaults(cls: type) -> Mapping[str, Any]:
    """Give the defaults of a constructor; also those of its parents that it takes as ``**kwargs``."""
    parameters = inspect.signature(cls).parameters.values()
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters) and hasattr(cls, "get_params"):
        given: Mapping[str, Any] = cls().get_params(deep=False)
        return given
    return {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}


def _made_by_make_pipeline(value: Any) -> list[Any] | None:
    """Give the steps of a pipeline that is as `make_pipeline` makes it, else None."""
    from sklearn.pipeline import Pipeline, make_pipeline

    if type(value) is not Pipeline or not isinstance(value.steps, list):
        return None
    steps = [step for _, step in value.steps]
    made = make_pipeline(*steps)
    as_made = made.get_params(deep=False) | {"steps": value.steps} == value.get_params(deep=False)
    return steps if as_made and [name for name, _ in made.steps] == [name for name, _ in value.steps] else None
