"""Source code of values: estimators with the parameters that differ from their defaults, and plain values.

A value is written in one line where that fits, else with one item on each line. Functions and classes of skdl's private
modules are copied into the script, without type annotations and with what else they use of their module.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import textwrap
import types
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from skdl.exceptions import UsageError

_LINE_LENGTH = 88
_REPR_IS_SOURCE = (types.NoneType, bool, int, str, bytes, range, slice, set, frozenset)


@dataclass(frozen=True)
class Name:
    """An expression that is valid in the script; written as it is."""

    text: str


class SourceWriter:
    """Writes the values of one script.

    It collects the import lines that they need, and by name the source of the functions, classes and constants that are
    copied into the script.

    >>> from sklearn.svm import SVR
    >>> writer = SourceWriter()
    >>> writer.assign("sizes", [16, 32])
    'sizes = [16, 32]'
    >>> writer.source({"model": SVR(C=10), "sizes": [16, 32]}), writer.imports
    ("{'model': SVR(C=10), 'sizes': sizes}", {'from sklearn.svm import SVR'})
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.definitions: dict[str, str] = {}
        self._module_of: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def assign(self, name: str, value: Any) -> str:
        """Write an assignment; from now on an equal list, dict or object is written as that name."""
        source = self.source(value)
        # Only what has a bracket: naming a plain number or text would replace every equal one.
        if source.endswith(("]", "}", ")")):
            self._names[source] = name
        return f"{name} = {source}"

    def call(self, function: str, *arguments: Any, **named: Any) -> Name:
        """Write the call of a function that the script knows."""
        given = [self.source(argument) for argument in arguments]
        return Name(_bracketed(f"{function}(", [*given, *(f"{n}={self.source(v)}" for n, v in named.items())], ")"))

    def source(self, value: Any) -> str:
        """Write a value as an expression; refuse what no expression gives, such as a lambda."""
        text = self._written(value)
        return self._names.get(text, text)

    def _written(self, value: Any) -> str:  # noqa: C901, PLR0911, PLR0912 - one branch a kind of value
        from scipy.stats.distributions import rv_frozen
        from sklearn.metrics import make_scorer
        from sklearn.metrics._scorer import _Scorer

        if isinstance(value, Name):
            return value.text
        if isinstance(value, type) or (hasattr(value, "__name__") and not hasattr(value, "get_params")):
            return self._reference(value)  # an estimator may have a name too
        if isinstance(value, np.generic):  # before Python's numbers: np.float64 is a float
            self.imports.add("import numpy as np")
            return f"np.{type(value).__name__}({self.source(value.item())})"
        if isinstance(value, np.ndarray):
            self.imports.add("import numpy as np")
            return self.call("np.array", value.tolist(), dtype=str(value.dtype)).text
        if isinstance(value, _REPR_IS_SOURCE):
            return repr(value)
        if isinstance(value, float):
            if np.isfinite(value):
                return repr(value)
            self.imports.add("import numpy as np")
            return f"{'-' if value < 0 else ''}np.{'nan' if np.isnan(value) else 'inf'}"
        if isinstance(value, list):
            return _numbered_names(value) or _bracketed("[", [self.source(item) for item in value], "]")
        if isinstance(value, tuple):
            items = [self.source(item) for item in value]
            return f"({items[0]},)" if len(items) == 1 else _bracketed("(", items, ")")
        if isinstance(value, Mapping):
            return _bracketed("{", [f"{self.source(key)}: {self.source(item)}" for key, item in value.items()], "}")
        if isinstance(value, functools.partial):
            return self.call(self._reference(functools.partial), value.func, *value.args, **dict(value.keywords)).text
        if isinstance(value, rv_frozen):  # it holds a copy of its family, which is imported by name
            self.imports.add(f"from scipy.stats import {value.dist.name}")
            return self.call(value.dist.name, *value.args, **dict(value.kwds)).text
        if isinstance(value, _Scorer):  # its function has no public attribute; greater is better in all of skdl's
            return self.call(self._reference(make_scorer), value._score_func, **value._kwargs).text  # noqa: SLF001
        text = self.call(self._reference(type(value)), **_changed_parameters(value)).text
        # No parameter, but CatBoost and the strong networks need the types of the columns. It holds for the parts, too.
        in_frames = getattr(value, "_sklearn_output_config", {}).get("transform") == "pandas"
        return f"{text}.set_output(transform='pandas')" if in_frames and hasattr(value, "transformers") else text

    def _reference(self, value: Any) -> str:
        """Import a class or function from its public module, or copy it where it has none."""
        module, qualified = _public_name(value)
        if module == "builtins":
            return qualified
        if module == "numpy":
            self.imports.add("import numpy as np")
            return f"np.{qualified}"
        if module.startswith("skdl.") and "._" in module:
            return self.define(value)
        name = qualified.partition(".")[0]
        if self._module_of.setdefault(name, module) != module:  # two packages have a class of this name
            self.imports.add(f"import {module}")
            return f"{module}.{qualified}"
        if name.startswith("Halving"):
            self.imports.add("from sklearn.experimental import enable_halving_search_cv  # noqa: F401")
        self.imports.add(f"from {module} import {name}")
        return qualified

    def define(self, value: Any) -> str:
        """Copy a function or class into the script without types, after what it uses of its module; return its name."""
        name: str = value.__name__
        if name not in self.definitions:
            tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    node.returns = None
                elif isinstance(node, ast.arg):
                    node.annotation = None
            module = vars(sys.modules[value.__module__])
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {name}
            for other in sorted(used & module.keys()):
                found = module[other]
                if isinstance(found, types.ModuleType):
                    self.imports.add(f"import {found.__name__} as {other}")
                elif isinstance(found, types.BuiltinFunctionType):
                    self.imports.add(f"from {found.__module__} import {other}")
                elif callable(found):
                    self._reference(found)
                else:
                    self.definitions.setdefault(other, f"{other} = {self.source(found)}")
            # Added after what it uses, so that definitions are in an order that runs. Unparsing drops the comments.
            self.definitions[name] = ast.unparse(tree)
        return name


