"""Are there enough samples? Explanations from fewer of the samples, compared with those from all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st
import torch
from plotly.subplots import make_subplots

from masking.attribution import LimeExplanation
from masking.measures import rank_correlation
from pages.components.charts import CONFIG, MARGIN, legend_at_bottom, line_options, method_styles, set_layout
from pages.shell import links
from pages.shell.jobs import Job, run_in_background

SWITCH = "stability"
POINTS = 10
LOWEST = -0.5
"""The chart ends here: with very few samples a held-out R² has no lower bound."""


@dataclass(frozen=True)
class Stability:
    """One method's explanations from more and more of its samples.

    Attributes:
        method: its name.
        title: its title.
        samples: how many samples each explanation has.
        correlation: rank correlation of each with the explanation from all samples, −1 … 1.
        r2: held-out R² of each, at most 1.
    """

    method: str
    title: str
    samples: Sequence[int]
    correlation: Sequence[float]
    r2: Sequence[float]


def measure_stability(explanation: LimeExplanation) -> Stability:
    """Fit the explanation to each tenth of its samples, and compare it with that of all."""
    tenths = torch.linspace(explanation.samples / POINTS, explanation.samples, POINTS).round()
    counts = sorted({max(2, int(count)) for count in tenths})
    firsts = [explanation.first(count) for count in counts]
    correlation = [rank_correlation(first.coefficients, explanation.coefficients) for first in firsts]
    return Stability(
        explanation.method, explanation.title, counts, correlation, [first.r2_held_out for first in firsts]
    )


def show_stability(explanations: Mapping[str, LimeExplanation], key: str) -> None:
    """Show a switch and, if it is on, the figure of all methods."""
    links.url_flag(SWITCH)
    is_on = st.toggle(
        "Are there enough samples?", key=SWITCH, persist_state="session",
        help="Compares the weights from fewer of the samples with those from all; the model is not run again",
    )  # fmt: skip
    links.write_to_url(SWITCH, False)
    if not is_on:
        return

    def work(job: Job) -> list[Stability]:
        curves: list[Stability] = []
        for index, explanation in enumerate(explanations.values()):
            job.step(index / len(explanations), explanation.title)
            curves.append(measure_stability(explanation))
        return curves

    curves = run_in_background(f"stability {key}", "Fitting to fewer samples", work)
    if curves is not None:
        alt = "Rank correlation with all samples, and held-out R², against the number of samples, by method"
        st.plotly_chart(stability_figure(curves), config=CONFIG, key="stability-chart", alt=alt)
        st.caption(
            "There are enough samples if both lines are level at their end. The rank correlation always ends at 1, "
            "because its last point compares all samples with themselves."
        )


def stability_figure(curves: Sequence[Stability]) -> go.Figure:
    """Draw rank correlation and held-out R² against the number of samples, one line per method."""
    titles = (
        "Rank correlation with all samples<br><sub>Spearman's ρ, −1 … 1; higher is better</sub>",
        "Held-out R²<br><sub>share of variance, at most 1; higher is better</sub>",
    )
    figure = make_subplots(1, 2, subplot_titles=titles)
    styles = method_styles(curve.method for curve in curves)
    for curve in curves:
        for column, values in enumerate((curve.correlation, curve.r2), start=1):
            figure.add_scatter(
                x=list(curve.samples), y=list(values), **line_options(styles[curve.method]), name=curve.title,
                legendgroup=curve.title, showlegend=column == 1, row=1, col=column,
                hovertemplate="%{y:.2f} after %{x} samples<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    figure.update_xaxes(title="samples", rangemode="tozero")
    columns = [curve.correlation for curve in curves], [curve.r2 for curve in curves]
    for column, lines in enumerate(columns, start=1):
        low = max(LOWEST, min(0.0, *(min(values) for values in lines)))
        figure.update_yaxes(range=[low - 0.05, 1.05], row=1, col=column)
    return set_layout(figure, margin=MARGIN | {"t": 60}, legend=legend_at_bottom())
