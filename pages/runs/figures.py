"""Charts of runs: the curves of any experiment with their 95 % intervals."""

import html
from collections import Counter
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from masking.benchmarks.analysis.series import Point, Series
from masking.benchmarks.protocol.experiment import Experiment, Outcome
from masking.results.series_style import Style
from pages.components.charts import (
    GREY,
    ON_BARS,
    bar_options,
    error_bars,
    legend_at_bottom,
    line_options,
    neutral_styles,
    set_layout,
)

BAND = 0.16
"""Opacity of the intervals' bands."""
SIZE, RING = 8, 6
"""The size of a marker, and how much larger each marker below another one is, so that both are seen."""
BESIDE = 4 * "\N{NO-BREAK SPACE}"
"""Moves the label of a bar of 0 beside its error bar."""
SAME = 0.005
"""Points that are nearer than this share of the axis lie on each other."""
HOVER = "%{y:.3f} (%{customdata[0]:.3f} – %{customdata[1]:.3f})<extra>%{fullData.name}</extra>"


def _fade(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {BAND})"


def _ends(points: list[Point]) -> tuple[list[float], list[float]]:
    """Return the low and the high ends of the intervals; an unknown end is the value itself."""
    low = [point.value if point.low is None else point.low for point in points]
    high = [point.value if point.high is None else point.high for point in points]
    return low, high


def _add_line(figure: go.Figure, name: str, points: list[Point], style: Style, sizes: list[int]) -> None:
    positions, (low, high) = [point.x for point in points], _ends(points)
    figure.add_scatter(
        x=[*positions, *reversed(positions)], y=[*high, *reversed(low)], fill="toself", fillcolor=_fade(style.colour),
        line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False, legendgroup=name,
    )  # fmt: skip
    options = line_options(style)
    figure.add_scatter(x=[None], y=[None], name=name, legendgroup=name, **options)  # the legend: no ring, thin line
    options["marker"] |= {"size": sizes, "opacity": 1}
    figure.add_scatter(
        x=positions, y=[point.value for point in points], name=name, legendgroup=name, **options, showlegend=False,
        customdata=list(zip(low, high, strict=True)), hovertemplate=HOVER,
    )  # fmt: skip


def _add_bars(figure: go.Figure, name: str, points: list[Point], style: Style, reach: float) -> None:
    values, (low, high) = [point.value for point in points], _ends(points)
    figure.add_bar(
        x=[str(point.x) for point in points], y=values, name=name, **bar_options(style),
        customdata=list(zip(low, high, strict=True)), hovertemplate=HOVER,
        error_y=error_bars(values, low, high, ON_BARS),
        text=[f"{value:.2g}{BESIDE}" if abs(value) < SAME * reach else "" for value in values], textposition="outside",
        textfont={"color": style.colour}, cliponaxis=False,
    )  # fmt: skip


def marker_sizes(series: Series) -> dict[str, list[int]]:
    """Return the size of every marker: where points lie on each other, those below are larger, as rings."""
    values = [point.value for points in series.values() for point in points]
    step = SAME * (max(values) - min(values)) or 1.0 if values else 1.0
    above: Counter[tuple[Any, int]] = Counter()
    sizes: dict[str, list[int]] = {}
    for name, points in reversed(series.items()):
        positions = [(point.x, round(point.value / step)) for point in points]
        sizes[name] = [SIZE + RING * above[position] for position in positions]
        above.update(positions)
    return sizes


def run_figure(
    series: Series, x_title: str, title: str, zero: bool = False, styles: Mapping[str, Style] | None = None
) -> go.Figure:
    """Draw series: lines with bands if x has numbers, else bars with error bars.

    Args:
        series: by name, in the order of the legend.
        x_title: title of the x axis.
        title: title of the figure.
        zero: draw the line of no difference.
        styles: by name; without it the series are grey.
    """
    figure = go.Figure()
    all_points = [point for points in series.values() for point in points]
    numeric = all(isinstance(point.x, int | float) for point in all_points)
    styles = neutral_styles(series) if styles is None else styles
    sizes = marker_sizes(series)
    reach = max((abs(point.value) for point in all_points), default=0) or 1.0
    for name, points in series.items():
        label = html.escape(name, quote=False)
        if numeric:
            _add_line(figure, label, points, styles[name], sizes[name])
        else:
            _add_bars(figure, label, points, styles[name], reach)
    ticks: dict[str, Any] = {"tickvals": sorted({point.x for point in all_points})} if numeric else {}
    figure.update_xaxes(title=x_title, **ticks)
    if zero:
        figure.add_hline(0, line={"width": 1, "color": GREY})
    elif all(point.value >= 0 for point in all_points):
        figure.update_yaxes(rangemode="tozero")
    hovermode = "x unified" if numeric else "closest"
    return set_layout(figure, title, hovermode=hovermode, barmode="group", legend=legend_at_bottom())


def heading(outcome: Outcome) -> str:
    """Return an outcome's title with its unit and its better direction."""
    better = f"; {outcome.better} is better" if outcome.better else ""
    return f"{outcome.title} ({outcome.unit}{better})"


def outcome_of(experiment: type[Experiment] | Experiment, name: str) -> Outcome:
    """Return an experiment's outcome by name."""
    return next(outcome for outcome in experiment.outcomes if outcome.name == name)
