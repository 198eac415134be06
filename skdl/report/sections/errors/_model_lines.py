"""Lines of up to three models in one picture: told apart by colour and by dashes, with a key inside the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from skdl.report.plots._svg import COLOURS, FONT_SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_key", "line_style"]

Corner = Literal["lower right", "lower left", "upper left", "upper center"]
_COLOURS = ("first", "second", "third")
_DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.6)), (0, (1.6, 1.4)))


def line_style(place: int) -> dict[str, Any]:
    """Give the colour, dashes and order of the model that comes at this place; the best lies on top."""
    return {"color": COLOURS[_COLOURS[place]], "linestyle": _DASHES[place], "linewidth": 2.0, "zorder": 5 - place}


def draw_key(axes: Axes, where: Corner, title: str) -> None:
    """Name the lines in a corner that they leave free."""
    key = axes.legend(
        loc=where,
        title=title,
        fontsize=FONT_SIZE,
        title_fontsize=FONT_SIZE,
        facecolor=COLOURS["surface"],
        edgecolor="none",
        framealpha=0.85,
        labelcolor=COLOURS["ink"],
        handlelength=2.2,
        borderpad=0.2,
        labelspacing=0.35,
        alignment="left",
    )
    key.get_title().set_color(COLOURS["muted"])
    for text in (*key.get_texts(), key.get_title()):
        text.set_parse_math(False)
