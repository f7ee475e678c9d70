"""Long work of a session: one job for each place on the page."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.shell.jobs.claim import Claim
from pages.shell.jobs.job import Job
from pages.shell.jobs.queues import long_jobs


def start_long(slot: str, key: str, title: str, work: Callable[[Job], Any]) -> Claim:
    """Return the session's long job of this slot: the running one of the same key, else a new one in place of the last.

    A job that failed or was cancelled starts again.
    """
    last, _ = st.session_state.get(slot, ("", None))
    if last != key:
        long_jobs().drop(last, slot)  # others wait for their turn
    if (old := long_jobs().get(key, slot)) is not None and (old.error or old.cancelled):
        long_jobs().forget(key, slot)
    job = long_jobs().start(key, title, work, slot=slot)
    st.session_state[slot] = key, job
    return job


def long_job(slot: str, key: str) -> tuple[str, Claim | None]:
    """Return the key and the job of the session's slot; after a reload the job of `key`, if it is there.

    The job then belongs to the session: other settings neither lose it from sight nor wait behind it.
    """
    if slot not in st.session_state and (job := long_jobs().join(key, slot)) is not None:
        st.session_state[slot] = key, job
    return st.session_state.get(slot, (key, None))
