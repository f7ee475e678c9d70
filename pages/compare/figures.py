"""The charts of class entropy."""

import html
from collections.abc import Mapping

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from masking.inference.removal import Removal
from masking.models.class_names import short_names
from pages.components.charts import bar_options, method_styles, set_layout
from pages.components.method_names import method_title
from pages.components.numbers import bits, percent

HEIGHT = 280
HISTOGRAM_LINES = 8
ROOM = 1.15
"""How much higher than the highest bar the axes are: the labels stand above the bars, even above those of height 0."""


def removal_figure(removals: Mapping[str, Removal]) -> go.Figure:
    """Return how often the object of the whole picture is named, and the class entropy, by method; classes on hover.

    Classes of one group count as the same object, such as all cats.
    """
    titles = [method_title(name) for name in removals]
    hover = [_histogram(removal) for removal in removals.values()]
    options = bar_options(*method_styles(removals).values())
    named = html.escape(next(iter(removals.values())).object_name) if removals else ""
    figure = make_subplots(1, 2, subplot_titles=(f"Still named “{named}”", "Class entropy (bits)"))
    agreement = [removal.group_agreement for removal in removals.values()]
    entropy = [abs(removal.class_entropy) for removal in removals.values()]  # no minus before zero
    for column, (values, labels) in enumerate(
        ((agreement, list(map(percent, agreement))), (entropy, list(map(bits, entropy)))), start=1
    ):
        figure.add_bar(
            x=titles, y=values, text=labels, customdata=hover, textposition="outside", row=1, col=column,
            hovertemplate="<b>%{x}</b><br>%{text}<br>%{customdata}<extra></extra>", **options,
        )  # fmt: skip
    figure.update_yaxes(range=[0, ROOM], tickformat=".0%", row=1, col=1)
    figure.update_yaxes(range=[0, ROOM * max([*entropy, 1.0])], row=1, col=2)
    margin = {"l": 45, "r": 10, "t": 40, "b": 30}
    return set_layout(figure, height=HEIGHT, showlegend=False, margin=margin, hovermode="x")  # bars of height 0 too


def _histogram(removal: Removal) -> str:
    """Return the most frequent predicted classes as hover text."""
    names = dict(zip(removal.categories, short_names(removal.categories), strict=True))
    counts = removal.histogram()
    lines = [f"{html.escape(names[category])}: {count}" for category, count in counts[:HISTOGRAM_LINES]]
    if rest := counts[HISTOGRAM_LINES:]:
        lines.append(f"{len(rest)} other classes: {sum(count for _, count in rest)}")
    return "<br>".join(lines)
