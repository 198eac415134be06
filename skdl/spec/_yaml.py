"""YAML with the position of every key, read without running any code.

The rules are those of ``yaml.safe_load`` with four exceptions: ``1e-3`` is a number; a date stays text; ``None`` is
null, as in Python; and the name of a column or a class is text as it is written, also ``no`` or ``2024``. A pipeline
file needs no tags, anchors, aliases, duplicate keys, other keys than text, several documents, deep nesting or large
files. Each of these is an error, for each can hide a mistake or an attack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.exceptions import PipelineFileError
from skdl.spec._errors import KeyPath, Position, Positions, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A pipeline file may be of unknown origin. Each limit closes one way to exhaust memory, time or, by nesting, the call
# stack.
_MAX_BYTES = 256_000
_MAX_DEPTH = 20
_MAX_VALUES = 10_000  # keys and values; far more than a pipeline needs, and read in a second or two
_MAX_TEXT = 2000  # characters of one key or value
_MAX_DIGITS = 100  # of one number; Python parses long integers in quadratic time, and refuses to print them
_TAG = "tag:yaml.org,2002:"
_COSTS: KeyPath = ("compare", "costs")
_SLICES: KeyPath = ("compare", "slices")
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
        return self.represent_scalar(f"{_TAG}str", data, style=None if data.isprintable() else '"')


_Dumper.add_representer(str, _Dumper.represent_text)

# A copy without timestamps, so that dates stay text and yaml.SafeLoader itself is unchanged.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# In the dumper too: it quotes text that the loader would read as a number.
for _language in (_Loader, _Dumper):
    _language.add_implicit_resolver(f"{_TAG}float", _EXPONENT_FLOAT, list("-+.0123456789"))
    _language.add_implicit_resolver(f"{_TAG}null", re.compile("None$"), ["N"])
# Keys of the data section that hold names of columns, or words of cells; and those that are mappings by name.
NAME_KEYS = frozenset({"target", "drop", "numeric", "categorical", "groups", "time", "folds", "rename", "na_values"})
_BY_NAME = frozenset({"rename", "dtypes", "dates", "na_values"})


@dataclass(frozen=True)
class Document:
    """A plain value, the positions of its parts, and the paths of those written as ``null``, not left empty."""

    value: Any
    positions: Positions
    nulls: frozenset[KeyPath] = frozenset()


_TABLES = frozenset({".csv", ".tsv", ".parquet", ".pq", ".feather", ".arrow", ".gz", ".bz2", ".xz", ".xlsx"})


def read_document(path: Path) -> Document:
    """Read one YAML file, in UTF-8 with or without a byte-order mark, whose value is a mapping."""
    if path.suffix.lower() in _TABLES:
        template = (
            "{path}: this is a table, not a pipeline file. `skdl init {path} --target COLUMN` writes a pipeline file "
            "for it."
        )
        raise PipelineFileError.of("table_for_file", template, path=str(path))
    try:
        with path.open("rb") as file:
            # One byte beyond the limit shows that the file is too large, without reading all of it.
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        hint = did_you_mean(path.name, (other.name for other in path.parent.glob("*")))
        raise PipelineFileError.of("no_file", "{file}: no such file{hint}", file=str(path), hint=hint) from None
    except (OSError, ValueError) as error:  # a ValueError where the path has characters that none can have
        reason = getattr(error, "strerror", None) or error
        template = "{path}: a pipeline file must be readable; {reason}."
        raise PipelineFileError.of("file_not_read", template, path=path, reason=reason) from error
    if len(content) > _MAX_BYTES:
        template = "{path}: a pipeline file must have {most:,} bytes at most. Is this the table itself?"
        raise PipelineFileError.of("file_too_large", template, path=path, most=_MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The text is not decoded yet, so lines are counted in bytes, which is right for UTF-8.
        line = content[: error.start].count(b"\n") + 1
        template = "{path}:{line}: text must be UTF-8. Save the file as UTF-8."
        raise PipelineFileError.of("file_no_utf8", template, path=path, line=line) from None
    document = parse_yaml(text, str(path))
    if not isinstance(document.value, dict):
        template = "{path}:1:1: a pipeline file must be a mapping, with keys such as data and models."
        raise PipelineFileError.of("file_no_mapping", template, path=path)
    return document


def parse_yaml(text: str, file: str, *, located: bool = True, at: KeyPath = ()) -> Document:
    """Parse YAML text; messages name the file, with line and column unless it is a value of the command line.

    ``at`` is the path of the value in a pipeline file, where it is a part of one.

    Examples
    --------
    >>> parse_yaml("a: {b: 1e-3}", "x.yaml").value
    {'a': {'b': 0.001}}
    """
    reader = _Reader(file, located, at)
    try:
        reader.check_events(text)
        # A tree of nodes with their positions, which plain values no longer have.
        node = yaml.compose(text, Loader=_Loader)
        value = None if node is None else reader.build(node, ())
    except yaml.YAMLError as error:
        raise PipelineFileError(_syntax_message(error, reader, text)) from None
    return Document(value, Positions(file, reader.positions), frozenset(reader.nulls))


def dump_yaml(value: Any) -> str:
    """Write a plain value as YAML that `parse_yaml` reads back to the same value, keys in the order of the mapping.

    Examples
    --------
    >>> print(dump_yaml({"name": "boston", "rate": 0.001, "word": "1e-3"}), end="")
    name: boston
    rate: 0.001
    word: '1e-3'
    """
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


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

    def __init__(self, file: str, located: bool, at: KeyPath) -> None:
        self.at = at
        self.file = file
        self.located = located
        self.loader = _Loader("")  # constructs scalars
        self.positions: dict[KeyPath, tuple[Position, Position]] = {}
        self.nulls: set[KeyPath] = set()

    def position(self, mark: Any) -> Position:
        if mark is None or not self.located:
            return Position(self.file)
        return Position(self.file, mark.line + 1, mark.column + 1)

    def refuse(self, part: yaml.Event | yaml.Node, message: Note) -> PipelineFileError:
        where = str(self.position(part.start_mark))
        text = f"{where}: {shorten(message.text, 300)}"
        return PipelineFileError(Note("problem", text, {"where": where, "problem": message}))

    def check_events(self, text: str) -> None:
        """Check the flat stream of events before a tree is built, so that no input can exhaust memory."""
        depth = documents = values = 0
        for event in _events(text):
            values += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            documents += isinstance(event, yaml.DocumentStartEvent)
            message: Note | None = None
            if values > _MAX_VALUES:
                message = Note.of(
                    "too_many_values", "a file must have {most:,} keys and values at most.", most=_MAX_VALUES
                )
            elif len(getattr(event, "value", "")) > _MAX_TEXT:
                message = Note.of(
                    "text_too_long",
                    "this text is too long to be a value that can be read: at most {most:,} characters.",
                    most=_MAX_TEXT,
                )
            elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                message = Note(
                    "yaml_anchor",
                    "anchors (&) and aliases (*) are not allowed. Write the value out; quote text that starts so.",
                )
            elif tag := getattr(event, "tag", None):
                message = Note.of(
                    "yaml_tag",
                    "YAML tags are not allowed; got {tag!r}. Remove the tag; quote text that begins with '!'.",
                    tag=tag,
                )
            elif depth > _MAX_DEPTH:
                message = Note.of("too_deep", "values must be nested {most} levels deep at most.", most=_MAX_DEPTH)
            elif documents > 1:
                message = Note(
                    "two_documents", "a file must have one document; a second one begins here. Remove the '---'."
                )
            if message is not None:
                raise self.refuse(event, message)

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._build_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            values = []
            for number, child in enumerate(node.value):
                here = self.position(child.start_mark)
                self.positions[*path, number] = here, here
                values.append(self.build(child, (*path, number)))
            return values
        if _is_written(node) and _holds_name((*self.at, *path)):
            self._check_text(node, node.value)
            return node.value
        if node.tag in {f"{_TAG}int", f"{_TAG}float"} and len(node.value) > _MAX_DIGITS:
            message = Note.of(
                "number_too_long",
                "this number is too long to be a value that can be read: at most {most} characters.",
                most=_MAX_DIGITS,
            )
            raise self.refuse(node, message)
        try:
            # Scalars alone get here. Mappings and sequences are built above, so that duplicate keys are noticed.
            value = self.loader.construct_object(node)
        except (ValueError, OverflowError, KeyError):
            message = Note.of(
                "no_scalar", "{value!r} is not a value that can be read. Quote it if it is text.", value=node.value[:40]
            )
            raise self.refuse(node, message) from None
        if isinstance(value, str):
            self._check_text(node, value)
        if value is None and node.value:
            self.nulls.add(path)
        return value

    def _build_mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        children: dict[str, yaml.Node] = {}
        for key_node, child in node.value:
            if not (key_node.tag == f"{_TAG}str" or (_is_written(key_node) and _has_names((*self.at, *path)))):
                given: Note | str = Note("list_or_mapping", "'a list or mapping'")
                if isinstance(key_node, yaml.ScalarNode):
                    given = repr(shorten(key_node.value, 200))
                text = "a key must be text; got {given}. Put it in quotes if it is meant as text."
                message = Note.of("key_no_text", text, given=given)
                raise self.refuse(key_node, message)
            key = str(key_node.value)
            self._check_text(key_node, key)
            where = (*path, key)
            if key in children:
                dotted, line = shorten(".".join(map(str, where)), 120), self.positions[where][0].line
                raise self.refuse(
                    key_node,
                    Note.of(
                        "duplicate_key", "{key}: duplicate key, first in line {line}. Keep one.", key=dotted, line=line
                    ),
                )
            self.positions[where] = self.position(key_node.start_mark), self.position(child.start_mark)
            children[key] = child
        return {key: self.build(child, (*path, key)) for key, child in children.items()}

    def _check_text(self, node: yaml.Node, text: str) -> None:
        """Refuse surrogates: an escape can make one, and it cannot be encoded as UTF-8."""
        if any("\ud800" <= each <= "\udfff" for each in text):
            given = shorten(text, 200)
            raise self.refuse(
                node,
                Note.of("surrogates", "text must have no surrogates; got {given!r}. Remove the escape.", given=given),
            )


def _is_written(node: yaml.Node) -> bool:
    """Whether a node is one word or number, and not ``~``, ``null`` or nothing."""
    return isinstance(node, yaml.ScalarNode) and (node.tag != f"{_TAG}null" or node.value == "None")


def _holds_name(path: KeyPath) -> bool:
    """Whether the value at a path is the name of a column, a class, or the word of a cell."""
    if path[:2] == _SLICES:
        return "bins" not in path
    if len(path) < 2 or path[0] != "data":
        return path == (*_COSTS, "action")
    return path[1] in NAME_KEYS or (path[1] == "dates" and all(isinstance(step, int) for step in path[2:]))


def _has_names(path: KeyPath) -> bool:
    """Whether the keys of the mapping at a path are names of columns or classes."""
    by_name = len(path) == 2 and path[0] == "data" and path[1] in _BY_NAME
    is_matrix = path[:3] == (*_COSTS, "matrix")
    return by_name or is_matrix or path[-2:] == ("preprocess", "columns")


def _syntax_message(error: yaml.YAMLError, reader: _Reader, text: str) -> Note:
    """Describe a YAML syntax error, with its position."""
    if isinstance(error, yaml.MarkedYAMLError):
        reasons = [part for part in (error.context, error.problem) if part]
        where = reader.position(error.problem_mark or error.context_mark)
        reason = shorten(", ".join(reasons), 300)
        template = (
            "{where}: not YAML: {reason}. Check indentation (spaces, no tabs), quotes, and the space behind each colon."
        )
        return Note.of("no_yaml", template, where=where, reason=reason)
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: int(error.position)].count("\n") + 1
        where = Position(reader.file, line if reader.located else 0, 1)
        return Note.of("control_character", "{where}: not YAML: a control character. Remove it.", where=where)
    where = Position(reader.file)
    return Note.of("no_yaml_other", "{where}: not YAML: {reason}", where=where, reason=str(error))
