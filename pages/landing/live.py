"""Examples that this machine computes while a stored result of the same computation is shown."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.landing.cards import exhibit_html
from pages.landing.exhibit import Exhibit
from pages.landing.library import PATIENCE_SECONDS, library
from pages.shell.errors import as_sentence

if TYPE_CHECKING:
    from pages.shell.jobs import Claim

POLL_SECONDS = 0.5
STORED = "Stored result; this machine computes it anew …"
LIVE = "Computed on this machine."


def show_exhibit(slot: str, function: str, arguments: tuple[int, ...], stored: Exhibit | None, note: str) -> None:
    """Draw an exhibit as this machine computes it; until then a stored one, or the last of this slot.

    Args:
        slot: names the place on the page.
        function: computes the exhibit; it stands in `pages.landing.computation`.
        arguments: of the function.
        stored: the result of the same call, if there is one.
        note: stands before the verdict.
    """
    cell, memory = st.empty(), f"{slot}-latest"
    key, computation = f"start {function} {arguments}", library().module
    job = _start(slot, key, getattr(computation, function), arguments) if computation else None
    meanwhile: Exhibit | None = stored or st.session_state.get(memory)
    if meanwhile is not None and (job is None or not job.finished):
        cell.html(exhibit_html(meanwhile, note, STORED if stored else "Computing …", waiting=stored is None))
    if job is None:
        return
    if not job.wait(PATIENCE_SECONDS):
        _rerun_after(job)
    elif job.error:
        _show_failure(job.error, key, slot)
    else:
        st.session_state[memory] = job.result
        cell.html(exhibit_html(job.result, note, LIVE))


# What runs jobs imports torch; so these two import it when the library is there.


def _start(slot: str, key: str, compute: Callable[..., Exhibit], arguments: tuple[int, ...]) -> "Claim":
    """Return the job that computes an exhibit; the same request twice is one job."""
    from pages.shell.jobs import jobs

    return jobs().start(key, "Computing the example", lambda _: compute(*arguments), slot=slot)


def _show_failure(error: str, key: str, slot: str) -> None:
    from pages.shell.jobs import show_failure

    show_failure(as_sentence(error), key, slot, slot=slot)


def _rerun_after(job: "Claim") -> None:
    """Run the page again once a job is finished."""
    passes = itertools.count()

    @st.fragment(run_every=POLL_SECONDS)
    def watch() -> None:
        if next(passes) and job.finished:
            st.rerun()

    watch()
