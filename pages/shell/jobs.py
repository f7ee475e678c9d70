"""Work that outlives a rerun: threads that never touch streamlit, with progress and cancel.

Finished jobs stay for a while under the key of their request, so they are the cache of results too.
"""

import itertools
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from masking.runtime.memory import tensor_bytes
from masking.runtime.time_left import TimeLeft
from pages.shell.errors import as_sentence

WORKERS = 2
KEPT = 64
KEPT_BYTES = 2**28  # of finished results: some hold a picture for every masking method
POLL_SECONDS = 0.4
PATIENCE_SECONDS = 0.8
"""How long a rerun waits for a job before it shows progress instead."""
_log = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818
    """Stops a job's work once somebody has pressed Cancel."""


@dataclass(eq=False)
class Job:
    """One piece of work: `result` or `error` once `finished`."""

    title: str
    result: Any = None
    error: str = ""
    note: str = ""
    share: float = 0.0
    started: float = field(default_factory=time.monotonic)
    bytes: int = 0
    time_left: TimeLeft = field(default_factory=TimeLeft)
    _over: threading.Event = field(default_factory=threading.Event)
    _cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def finished(self) -> bool:
        """Whether there is a result or an error."""
        return self._over.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody pressed Cancel."""
        return self._cancel.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return whether the job is finished."""
        return self._over.wait(seconds)

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._cancel.set()

    def step(self, share: float, note: str = "") -> None:
        """Report the share that is done, 0 … 1, once per batch of work. Raises Cancelled when the work should stop."""
        if self.cancelled:
            raise Cancelled
        self.share, self.note = min(max(share, 0.0), 1.0), note
        self.time_left.report(self.share)

    def run(self, work: Callable[["Job"], Any]) -> None:
        """Do the work; every error becomes one sentence."""
        try:
            self.step(0.0)
            self.result = work(self)
            self.bytes += tensor_bytes(self.result)  # on top of what the work has counted itself
        except Cancelled:
            self.error = "Cancelled."
        except (ValueError, KeyError, OSError) as error:
            self.error = str(error.args[-1] if error.args else error)
        except Exception as error:  # a defect must not take the page down; the log keeps the traceback
            _log.exception("%s failed", self.title)
            self.error = f"{self.title} failed unexpectedly ({type(error).__name__}); the server's log says more."
        finally:
            self._over.set()


class Jobs:
    """All jobs of this server by key; the same request twice gives the same job."""

    def __init__(self, workers: int = WORKERS):
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")

    def start(self, key: str, title: str, work: Callable[[Job], Any], so_far: Any = None) -> Job:
        """Return the job under `key`, a new one if there is none; a cancelled job stays, or Cancel would restart it.

        `so_far` is the result of a new job until its work has another.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = Job(title, so_far, note="waiting for another job to finish")
                self._pool.submit(job.run, work)
            self._jobs.move_to_end(key)
            self._forget_oldest(key)
            return job

    def _forget_oldest(self, latest: str) -> None:
        for key in [key for key, job in self._jobs.items() if job.finished and key != latest]:
            if len(self._jobs) <= KEPT and sum(job.bytes for job in self._jobs.values()) <= KEPT_BYTES:
                break
            del self._jobs[key]

    def forget(self, key: str) -> None:
        """Drop a job, so that the next request starts a new one."""
        with self._lock:
            self._jobs.pop(key, None)

    def drop(self, key: str) -> None:
        """Cancel a job that nobody waits for any more; a later request starts a new one."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.finished:
                job.cancel()
                del self._jobs[key]

    def get(self, key: str) -> Job | None:
        """Return the job under `key`, if it is still kept."""
        return self._jobs.get(key)


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return the server's short jobs, which somebody waits for."""
    return Jobs()


@st.cache_resource(show_spinner=False)
def long_jobs() -> Jobs:
    """Return the server's long jobs, which run one after the other and never keep the short ones waiting."""
    return Jobs(workers=1)


def run_in_background(key: str, title: str, work: Callable[[Job], Any], slot: str = "") -> Any:
    """Return the result of `work`, computed once per `key`; None (and progress, or the failure) while there is none.

    Args:
        key: names the request; the same key gives the same job, in every session.
        title: says in the progress bar what is computed.
        work: takes its job, calls `job.step` once per batch and returns the result. It must not touch streamlit.
        slot: names the place on the page. The job of this slot's previous key is cancelled: nobody waits for it.
    """
    return _start_and_show(key, title, work, slot)[0]


