"""YAML with the position of every key, read without running any code.

The rules are those of ``yaml.safe_load`` with two exceptions: ``1e-3`` is a number, and a date stays text. A pipeline
file needs no tags, anchors, aliases, duplicate keys, keys other than text, several documents, deep nesting or large
files. Each of these is an error, for each can hide a mistake or an attack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from skdl._nearest import did_you_mean
from skdl.exceptions import PipelineFileError
from skdl.spec._errors import KeyPath, Position, Positions, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Document", "dump_yaml", "parse_yaml", "read_document"]

# A pipeline file may be of unknown origin. Each limit closes one way to exhaust memory, time or, by nesting, the call
# stack.
_MAX_BYTES = 256_000
_MAX_DEPTH = 20
_MAX_VALUES = 10_000  # keys and values; far more than a pipeline needs, and read in a second or two
_MAX_TEXT = 2000  # characters of one key or value
_MAX_DIGITS = 100  # of one number; Python parses long integers in quadratic time, and refuses to print them
_FLOAT_TAG = "tag:yaml.org,2002:float"
_INT_TAG = "tag:yaml.org,2002:int"
_TIMESTAMP_TAG = "tag:yaml.org,2002:timestamp"
# YAML 1.1 wants a dot and a sign in 1.0e-3; people write 1e-3.
_EXPONENT_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)[eE][-+]?[0-9]+$")


class _Loader(yaml.SafeLoader):
    """Builds plain values only."""


class _Dumper(yaml.SafeDumper):
    """Writes plain values without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True

    def represent_text(self, data: str) -> yaml.ScalarNode:
        """Quote text with unprintable characters, so that they are escaped: PyYAML would fold some line breaks away."""
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=None if data.isprintable() else '"')


_Dumper.add_representer(str, _Dumper.represent_text)

# A copy without timestamps, so that dates stay text and yaml.SafeLoader itself is unchanged.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP_TAG]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# In the dumper too: it quotes text that the loader would read as a number.
for _language in (_Loader, _Dumper):
    _language.add_implicit_resolver(_FLOAT_TAG, _EXPONENT_FLOAT, list("-+.0123456789"))


@dataclass(frozen=True)
class Document:
    """A plain value and the positions of its parts."""

    value: Any
    positions: Positions


