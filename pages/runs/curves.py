"""What a run found: every curve of its experiment, and the numbers of one outcome as a table."""

import html
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.report import Point, Series, panels_of, series_of
from masking.benchmarks.protocol.experiment import Curve, Experiment, Row
from pages.compare.figures import CONFIG
from pages.runs.figures import figure, heading, outcome_of
from pages.shell import links

OUTCOME = "outcome"


def curves(experiment: Experiment, aggregates: list[Row]) -> None:
    """A figure per outcome and panel, two in a row."""
    for number, curve in enumerate(experiment.curves):
        panels = panels_of(curve, aggregates)
        for panel in panels:
            if told := _panel(experiment, curve, panels, panel):
                st.markdown(f"**{told}**")
            _row(experiment, aggregates, curve, panel, f"curve-{number}-{panel}")


def _row(experiment: Experiment, aggregates: list[Row], curve: Curve, panel: Any, key: str) -> None:
    columns = st.columns(2)
    drawn = 0
    for name in curve.y:
        series = series_of(experiment, curve, name, panel, aggregates)
        if not series:
            continue
        outcome = outcome_of(experiment, name)
        x_title = experiment.key(curve.x).heading
        columns[drawn % 2].plotly_chart(
            figure(series, x_title, heading(outcome)), config=CONFIG, key=f"{key}-{name}",
            alt=f"{outcome.title} against {x_title} with 95 % intervals. {outcome.meaning}",
        )  # fmt: skip
        drawn += 1


def _panel(experiment: Experiment, curve: Curve, panels: list[Any], panel: Any) -> str:
    """What one of several panels of a split holds fixed; "" where there is but one."""
    if curve.split is None or len(panels) == 1:
        return ""
    return f"{experiment.key(curve.split).title}: {experiment.key(curve.split).display_value(panel)}"


def pick_outcome(experiment: Experiment) -> str:
    """Which of an experiment's outcomes; in the address."""
    names = [outcome.name for outcome in experiment.outcomes]
    links.url_choice(OUTCOME, names, names[0], "outcome")
    name = st.selectbox(
        "Outcome", names, format_func=lambda one: heading(outcome_of(experiment, one)), key=OUTCOME,
        persist_state="session", help="  \n".join(f"**{one.title}**: {one.meaning}" for one in experiment.outcomes),
    )  # fmt: skip
    links.write_to_url(OUTCOME, names[0])
    return name


def tables(experiment: Experiment, aggregates: list[Row], name: str, signed: bool = False) -> None:
    """The numbers of one outcome with their intervals: groups down, the curve's x across, one table per panel."""
    curve = next((one for one in experiment.curves if name in one.y), experiment.curves[0])
    panels = panels_of(curve, aggregates)
    for panel in panels:
        series = series_of(experiment, curve, name, panel, aggregates)
        if series:
            down, across = experiment.key(curve.group).heading, experiment.key(curve.x).heading
            table(series, down, across, _panel(experiment, curve, panels, panel), signed)


def table(series: Series, down: str, across: str, caption: str = "", signed: bool = False) -> None:
    """Series as an HTML table of values with their intervals."""
    places = list(dict.fromkeys(point.x for points in series.values() for point in points))
    heads = "".join(f"<th scope='col'>{html.escape(_place(place))}</th>" for place in places)
    lines = ""
    for name, points in series.items():
        found = {point.x: point for point in points}
        cells = "".join(f"<td class='mx-number'>{_cell(found.get(place), signed)}</td>" for place in places)
        lines += f"<tr><th scope='row'>{html.escape(name)}</th>{cells}</tr>"
    told = html.escape(f"{caption + ', ' if caption else ''}{down} by {across}", quote=True)
    st.html(
        f"<div class='mx-matrix' role='region' tabindex='0' aria-label='{told}'><table class='mx-table mx-numbers'>"
        f"<caption>{html.escape(caption)}</caption><thead><tr><th>{html.escape(down)} \\ {html.escape(across)}</th>"
        f"{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _place(place: Any) -> str:
    return f"{place:g}" if isinstance(place, float) else str(place)


def _cell(point: Point | None, signed: bool) -> str:
    if point is None:
        return ""
    form = "+.3f" if signed else ".3f"
    ends = "" if point.low is None or point.high is None else f"{point.low:{form}} – {point.high:{form}}"
    return f"<b>{point.value:{form}}</b> <small>{ends}</small>"
