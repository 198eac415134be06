"""Pictures of a summary: inline SVG for the page, and Matplotlib axes for whoever asks for one."""

from skdl.report.plots._all import draw_all
from skdl.report.plots._axes import plot_folds
from skdl.report.plots._png import png_uri
from skdl.report.plots._svg import Picture, standalone
from skdl.report.sections.inspection._plot_importance import MOST_BARS

__all__ = ["MOST_BARS", "Picture", "draw_all", "plot_folds", "png_uri", "standalone"]
