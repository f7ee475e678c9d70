"""Two to six runs of one experiment: their curves side by side, and their differences on the same images."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.report import to_csv
from masking.benchmarks.analysis.row_digest import compare_repetitions
from masking.benchmarks.analysis.series import Series, point_of
from masking.benchmarks.analysis.statistics import MOST_RUNS, RUN, compare_runs
from masking.benchmarks.protocol.experiment import Curve, Experiment, Row
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store
from pages.components.charts import CONFIG, neutral_styles
from pages.components.exports import show_downloads, show_link
from pages.components.forms import display_name
from pages.runs import store as runs
from pages.runs.curves import pick_outcome, show_table
from pages.runs.figures import heading, outcome_of, run_figure
from pages.runs.form import LABELS
from pages.runs.navigation import write_to_url
from pages.runs.text import is_timed, run_label
from pages.shell import links
from pages.shell.errors import error_sentence, escape_label, escape_markdown
from pages.shell.server_paths import without_server_paths


def show_comparison_of_runs() -> None:
    """Draw the view."""
    runs.show_error()
    with runs.open_store() as store:
        options = {run.id: run for run in store.runs() if run.done}
        names = _pick_runs(options)
        selected = _with_numbers([options[name] for name in names])
        if problem := _find_problem(selected):
            st.info(problem, icon=":material/compare_arrows:")
        else:
            _show_comparison(store, selected)


def _show_comparison(store: Store, selected: list[Run]) -> None:
    experiment = selected[0].spec.make_experiment()
    labels = distinct_labels(selected)
    if differing := differing_settings(selected):
        st.caption(f"These runs differ in: {escape_markdown(', '.join(differing))}.")
    outcome = pick_outcome(experiment)
    curve = next((curve for curve in experiment.curves if outcome in curve.y), experiment.curves[0])
    rows = [{RUN: run.id, **row} for run in selected for row in runs.numbers(run.id, run.done, run.digest)[0]]
    _show_figures(experiment, curve, outcome, rows, labels, heading(outcome_of(experiment, outcome)))
    _show_differences(store, experiment, curve, outcome, selected, labels)


def _pick_runs(options: dict[str, Run]) -> list[str]:
    """Draw the picker and return the selected ids."""
    state = st.session_state
    if isinstance(linked := state.get(runs.RUNS), str):
        names = list(dict.fromkeys(linked.split(",")))
        state[runs.RUNS] = [name for name in names if name in options]
        if unknown := [name for name in names if name not in options]:
            links.add_link_warning(
                runs.RUNS, f"The link asks for the runs {links.quote(*unknown)}, which are not here."
            )
    state[runs.RUNS] = [name for name in state.get(runs.RUNS, []) if name in options]
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-picker"):
        selected = st.multiselect(
            "Runs", list(options), format_func=lambda name: runs.run_option(options[name]), key=runs.RUNS,
            max_selections=MOST_RUNS, persist_state="session",
            help=f"Two to {MOST_RUNS} runs of one experiment; the others are compared with the first",
        )  # fmt: skip
        show_link("this comparison")
    write_to_url(runs.RUNS, [])
    return selected


def _with_numbers(selected: list[Run]) -> list[Run]:
    """Return the runs that have numbers; each of the others is named with the reason, and costs only itself."""
    readable: list[Run] = []
    for run in selected:
        try:
            runs.numbers(run.id, run.done, run.digest)
            readable.append(run)
        except (ValueError, KeyError) as error:
            st.warning(f"Run {run.id} is left out: {error_sentence(error)}", icon=":material/broken_image:")
    return readable


def _find_problem(selected: list[Run]) -> str:
    """Return why these runs cannot be compared, or ""."""
    if len(selected) < 2:
        return "Choose two or more runs of one experiment; the others are compared with the first."
    kinds = list(dict.fromkeys(run.spec.experiment for run in selected))
    if len(kinds) > 1:
        return f"These are runs of {' and '.join(map(display_name, kinds))}; compare runs of one experiment."
    return ""


def differing_settings(selected: list[Run]) -> list[str]:
    """Return the settings in which the runs differ, with the values if they are short."""
    all_settings = [_settings(run) for run in selected]
    differing: list[str] = []
    for name in dict.fromkeys(name for settings in all_settings for name in settings):
        values = list(dict.fromkeys(json.dumps(settings.get(name)) for settings in all_settings))
        if len(values) > 1:
            short = [str(json.loads(value)) for value in values if not value.startswith(("[", "{", "null"))]
            words = f"{name} ({', '.join(short)})" if len(short) == len(values) else name
            differing.append(without_server_paths(words))
    return differing


def _settings(run: Run) -> dict[str, Any]:
    """Return everything that decides about a run's rows, by name in words."""
    spec = run.spec
    sources = {"classifier": spec.classifier.name, "own weights": spec.classifier.weights, "data": spec.data.source}
    numbers = {label.lower(): getattr(spec, name) for name, label in LABELS.items()}
    settings = {display_name(name).lower(): value for name, value in {**spec.data.settings, **spec.settings}.items()}
    return sources | settings | numbers | {"part": run.part}


