"""The page as HTML: template, style, script and data in one text."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from skdl.report import theme_style

MARK = '<meta name="generator" content="skdl explore">'  # in every page
_EXACT = 2**53


def _page_file(name: str) -> str:
    return (files("skdl.explore") / "page" / name).read_text(encoding="utf-8")


def _plain(value: Any) -> Any:
    """Turn numbers of NumPy into Python's, and what is no finite number into None."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < _EXACT else value  # the same number in JavaScript
    return value


def _to_json(data: dict[str, Any]) -> str:
    return json.dumps(_plain(data), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def render_page(data: dict[str, Any], title: str) -> str:
    """Return the HTML of a page with its data (`page_data`), whose language is that of the data."""
    template, style, script = (_page_file(name) for name in ("page.html", "style.css", "explore.js"))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    # Text that ends a script, or a comment that hides its end, would be read by the browser before the script.
    inline = {"data": _to_json(data).replace("<", "\\u003c"), "script": script.replace("</script", "<\\/script")}
    # Both are part of the package, and the data is JSON without any "<".
    marked = {name: Markup(text) for name, text in {**inline, "style": theme_style() + style}.items()}  # noqa: S704
    return environment.from_string(template).render(lang=data["lang"], title=title, **marked)
