"""Plotly figures of Shape leakage."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go

from masking.leakage import Leakage
from masking.masks.holes import HOLES
from masking.measures import Estimate
from masking.methods import METHODS

COLOURS = ("#2f6fde", "#d9822b", "#2a9d8f", "#b5509c", "#8a6d3b", "#c0392b", "#6c5ce7", "#7f8c8d", "#1abc9c", "#34495e")
ON_BARS = "#98a2b3"
"""Of intervals that lie half on a bar, half on the page: seen on both, be they light or dark."""
HEIGHT = 320
MARGIN = {"l": 50, "r": 10, "t": 50, "b": 45}


def _bars(found: Sequence[Estimate], factor: float = 1) -> dict[str, object]:
    """Error bars up to the ends of the intervals."""
    return {
        "array": [factor * (one.high - one.value) for one in found],
        "arrayminus": [factor * (one.value - one.low) for one in found],
        "thickness": 1,
        "width": 3,
    }


def growth_figure(found: Leakage, holes: Sequence[str], by_all_probabilities: bool) -> go.Figure:
    """Leakage in bits against how far the hole reaches beyond the outline, one line per method."""
    figure = go.Figure()
    radii = [HOLES[hole].radius for hole in holes]
    for method, colour in zip(found.methods, cycle(COLOURS), strict=False):
        told = found.readable if by_all_probabilities else found.bits
        bits = [told(method, hole) for hole in holes]
        figure.add_scatter(
            x=radii, y=[one.value for one in bits], error_y=_bars(bits), name=METHODS[method].title,
            mode="lines+markers", line={"color": colour}, customdata=[[one.low, one.high] for one in bits],
            hovertemplate="%{y:.2f} bits (%{customdata[0]:.2f} – %{customdata[1]:.2f})<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title="pixels beyond the outline", tickvals=radii)
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(
        template="plotly", height=HEIGHT, margin=MARGIN, title={"text": "Leakage (bits)", "font": {"size": 15}},
        hovermode="x unified", legend={"orientation": "h", "y": -0.25},
    )  # fmt: skip
    return figure


def reliance_figure(found: Mapping[str, Leakage]) -> go.Figure:
    """|accuracy − right answer| by method, one colour per classifier; only where the right answer is known."""
    figure = go.Figure()
    for (name, one), colour in zip(found.items(), cycle(COLOURS), strict=False):
        errors = {method: one.reliance_error(method) for method in one.methods}
        known = {method: error for method, error in errors.items() if error is not None}
        figure.add_bar(
            x=[METHODS[method].title for method in known], y=[100 * error.value for error in known.values()],
            error_y=_bars(list(known.values()), 100) | {"color": ON_BARS}, name=name, marker_color=colour,
            hovertemplate="%{y:.1f} points<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    title = "Reliance error (points): |accuracy − right answer|"
    figure.update_layout(
        template="plotly", height=HEIGHT, margin=MARGIN, title={"text": title, "font": {"size": 15}},
        barmode="group", showlegend=True, legend={"orientation": "h", "y": -0.25},
    )  # fmt: skip
    return figure
