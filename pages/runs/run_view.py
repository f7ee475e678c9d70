"""One run: its progress or its numbers, its notes, its specification and environment, and its files."""

import html
import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from masking.benchmarks.analysis.report import render_file
from masking.benchmarks.analysis.row_digest import digest_of_run, digest_scope
from masking.benchmarks.protocol.experiment import Experiment
from masking.benchmarks.storage.exchange import export_document
from masking.benchmarks.storage.notes import LONGEST_NOTE, LONGEST_TITLE
from masking.benchmarks.storage.process_identity import HERE
from masking.benchmarks.storage.run import BUSY, FINISHED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import command_line, last_lines
from pages.components.exports import Download, show_downloads, show_link
from pages.runs import store as runs
from pages.runs.curves import pick_outcome, show_curves, show_tables
from pages.runs.navigation import write_to_url
from pages.runs.owner import look_only, may_change
from pages.runs.progress import numbers_so_far, show_run_progress, show_stopped
from pages.runs.text import badge, day, duration, facts, is_timed, run_label, samples, tags_html
from pages.shell import links
from pages.shell.errors import error_sentence, escape_markdown, show_errors
from pages.shell.server_paths import document_without_server_paths, without_server_paths
from pages.shell.settings import is_public

POLL_SECONDS = 1.0
FILES = {
    "Rows CSV": (".csv", "text/csv"),
    "Parquet": (".parquet", "application/octet-stream"),
    "Report": (".html", "text/html"),
    "LaTeX": (".tex", "application/x-tex"),
}
ROWS = ("Rows CSV", "Parquet", "JSON")
"""The files that can be made without the experiment's code."""


def show_one_run() -> None:
    """Draw the view."""
    runs.show_error()
    with runs.open_store() as store:
        name = _pick_run(store)
        if name is None:
            return
        run = store.run(name)
        _show_head(store, run)
        if run.state in BUSY:
            _watch(run.id)
        else:
            _show_facts(run)
            if run.state != FINISHED:
                show_stopped(store, run)
            with show_errors():
                _show_results(store, run)
            with show_errors():
                _show_details(store, run)


def _pick_run(store: Store) -> str | None:
    """Draw the picker of all runs and return the run's id; None if there is none."""
    options = {run.id: run for run in store.runs()}
    name = st.session_state.get(runs.RUN)
    if name is not None and name not in options:
        with show_errors():
            run = store.run(name)  # `name` is the beginning of an id, or the run is in the bin
            options[run.id] = run
            st.session_state[runs.RUN] = run.id
    if not options:
        st.info("There are no runs yet; start one under New run.", icon=":material/science:")
        return None
    links.url_choice(runs.RUN, list(options), next(iter(options)), "run")
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-picker"):
        name = st.selectbox(
            "Run", list(options), format_func=lambda name: runs.run_option(options[name]), key=runs.RUN,
            persist_state="session",
        )  # fmt: skip
        show_link("this run, on this machine or wherever its store is")
    write_to_url(runs.RUN, None)
    return name


