"""Pictures of a summary: inline SVG for the page, and Matplotlib axes for whoever asks for one."""

from skdl.report.plots._all import draw_all
from skdl.report.plots._axes import plot_folds
from skdl.report.plots._predicted import MOST_POINTS
from skdl.report.plots._svg import Picture, standalone

__all__ = ["MOST_POINTS", "Picture", "draw_all", "plot_folds", "standalone"]
