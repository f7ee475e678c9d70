"""The store of runs that the page reads, and the callbacks that act on a run."""

import time
from pathlib import Path

import streamlit as st

from masking.benchmarks.analysis.statistics import summarise
from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.storage.exchange import import_shipped_runs
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import launch
from masking.benchmarks.worker.warm_worker import WarmWorker
from masking.runtime.run_folder import runs_folder
from pages.runs.text import run_label
from pages.shell.errors import error_sentence

VIEW, RUN, RUNS, OUTCOME = "view", "run", "runs", "outcome"
VIEWS = {"new": "New run", "runs": "Runs", "run": "One run", "compare": "Compare"}
_ERROR = "runs_error"


def open_store() -> Store:
    """Return the store with the runs that come with the project; the caller closes it. May raise ValueError."""
    _import_shipped_runs(runs_folder())
    return Store()


@st.cache_resource(show_spinner=False)
def _import_shipped_runs(folder: Path) -> None:
    with Store(folder) as store:
        import_shipped_runs(store)


@st.cache_resource(show_spinner=False)
def warm_worker() -> WarmWorker:
    """Return the server's waiting worker; a page calls its `warm` if the user may start a run next."""
    return WarmWorker()


@st.cache_data(max_entries=32, show_spinner=False)
def numbers(run: str, done: int, digest: str) -> tuple[list[Row], float]:
    """Return a run's conditions with intervals, and the seconds this took; `done` and `digest` are cache keys.

    Raises:
        ValueError: the experiment is missing, or the rows are not its own.
    """
    del done, digest
    start = time.perf_counter()
    with Store() as store:
        record = store.run(run)
        experiment = record.spec.make_experiment()
        try:
            return summarise(experiment, store.rows(record)), time.perf_counter() - start
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error)[:100]}"
            raise ValueError(f"the rows of run {run} are not those of its experiment ({reason})") from error


def go(view: str, **state: str | list[str]) -> None:
    """Open another view with this session state; a callback."""
    st.session_state.update({VIEW: view, **state})


def remember_error(error: Exception) -> None:
    """Keep the error of a callback until `show_error` shows it."""
    st.session_state[_ERROR] = error_sentence(error)


def show_error() -> None:
    """Show the error of the last callback, if there was one."""
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
    """Resume a run; a callback."""
    try:
        with open_store() as store:
            launch(store, store.run(run), warm_worker())
    except (ValueError, KeyError, OSError) as error:
        remember_error(error)


def run_option(run: Run) -> str:
    """Return a run's title, classifier, seed and id, as pickers show it."""
    return f"{run_label(run)} · {run.spec.classifier.name} · seed {run.spec.seed} · {run.id}"
