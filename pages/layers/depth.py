"""The whole depth in one figure: what each layer can see, and how far each run is off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from masking.layer_trace import FILLED, MASKED, Layer, LayerTrace, Statistics
from masking.methods import METHODS
from pages.components.charts import CONFIG, GREY, line_options, set_layout

MEASURE = "measure"
HEIGHT = 420
FAINT = "rgba(128, 128, 128, 0.09)"
FAINT_GREY = "rgba(138, 145, 156, 0.25)"
HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>"
FEW = 0.11
"""Stretches of one resolution get their label if they are at least this share of the depth."""


@dataclass(frozen=True)
class DepthMeasure:
    """What the lower half of the figure shows.

    Attributes:
        title: in the picker.
        axis: title of the axis.
        meaning: one or two sentences below the figure.
        level: the value for the whole picture.
        value: reads it from a layer's statistics.
    """

    title: str
    axis: str
    meaning: str
    level: float
    value: Callable[[Statistics], float]


_AT_VISIBLE = "at the cells that layer masking can see. σ is the standard deviation for the whole picture there."
MEASURES = {
    "distance": DepthMeasure(
        "Off by",
        "Off by (σ)",
        f"Off by: root mean square of the difference to the whole picture's activations, cell by cell, {_AT_VISIBLE}",
        0,
        lambda statistics: statistics.distance,
    ),
    "shift": DepthMeasure(
        "Shift of the mean",
        "Shift of the mean (σ)",
        f"Shift: (mean − mean for the whole picture) / σ over all channels, {_AT_VISIBLE}",
        0,
        lambda statistics: statistics.shift,
    ),
    "spread": DepthMeasure(
        "Ratio of spreads",
        "Standard deviation / σ",
        f"Ratio: standard deviation / σ over all channels, {_AT_VISIBLE}",
        1,
        lambda statistics: statistics.spread,
    ),
}


def show_depth(trace: LayerTrace, layer: str) -> None:
    """Draw all layers in one chart, with a line at one of them, and the choice of what the chart shows."""
    with st.container(horizontal=True, vertical_alignment="center", key="depth-row"):
        st.subheader("Over the depth", anchor=False, width="content")
        name = st.segmented_control(
            "Compare the runs by", list(MEASURES), default="distance", required=True, key=MEASURE,
            format_func=lambda name: MEASURES[name].title, persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
    measure = MEASURES[name]
    position = [each.name for each in trace.layers].index(layer)
    alt = "Visible share, and how far each run is off, by layer"
    st.plotly_chart(depth_figure(trace, position, measure), config=CONFIG, key="depth-chart", alt=alt)
    st.caption(measure.meaning)


def layers_to_draw(trace: LayerTrace) -> list[int]:
    """Return the positions of the layers that the figure shows: all but the one-cell gates between maps."""
    maps = [position for position, layer in enumerate(trace.layers) if layer.view.is_map]
    last = maps[-1] if maps else 0
    return [*maps, *range(last + 1, len(trace.layers))]


def depth_figure(trace: LayerTrace, selected: int, measure: DepthMeasure) -> go.Figure:
    """Return the visible share above and the measure for both runs below, with a line at the selected layer."""
    positions = layers_to_draw(trace)
    layers = [trace.layers[position] for position in positions]
    numbers = [position + 1 for position in positions]
    hover = [(layer.name, f"{layer.kind}, {layer.view.size[0]}×{layer.view.size[1]}") for layer in layers]
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.34, 0.66])
    figure.add_scatter(
        x=numbers, y=[100 * layer.view.visible_share for layer in layers], name="Visible cells", mode="lines",
        line={"color": GREY, "shape": "hvh"}, fill="tozeroy", fillcolor=FAINT_GREY, customdata=hover,
        hovertemplate=HOVER + "%{y:.1f} % visible<extra></extra>", showlegend=False, row=1, col=1,
    )  # fmt: skip
    for run, method in ((FILLED, trace.fill), (MASKED, "layer_masking")):
        title = METHODS[method].title
        values = [measure.value(layer.view.statistics[run]) if layer.view.statistics else None for layer in layers]
        figure.add_scatter(
            x=numbers, y=values, name=title, customdata=hover, row=2, col=1,
            hovertemplate=HOVER + title + ": %{y:.2f}<extra></extra>", **line_options(METHODS[method].style, size=5),
        )  # fmt: skip
    lower: dict[str, Any] = {"row": 2, "col": 1}
    figure.add_hline(y=measure.level, line={"color": GREY, "width": 1}, **lower)
    figure.add_vline(x=selected + 1, line={"color": GREY, "width": 2, "dash": "dot"})
    _mark_resolutions(figure, numbers, layers)
    figure.update_yaxes(title="Visible (%)", range=[0, 105], row=1, col=1)
    figure.update_yaxes(title=measure.axis, rangemode="tozero" if measure.level == 0 else "normal", row=2, col=1)
    figure.update_xaxes(title="Layer, in the order of computing", row=2, col=1)
    figure.update_xaxes(range=[numbers[0] - 0.5, numbers[-1] + 0.5], showgrid=False)
    legend = {"orientation": "h", "yanchor": "top", "y": -0.17, "x": 0, "xanchor": "left"}
    margin = {"l": 60, "r": 10, "t": 26, "b": 75}
    return set_layout(figure, height=HEIGHT, margin=margin, legend=legend, hovermode="closest", dragmode=False)


def _mark_resolutions(figure: go.Figure, numbers: Sequence[int], layers: Sequence[Layer]) -> None:
    """Shade every other stretch of one resolution, and label the long ones."""
    starts = [0, *(i for i in range(1, len(layers)) if layers[i].view.size != layers[i - 1].view.size), len(layers)]
    for count, (start, end) in enumerate(pairwise(starts)):
        left, right = numbers[start] - 0.5, numbers[end - 1] + 0.5
        if count % 2 == 0:
            figure.add_vrect(x0=left, x1=right, fillcolor=FAINT, line_width=0, layer="below")
        if end - start >= FEW * len(layers):
            rows, columns = layers[start].view.size
            figure.add_annotation(
                x=(left + right) / 2, y=1.0, xref="x", yref="paper", yanchor="bottom", showarrow=False,
                text=f"{rows}×{columns}", font={"size": 11, "color": GREY},
            )  # fmt: skip
