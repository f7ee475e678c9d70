"""Plotly figures of attribution masks: curves against the iterations."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from torch import Tensor

from masking.attribution import AttributionMasks
from masking.attribution.mask_sentences import label
from pages.components.charts import COLOURS

MARKER = {"color": "#8a919c", "width": 2, "dash": "dot"}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""Lines that coincide, as some have to, both stay in sight."""
HEIGHT = 300
ROOM = 0.4
"""Iterations before the first and after the last: dots are whole, and a single one has no axis made up for it."""
MARGIN = {"l": 45, "r": 10, "t": 40, "b": 40}


def curves_figure(found: Mapping[str, AttributionMasks], step: int, rows: Sequence[str]) -> go.Figure:
    """Probability of the target, predictive entropy and share of dead values, one line per film (by its title).

    `rows` has all titles, also of films that are still to come: a line keeps its colour when these arrive.
    """
    target = label(next(iter(found.values())))
    titles = (f"Probability of {target} (%)", "Predictive entropy (bits)", "Dead values (%)")
    figure = make_subplots(1, 3, subplot_titles=titles, horizontal_spacing=0.06)
    for title, one in found.items():
        curves = (100 * one.probability[:, 0], one.entropy[:, 0], 100 * one.zero_share[:, 0])
        for column, (curve, unit) in enumerate(zip(curves, (" %", " bits", " %"), strict=True), start=1):
            line = _line(figure, rows.index(title), one, curve, title, unit, column)
            line.showlegend = column == 1 and len(found) > 1
    figure.update_yaxes(range=[0, 105], row=1, col=1)
    for column in (2, 3):
        top = max(max(line.y) for line in figure.select_traces(row=1, col=column))
        figure.update_yaxes(range=[0, 1.05 * top or 1], row=1, col=column)
    return _finished(figure, step, 3)


def labels_figure(found: Mapping[str, AttributionMasks], step: int) -> go.Figure:
    """For each film, the probability of the class that its own masks are made for."""
    figure = make_subplots(1, 1)
    for number, (title, one) in enumerate(found.items()):
        _line(figure, number, one, 100 * one.probability[:, 0], f"{title}: {label(one)}", " %", 1)
    figure.update_yaxes(range=[0, 105], title="own label (%)")
    return _finished(figure, step, 1)


def _line(
    figure: go.Figure, number: int, film: AttributionMasks, curve: Tensor, name: str, unit: str, column: int
) -> go.Scatter:
    """One film's curve: dots are filled where the picture is called by the class that its masks are made for."""
    dots = ["circle" if hit else "circle-open" for hit in film.hits()[:, 0].tolist()]
    figure.add_scatter(
        x=list(range(len(curve))), y=curve.tolist(), name=name, legendgroup=name, mode="lines+markers",
        line={"color": COLOURS[number % len(COLOURS)], "dash": DASHES[number % len(DASHES)]},
        marker={"size": 7, "symbol": dots},
        hovertemplate="%{y:.3~g}" + unit + "<extra>%{fullData.name}</extra>", cliponaxis=False, row=1, col=column,
    )  # fmt: skip
    return figure.data[-1]


def _finished(figure: go.Figure, step: int, columns: int) -> go.Figure:
    for column in range(1, columns + 1):
        figure.add_vline(x=step, line=MARKER, row=1, col=column)
    last = max(line.x[-1] for line in figure.data)
    figure.update_xaxes(title="iteration", range=[-ROOM, last + ROOM], dtick=1 if last <= 11 else 5, showgrid=False)
    figure.update_annotations(font_size=14)
    figure.update_layout(
        template="plotly", height=HEIGHT, margin=MARGIN, hovermode="x unified",
        legend={"orientation": "h", "y": -0.28}, dragmode=False,
    )  # fmt: skip
    return figure
