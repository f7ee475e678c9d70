"""Charts of attribution masks: curves over the iterations."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import torch
from torch import Tensor

from masking.attribution import AttributionMasks
from masking.attribution.mask_sentences import label_of
from pages.components.charts import GREY, legend_at_bottom, line_options, neutral_styles, set_layout

LONGEST = 28
"""Characters of the name of a class in a chart."""
MARKER = {"color": GREY, "width": 2, "dash": "dot"}
HEIGHT = 270
TALL = 320
"""With the names of all tests below it."""
ROOM = 0.4
"""Iterations of space beside the first and the last point: no dot is cut, and a single one gets no odd axis."""
MARGIN = {"l": 40, "r": 10, "t": 62, "b": 30}
DOTS = "A filled dot means that the network’s answer is the class that the mask is made for."
RANGES = "The bars of the untrained network span five networks with other random weights."


def probability_figure(masks: Mapping[str, AttributionMasks], step: int, titles: Sequence[str]) -> go.Figure:
    """Draw the probability of the class that the masks are made for, one line per attribution.

    Args:
        masks: by title of the attribution.
        step: where the marker stands.
        titles: all titles, also of those that are still computed, so that a line keeps its look when they arrive.
    """
    figure = _draw_lines(masks, titles, lambda each: 100 * each.probability[:, 0], " %")
    figure.update_yaxes(range=[0, 105])
    return _finish(figure, step, f"Probability of “{_shorten(label_of(next(iter(masks.values()))))}” (%)")


def doubt_figure(masks: Mapping[str, AttributionMasks], step: int, titles: Sequence[str]) -> go.Figure:
    """Draw the predictive entropy, one line per attribution; arguments as for `probability_figure`."""
    figure = _draw_lines(masks, titles, lambda each: each.entropy[:, 0], " bits")
    limit = math.log2(len(next(iter(masks.values())).categories))
    figure.update_yaxes(range=[0, 1.05 * limit])
    return _finish(figure, step, f"Doubt (bits, at most {limit:.3g})")


def controls_figure(
    masks: Mapping[str, AttributionMasks], step: int, draws: Mapping[str, Sequence[AttributionMasks]] | None = None
) -> go.Figure:
    """Draw for each test (by title) the probability of the class that its own masks are made for.

    Args:
        masks: by title of the test.
        step: where the marker stands.
        draws: by title, the masks of several random networks; a bar shows the range of their probabilities.
    """
    named = {f"{title}: {_shorten(label_of(each))}": each for title, each in masks.items()}
    figure = _draw_lines(named, list(named), lambda each: 100 * each.probability[:, 0], " %")
    figure.update_yaxes(range=[0, 105])
    for title, line in zip(masks, figure.data, strict=True):
        if several := (draws or {}).get(title):
            _add_range(line, several)
    return _finish(figure, step, "Probability of the mask’s own class (%)").update_layout(height=TALL)


def _add_range(line: Any, draws: Sequence[AttributionMasks]) -> None:
    """Add a bar from the lowest to the highest probability of several networks to each point of a line."""
    values = torch.stack([100 * each.probability[:, 0] for each in draws])
    here = values[0]
    above, below = values.amax(0) - here, here - values.amin(0)
    line.error_y = {
        "type": "data",
        "symmetric": False,
        "array": above.tolist(),
        "arrayminus": below.tolist(),
        "width": 3,
    }


def _shorten(name: str) -> str:
    """Return a name that fits into a title or a legend."""
    return textwrap.shorten(name, LONGEST, placeholder=" …")


def _draw_lines(
    masks: Mapping[str, AttributionMasks], titles: Sequence[str], curve: Callable[[AttributionMasks], Tensor], unit: str
) -> go.Figure:
    """Draw one line per entry, over the iterations; a dot is filled where the answer is the masks' class."""
    figure, styles = go.Figure(), neutral_styles(titles)
    for title, each in masks.items():
        options = line_options(styles[title], size=8)
        hits = each.hits()[:, 0].tolist()
        symbol = styles[title].marker
        options["marker"] |= {"symbol": [symbol if hit else f"{symbol}-open" for hit in hits]}
        values = curve(each).tolist()
        figure.add_scatter(
            x=list(range(len(values))), y=values, name=title, cliponaxis=False,
            hovertemplate="%{y:.3~g}" + unit + "<extra>%{fullData.name}</extra>", **options,
        )  # fmt: skip
    return figure


def _finish(figure: go.Figure, step: int, title: str) -> go.Figure:
    """Add the marker of the step, and set axes and layout.

    The title says what the horizontal axis is: a legend below the axis then covers nothing, however narrow it is.
    """
    figure.add_vline(x=step, line=MARKER)
    curves = list[Any](figure.data)
    last = max(line.x[-1] for line in curves)
    figure.update_xaxes(range=[-ROOM, last + ROOM], dtick=1 if last <= 11 else 5, showgrid=False)
    layout = {"height": HEIGHT, "margin": MARGIN, "hovermode": "x unified", "dragmode": False}
    legend = legend_at_bottom()
    return set_layout(
        figure, f"{title}<br><sub>by iteration</sub>", legend=legend, showlegend=len(curves) > 1, **layout
    )
