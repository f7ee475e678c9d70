"""The charts of Shape leakage."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import plotly.graph_objects as go

from masking.leakage import Leakage
from masking.masks.holes import HOLES
from pages.components.charts import (
    ON_BARS,
    bar_options,
    estimate_bars,
    legend_below,
    line_options,
    method_styles,
    neutral_styles,
    set_layout,
)
from pages.components.method_names import method_title
from pages.components.numbers import number

RELIANCE = "How wrong is the method about what the network needs?<br><sub>0 = it tells the truth</sub>"


def growth_figure(leakage: Leakage, holes: Sequence[str], by_all_probabilities: bool) -> go.Figure:
    """Return leakage in bits against how far the hole reaches beyond the outline, one line per method."""
    figure = go.Figure()
    radii = [HOLES[hole].radius for hole in holes]
    bits_of = leakage.readable if by_all_probabilities else leakage.bits
    for method, style in method_styles(leakage.methods).items():
        bits = [bits_of(method, hole) for hole in holes]
        figure.add_scatter(
            x=radii, y=[estimate.value for estimate in bits], error_y=estimate_bars(bits), name=method_title(method),
            customdata=[[each.low, each.high] for each in bits], **line_options(style),
            hovertemplate="%{y:.2f} bits (%{customdata[0]:.2f} – %{customdata[1]:.2f})<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title="pixels beyond the outline", tickvals=radii)
    figure.update_yaxes(rangemode="tozero")
    return set_layout(figure, "Leakage (bits)", hovermode="x unified", legend=legend_below())


def reliance_figure(measured: Mapping[str, Leakage]) -> go.Figure:
    """Return |accuracy − right answer| by method, one pattern per classifier; only where the right answer is known."""
    figure, highest = go.Figure(), 1.0
    for (name, leakage), plain in zip(measured.items(), neutral_styles(measured).values(), strict=True):
        errors = {method: leakage.reliance_error(method) for method in leakage.methods}
        estimates = {method: error for method, error in errors.items() if error is not None}
        styles = [replace(style, pattern=plain.pattern) for style in method_styles(estimates).values()]
        values = [100 * error.value for error in estimates.values()]
        highs = [100 * error.high for error in estimates.values()]
        highest = max([highest, *highs])
        figure.add_bar(
            x=[method_title(method) for method in estimates], y=values, name=name, showlegend=False,
            error_y=estimate_bars(list(estimates.values()), 100, ON_BARS), **bar_options(*styles),
            offsetgroup=name, hovertemplate="%{y:.1f} points<extra>%{fullData.name}</extra>",
        )  # fmt: skip
        figure.add_scatter(  # above the intervals: a label on the bar would lie under its error bar
            x=[method_title(method) for method in estimates], y=highs,
            mode="text", text=[number(value, ".1f") for value in values], textposition="top center", offsetgroup=name,
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
        figure.add_bar(x=[None], y=[None], name=name, offsetgroup=name, **bar_options(plain))  # for the legend only
    figure.update_yaxes(title="reliance error (points)", range=[0, 1.15 * highest])
    return set_layout(figure, RELIANCE, barmode="group", scattermode="group", showlegend=True, legend=legend_below())