def distinct_labels(selected: list[Run]) -> dict[str, str]:
    """Return a label per run that tells it apart: its classifier, title or seed, as much as is needed; else its id."""
    kinds: tuple[Callable[[Run], str], ...] = (
        lambda run: run.spec.classifier.name, run_label, lambda run: f"seed {run.spec.seed}", lambda run: run.id,
    )  # fmt: skip
    differing = [kind for kind in kinds if len({kind(run) for run in selected}) > 1]
    choices = (*([kind] for kind in differing[:-1]), differing[:-1], differing)
    all_labels = ({run.id: " · ".join(kind(run) for kind in parts) for run in selected} for parts in choices)
    return next(labels for labels in all_labels if len(set(labels.values())) == len(selected))


def _panels(
    experiment: Experiment, curve: Curve, outcome: str, rows: list[Row], labels: dict[str, str]
) -> dict[str, Series]:
    """Return one panel per value of group and split, with one series per run; a split of one value has no name."""
    panels: dict[str, Series] = {}
    has_splits = curve.split is not None and len({row[curve.split] for row in rows}) > 1
    names = [name for name in (curve.split if has_splits else None, curve.group) if name is not None]
    for row in rows:
        if row["outcome"] == outcome:
            title = " · ".join(experiment.key(name).display_value(row[name]) for name in names)
            series = panels.setdefault(title, {})
            series.setdefault(labels[row[RUN]], []).append(point_of(experiment, curve, row))
    return panels


def _show_figures(
    experiment: Experiment, curve: Curve, outcome: str, rows: list[Row], labels: dict[str, str], title: str,
    zero: bool = False,
) -> None:  # fmt: skip
    """Show one small figure per panel, two in a row, all on one scale."""
    panels = _panels(experiment, curve, outcome, rows, labels)
    x_title = experiment.key(curve.x).heading
    ends = [end for row in rows if row["outcome"] == outcome for end in (row["value"], row["low"], row["high"])]
    finite = [end for end in ends if end is not None]
    margin = 0.05 * (max(finite) - min(finite))
    st.markdown(f"**{escape_label(title)}**")
    columns = st.columns(2)
    for index, (panel, series) in enumerate(panels.items()):
        figure = run_figure(series, x_title, panel, zero, neutral_styles(labels.values()))
        figure.update_yaxes(range=[min(finite) - margin, max(finite) + margin])
        columns[index % 2].plotly_chart(
            figure, config=CONFIG, key=f"compared-{zero}-{outcome}-{index}",
            alt=f"{title} of {panel} against {x_title}, one line per run, with 95 % intervals",
        )  # fmt: skip


def _show_differences(
    store: Store, experiment: Experiment, curve: Curve, outcome: str, selected: list[Run], labels: dict[str, str]
) -> None:
    """Show the paired differences from the first run, or why there are none."""
    try:
        rows, repetitions = _pair(store.folder, {run.id: run.done for run in selected})
    except ValueError as error:
        st.info(f"{error_sentence(error)} Only their curves are shown.", icon=":material/link_off:")
        return
    first = labels[selected[0].id]
    counts = {row["n"] for row in rows if row["outcome"] == outcome}
    if not counts:
        st.info("No condition with this measure occurs in all of these runs.", icon=":material/link_off:")
        return
    title = f"{outcome_of(experiment, outcome).title}: difference from {first}"
    _show_figures(experiment, curve, outcome, rows, labels, title, zero=True)
    unit = "blocks" if is_timed(selected[0]) else "images"
    number = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else f"{min(counts)}"
    st.caption(
        f"Paired over the {unit} that both runs have ({number}), with 95 % intervals. "
        "If an interval does not contain 0, the runs differ."
    )
    for sentence in repetitions:
        st.caption(escape_markdown(sentence))
    for panel, series in _panels(experiment, curve, outcome, rows, labels).items():
        show_table(series, "Run", experiment.key(curve.x).heading, panel, signed=True)
    show_downloads([("Differences CSV", lambda: to_csv(rows), "differences.csv", "text/csv")])


@st.cache_data(max_size="64MB", show_spinner=False)
def _pair(folder: Path, done: dict[str, int]) -> tuple[list[Row], list[str]]:
    """Return the differences from the first of these runs, and in sentences whether runs of one spec have equal rows.

    `done` has their numbers of saved blocks, as cache keys.
    """
    with Store(folder) as store:
        selected = [store.run(name) for name in done]
        rows = {run.id: store.rows(run) for run in selected}
        repetitions = [] if is_timed(selected[0]) else compare_repetitions(selected, list(rows.values()))
        return compare_runs(selected, rows, against=selected[0].id, folder=folder), repetitions
