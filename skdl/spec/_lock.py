"""``lock.yaml``: the pipeline of a comparison with the digests and versions that it ran with.

The format has one definition, `Lock`: `Lock.to_yaml` writes it next to each report, and `open_lock` reads it, so that a
lock can be run again instead of its pipeline file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from skdl._note import Note
from skdl.exceptions import DataError, PipelineFileError
from skdl.spec._errors import Positions
from skdl.spec._yaml import Document, dump_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping


_KEYS = ("created", "data", "splits", "versions", "pipeline")


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What is needed to get the numbers of a comparison again.

    ``data`` and ``splits`` have the ``sha256`` of the table (over features and target) and of the folds; their other
    keys are for people.
    """

    data: Mapping[str, Any]
    splits: Mapping[str, Any]
    versions: Mapping[str, str]  # of Python and packages
    pipeline: Mapping[str, Any] | None  # resolved; None of a comparison that was not made from a file
    created: str = ""  # ISO 8601, UTC
    file: str = field(default="lock.yaml", compare=False)  # the lock itself, once it was read

    def to_yaml(self) -> str:
        """Write the lock as YAML."""
        return dump_yaml({key: getattr(self, key) for key in _KEYS})

    def check_data(self, source: str, digest: str) -> None:
        """Raise DataError where the table is not the one of the lock."""
        if digest != self.data["sha256"]:
            text = (
                "{source}: must be the table that {file} was made with; its content has changed since. Restore that "
                "table, or run the pipeline file itself."
            )
            raise DataError.of("lock_other_table", text, source=source, file=self.file)

    def check_splits(self, source: str, digest: str) -> None:
        """Raise DataError where the folds are not those of the lock."""
        if digest != self.splits["sha256"]:
            text = (
                "{source}: the folds must be those that {file} was made with; they differ, because groups, times or "
                "the settings of the folds have changed since. Run the pipeline file itself."
            )
            raise DataError.of("lock_other_folds", text, source=source, file=self.file)

    def notes(self) -> list[Note]:
        """Return a note on packages with other versions now: numbers may differ a little."""
        versions = {name: (then, _installed(name)) for name, then in self.versions.items() if name != "python"}
        changed = {name: (then, now) for name, (then, now) in versions.items() if then != now}
        if not changed:
            return []
        text = "; ".join(f"{name} {then} then, {now or 'none'} now" for name, (then, now) in changed.items())
        arrows = ", ".join(f"{name} {then} \N{RIGHTWARDS ARROW} {now or '-'}" for name, (then, now) in changed.items())
        return [Note("other_versions", f"the lock was made with other versions: {text}", {"changed": arrows})]


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except (PackageNotFoundError, ValueError):  # a ValueError for a name that no package can have
        return None


def open_lock(document: Document) -> tuple[Document, Lock | None]:
    """Take the pipeline out of a lock; a pipeline file is returned as it is."""
    value = document.value
    if not value.keys() >= {"pipeline", "data", "splits", "versions"}:
        return document, None
    file = document.positions.file
    for key in value:
        if key not in _KEYS:
            where = document.positions.of((key,), at_key=True)
            text = "{where}: {key}: no such key in a lock. Run the pipeline file itself, or extend it."
            raise PipelineFileError.of("lock_key", text, where=where, key=key)
    if not isinstance(value["pipeline"], dict):
        text = (
            "{file}: a lock that can be run again must have a pipeline; this comparison was made in Python. Run that."
        )
        raise PipelineFileError.of("lock_of_python", text, file=file)
    data, splits, versions = value["data"], value["splits"], value["versions"]
    has_digests = all(isinstance(part, dict) and isinstance(part.get("sha256"), str) for part in (data, splits))
    if not has_digests or not isinstance(versions, dict):
        text = "{file}: a lock must have data.sha256, splits.sha256 and versions. Run the pipeline file itself."
        raise PipelineFileError.of("lock_incomplete", text, file=file)
    lock = Lock(
        data=data,
        splits=splits,
        versions={str(name): str(then) for name, then in versions.items()},
        pipeline=value["pipeline"],
        created=str(value.get("created", "")),
        file=file,
    )
    # The pipeline is nested in the lock: errors in it name lines and columns of the lock itself.
    inner = {path[1:]: at for path, at in document.positions.by_path.items() if len(path) > 1 and path[0] == "pipeline"}
    return Document(value["pipeline"], Positions(file, inner)), lock