def read_document(path: Path) -> Document:
    """Read one YAML file.

    Parameters
    ----------
    path : pathlib.Path
        The file; UTF-8, with or without a byte-order mark.

    Returns
    -------
    Document
        The plain value of the file, a mapping, and the positions of its keys.

    Raises
    ------
    PipelineFileError
        If the file is missing, too large, not UTF-8, not YAML, or holds something that is not allowed.
    """
    try:
        with path.open("rb") as file:
            # One byte beyond the limit shows that the file is too large, without reading all of it.
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise PipelineFileError(f"{path}: no such file{did_you_mean(path.name, _siblings(path)) or '.'}") from None
    except (OSError, ValueError) as error:  # a ValueError where the path has characters that none can have
        reason = getattr(error, "strerror", None) or error
        raise PipelineFileError(f"{path}: a pipeline file must be readable; {reason}.") from error
    if len(content) > _MAX_BYTES:
        raise PipelineFileError(
            f"{path}: a pipeline file must have {_MAX_BYTES:,} bytes at most. Is this the table itself?"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The text is not decoded yet, so lines are counted in bytes, which is right for UTF-8.
        line = content[: error.start].count(b"\n") + 1
        raise PipelineFileError(f"{path}:{line}: text must be UTF-8. Save the file as UTF-8.") from None
    document = parse_yaml(text, str(path))
    if not isinstance(document.value, dict):
        raise PipelineFileError(f"{path}:1:1: a pipeline file must be a mapping, with keys such as data and models.")
    return document


def parse_yaml(text: str, file: str, *, located: bool = True) -> Document:
    """Parse YAML text.

    Parameters
    ----------
    text : str
        YAML.
    file : str
        Its name in messages.
    located : bool, default=True
        Whether messages give line and column; False for a value of the command line.

    Returns
    -------
    Document
        The value and the positions of its parts.

    Raises
    ------
    PipelineFileError
        If the text is not YAML or holds something that is not allowed.

    Examples
    --------
    >>> parse_yaml("a: {b: 1e-3}", "x.yaml").value
    {'a': {'b': 0.001}}
    """
    reader = _Reader(file, located)
    try:
        reader.check_events(text)
        loader = _Loader(text)
        try:
            # A tree of nodes with their positions, which plain values no longer have.
            node = loader.get_single_node()
            value = None if node is None else reader.build(loader, node, ())
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise PipelineFileError(_syntax_message(error, reader, text)) from None
    return Document(value, Positions(file, reader.keys, reader.values))


def dump_yaml(value: Any) -> str:
    """Write a plain value as YAML that `parse_yaml` reads back to the same value.

    Parameters
    ----------
    value : dict, list or scalar
        Plain Python values.

    Returns
    -------
    str
        YAML text, keys in the order of the mapping.

    Examples
    --------
    >>> print(dump_yaml({"name": "boston", "rate": 0.001, "word": "1e-3"}), end="")
    name: boston
    rate: 0.001
    word: '1e-3'
    """
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


def _siblings(path: Path) -> list[str]:
    try:
        return [other.name for other in path.parent.iterdir()]
    except OSError:
        return []


def _has_surrogate(text: str) -> bool:
    """Whether text has a surrogate: an escape can make one, and it cannot be encoded as UTF-8."""
    return any("\ud800" <= each <= "\udfff" for each in text)


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield the events of a text; turn Python errors that PyYAML lets through into YAML errors."""
    loader = _Loader(text)
    try:
        while loader.check_event():
            yield loader.get_event()  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError) as error:  # an escape beyond Unicode, a version of thousands of digits
        raise yaml.MarkedYAMLError(problem="found a number that cannot be", problem_mark=loader.get_mark()) from error
    finally:
        loader.dispose()


class _Reader:
    """Builds the plain value of a document and records the position of each part."""

    def __init__(self, file: str, located: bool) -> None:
        self.file = file
        self.located = located
        self.keys: dict[KeyPath, Position] = {}
        self.values: dict[KeyPath, Position] = {}

    def position(self, mark: Any) -> Position:
        if mark is None or not self.located:
            return Position(self.file)
        return Position(self.file, mark.line + 1, mark.column + 1)

    def refuse(self, mark: Any, message: str) -> PipelineFileError:
        return PipelineFileError(f"{self.position(mark)}: {shorten(message, 300)}")

    def check_events(self, text: str) -> None:
        """Check the flat stream of events before a tree is built, so that no input can exhaust memory."""
        depth = documents = values = 0
        for event in _events(text):
            mark = event.start_mark
            values += isinstance(event, yaml.NodeEvent)
            if values > _MAX_VALUES:
                raise self.refuse(mark, f"a file must have {_MAX_VALUES:,} keys and values at most.")
            if len(getattr(event, "value", "")) > _MAX_TEXT:
                raise self.refuse(
                    mark, f"this text is too long to be a value that can be read: at most {_MAX_TEXT:,} characters."
                )
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self.refuse(
                    mark,
                    "anchors (&) and aliases (*) are not allowed. Write the value out; quote text that starts so.",
                )
            tag = getattr(event, "tag", None)
            if tag:
                raise self.refuse(
                    mark,
                    f"YAML tags are not allowed; got {tag!r}. Remove the tag; quote text that begins with '!'.",
                )
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _MAX_DEPTH:
                    raise self.refuse(mark, f"values must be nested {_MAX_DEPTH} levels deep at most.")
            depth -= isinstance(event, yaml.CollectionEndEvent)
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise self.refuse(mark, "a file must have one document; a second one begins here. Remove the '---'.")

    def build(self, loader: _Loader, node: yaml.Node, path: KeyPath) -> Any:
        self.values[path] = self.position(node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return {key: self.build(loader, child, (*path, key)) for key, child in self._items(node, path)}
        if isinstance(node, yaml.SequenceNode):
            return [self.build(loader, child, (*path, number)) for number, child in enumerate(node.value)]
        if node.tag in {_INT_TAG, _FLOAT_TAG} and len(node.value) > _MAX_DIGITS:
            raise self.refuse(
                node.start_mark,
                f"this number is too long to be a value that can be read: at most {_MAX_DIGITS} characters.",
            )
        try:
            # Scalars alone get here. Mappings and sequences are built above, so that duplicate keys are noticed.
            value = loader.construct_object(node)
        except (ValueError, OverflowError, KeyError):
            raise self.refuse(
                node.start_mark, f"{node.value[:40]!r} is not a value that can be read. Quote it if it is text."
            ) from None
        if isinstance(value, str) and _has_surrogate(value):
            raise self.refuse(node.start_mark, f"text must have no surrogates; got {value!r}. Remove the escape.")
        return value

    def _items(self, node: yaml.MappingNode, path: KeyPath) -> list[tuple[str, yaml.Node]]:
        items: dict[str, yaml.Node] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                shown = key_node.value if isinstance(key_node, yaml.ScalarNode) else "a list or mapping"
                raise self.refuse(
                    key_node.start_mark, f"a key must be text; got {shown!r}. Put it in quotes if it is meant as text."
                )
            key = str(key_node.value)
            if _has_surrogate(key):
                raise self.refuse(
                    key_node.start_mark,
                    f"a key must have no surrogates; got {key!r}. Remove the escape.",
                )
            where = (*path, key)
            if key in items:
                dotted = ".".join(str(step) for step in where)
                raise self.refuse(
                    key_node.start_mark,
                    f"{shorten(dotted, 120)}: duplicate key, first in line {self.keys[where].line}. Keep one.",
                )
            self.keys[where] = self.position(key_node.start_mark)
            items[key] = child
        return list(items.items())


def _syntax_message(error: yaml.YAMLError, reader: _Reader, text: str) -> str:
    """Describe a YAML syntax error, with its position."""
    if isinstance(error, yaml.MarkedYAMLError):
        reasons = [part for part in (error.context, error.problem) if part]
        position = reader.position(error.problem_mark or error.context_mark)
        advice = "Check indentation (spaces, no tabs), quotes, and the space behind each colon."
        return f"{position}: not YAML: {shorten(', '.join(reasons), 300)}. {advice}"
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: int(error.position)].count("\n") + 1
        return f"{Position(reader.file, line if reader.located else 0, 1)}: not YAML: a control character. Remove it."
    return f"{reader.file}: not YAML: {error}"
