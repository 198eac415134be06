"""Points, or bins of them shaded by how many rows they hold, in the page's own colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from skdl.report.plots._svg import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from skdl.results import Cloud

__all__ = ["draw_cloud"]

_CODES = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
_CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]])


def draw_cloud(axes: Axes, cloud: Cloud) -> None:
    """Draw a cloud, and give the axes its ranges."""
    if cloud.counts is not None and cloud.bin_size is not None:
        _bins(axes, np.column_stack([cloud.x, cloud.y]), np.asarray(cloud.counts), np.asarray(cloud.bin_size))
    else:
        dots = {"linestyle": "none", "marker": "o", "markersize": 4.6, "markeredgewidth": 0}
        axes.plot(cloud.x, cloud.y, **dots, color=COLOURS["leading"], alpha=0.5, zorder=2)  # type: ignore[arg-type]
    axes.set(xlim=tuple(cloud.x_range), ylim=tuple(cloud.y_range))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5))


def _bins(axes: Axes, middles: NDArray[np.float64], counts: NDArray[np.int64], size: NDArray[np.float64]) -> None:
    """Shade squares by the logarithm of their rows; those of one shade are one path, which is a tenth of the bytes."""
    shades = np.round(0.18 + 0.82 * np.log1p(counts) / np.log1p(counts.max()), 1)
    for shade in np.unique(shades):
        corners = middles[shades == shade][:, None, :] + _CORNERS * size  # (n_bins, 5, 2)
        path = Path(corners.reshape(-1, 2), _CODES * len(corners))
        axes.add_patch(PathPatch(path, facecolor=COLOURS["leading"], edgecolor="none", alpha=float(shade), zorder=2))