def _show_head(store: Store, run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run-head"):
        st.html(f"<h3 class='mx-title'>{html.escape(run_label(run))}</h3>", width="content")
        _edit_notes(store, run)
    if not may_change(run):
        st.caption(look_only(run))
    if run.deleted is not None:
        st.warning("This run is in the bin. Restore it under Runs.", icon=":material/delete:")


def known_tags(store: Store) -> list[str]:
    """Return every tag in use, in alphabetical order."""
    return sorted({tag for run in store.runs() for tag in run.tags})


def _edit_notes(store: Store, run: Run) -> None:
    """Draw title, tags and note in a popover; each is saved when it changes."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-notes"):
        with st.popover("Title, tags, note", icon=":material/edit:", disabled=not may_change(run)):
            key, options = _note_options(run, "title", run.title)
            st.text_input("Title", key=key, max_chars=LONGEST_TITLE, **options)
            key, options = _note_options(run, "tags", list(run.tags))
            st.multiselect("Tags", known_tags(store), key=key, accept_new_options=True, **options)
            key, options = _note_options(run, "note", run.note)
            st.text_area("Note", key=key, max_chars=LONGEST_NOTE, **options)
        if run.tags or run.note:
            st.html(f"<div class='mx-run mx-note'>{tags_html(run)} {html.escape(run.note)}</div>")


def _note_options(run: Run, name: str, value: str | list[str]) -> tuple[str, dict[str, Any]]:
    """Return the key of a note's widget, and the options that save it."""
    key = f"{name}-{run.id}"
    st.session_state.setdefault(key, value)
    return key, {"on_change": _save_note, "args": [run.id, name, key]}


def _save_note(run: str, name: str, key: str) -> None:
    value = st.session_state[key]
    value = [tag.strip() for tag in value if tag.strip()] if name == "tags" else value.strip()
    if name == "title" and not value:
        return
    runs.change(run, **{name: value})


def _show_facts(run: Run) -> None:
    rate = f" · {run.images_per_second:.1f} images/s" if run.images_per_second else ""
    spent = f" · {duration(run.seconds)} of computation{rate}" if run.seconds and run.state not in BUSY else ""
    text = html.escape(f"{facts(run, run.state not in BUSY)} · {day(run.created)}{spent}")
    st.html(f"<div class='mx-run'>{badge(run)} <span>{text}</span></div>")
    if run.label_note:
        st.caption(f":material/warning: {escape_markdown(run.label_note)}")


def _watch(name: str) -> None:
    """Show progress and curves of a busy run; rerun the page once when it ends."""

    @st.fragment(run_every=POLL_SECONDS)
    def draw() -> None:
        with show_errors(), runs.open_store() as store:  # this part redraws itself, without the page around it
            run = store.run(name)
            if run.state not in BUSY:
                st.rerun()
            _show_facts(run)
            show_run_progress(store, run)
            if run.done and (experiment := _make_experiment(run)) is not None:
                st.caption(f"So far, with 95 % intervals over {samples(run)}:")
                show_curves(experiment, numbers_so_far(run))

    draw()


def _make_experiment(run: Run) -> Experiment | None:
    """Return the run's experiment; None, with a sentence on the page, if its plugin is missing."""
    try:
        return run.spec.make_experiment()
    except (ValueError, KeyError) as error:
        _say_why(error)
        return None


def _has_numbers(run: Run) -> bool:
    """Return whether the numbers can be computed from the rows; if not, say why."""
    try:
        runs.numbers(run.id, run.done, run.digest)
    except (ValueError, KeyError) as error:
        _say_why(error)
        return False
    return True


def _say_why(error: Exception) -> None:
    text = f"The curves cannot be drawn, but the rows are here: {error_sentence(error)}"
    st.info(text, icon=":material/extension_off:")


def _show_results(store: Store, run: Run) -> None:
    if not run.done:
        return
    experiment = _make_experiment(run)
    if experiment is not None and not _has_numbers(run):
        experiment = None
    with st.container(horizontal=True):
        show_downloads([file for file in files(run) if experiment is not None or file[0] in ROWS])
    if experiment is not None:
        aggregates, _ = runs.numbers(run.id, run.done, run.digest)
        show_curves(experiment, aggregates)
        over = f"{samples(run)}; bands and brackets are 95 % intervals"
        st.caption(f"{over}. {experiment.meaning} {experiment.source}.")
        for note in experiment.notes(run.done_images, aggregates):
            st.caption(f":material/info: {escape_markdown(note)}")
        show_tables(experiment, aggregates, pick_outcome(experiment))


def files(run: Run) -> list[Download]:
    """Return the files of a run; each is made when somebody asks for it."""

    def render(suffix: str, aggregated: bool = False) -> Callable[[], bytes]:
        def write() -> bytes:
            with runs.open_store() as store:
                return render_file(store, run, suffix, aggregated, document_without_server_paths)

        return write

    def write_document() -> str:
        with runs.open_store() as store:
            return document_without_server_paths(json.dumps(export_document(store, run), ensure_ascii=False))

    return [
        ("Numbers CSV", render(".csv", True), f"run-{run.id}-numbers.csv", "text/csv"),
        *((label, render(suffix), f"run-{run.id}{suffix}", mime) for label, (suffix, mime) in FILES.items()),
        ("JSON", write_document, f"run-{run.id}.json", "application/json"),
    ]


def _show_details(store: Store, run: Run) -> None:
    """Show the command that computes the run again, its spec, environment and log."""
    command, spec, environment, log = st.tabs(["Reproduce", "Spec", "Environment", "Log"])
    with command:
        does = "measures it again (times differ from run to run)" if is_timed(run) else "computes the same rows"
        st.caption(f"This command {does} without a browser:")
        st.code(without_server_paths(command_line(run)), language=None, wrap_lines=True)
        if run.done and not is_timed(run):
            rows = store.rows(run)
            scope = escape_markdown(digest_scope(run, rows))
            st.caption(f"Digest of the rows: `{digest_of_run(run, rows)[:16]}`. {scope}")
    spec.code(without_server_paths(run.spec.to_json()), language=None, wrap_lines=True)
    facts_of_machine = without_server_paths(json.dumps(dict(run.environment), indent=2))
    environment.code(facts_of_machine, language=None, wrap_lines=True)
    with log:
        machine = f" on {HERE}" if is_public() else ""
        events = [f"{day(time)}  {kind}  {text.removesuffix(machine)}" for time, kind, text in store.events(run.id)]
        lines = "\n".join([*events, *last_lines(store, run)])
        st.code(without_server_paths(lines) or "nothing yet", language=None, wrap_lines=True)
