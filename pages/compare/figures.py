"""The charts of class entropy."""

import html
from collections.abc import Mapping

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from masking.inference.random_removal import Removal
from masking.methods import METHODS
from pages.components.charts import BLUE, ORANGE, set_layout

HEIGHT = 280
HISTOGRAM_LINES = 8


def removal_figure(removals: Mapping[str, Removal]) -> go.Figure:
    """Return the agreement with the original prediction, and the class entropy, by method; classes on hover."""
    titles = [METHODS[name].title for name in removals]
    hover = [_histogram(removal) for removal in removals.values()]
    figure = make_subplots(1, 2, subplot_titles=("Same answer as for the whole picture (%)", "Class entropy (bits)"))
    agreement = [100 * removal.agreement for removal in removals.values()]
    entropy = [removal.class_entropy for removal in removals.values()]
    for column, (values, labels, colour, unit) in enumerate(
        (
            (agreement, [f"{value:.1f} %" for value in agreement], BLUE, " %"),
            (entropy, [f"{value:.2f}" for value in entropy], ORANGE, " bits"),
        ),
        start=1,
    ):
        figure.add_bar(
            x=titles, y=values, text=labels, customdata=hover, marker_color=colour, row=1, col=column,
            hovertemplate="<b>%{x}</b><br>%{y:.2f}" + unit + "<br>%{customdata}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(range=[0, 105], row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=1, col=2)
    return set_layout(figure, height=HEIGHT, showlegend=False, margin={"l": 40, "r": 10, "t": 40, "b": 30})


def _histogram(removal: Removal) -> str:
    """Return the most frequent predicted classes as hover text."""
    counts = removal.histogram()
    lines = [f"{html.escape(category)}: {count}" for category, count in counts[:HISTOGRAM_LINES]]
    if rest := counts[HISTOGRAM_LINES:]:
        lines.append(f"{len(rest)} other classes: {sum(count for _, count in rest)}")
    return "<br>".join(lines)
