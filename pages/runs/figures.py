"""Charts of runs: the curves of any experiment with their 95 % intervals."""

import html
from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from masking.benchmarks.analysis.report import Point, Series
from masking.benchmarks.protocol.experiment import Experiment, Outcome
from pages.components.charts import COLOURS, ON_BARS, error_bars, set_layout

BAND = 0.16
"""Opacity of the intervals' bands."""
LEGEND = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"}
"""A legend at the lower edge, below the axis title, with any number of lines."""
HOVER = "%{y:.3f} (%{customdata[0]:.3f} – %{customdata[1]:.3f})<extra>%{fullData.name}</extra>"


def _fade(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {BAND})"


def _ends(points: list[Point]) -> tuple[list[float], list[float]]:
    """Return the low and the high ends of the intervals; an unknown end is the value itself."""
    low = [point.value if point.low is None else point.low for point in points]
    high = [point.value if point.high is None else point.high for point in points]
    return low, high


def _add_line(figure: go.Figure, name: str, points: list[Point], colour: str) -> None:
    positions, (low, high) = [point.x for point in points], _ends(points)
    figure.add_scatter(
        x=[*positions, *reversed(positions)], y=[*high, *reversed(low)], fill="toself", fillcolor=_fade(colour),
        line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False, legendgroup=name,
    )  # fmt: skip
    figure.add_scatter(
        x=positions, y=[point.value for point in points], name=name, legendgroup=name, mode="lines+markers",
        line={"color": colour}, customdata=list(zip(low, high, strict=True)), hovertemplate=HOVER,
    )  # fmt: skip


def _add_bars(figure: go.Figure, name: str, points: list[Point], colour: str) -> None:
    values, (low, high) = [point.value for point in points], _ends(points)
    figure.add_bar(
        x=[str(point.x) for point in points], y=values, name=name, marker_color=colour,
        customdata=list(zip(low, high, strict=True)), hovertemplate=HOVER,
        error_y=error_bars(values, low, high, ON_BARS),
    )  # fmt: skip


def assign_colours(names: Iterable[str]) -> dict[str, str]:
    """Return one colour per name, in order."""
    return dict(zip(names, cycle(COLOURS), strict=False))


def run_figure(
    series: Series, x_title: str, title: str, zero: bool = False, colours: Mapping[str, str] | None = None
) -> go.Figure:
    """Draw series: lines with bands if x has numbers, else bars with error bars.

    Args:
        series: by name, in the order of the legend.
        x_title: title of the x axis.
        title: title of the figure.
        zero: draw the line of no difference.
        colours: by name; without it the series take the colours in order.
    """
    figure = go.Figure()
    all_points = [point for points in series.values() for point in points]
    numeric = all(isinstance(point.x, int | float) for point in all_points)
    colours = assign_colours(series) if colours is None else colours
    for name, points in series.items():
        (_add_line if numeric else _add_bars)(figure, html.escape(name, quote=False), points, colours[name])
    ticks: dict[str, Any] = {"tickvals": sorted({point.x for point in all_points})} if numeric else {}
    figure.update_xaxes(title=x_title, **ticks)
    if zero:
        figure.add_hline(0, line={"width": 1, "color": ON_BARS})
    elif all(point.value >= 0 for point in all_points):
        figure.update_yaxes(rangemode="tozero")
    hovermode = "x unified" if numeric else "closest"
    return set_layout(figure, title, hovermode=hovermode, barmode="group", legend=LEGEND)


def heading(outcome: Outcome) -> str:
    """Return an outcome's title with its unit and its better direction."""
    better = f"; {outcome.better} is better" if outcome.better else ""
    return f"{outcome.title} ({outcome.unit}{better})"


def outcome_of(experiment: type[Experiment] | Experiment, name: str) -> Outcome:
    """Return an experiment's outcome by name."""
    return next(outcome for outcome in experiment.outcomes if outcome.name == name)
