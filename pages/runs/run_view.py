"""One run: its progress or its numbers, what was asked, where it was computed, and its files."""

import html
import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.report import content
from masking.benchmarks.analysis.statistics import rows_digest
from masking.benchmarks.protocol.experiment import Experiment
from masking.benchmarks.storage.exchange import document
from masking.benchmarks.storage.run import BUSY, FINISHED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import command_line, last_lines
from pages.runs import store as runs
from pages.runs.curves import curves, pick_outcome, tables
from pages.runs.navigation import show_link, write_to_url
from pages.runs.notes import edit_notes
from pages.runs.progress import grown, progress, stopped
from pages.runs.text import badge, day, duration, facts, run_label, samples, timed
from pages.shell import links
from pages.shell.errors import error_sentence, show_errors

POLL_SECONDS = 1.0
FILES = {
    "Rows CSV": (".csv", "text/csv"),
    "Parquet": (".parquet", "application/octet-stream"),
    "Report": (".html", "text/html"),
    "LaTeX": (".tex", "application/x-tex"),
}
ROWS = ("Rows CSV", "Parquet", "JSON")
"""Those that need no experiment to be made."""


def one_run() -> None:
    """Draw the view."""
    runs.show_failures()
    with runs.open_store() as store:
        name, link = _chosen(store)
        if name is None:
            return
        run = store.run(name)
        _head(store, run)
        if run.state in BUSY:
            _watch(run.id)
        else:
            _facts(run)
            if run.state != FINISHED:
                stopped(store, run)
            _found(store, run)
    show_link(link, "Leads to this run, on this machine or wherever its store is.")


def _chosen(store: Store) -> tuple[str | None, Any]:
    """The picker over all runs, and where the link belongs; a link to a run that is not here says so."""
    known = {run.id: run for run in store.runs()}
    asked = st.session_state.get(runs.RUN)
    if asked is not None and asked not in known:
        with show_errors():
            known[store.run(asked).id] = store.run(asked)  # the beginning of an id, or one in the bin
            st.session_state[runs.RUN] = asked = store.run(asked).id
    if not known:
        st.info("There are no runs yet; start one under New run.", icon=":material/science:")
        return None, None
    links.url_choice(runs.RUN, list(known), next(iter(known)), "run")
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-picker"):
        name = st.selectbox(
            "Run",
            list(known),
            format_func=lambda one: runs.run_option(known[one]),
            key=runs.RUN,
            persist_state="session",
        )
        link = st.popover("Copy link", icon=":material/link:")
    write_to_url(runs.RUN, None)
    return name, link


def _head(store: Store, run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run-head"):
        st.html(f"<h3 class='mx-title'>{html.escape(run_label(run))}</h3>", width="content")
        edit_notes(store, run)
    if run.deleted is not None:
        st.warning("This run is in the bin; bring it back under Runs.", icon=":material/delete:")


def _facts(run: Run) -> None:
    rate = f" · {run.images_per_second:.1f} images/s" if run.images_per_second else ""
    spent = f" · {duration(run.seconds)} of computation{rate}" if run.seconds and run.state not in BUSY else ""
    told = html.escape(f"{facts(run)} · {day(run.created)}{spent}")
    st.html(f"<div class='mx-run'>{badge(run)} <span>{told}</span></div>")


def _watch(name: str) -> None:
    """Progress and curves of a run that is under way; the whole page is redrawn once, when it ends."""

    @st.fragment(run_every=POLL_SECONDS)
    def watch() -> None:
        with runs.open_store() as store:
            run = store.run(name)
            if run.state not in BUSY:
                st.rerun()
            _facts(run)
            progress(store, run)
            if run.done and (experiment := _experiment(run)) is not None:
                st.caption(f"So far, with 95 % intervals over {samples(run)}:")
                curves(experiment, grown(run))

    watch()


def _experiment(run: Run) -> Experiment | None:
    """What the run computes; None, and a sentence, where its plugin is gone."""
    try:
        return run.spec.made()
    except (ValueError, KeyError) as error:
        st.info(f"No curves, but all that was computed: {error_sentence(error)}", icon=":material/extension_off:")
        return None


def _found(store: Store, run: Run) -> None:
    if not run.done:
        _asked(store, run)
        return
    experiment = _experiment(run)
    _files(run, whole=experiment is not None)
    if experiment is not None:
        aggregates, _ = runs.numbers(run.id, run.done, run.digest)
        curves(experiment, aggregates)
        over = f"{samples(run)}, bands and brackets are 95 % intervals"
        st.caption(f"{over}. {experiment.meaning} {experiment.source}.")
        tables(experiment, aggregates, pick_outcome(experiment))
    _asked(store, run)


def files(run: Run) -> list[tuple[str, Callable[[], bytes | str], str, str]]:
    """Label, content, name and type of each file that a run can be taken away as."""

    def made(suffix: str, aggregated: bool = False) -> Callable[[], bytes]:
        def write() -> bytes:
            with Store() as store:
                return content(store, run, suffix, aggregated)

        return write

    def whole() -> str:
        with Store() as store:
            return json.dumps(document(store, run), ensure_ascii=False)

    tables = [("Numbers CSV", made(".csv", True), f"run-{run.id}-numbers.csv", "text/csv")]
    others = [(label, made(suffix), f"run-{run.id}{suffix}", mime) for label, (suffix, mime) in FILES.items()]
    return [*tables, *others, ("JSON", whole, f"run-{run.id}.json", "application/json")]


def _files(run: Run, whole: bool) -> None:
    """Downloads; each is made when somebody asks for it. Not `whole`: those that need no experiment."""
    with st.container(horizontal=True):
        for label, data, name, mime in files(run):
            if not whole and label not in ROWS:
                continue
            key = f"download-{label.replace(' ', '-')}"
            st.download_button(label, data, name, mime, icon=":material/download:", on_click="ignore", key=key)


def _asked(store: Store, run: Run) -> None:
    """Spec, environment, log, and how to compute it again."""
    again, spec, environment, log = st.tabs(["Reproduce", "Spec", "Environment", "Log"])
    with again:
        what = "Measured again without a browser; times differ from run to run"
        st.caption(f"{what if timed(run) else 'The same rows, computed without a browser'}:")
        st.code(command_line(run), language="bash", wrap_lines=True)
        if run.done and not timed(run):
            digest = rows_digest(store.rows(run))[:16]
            st.caption(f"Digest of its rows: `{digest}`. Whoever computes the same spec gets the same.")
    spec.code(run.spec.to_json(), language="json", wrap_lines=True)
    environment.code(json.dumps(dict(run.environment), indent=2), language="json", wrap_lines=True)
    with log:
        happened = [f"{day(at)}  {kind}  {text}" for at, kind, text in store.events(run.id)]
        st.code("\n".join([*happened, *last_lines(store, run)]) or "nothing yet", language=None, wrap_lines=True)
