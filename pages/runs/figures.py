"""Plotly figures of runs: any experiment's curves with their 95 % intervals."""

import html
from collections.abc import Iterable, Mapping
from itertools import cycle

import plotly.graph_objects as go

from masking.benchmarks.analysis.report import Point, Series
from masking.benchmarks.protocol.experiment import Experiment, Outcome
from pages.leakage.figures import COLOURS, HEIGHT, MARGIN, ON_BARS

BAND = 0.16
LEGEND = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"}
"""At the lower edge, under the axis title, whatever number of lines it takes."""


def _tint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {BAND})"


def _line(figure: go.Figure, name: str, points: list[Point], colour: str) -> None:
    places = [point.x for point in points]
    low = [point.value if point.low is None else point.low for point in points]
    high = [point.value if point.high is None else point.high for point in points]
    figure.add_scatter(
        x=[*places, *reversed(places)], y=[*high, *reversed(low)], fill="toself", fillcolor=_tint(colour),
        line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False, legendgroup=name,
    )  # fmt: skip
    figure.add_scatter(
        x=places, y=[point.value for point in points], name=name, legendgroup=name, mode="lines+markers",
        line={"color": colour}, customdata=list(zip(low, high, strict=True)),
        hovertemplate="%{y:.3f} (%{customdata[0]:.3f} – %{customdata[1]:.3f})<extra>%{fullData.name}</extra>",
    )  # fmt: skip


def _bars(figure: go.Figure, name: str, points: list[Point], colour: str) -> None:
    low = [point.value if point.low is None else point.low for point in points]
    high = [point.value if point.high is None else point.high for point in points]
    values = [point.value for point in points]
    figure.add_bar(
        x=[str(point.x) for point in points], y=values, name=name, marker_color=colour,
        customdata=list(zip(low, high, strict=True)),
        hovertemplate="%{y:.3f} (%{customdata[0]:.3f} – %{customdata[1]:.3f})<extra>%{fullData.name}</extra>",
        error_y={
            "array": [end - value for end, value in zip(high, values, strict=True)],
            "arrayminus": [value - end for end, value in zip(low, values, strict=True)],
            "thickness": 1, "width": 3, "color": ON_BARS,
        },
    )  # fmt: skip


def coloured(names: Iterable[str]) -> dict[str, str]:
    """One colour per name, in order."""
    return dict(zip(names, cycle(COLOURS), strict=False))


def figure(
    series: Series, x_title: str, title: str, zero: bool = False, colours: Mapping[str, str] | None = None
) -> go.Figure:
    """Lines with bands where x holds numbers, else bars with error bars; `zero` draws the line of no difference."""
    drawn = go.Figure()
    points = [point for some in series.values() for point in some]
    numeric = all(isinstance(point.x, int | float) for point in points)
    colours = coloured(series) if colours is None else colours
    for name, some in series.items():
        (_line if numeric else _bars)(drawn, html.escape(name, quote=False), some, colours[name])
    drawn.update_xaxes(title=x_title, **({"tickvals": sorted({point.x for point in points})} if numeric else {}))
    if zero:
        drawn.add_hline(0, line={"width": 1, "color": ON_BARS})
    elif all(point.value >= 0 for point in points):
        drawn.update_yaxes(rangemode="tozero")
    drawn.update_layout(
        template="plotly", height=HEIGHT, margin=MARGIN, title={"text": title, "font": {"size": 15}},
        hovermode="x unified" if numeric else "closest", barmode="group", legend=LEGEND,
    )  # fmt: skip
    return drawn


def heading(outcome: Outcome) -> str:
    """An outcome with its unit, and which direction is better."""
    better = f"; {outcome.better} is better" if outcome.better else ""
    return f"{outcome.title} ({outcome.unit}{better})"


def outcome_of(experiment: type[Experiment] | Experiment, name: str) -> Outcome:
    """An experiment's outcome by name."""
    return next(one for one in experiment.outcomes if one.name == name)
