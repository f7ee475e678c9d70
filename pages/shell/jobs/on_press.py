"""Long work that a button starts, and the settings that its result answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.shell.errors import as_sentence
from pages.shell.jobs import show
from pages.shell.jobs.job import Job
from pages.shell.jobs.long import long_job, start_long
from pages.shell.jobs.progress import show_progress


@dataclass(frozen=True)
class PressedResult:
    """The result of the last press.

    Attributes:
        result: what the work returned.
        is_current: whether it answers the settings as they stand now.
        is_own: False if nobody has pressed in this session: after a reload, by a link, or on another visitor's screen.
        settings: the settings that it answers, in words.
    """

    result: Any
    is_current: bool
    is_own: bool
    settings: str

    @property
    def origin(self) -> str:
        """Where the result comes from, as a sentence; nothing where it goes without saying."""
        if not self.is_current:
            return f"The settings have changed. This result is for: {self.settings}."
        return "" if self.is_own else "Computed earlier on this server with the same settings."


def run_on_press(
    pressed: bool, slot: str, key: str, title: str, work: Callable[[Job], Any], settings: str, invitation: str = ""
) -> PressedResult | None:
    """Return the result of long work that a button starts; None (and progress, or the failure) while there is none.

    Args:
        pressed: whether the button has been pressed in this rerun.
        slot: names the place on the page; a session has one long job per slot.
        key: names the request, as the controls stand now.
        title: says in the progress bar what is computed.
        work: as in `run_in_background`.
        settings: says what the key stands for: picture, classifier and numbers.
        invitation: says what the button would do, until it is pressed.
    """
    pressed_keys: set[str] = st.session_state.setdefault(f"{slot}-pressed", set())
    if pressed:
        pressed_keys.add(key)
        start_long(slot, key, title, work).wait(show.PATIENCE_SECONDS)
    started, job = long_job(slot, key)
    if job is None:
        if invitation:
            st.caption(invitation)
        return None
    if started == key:
        st.session_state[f"{slot}-settings"] = settings
    if not job.finished:
        show_progress(job, slot)
        return None
    if job.error:
        st.info(as_sentence(job.error))
        return None
    return PressedResult(job.result, started == key, started in pressed_keys, st.session_state[f"{slot}-settings"])
