"""Matplotlib figures as inline SVG: text stays text, colours come from the page's style sheet.

Matplotlib has no CSS variables, so every colour is drawn as a stand-in that nothing else uses, and replaced in the SVG.
One unit of a figure is one pixel of the page. Only the object-oriented interface is used: pyplot keeps state for the
whole process.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import EngFormatter, MaxNLocator, ScalarFormatter

from skdl.report._format import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray


FONT_SIZE = 11.5  # pixels
WIDTHS = {"wide": 860.0, "narrow": 340.0}  # pixels of a picture on a desktop and on a phone, by its CSS class
SQUARE = (330.0, 320.0)  # one of several pictures side by side, which a phone shows whole
_UNITS_AN_INCH = 72.0

# Stand-ins, by the name in the page's CSS variable --plot-NAME, which has a value for the light and for the dark theme.
_NAMES = (
    "ink", "muted", "grid", "surface", "leading", "other", "training", "validation",
    "first", "second", "third",  # up to three models in one picture
)  # fmt: skip
COLOURS = {name: f"#010b{number:02x}" for number, name in enumerate(_NAMES, start=1)}
# A line of no effect: zero, chance, or perfect prediction.
REFERENCE_LINE: dict[str, Any] = {"color": COLOURS["muted"], "linewidth": 1.2, "linestyle": (0, (4, 3))}

FONTS = (
    "system-ui, Roboto, Arial, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', 'Noto Sans CJK KR', NanumGothic,"
    " sans-serif"
)


def new_figure(width: float, height: float, *, grid: str) -> tuple[Figure, Axes]:
    """Make a figure of this size in pixels with one empty, transparent axes.

    What carries no information is left out: frame, ticks, and the grid of the other axis.
    """
    # At 72 units an inch one unit of the SVG, a point, is one pixel of the page.
    layout = ConstrainedLayoutEngine(w_pad=2 / _UNITS_AN_INCH, h_pad=2 / _UNITS_AN_INCH)
    figure = Figure(figsize=(width / _UNITS_AN_INCH, height / _UNITS_AN_INCH), layout=layout, facecolor="none")
    axes = figure.add_subplot(facecolor="none")
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, labelsize=FONT_SIZE, labelcolor=COLOURS["muted"], pad=5)
    axes.grid(visible=True, axis=grid, color=COLOURS["grid"], linewidth=1.0)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=COLOURS["muted"], fontsize=FONT_SIZE)
        label.set_parse_math(False)
    return figure, axes


@dataclass(frozen=True)
class Picture:
    """A picture for a page, whose style sheet colours it, and what it shows, in a sentence."""

    svg: Markup
    label: str

    def __html__(self) -> Markup:
        return self.svg


def _write_thousands(figure: Figure) -> None:
    """Write ticks from ten thousand on as 20k or 1.5M: an axis in 1e6 is not read."""
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = axis.get_view_interval()
        largest = max(abs(low), abs(high))
        # Numbers that differ by little are rather codes, whose digits count.
        if largest >= 1e4 and high - low > 0.2 * largest and isinstance(axis.get_major_formatter(), ScalarFormatter):
            axis.set_major_formatter(EngFormatter(sep=""))


def draw_svg(figure: Figure, *, ident: str, label: str, css: str = "") -> Picture:
    """Turn a figure into one ``<svg>`` element with CSS classes, and a label for screen readers.

    ``ident`` is unique within the page, and put before every id, since all plots share the page's ids.
    """
    buffer = io.StringIO()
    # A fixed salt makes Matplotlib's hashed ids, and with them the report, the same in each run.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": ident, "font.size": FONT_SIZE}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # Text stays text, and the browser has the glyphs; only the widths that Matplotlib assumes are approximate.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        # As savefig does, without its first pass that draws to a null device to find the layout.
        canvas, layout = FigureCanvasSVG(figure), figure.get_layout_engine()
        _write_thousands(figure)
        figure.set_dpi(_UNITS_AN_INCH)
        if layout is not None:
            layout.execute(figure)
            figure.set_layout_engine("none")
        unmarked = {"Date": None, "Creator": None, "Format": None, "Type": None}
        canvas.print_svg(buffer, metadata=unmarked)  # type: ignore[no-untyped-call]
    svg = buffer.getvalue()
    # Inline SVG has neither an XML declaration nor a doctype.
    svg = svg[svg.index("<svg") :]
    # A <style> element inside inline SVG would apply to the whole page.
    svg = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    # Coordinates and path data alone: opacities and scales need their digits.
    svg = re.sub(r'(?<=[\s"])([xy]|d)="([^"]*)"', _round_numbers, svg)
    # The page chooses the font family; size and weight of each text remain.
    svg = re.sub(r"font: (?:(\w+) )?([\d.]+px) [^;\"]*", _inherit_font, svg)
    svg = re.sub(r"font-family: [^;\"]*; ?", "", svg)  # as Matplotlib writes the same from 3.11 on
    # Ids first: that turns xlink:href into href, which the pattern of equal marks expects.
    svg = _gather_styles(_prefix_ids(svg, ident))
    # White space between elements has no effect except inside text.
    svg = re.sub(r">\s+<(?!/?text|tspan)", "><", svg)
    for name, stand_in in COLOURS.items():
        svg = svg.replace(stand_in, f"var(--plot-{name})")
    size = figure.get_size_inches() * _UNITS_AN_INCH
    opening = f'<svg class="plot {css}" role="img" aria-label="{escape(label)}" viewBox="0 0 {size[0]:g} {size[1]:g}">'
    whole = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    return Picture(Markup(whole), label)  # noqa: S704 - Matplotlib escapes its text


@cache
def theme_style() -> str:
    """Return the style rules of colours and fonts, light and dark."""
    return (files("skdl.report") / "templates" / "theme.css").read_text(encoding="utf-8")


def standalone(picture: Picture) -> str:
    """Return the picture as a separate SVG file, in the colours of the light theme."""
    light = dict(re.findall(r"--(?:plot-)?(\w+): (#\w+)", theme_style().partition("@media")[0]))
    svg = re.sub(r"var\(--plot-(\w+)\)", lambda variable: light[variable[1]], str(picture.svg))
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" style="background: white" font-family="{FONTS}" '
    return svg.replace("<svg ", opening, 1)


def _round_numbers(match: re.Match[str]) -> str:
    """Round to a tenth of a pixel, which is enough and a third of the bytes."""
    short = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), match[2])
    return f'{match[1]}="{" ".join(short.split())}"'


def _inherit_font(match: re.Match[str]) -> str:
    weight = f"font-weight: {match[1]}; " if match[1] else ""
    return f"{weight}font-size: {match[2]}"


def _prefix_ids(svg: str, ident: str) -> str:
    """Keep the ids that are referred to, under short names with this plot's prefix; drop the others."""
    # A dict keeps the order of first use, so that the new names are the same in each run.
    referred = dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    names = {old: f"{ident}-{place}" for place, old in enumerate(referred)}
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", svg)
    svg = re.sub(r'(?:xlink:)?href="#([^"]+)"', lambda m: f'href="#{names[m[1]]}"', svg)
    return re.sub(r"url\(#([^)]+)", lambda m: f"url(#{names[m[1]]}", svg)


