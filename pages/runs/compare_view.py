"""Two to six runs of one experiment: their curves side by side, and their differences over the same images."""

import json
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.report import Series, point_of, to_csv
from masking.benchmarks.analysis.statistics import MOST_RUNS, RUN, compared
from masking.benchmarks.protocol.experiment import Curve, Experiment, Row
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store
from pages.compare.figures import CONFIG
from pages.components.forms import worded
from pages.runs import store as runs
from pages.runs.curves import pick_outcome, table
from pages.runs.figures import coloured, figure, heading, outcome_of
from pages.runs.form import LABELS
from pages.runs.navigation import show_link, write_to_url
from pages.runs.text import run_label, timed
from pages.shell import links
from pages.shell.errors import error_sentence, escape_label, escape_markdown


def compare() -> None:
    """Draw the view."""
    runs.show_failures()
    with runs.open_store() as store:
        known = {run.id: run for run in store.runs() if run.done}
        names, link = _chosen(known)
        chosen = [known[name] for name in names]
        if problem := _problem(chosen):
            st.info(problem, icon=":material/compare_arrows:")
        else:
            _compare(store, chosen)
    show_link(link, "Leads to this comparison.")


def _compare(store: Store, chosen: list[Run]) -> None:
    experiment = chosen[0].spec.made()
    names = _names(chosen)
    if differing := differences_of(chosen):
        st.caption(f"These runs differ in: {escape_markdown(', '.join(differing))}.")
    outcome = pick_outcome(experiment)
    curve = next((one for one in experiment.curves if outcome in one.y), experiment.curves[0])
    rows = [{RUN: run.id, **row} for run in chosen for row in runs.numbers(run.id, run.done, run.digest)[0]]
    _figures(experiment, curve, outcome, rows, names, heading(outcome_of(experiment, outcome)))
    _differences(store, experiment, curve, outcome, chosen, names)


def _chosen(known: dict[str, Run]) -> tuple[list[str], Any]:
    """The picker, and where the link belongs."""
    state = st.session_state
    if isinstance(asked := state.get(runs.RUNS), str):
        state[runs.RUNS] = [name for name in asked.split(",") if name in known]
        if unknown := [name for name in asked.split(",") if name not in known]:
            links.add_link_warning(runs.RUNS, f"The link asks for the runs {', '.join(unknown)}, which are not here.")
    state[runs.RUNS] = [name for name in state.get(runs.RUNS, []) if name in known]
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-picker"):
        names = st.multiselect(
            "Runs", list(known), format_func=lambda one: runs.run_option(known[one]), key=runs.RUNS,
            max_selections=MOST_RUNS, persist_state="session",
            help=f"Two to {MOST_RUNS} of one experiment; the others are compared with the first",
        )  # fmt: skip
        link = st.popover("Copy link", icon=":material/link:")
    write_to_url(runs.RUNS, [])
    return names, link


def _problem(chosen: list[Run]) -> str:
    """Why there is nothing to compare, or ""."""
    if len(chosen) < 2:
        return "Choose two runs or more of one experiment; the others are compared with the first."
    kinds = list(dict.fromkeys(run.spec.experiment for run in chosen))
    if len(kinds) > 1:
        return f"These are runs of {' and '.join(map(worded, kinds))}; compare runs of one experiment."
    return ""


def differences_of(chosen: list[Run]) -> list[str]:
    """What these runs were asked differently, with the values where they are short."""
    asked = [_settings(run) for run in chosen]
    found: list[str] = []
    for name in dict.fromkeys(name for one in asked for name in one):
        values = list(dict.fromkeys(json.dumps(one.get(name)) for one in asked))
        if len(values) > 1:
            short = [str(json.loads(value)) for value in values if not value.startswith(("[", "{", "null"))]
            found.append(f"{name} ({', '.join(short)})" if len(short) == len(values) else name)
    return found


def _settings(run: Run) -> dict[str, Any]:
    """All that decides about a run's rows, by name in words."""
    spec = run.spec
    told = {"classifier": spec.classifier.name, "own weights": spec.classifier.weights, "data": spec.data.source}
    numbers = {label.lower(): getattr(spec, name) for name, label in LABELS.items()}
    settings = {**spec.data.settings, **spec.settings}
    return told | {worded(name).lower(): value for name, value in settings.items()} | numbers | {"part": run.part}


