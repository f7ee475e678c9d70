"""Benchmarks: the store that the page reads, and what can be asked of its runs."""

import time
from pathlib import Path

import streamlit as st

from masking.benchmarks.analysis.statistics import summary
from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.storage.exchange import ship
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store, runs_folder
from masking.benchmarks.worker.launch import launch
from masking.benchmarks.worker.warm_worker import WarmWorker
from pages.runs.text import run_label
from pages.shell.errors import error_sentence

VIEW, RUN, RUNS, OUTCOME = "view", "run", "runs", "outcome"
VIEWS = {"new": "New run", "runs": "Runs", "run": "One run", "compare": "Compare"}
_ERROR = "runs_error"


def open_store() -> Store:
    """The store of runs, with those that come with the project; to be closed. Raises ValueError."""
    _bring_shipped(runs_folder())
    return Store()


@st.cache_resource(show_spinner=False)
def _bring_shipped(folder: Path) -> None:
    with Store(folder) as store:
        ship(store)


@st.cache_resource(show_spinner=False)
def warm_worker() -> WarmWorker:
    """The server's waiting worker, which is ready sooner; `warm` it where somebody is about to start a run."""
    return WarmWorker()


@st.cache_data(max_entries=32, show_spinner=False)
def numbers(run: str, done: int, digest: str) -> tuple[list[Row], float]:
    """All conditions of a run with their intervals, and the seconds this took; `done` and `digest` are its key."""
    del done, digest
    start = time.perf_counter()
    with Store() as store:
        found = store.run(run)
        return summary(found.spec.made(), store.rows(found)), time.perf_counter() - start


def go(view: str, **chosen: str | list[str]) -> None:
    """Show another view; a callback."""
    st.session_state.update({VIEW: view, **chosen})


def remember_error(error: Exception) -> None:
    """Keep what went wrong in a callback for the page to tell."""
    st.session_state[_ERROR] = error_sentence(error)


def show_failures() -> None:
    """What went wrong in the last callback."""
    if error := st.session_state.pop(_ERROR, ""):
        st.error(error, icon=":material/error:")


def cancel(run: str) -> None:
    """Ask a run to stop; a callback."""
    try:
        with open_store() as store:
            store.cancel(run)
    except (ValueError, KeyError) as error:
        remember_error(error)


def resume(run: str) -> None:
    """Go on with a run; a callback."""
    try:
        with open_store() as store:
            launch(store, store.run(run), warm_worker())
    except (ValueError, KeyError, OSError) as error:
        remember_error(error)


def run_option(run: Run) -> str:
    """A run by title and id, as pickers show it."""
    return f"{run_label(run)} · {run.id}"
