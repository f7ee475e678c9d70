"""The whole depth in one figure: what each layer can see, and how far each run has strayed from the plain one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from masking.layer_trace import FILLED, MASKED, Layer, LayerTrace, Statistics
from masking.methods import METHODS
from pages.compare.figures import BLUE, ORANGE

FAINT = "rgba(128, 128, 128, 0.09)"
HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>"
GREY = "#8a919c"
FEW = 0.05
"""Stretches of one resolution get their label if they are at least this share of the depth."""


@dataclass(frozen=True)
class DepthMeasure:
    """What the lower half shows; `level` is the plain run's own value."""

    title: str
    axis: str
    meaning: str
    level: float
    of: Callable[[Statistics], float]


_AT_VISIBLE = "at the cells that layer masking can see, σ being the standard deviation of the plain run there."
MEASURES = {
    "distance": DepthMeasure(
        "Distance",
        "Distance from plain (σ)",
        f"Distance: root mean square of the difference to the plain run, cell by cell, {_AT_VISIBLE}",
        0,
        lambda one: one.distance,
    ),
    "shift": DepthMeasure(
        "Shift of the mean",
        "Shift of the mean (σ)",
        f"Shift: (mean − mean of the plain run) / σ over all channels, {_AT_VISIBLE}",
        0,
        lambda one: one.shift,
    ),
    "spread": DepthMeasure(
        "Std ratio",
        "Std / plain std",
        "Ratio: standard deviation / that of the plain run over all channels, at the cells that layer masking can see.",
        1,
        lambda one: one.spread,
    ),
}


def layers_to_draw(walked: LayerTrace) -> list[int]:
    """Places of the layers that the figure shows: without the one-cell gates between maps."""
    maps = [place for place, layer in enumerate(walked.layers) if layer.look.is_map]
    last = maps[-1] if maps else 0
    return [*maps, *range(last + 1, len(walked.layers))]


def depth_figure(walked: LayerTrace, chosen: int, measure: DepthMeasure) -> go.Figure:
    """Visible share above, the measure for the filled and the masked run below; a line at the chosen layer."""
    places = layers_to_draw(walked)
    layers = [walked.layers[place] for place in places]
    numbers = [place + 1 for place in places]
    hover = [(one.name, f"{one.kind}, {one.look.size[0]}×{one.look.size[1]}") for one in layers]
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.34, 0.66])
    figure.add_scatter(
        x=numbers, y=[100 * one.look.visible_share for one in layers], name="Visible cells", mode="lines",
        line={"color": GREY, "shape": "hvh"}, fill="tozeroy", fillcolor="rgba(138, 145, 156, 0.25)",
        customdata=hover, hovertemplate=HOVER + "%{y:.1f} % visible<extra></extra>", showlegend=False,
        row=1, col=1,
    )  # fmt: skip
    for run, title, colour, symbol in (
        (FILLED, METHODS[walked.fill].title, ORANGE, "circle"),
        (MASKED, "Layer masking", BLUE, "diamond"),
    ):
        figure.add_scatter(
            x=numbers, y=[measure.of(one.look.statistics[run]) if one.look.statistics else None for one in layers],
            name=title, mode="lines+markers", line={"color": colour}, marker={"size": 5, "symbol": symbol},
            customdata=hover, hovertemplate=HOVER + title + ": %{y:.2f}<extra></extra>", row=2, col=1,
        )  # fmt: skip
    figure.add_hline(y=measure.level, line={"color": GREY, "width": 1}, row=2, col=1)
    figure.add_vline(x=chosen + 1, line={"color": GREY, "width": 2, "dash": "dot"})
    _resolutions(figure, numbers, layers)
    figure.update_yaxes(title="Visible (%)", range=[0, 105], row=1, col=1)
    figure.update_yaxes(title=measure.axis, rangemode="tozero" if measure.level == 0 else "normal", row=2, col=1)
    figure.update_xaxes(title="Layer, in the order of computing", row=2, col=1)
    figure.update_xaxes(range=[numbers[0] - 0.5, numbers[-1] + 0.5], showgrid=False)
    legend = {"orientation": "h", "yanchor": "top", "y": -0.12, "x": 1, "xanchor": "right"}
    figure.update_layout(
        template="plotly",
        height=420,
        margin={"l": 60, "r": 10, "t": 26, "b": 40},
        legend=legend,
        hovermode="closest",
        dragmode=False,
    )
    return figure


def _resolutions(figure: go.Figure, numbers: Sequence[int], layers: Sequence[Layer]) -> None:
    """Every other stretch of one resolution is shaded, and long ones say which."""
    starts = [0, *(i for i in range(1, len(layers)) if layers[i].look.size != layers[i - 1].look.size), len(layers)]
    for turn, (start, end) in enumerate(pairwise(starts)):
        left, right = numbers[start] - 0.5, numbers[end - 1] + 0.5
        if turn % 2 == 0:
            figure.add_vrect(x0=left, x1=right, fillcolor=FAINT, line_width=0, layer="below")
        if end - start >= FEW * len(layers):
            rows, columns = layers[start].look.size
            figure.add_annotation(
                x=(left + right) / 2, y=1.0, xref="x", yref="paper", yanchor="bottom", showarrow=False,
                text=f"{rows}×{columns}", font={"size": 11, "color": GREY},
            )  # fmt: skip
