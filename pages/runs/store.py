"""The store of runs that the page reads, and the callbacks that act on a run."""

import time
from contextlib import suppress
from pathlib import Path

import psutil
import streamlit as st

from masking.benchmarks.analysis.statistics import summarise
from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.specification.allowance import check_allowed
from masking.benchmarks.storage.connection import StoreError
from masking.benchmarks.storage.exchange import import_shipped_runs
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import FILE, Store
from masking.benchmarks.worker.cancel import cancel as cancel_run
from masking.benchmarks.worker.launch import launch
from masking.benchmarks.worker.queue import QueueWatch
from masking.benchmarks.worker.warm_worker import WarmWorker
from masking.runtime.run_folder import runs_folder
from pages.runs.owner import check_may_change
from pages.runs.text import run_label
from pages.shell.errors import error_sentence
from pages.shell.settings import is_public, operator_settings

VIEW, RUN, RUNS, OUTCOME = "view", "run", "runs", "outcome"
VIEWS = {"new": "New run", "runs": "Runs", "run": "One run", "compare": "Compare"}
_ERROR = "runs_error"


PATIENCE_SECONDS = 1.0
"""How long a page waits for a store that another process holds."""
SPARE_BYTES = 2 * 2**30
"""A public server keeps a waiting worker only while so much memory is free."""


def open_store() -> Store:
    """Return the store with the runs that come with the project; the caller closes it. Raises StoreError at once."""
    folder = runs_folder()
    _begin_store(folder)
    return Store(folder, PATIENCE_SECONDS, create=False)


@st.cache_resource(show_spinner=False)
def _begin_store(folder: Path) -> QueueWatch:
    """Make the store of a folder, once for a server: one that goes away later is missed, not made anew."""
    if (folder / FILE).exists():
        with suppress(StoreError), Store(folder, PATIENCE_SECONDS) as store:  # it may be read though not written
            import_shipped_runs(store)
    else:
        with Store(folder, PATIENCE_SECONDS) as store:
            import_shipped_runs(store)
    watch = QueueWatch(folder, warm_worker())
    watch.start()
    return watch


@st.cache_resource(show_spinner=False)
def warm_worker() -> WarmWorker:
    """Return the server's only waiting worker; `get_worker_ready` starts it."""
    return WarmWorker()


def get_worker_ready() -> None:
    """Let a worker wait, if the user may start a run next, it could begin at once, and the memory is there."""
    if is_public() and psutil.virtual_memory().available < SPARE_BYTES:
        return
    with suppress(ValueError), open_store() as store:
        entries = store.queue.entries()
        if sum(entry.occupies or entry.waits for entry in entries) < operator_settings().limits.workers:
            warm_worker().warm()


@st.cache_data(max_size="64MB", show_spinner=False)
def numbers(run: str, done: int, digest: str) -> tuple[list[Row], float]:
    """Return a run's conditions with intervals, and the seconds this took; `done` and `digest` are cache keys.

    Raises:
        ValueError: the experiment is missing, or the rows are not its own.
    """
    del done, digest
    start = time.perf_counter()
    with Store(patience=PATIENCE_SECONDS, create=False) as store:
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
            check_may_change(store.run(run))
            cancel_run(store, run)
    except (ValueError, KeyError) as error:
        remember_error(error)


def resume(run: str) -> None:
    """Let a run wait for its turn again; a callback."""
    try:
        with open_store() as store:
            stored = store.run(run)
            check_may_change(stored)
            check_allowed(stored.spec, operator_settings())
            launch(store, stored, warm_worker(), operator_settings().limits)
    except (ValueError, KeyError, OSError) as error:
        remember_error(error)


def change(run: str, **columns: object) -> None:
    """Write title, tags or note of a run; a callback."""
    try:
        with open_store() as store:
            check_may_change(store.run(run))
            store.write(run, **columns)
    except (ValueError, KeyError) as error:
        remember_error(error)


def run_option(run: Run) -> str:
    """Return a run's title, classifier, seed and id, as pickers show it."""
    return f"{run_label(run)} · {run.spec.classifier.name} · seed {run.spec.seed} · {run.id}"
