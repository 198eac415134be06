"""The two tasks: regression and classification."""

from __future__ import annotations

from typing import Literal

__all__ = ["Task"]

Task = Literal["regression", "classification"]