def _bracketed(opening: str, items: list[str], closing: str) -> str:
    line = f"{opening}{', '.join(items)}{closing}"
    if not items or (len(line) <= _LINE_LENGTH and "\n" not in line):
        return line
    return "\n".join([opening, *(f"{textwrap.indent(item, '    ')}," for item in items), closing])


def _numbered_names(names: list[Any]) -> str | None:
    """Write names such as those of 784 pixels in one line; None where they are not numbered without a gap."""
    if len(names) < 12 or not all(isinstance(name, str) for name in names):
        return None
    prefix = names[0].rstrip("0123456789")
    start = int(names[0][len(prefix) :] or 0)
    if not prefix.isidentifier() or names != [f"{prefix}{number}" for number in range(start, start + len(names))]:
        return None
    return f"[f'{prefix}{{number}}' for number in range({start}, {start + len(names)})]"


def _public_name(value: Any) -> tuple[str, str]:
    """Find the shortest public module that exports an object, and its name there."""
    name = str(getattr(value, "__qualname__", None) or value.__name__)
    home: str = "numpy" if isinstance(value, np.ufunc) else getattr(value, "__module__", None) or ""
    parts = home.split(".")
    modules = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    public = [module for module in modules if "._" not in module and not module.startswith("_")]
    for module in [*public, home]:
        found = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is value:
            return module, name
    text = "export-code: every value must be plain or importable by name; got {value!r}. Define it in a module."
    raise UsageError.of("export_no_name", text, value=value)


def _changed_parameters(value: Any) -> dict[str, Any]:
    """Return the parameters of an estimator or splitter that are not at their defaults, in the constructor's order."""
    signature: Mapping[str, inspect.Parameter] = {}
    with suppress(ValueError):  # a type that is written in C
        signature = inspect.signature(type(value)).parameters
    defaults = {one.name: one.default for one in signature.values() if one.default is not one.empty}
    if hasattr(value, "get_params"):
        held = value.get_params(deep=False)
        if any(one.kind is one.VAR_KEYWORD for one in signature.values()):
            defaults = type(value)().get_params(deep=False)  # those of the parents too, which it takes as **kwargs
    else:  # a repeated splitter keeps some in cvargs
        held = {**getattr(value, "cvargs", {}), **getattr(value, "__dict__", {})}
        held = {name: held[name] for name in signature if name in held}
        if not signature or len(held) < len(signature):
            text = (
                "export-code: every value must be an estimator, a splitter or plain; got {value!r}. Choose values that "
                "a pipeline file can hold."
            )
            raise UsageError.of("export_no_value", text, value=value)
    ordered = [name for name in dict.fromkeys([*signature, *held]) if name in held]
    return {name: held[name] for name in ordered if name not in defaults or not _equal(held[name], defaults[name])}


def _equal(value: Any, default: Any) -> bool:
    """Whether both have the same source: NaN equals NaN then, and 1 does not equal True."""
    with suppress(UsageError):
        return value is default or SourceWriter().source(value) == SourceWriter().source(default)
    return False
