"""Are the samples enough? The explanation after fewer of them, set against that of all; nothing is asked anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st
import torch
from plotly.subplots import make_subplots

from masking.attribution import LimeExplanation
from masking.measures import rank_correlation
from pages.compare.figures import CONFIG
from pages.leakage.figures import COLOURS, HEIGHT, MARGIN
from pages.lime.request import run_in_background
from pages.shell import links
from pages.shell.jobs import Job

ASKED = "stability"
POINTS = 10
LOWEST = -0.5
"""What lies below is cut off: with very few samples a held-out R² has no bottom."""


@dataclass(frozen=True)
class Growth:
    """One method's explanation after ever more samples: the rank correlation with all of them, and the held-out R²."""

    title: str
    samples: Sequence[int]
    likeness: Sequence[float]
    r2: Sequence[float]


def growth(one: LimeExplanation) -> Growth:
    """The explanation after each tenth of its samples."""
    counts = sorted({max(2, int(count)) for count in torch.linspace(one.samples / POINTS, one.samples, POINTS).round()})
    firsts = [one.first(count) for count in counts]
    likeness = [rank_correlation(first.coefficients, one.coefficients) for first in firsts]
    return Growth(one.title, counts, likeness, [first.r2_held_out for first in firsts])


def show_stability(found: Mapping[str, LimeExplanation], about: str) -> None:
    """A switch, and the figure of all methods."""
    links.url_flag(ASKED)
    wanted = st.toggle(
        "Are the samples enough?", key=ASKED, persist_state="session",
        help="Sets the weights after fewer of the samples against those of all; no picture is shown to the model again",
    )  # fmt: skip
    links.write_to_url(ASKED, False)
    if not wanted:
        return

    def work(job: Job) -> list[Growth]:
        grown: list[Growth] = []
        for place, one in enumerate(found.values()):
            job.step(place / len(found), one.title)
            grown.append(growth(one))
        return grown

    grown = run_in_background(f"stability {about}", "Fitting to fewer samples", work)
    if grown is not None:
        alt = "Rank correlation with all samples, and held-out R², against the number of samples, by method"
        st.plotly_chart(stability_figure(grown), config=CONFIG, key="stability-chart", alt=alt)
        st.caption(
            "Samples are enough where both lines have become level. The rank correlation ends at 1 in any case: there "
            "all samples are set against themselves."
        )


def stability_figure(found: Sequence[Growth]) -> go.Figure:
    """Rank correlation with all samples, and held-out R², against the number of samples, one line per method."""
    titles = (
        "Rank correlation with all samples<br><sub>Spearman's ρ, −1 … 1; higher is better</sub>",
        "Held-out R²<br><sub>share of variance, at most 1; higher is better</sub>",
    )
    figure = make_subplots(1, 2, subplot_titles=titles)
    for one, colour in zip(found, COLOURS, strict=False):
        for column, values in enumerate((one.likeness, one.r2), start=1):
            figure.add_scatter(
                x=list(one.samples), y=list(values), mode="lines+markers", line={"color": colour}, name=one.title,
                legendgroup=one.title, showlegend=column == 1, row=1, col=column,
                hovertemplate="%{y:.2f} after %{x} samples<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    lowest = [max(LOWEST, min(0.0, *(min(values) for values in series))) for series in _series(found)]
    figure.update_xaxes(title="samples", rangemode="tozero")
    for column, low in enumerate(lowest, start=1):
        figure.update_yaxes(range=[low - 0.05, 1.05], row=1, col=column)
    figure.update_layout(
        template="plotly", height=HEIGHT, margin=MARGIN | {"t": 60}, legend={"orientation": "h", "y": -0.25}
    )
    return figure


def _series(found: Sequence[Growth]) -> tuple[list[Sequence[float]], list[Sequence[float]]]:
    return [one.likeness for one in found], [one.r2 for one in found]
