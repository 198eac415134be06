"""The languages of reports and of the terminal."""

from __future__ import annotations

from typing import Literal

__all__ = ["Language"]

Language = Literal["en", "ko"]
