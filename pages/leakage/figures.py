"""The charts of Shape leakage."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go

from masking.leakage import Leakage
from masking.masks.holes import HOLES
from masking.methods import METHODS
from pages.components.charts import COLOURS, ON_BARS, estimate_bars, legend_below, set_layout

RELIANCE = "How wrong is the method about what the network needs?<br><sub>0 = it tells the truth</sub>"


def growth_figure(leakage: Leakage, holes: Sequence[str], by_all_probabilities: bool) -> go.Figure:
    """Return leakage in bits against how far the hole reaches beyond the outline, one line per method."""
    figure = go.Figure()
    radii = [HOLES[hole].radius for hole in holes]
    bits_of = leakage.readable if by_all_probabilities else leakage.bits
    for method, colour in zip(leakage.methods, cycle(COLOURS), strict=False):
        bits = [bits_of(method, hole) for hole in holes]
        figure.add_scatter(
            x=radii, y=[estimate.value for estimate in bits], error_y=estimate_bars(bits), name=METHODS[method].title,
            mode="lines+markers", line={"color": colour}, customdata=[[each.low, each.high] for each in bits],
            hovertemplate="%{y:.2f} bits (%{customdata[0]:.2f} – %{customdata[1]:.2f})<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title="pixels beyond the outline", tickvals=radii)
    figure.update_yaxes(rangemode="tozero")
    return set_layout(figure, "Leakage (bits)", hovermode="x unified", legend=legend_below())


def reliance_figure(measured: Mapping[str, Leakage]) -> go.Figure:
    """Return |accuracy − right answer| by method, one colour per classifier; only where the right answer is known."""
    figure = go.Figure()
    for (name, leakage), colour in zip(measured.items(), cycle(COLOURS), strict=False):
        errors = {method: leakage.reliance_error(method) for method in leakage.methods}
        estimates = {method: error for method, error in errors.items() if error is not None}
        figure.add_bar(
            x=[METHODS[method].title for method in estimates], y=[100 * error.value for error in estimates.values()],
            error_y=estimate_bars(list(estimates.values()), 100, ON_BARS), name=name, marker_color=colour,
            hovertemplate="%{y:.1f} points<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_yaxes(title="reliance error (points)", rangemode="tozero")
    return set_layout(figure, RELIANCE, barmode="group", showlegend=True, legend=legend_below())
