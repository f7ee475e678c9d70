"""Charts of attribution masks: curves against the iterations."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from torch import Tensor

from masking.attribution import AttributionMasks
from masking.attribution.mask_sentences import label_of
from pages.components.charts import COLOURS, GREY, legend_below, set_layout

MARKER = {"color": GREY, "width": 2, "dash": "dot"}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""One per line, so that lines that coincide can both be seen."""
HEIGHT = 300
ROOM = 0.4
"""Iterations of space beside the first and the last point: no dot is cut, and a single one gets no odd axis."""
MARGIN = {"l": 45, "r": 10, "t": 40, "b": 40}
DOTS = "A filled dot means that the network's answer is the class that the mask is made for."


def curves_figure(masks: Mapping[str, AttributionMasks], step: int, titles: Sequence[str]) -> go.Figure:
    """Draw the target's probability, predictive entropy and share of mask values at 0, one line per attribution.

    Args:
        masks: by title of the attribution.
        step: where the marker stands.
        titles: all titles, also of those that are still computed, so that a line keeps its colour when they arrive.
    """
    target = label_of(next(iter(masks.values())))
    heads = (f"Probability of {target} (%)", "Predictive entropy (bits)", "Mask values at 0 (%)")
    figure = make_subplots(1, 3, subplot_titles=heads, horizontal_spacing=0.06)
    for title, each in masks.items():
        curves = (100 * each.probability[:, 0], each.entropy[:, 0], 100 * each.zero_share[:, 0])
        for column, (curve, unit) in enumerate(zip(curves, (" %", " bits", " %"), strict=True), start=1):
            line = _add_line(figure, titles.index(title), each, curve, title, unit, column)
            line.showlegend = column == 1 and len(masks) > 1
    figure.update_yaxes(range=[0, 105], row=1, col=1)
    for column in (2, 3):
        lines = list[Any](figure.select_traces(row=1, col=column))
        top = max(max(line.y) for line in lines)
        figure.update_yaxes(range=[0, 1.05 * top or 1], row=1, col=column)
    return _finish(figure, step, 3)


def controls_figure(masks: Mapping[str, AttributionMasks], step: int) -> go.Figure:
    """Draw for each test (by title) the probability of the class that its own masks are made for."""
    figure = make_subplots(1, 1)
    for index, (title, each) in enumerate(masks.items()):
        _add_line(figure, index, each, 100 * each.probability[:, 0], f"{title}: {label_of(each)}", " %", 1)
    figure.update_yaxes(range=[0, 105], title="probability of its class (%)")
    return _finish(figure, step, 1)


def _add_line(
    figure: go.Figure, index: int, masks: AttributionMasks, curve: Tensor, name: str, unit: str, column: int
) -> go.Scatter:
    """Add one curve; a dot is filled where the answer is the class that the masks are made for."""
    dots = ["circle" if hit else "circle-open" for hit in masks.hits()[:, 0].tolist()]
    figure.add_scatter(
        x=list(range(len(curve))), y=curve.tolist(), name=name, legendgroup=name, mode="lines+markers",
        line={"color": COLOURS[index % len(COLOURS)], "dash": DASHES[index % len(DASHES)]},
        marker={"size": 7, "symbol": dots},
        hovertemplate="%{y:.3~g}" + unit + "<extra>%{fullData.name}</extra>", cliponaxis=False, row=1, col=column,
    )  # fmt: skip
    return _curves(figure)[-1]


def _curves(figure: Any) -> list[Any]:
    """Return the curves of a figure in the order in which they were added; plotly declares no types for them."""
    return list(figure.data)


def _finish(figure: go.Figure, step: int, columns: int) -> go.Figure:
    """Add the marker of the step, and set axes and layout."""
    for column in range(1, columns + 1):
        subplot: dict[str, Any] = {"row": 1, "col": column}
        figure.add_vline(x=step, line=MARKER, **subplot)
    last = max(line.x[-1] for line in _curves(figure))
    figure.update_xaxes(title="iteration", range=[-ROOM, last + ROOM], dtick=1 if last <= 11 else 5, showgrid=False)
    figure.update_annotations(font_size=14)
    return set_layout(
        figure, height=HEIGHT, margin=MARGIN, hovermode="x unified", legend=legend_below(-0.28), dragmode=False
    )
