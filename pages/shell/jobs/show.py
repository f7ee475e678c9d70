"""Short work on a page: its result once it is there, or the latest one while it is computed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from pages.shell.errors import as_sentence
from pages.shell.jobs.job import Job
from pages.shell.jobs.progress import show_failure, show_progress
from pages.shell.jobs.queues import jobs

PATIENCE_SECONDS = 0.8
"""How long a rerun waits for a job before it shows progress instead."""


def run_in_background(key: str, title: str, work: Callable[[Job], Any], slot: str = "") -> Any:
    """Return the result of `work`, computed once per `key`; None (and progress, or the failure) while there is none.

    Args:
        key: names the request; the same key gives the same job, in every session.
        title: says in the progress bar what is computed.
        work: takes its job, calls `job.step` once per batch and returns the result. It must not touch streamlit.
        slot: names the place on the page, by default the title. This session stops waiting for its previous key.
    """
    return _start_and_show(key, title, work, slot or title)[0]


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
    if (previous := st.session_state.get(slot, key)) != key:
        jobs().drop(previous, slot)
    st.session_state[slot] = key
    job = jobs().start(key, title, work, slot=slot)
    if not job.wait(PATIENCE_SECONDS):
        show_progress(job, slot)
        return None, True
    if job.error:
        show_failure(as_sentence(job.error), key, slot, slot=slot)
    return job.result, False