@dataclass(frozen=True)
class LatestResult:
    """The newest result that a slot has.

    Attributes:
        key: the request that it answers.
        result: what the work returned.
        is_current: False while a newer request is being computed; the page shows the result greyed out.
        context: what the page put beside the request.
    """

    key: str
    result: Any
    is_current: bool = True
    context: Any = None


def run_latest(slot: str, key: str, title: str, work: Callable[[Job], Any], context: Any = None) -> LatestResult | None:
    """Return the result of `work`, or the slot's last one while it is computed; None before the first, or on failure.

    The arguments are those of `run_in_background`. `context` is kept beside the result for a page that has to draw an
    old result with the inputs that it was made from.
    """
    state, memory = st.session_state, f"{slot}-latest"
    result, is_under_way = _start_and_show(key, title, work, slot)
    if result is not None:
        state[memory] = LatestResult(key, result, context=context)
        return state[memory]
    return replace(state[memory], is_current=False) if is_under_way and memory in state else None


def _start_and_show(key: str, title: str, work: Callable[[Job], Any], slot: str) -> tuple[Any, bool]:
    """Return the result, if there is one, and whether the job is under way."""
    if slot:
        if (previous := st.session_state.get(slot, key)) != key:
            jobs().drop(previous)
        st.session_state[slot] = key
    job = jobs().start(key, title, work)
    if not job.wait(PATIENCE_SECONDS):
        show_progress(job, slot or title)
        return None, True
    if job.error:
        show_failure(as_sentence(job.error), key, slot or title)
    return job.result, False


def start_long(slot: str, key: str, title: str, work: Callable[[Job], Any]) -> Job:
    """Return the session's long job of this slot: the running one of the same key, else a new one in place of the last.

    A job that failed or was cancelled starts again.
    """
    last, _ = st.session_state.get(slot, ("", None))
    if last != key:
        long_jobs().drop(last)  # others wait for the worker
    if (old := long_jobs().get(key)) is not None and (old.error or old.cancelled):
        long_jobs().forget(key)
    job = long_jobs().start(key, title, work)
    st.session_state[slot] = key, job
    return job


def long_job(slot: str, key: str) -> tuple[str, Job | None]:
    """Return the key and the job of the session's slot; after a reload the job of `key`, if it is there.

    The job then belongs to the session: other settings neither lose it from sight nor wait behind it.
    """
    if slot not in st.session_state and (job := long_jobs().get(key)) is not None:
        st.session_state[slot] = key, job
    return st.session_state.get(slot, (key, None))


def show_progress(job: Job, key: str) -> None:
    """Draw a progress bar with Cancel that watches `job` and redraws the page once when it ends.

    A job that has ended since the page looked for its result is watched too, or the page would wait for ever.
    """
    passes = itertools.count()

    @st.fragment(run_every=POLL_SECONDS)
    def watch() -> None:
        if next(passes) and job.finished:  # not on the first pass, which is part of drawing the page
            st.rerun()
        bar, button = st.columns([5, 1], vertical_alignment="center")
        note = f"{job.title}{': ' + job.note if job.note else ''}{seconds_left(job.time_left.seconds)}"
        text = "Cancelling …" if job.cancelled else note
        bar.progress(job.share, text)
        button.button("Cancel", key=f"{key}-cancel", on_click=job.cancel, disabled=job.cancelled, width="stretch")

    watch()


def seconds_left(seconds: float | None) -> str:
    """Return an estimate as it follows other words, such as ", about 12 s left"; nothing where there is none."""
    return f", about {seconds:.0f} s left" if seconds else ""


def show_failure(text: str, job_key: str, key: str, among: Jobs | None = None) -> None:
    """Say why there is no result, with a button that starts the job again.

    Args:
        text: the sentence.
        job_key: names the job.
        key: tells the button from others on the page.
        among: the jobs that it is one of; by default the short ones.
    """
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.error(text, icon=":material/error:")
    right.button("Try again", key=f"{key}-again", on_click=(among or jobs()).forget, args=[job_key], width="stretch")