def _names(chosen: list[Run]) -> dict[str, str]:
    """What tells the runs apart: classifier or title where these differ, with the id."""
    tellers = (lambda run: run.spec.classifier.name, run_label)
    told = next((one for one in tellers if len({one(run) for run in chosen}) == len(chosen)), tellers[1])
    return {run.id: f"{told(run)} · {run.id[:4]}" for run in chosen}


def _panels(
    experiment: Experiment, curve: Curve, outcome: str, rows: list[Row], names: dict[str, str]
) -> dict[str, Series]:
    """Per value of group and split, one series per run; a split of one value is not worth telling."""
    found: dict[str, Series] = {}
    several = curve.split is not None and len({row[curve.split] for row in rows}) > 1
    for row in rows:
        if row["outcome"] == outcome:
            fixed = [*([curve.split] if several else []), curve.group]
            series = found.setdefault(" · ".join(experiment.key(name).display_value(row[name]) for name in fixed), {})
            series.setdefault(names[row[RUN]], []).append(point_of(experiment, curve, row))
    return found


def _figures(
    experiment: Experiment, curve: Curve, outcome: str, rows: list[Row], names: dict[str, str], title: str,
    zero: bool = False,
) -> None:  # fmt: skip
    """One small figure per panel, two in a row, all on one scale."""
    panels = _panels(experiment, curve, outcome, rows, names)
    x_title = experiment.key(curve.x).heading
    values = [end for row in rows if row["outcome"] == outcome for end in (row["value"], row["low"], row["high"])]
    known = [end for end in values if end is not None]
    st.markdown(f"**{escape_label(title)}**")
    columns = st.columns(2)
    for place, (panel, series) in enumerate(panels.items()):
        drawn = figure(series, x_title, panel, zero, coloured(names.values()))
        margin = 0.05 * (max(known) - min(known))
        drawn.update_yaxes(range=[min(known) - margin, max(known) + margin])
        columns[place % 2].plotly_chart(
            drawn, config=CONFIG, key=f"compared-{zero}-{outcome}-{place}",
            alt=f"{title} of {panel} against {x_title}, one line per run, with 95 % intervals",
        )  # fmt: skip


def _differences(
    store: Store, experiment: Experiment, curve: Curve, outcome: str, chosen: list[Run], names: dict[str, str]
) -> None:
    """Paired differences from the first run, or why there are none."""
    try:
        found = _paired(store.folder, {run.id: run.done for run in chosen})
    except ValueError as error:
        st.info(f"No differences: {error_sentence(error)}", icon=":material/link_off:")
        return
    first = names[chosen[0].id]
    if not [row for row in found if row["outcome"] == outcome]:
        st.info("These runs have no condition with this outcome in common.", icon=":material/link_off:")
        return
    title = f"{outcome_of(experiment, outcome).title}: difference from {first}"
    _figures(experiment, curve, outcome, found, names, title, zero=True)
    images = {row["n"] for row in found if row["outcome"] == outcome}
    what = "blocks" if timed(chosen[0]) else "images"
    st.caption(
        f"Over the {what} that both runs met ({min(images)}{f' to {max(images)}' if len(images) > 1 else ''}), paired, "
        "with 95 % intervals: where one does not hold 0, the runs differ."
    )
    for panel, series in _panels(experiment, curve, outcome, found, names).items():
        table(series, "Run", experiment.key(curve.x).heading, panel, signed=True)
    st.download_button(
        "Differences CSV", lambda: to_csv(found), "differences.csv", "text/csv", icon=":material/download:",
        on_click="ignore", key="download-Differences",
    )  # fmt: skip


@st.cache_data(max_entries=8, show_spinner=False)
def _paired(folder: Any, done: dict[str, int]) -> list[Row]:
    """Differences from the first of these runs; how many shards are done is part of the key."""
    with Store(folder) as store:
        found = [store.run(name) for name in done]
        return compared(found, {run.id: store.rows(run) for run in found}, against=found[0].id)
