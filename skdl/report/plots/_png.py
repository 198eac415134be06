"""Small grey images as data that a page holds itself."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.image import imsave

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["png_uri"]


def png_uri(pixels: Sequence[Sequence[int]]) -> str:
    """Give rows of grey values from 0 to 255 as the address of a PNG within the page.

    Examples
    --------
    >>> png_uri([[0, 255]]).startswith("data:image/png;base64,")
    True
    """
    buffer = io.BytesIO()
    grey = np.asarray(pixels, dtype=np.uint8)
    unsigned: Any = {"Software": None}  # the same pixels are the same text, whichever version writes them
    imsave(buffer, grey, cmap="gray", vmin=0, vmax=255, format="png", metadata=unsigned)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
