"""Curves and points of a run as a figure of its HTML page."""

import html
from collections.abc import Mapping

from masking.benchmarks.analysis.series import Series
from masking.results.series_style import Style, series_styles
from masking.results.svg_chart import SvgChart


def draw_chart(series: Series, x_title: str, y_title: str, styles: Mapping[str, Style] | None = None) -> str:
    """Return one figure as HTML with SVG: lines if x holds numbers, otherwise points side by side; a legend below.

    Args:
        series: the points by name.
        x_title: title of the x axis.
        y_title: title of the y axis, and of the figure.
        styles: by name; without it the series are grey.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not any(series.values()):
        raise ValueError("there is nothing to draw yet; wait for the first shard")
    chart = SvgChart(series, x_title, y_title, series_styles(series) if styles is None else styles)
    title = f"<h3>{html.escape(y_title)}</h3>"
    return f"<figure>{title}{chart.to_svg()}<figcaption>{chart.legend()}</figcaption></figure>"
