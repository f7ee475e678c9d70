"""What all charts share: the styles of series, sizes, plotly's settings, legends and error bars.

Every figure states its template: streamlit replaces plotly's default by placeholders, and exports would be black.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from masking.measures import Estimate
from masking.methods import METHODS
from masking.results.series_style import NEUTRAL, Style, series_styles
from pages.shell.presentation import is_presenting

CONFIG = {
    "showSendToCloud": False,
    "displaylogo": False,
    "displayModeBar": "hover",
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"format": "svg", "filename": "chart"},
}
"""Settings of `st.plotly_chart`: one button, which saves the chart as SVG, and nothing is sent anywhere."""
TEMPLATE = "plotly"
GREY = "#8a919c"
"""Reference lines, areas without a method and their labels."""
ON_BARS = "#98a2b3"
"""Error bars lie half on a bar, half on the page: this shows on both, light or dark."""
HEIGHT = 320
MARGIN = {"l": 50, "r": 10, "t": 50, "b": 45}
TITLE_SIZE = 15
PRESENTED_SIZE, PRESENTED_GROWTH = 20, 1.4
"""In a presentation: the size of all type in pixels, and how much larger heights and margins are."""


def set_layout(figure: go.Figure, title: str = "", **layout: Any) -> go.Figure:
    """Give a figure its template, height, margins and title; `layout` holds what differs. Returns the figure."""
    if title:
        layout["title"] = {"text": title, "font": {"size": TITLE_SIZE}}
    merged: dict[str, Any] = {"template": TEMPLATE, "height": HEIGHT, "margin": MARGIN} | layout
    figure.update_layout(**merged)
    return _enlarge(figure) if is_presenting() else figure


def _enlarge(figure: go.Figure) -> go.Figure:
    """Give a chart type that can be read from the back row, and the room that it takes."""
    layout: Any = figure.layout
    sides = {side: round(PRESENTED_GROWTH * (layout.margin[side] or 0)) for side in "lrtb"}
    font = {"size": PRESENTED_SIZE}
    figure.update_layout(
        height=round(PRESENTED_GROWTH * layout.height), margin=sides, font=font, legend_font=font, title_font=font
    )
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont=font, title_font=font)
    figure.update_annotations(font=font)
    return figure


def legend_below(y: float = -0.25) -> dict[str, object]:
    """Return a legend in one row below the axis; `y` is its place as a share of the plot's height."""
    return {"orientation": "h", "y": y}


def legend_at_bottom() -> dict[str, object]:
    """Return a legend at a chart's lower edge. The plot makes room for all its rows, so it covers nothing."""
    return {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom"}


def method_styles(words: Iterable[str]) -> dict[str, Style]:
    """Return the style of each masking method, by the word that names it, such as `blackout` or `blur:sigma=5`."""
    return series_styles(words, METHODS)


def neutral_styles(names: Iterable[str]) -> dict[str, Style]:
    """Return styles for series that are no methods: all grey, told apart by marker, dash and pattern."""
    return series_styles(names)


def line_options(style: Style = NEUTRAL, size: int = 8) -> dict[str, Any]:
    """Return the options of `add_scatter` for lines with markers in this style."""
    marker = {"color": style.colour, "symbol": style.marker, "size": size}
    return {"mode": "lines+markers", "line": {"color": style.colour, "dash": style.dash}, "marker": marker}


def bar_options(*styles: Style) -> dict[str, Any]:
    """Return the options of `add_bar` for bars in these styles: one for all bars, or one for each."""
    patterns = {"shape": [style.pattern for style in styles], "fillmode": "replace", "size": 6, "solidity": 0.45}
    marker = {"color": [style.colour for style in styles], "pattern": patterns}
    if len(styles) == 1:
        marker = {"color": styles[0].colour, "pattern": patterns | {"shape": styles[0].pattern}}
    return {"marker": marker}


def error_bars(
    values: Sequence[float], lows: Sequence[float], highs: Sequence[float], colour: str | None = None
) -> dict[str, object]:
    """Return plotly's error bars from each value down to its low and up to its high."""
    bars: dict[str, object] = {
        "array": [high - value for value, high in zip(values, highs, strict=True)],
        "arrayminus": [value - low for value, low in zip(values, lows, strict=True)],
        "thickness": 1,
        "width": 3,
    }
    return bars if colour is None else bars | {"color": colour}


def estimate_bars(estimates: Sequence[Estimate], factor: float = 1, colour: str | None = None) -> dict[str, object]:
    """Return the error bars of estimates, in units of 1 / `factor`."""
    ends = [[factor * end for end in (each.value, each.low, each.high)] for each in estimates]
    values, lows, highs = zip(*ends, strict=True) if ends else ((), (), ())
    return error_bars(values, lows, highs, colour)