def _gather_styles(svg: str) -> str:
    """Write the style of many equal marks once: a cloud of points is a third as large."""
    mark = r'<use href="[^"]*" x="[^"]*" y="[^"]*" style="([^"]*)"/>\s*'
    return re.sub(rf"{mark}(?:<use href=\"[^\"]*\" x=\"[^\"]*\" y=\"[^\"]*\" style=\"\1\"/>\s*)+", _gathered, svg)


def _gathered(match: re.Match[str]) -> str:
    marks = re.sub(r'\s*style="[^"]*"/>\s*', "/>", match[0])
    return f'<g style="{match[1]}">{marks}</g>'


def for_both_widths(name: str, draw: Callable[..., Picture | None]) -> dict[str, Picture]:
    """Draw a picture for a desktop and one for a phone: text that is shrunk to a phone's width cannot be read.

    ``draw`` is given ``ident`` and ``css``, a key of `WIDTHS`.
    """
    drawn = {name: draw(ident=name, css="wide"), f"{name}-narrow": draw(ident=f"{name}-narrow", css="narrow")}
    return {ident: picture for ident, picture in drawn.items() if picture is not None}


def name_rows(axes: Axes, names: Sequence[str], css: str, *, lengths: tuple[int, int] = (40, 17)) -> None:
    """Name rows from the top, and set the ticks below; names have so many letters on a desktop and on a phone."""
    length, n_ticks = (lengths[0], 6) if css == "wide" else (lengths[1], 4)
    axes.set_yticks(range(len(names)), labels=[shorten(name, length) for name in names], color=COLOURS["ink"])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(len(names) - 0.5, -0.5)  # downwards
    axes.xaxis.set_major_locator(MaxNLocator(nbins=n_ticks))


def bar_figure(
    names: Sequence[str],
    means: NDArray[np.float64],
    ends: tuple[ArrayLike, ArrayLike],
    leading: NDArray[np.bool_],
    css: str,
    *,
    start: float = 0.0,
) -> tuple[Figure, Axes]:
    """Draw a bar from ``start`` to each mean, the first on top, with a line between its ends."""
    figure, axes = new_figure(WIDTHS[css], 46.0 + 25.0 * len(names), grid="x")
    rows, colours = np.arange(len(names)), [COLOURS["leading" if leads else "other"] for leads in leading]
    axes.barh(rows, means - start, left=start, height=0.55, color=colours, alpha=0.75, zorder=2)
    axes.hlines(rows, *ends, color=COLOURS["ink"], linewidth=1.3, zorder=3)
    axes.axvline(start, color=COLOURS["muted"], linewidth=1.0, zorder=1)
    name_rows(axes, names, css)
    axes.set_ylim(len(names) - 0.4, -0.6)
    return figure, axes


def draw_dots(axes: Axes, x: ArrayLike, y: ArrayLike, colour: str, *, size: float, edge: float, **style: Any) -> None:
    """Draw dots with an edge, of this width, in the colour of the background."""
    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": size, "markerfacecolor": colour}
    axes.plot(x, y, **dots, **{"markeredgecolor": COLOURS["surface"], "markeredgewidth": edge, **style})


def legend_above(axes: Axes, n_columns: int = 3) -> None:
    """Add a legend above the axes."""
    above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "frameon": False}
    legend = axes.legend(**above, ncols=n_columns, fontsize=FONT_SIZE, handlelength=1.2)
    for text in legend.get_texts():
        text.set(color=COLOURS["muted"])
        text.set_parse_math(False)


def png_uri(pixels: Sequence[Sequence[int]]) -> str:
    """Return rows of grey values from 0 to 255 as the data URI of a PNG.

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
