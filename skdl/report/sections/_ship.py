"""How to run the comparison again and use what it gave, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.report.summary import Summary

__all__ = ["ShipSection", "ship_section"]


@dataclass(frozen=True)
class ShipSection:
    """Commands to copy, and the versions that numbers depend on."""

    command: str
    score_note: str | None
    score_command: str | None
    versions: tuple[tuple[str, str], ...]


def ship_section(summary: Summary, words: Words) -> ShipSection:
    """Give the commands and versions."""
    pin = summary.model_pin
    return ShipSection(
        command=summary.command,
        score_note=None if pin is None else words("reproduce.score_note", model=summary.verdict.recommended),
        score_command=None if pin is None else words("reproduce.score_command", pin=pin),
        versions=tuple(summary.versions.items()),
    )
