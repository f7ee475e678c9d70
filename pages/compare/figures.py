"""Plotly figures."""

import html
from collections.abc import Mapping

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from masking.inference.random_removal import Removal
from masking.methods import METHODS

CONFIG = {"showSendToCloud": False, "displaylogo": False, "displayModeBar": False}
BLUE, ORANGE = "#2f6fde", "#d9822b"
HISTOGRAM_LINES = 8


def _histogram(removal: Removal) -> str:
    """The commonest predicted classes as hover text."""
    counts = removal.histogram()
    lines = [f"{html.escape(category)}: {count}" for category, count in counts[:HISTOGRAM_LINES]]
    if rest := counts[HISTOGRAM_LINES:]:
        lines.append(f"{len(rest)} other classes: {sum(count for _, count in rest)}")
    return "<br>".join(lines)


def removal_figure(found: Mapping[str, Removal]) -> go.Figure:
    """Agreement with the original prediction and class entropy per method; predicted classes on hover."""
    titles = [METHODS[name].title for name in found]
    hover = [_histogram(removal) for removal in found.values()]
    figure = make_subplots(1, 2, subplot_titles=("Original prediction kept (%)", "Class entropy (bits)"))
    for column, (values, colour, unit) in enumerate(
        (
            ([100 * removal.agreement for removal in found.values()], BLUE, "%"),
            ([removal.class_entropy for removal in found.values()], ORANGE, " bits"),
        ),
        start=1,
    ):
        figure.add_bar(
            x=titles,
            y=values,
            text=[f"{value:.1f}{unit}" if unit == "%" else f"{value:.2f}" for value in values],
            customdata=hover,
            hovertemplate="<b>%{x}</b><br>%{y:.2f}" + unit + "<br>%{customdata}<extra></extra>",
            marker_color=colour,
            row=1,
            col=column,
        )
    figure.update_yaxes(range=[0, 105], row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=1, col=2)
    figure.update_layout(template="plotly", showlegend=False, height=280, margin={"l": 40, "r": 10, "t": 40, "b": 30})
    return figure
