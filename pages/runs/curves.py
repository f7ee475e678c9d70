"""The results of a run: every curve of its experiment, and the numbers of one outcome as a table."""

import html
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.series import Point, Series, group_styles, panels_of, series_of
from masking.benchmarks.protocol.experiment import Curve, Experiment, Row
from pages.components.charts import CONFIG
from pages.runs.figures import heading, outcome_of, run_figure
from pages.runs.store import OUTCOME
from pages.shell import links
from pages.shell.errors import escape_label


def show_curves(experiment: Experiment, aggregates: list[Row]) -> None:
    """Show one figure per outcome and panel, two in a row."""
    for index, curve in enumerate(experiment.curves):
        panels = panels_of(curve, aggregates)
        for panel in panels:
            if title := _panel_title(experiment, curve, panels, panel):
                st.markdown(f"**{escape_label(title)}**")
            _show_row(experiment, aggregates, curve, panel, f"curve-{index}-{panel}")


def _show_row(experiment: Experiment, aggregates: list[Row], curve: Curve, panel: Any, key: str) -> None:
    columns = st.columns(2)
    by_outcome = {name: series_of(experiment, curve, name, panel, aggregates) for name in curve.y}
    present = {name: series for name, series in by_outcome.items() if series}
    styles = group_styles(experiment, curve, aggregates)
    for index, (name, series) in enumerate(present.items()):
        outcome = outcome_of(experiment, name)
        x_title = experiment.key(curve.x).heading
        columns[index % 2].plotly_chart(
            run_figure(series, x_title, heading(outcome), styles=styles), config=CONFIG, key=f"{key}-{name}",
            alt=f"{outcome.title} against {x_title} with 95 % intervals. {outcome.meaning}",
        )  # fmt: skip


def _panel_title(experiment: Experiment, curve: Curve, panels: list[Any], panel: Any) -> str:
    """Return the value of the split that a panel shows; "" if there is only one panel."""
    if curve.split is None or len(panels) == 1:
        return ""
    return f"{experiment.key(curve.split).title}: {experiment.key(curve.split).display_value(panel)}"


def pick_outcome(experiment: Experiment) -> str:
    """Draw the picker of the experiment's outcomes and return the chosen name; the address carries it."""
    names = [outcome.name for outcome in experiment.outcomes]
    links.url_choice(OUTCOME, names, names[0], "measure")
    name = st.selectbox(
        "Measure", names, format_func=lambda name: heading(outcome_of(experiment, name)), key=OUTCOME,
        persist_state="session",
        help="  \n".join(f"**{outcome.title}**: {outcome.meaning}" for outcome in experiment.outcomes),
    )  # fmt: skip
    links.write_to_url(OUTCOME, names[0])
    return name


def show_tables(experiment: Experiment, aggregates: list[Row], name: str) -> None:
    """Show one outcome with its intervals: one table per panel, one row per group, one column per value of x."""
    curve = next((curve for curve in experiment.curves if name in curve.y), experiment.curves[0])
    panels = panels_of(curve, aggregates)
    for panel in panels:
        series = series_of(experiment, curve, name, panel, aggregates)
        if series:
            down, across = experiment.key(curve.group).heading, experiment.key(curve.x).heading
            show_table(series, down, across, _panel_title(experiment, curve, panels, panel))


def show_table(series: Series, down: str, across: str, caption: str = "", signed: bool = False) -> None:
    """Show series as an HTML table of values with their intervals."""
    positions = list(dict.fromkeys(point.x for points in series.values() for point in points))
    heads = "".join(f"<th scope='col'>{html.escape(_position_text(x))}</th>" for x in positions)
    lines = ""
    for name, points in series.items():
        by_x = {point.x: point for point in points}
        cells = "".join(f"<td class='mx-number'>{_cell(by_x.get(x), signed)}</td>" for x in positions)
        lines += f"<tr><th scope='row'>{html.escape(name)}</th>{cells}</tr>"
    label = html.escape(f"{caption + ', ' if caption else ''}{down} by {across}", quote=True)
    st.html(
        f"<div class='mx-matrix' role='region' tabindex='0' aria-label='{label}'><table class='mx-table mx-numbers'>"
        f"<caption>{html.escape(caption)}</caption><thead><tr><th>{html.escape(down)} \\ {html.escape(across)}</th>"
        f"{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _position_text(x: Any) -> str:
    return f"{x:g}" if isinstance(x, float) else str(x)


def _cell(point: Point | None, signed: bool) -> str:
    if point is None:
        return ""
    form = "+.3f" if signed else ".3f"
    ends = "" if point.low is None or point.high is None else f"{point.low:{form}} – {point.high:{form}}"
    is_joined = point.lowest is not None and point.highest is not None
    draws = f" <small>range {point.lowest:{form}} – {point.highest:{form}}</small>" if is_joined else ""
    return f"<b>{point.value:{form}}</b> <small>{ends}</small>{draws}"
