"""What a page shows in place of a result: progress with Cancel, or why there is none, with Try again."""

import itertools

import streamlit as st

from pages.shell.jobs.claim import Claim
from pages.shell.jobs.line import about
from pages.shell.jobs.queue import Jobs
from pages.shell.jobs.queues import jobs

POLL_SECONDS = 0.4


def show_progress(job: Claim, key: str) -> None:
    """Draw a progress bar with Cancel that watches `job` and redraws the page once when it ends.

    A job that has ended since the page looked for its result is watched too, or the page would wait for ever.
    """
    passes = itertools.count()

    @st.fragment(run_every=POLL_SECONDS)
    def watch() -> None:
        if next(passes) and job.finished:  # not on the first pass, which is part of drawing the page
            st.rerun()
        bar, button = st.columns([5, 1], vertical_alignment="center")
        note = waiting_text(job) or job.note
        text = f"{job.title}{': ' + note if note else ''}{seconds_left(job.seconds_left)}"
        bar.progress(job.share, "Cancelling …" if job.cancelled else text)
        button.button("Cancel", key=f"{key}-cancel", on_click=job.cancel, disabled=job.cancelled, width="stretch")

    watch()


def waiting_text(job: Claim) -> str:
    """Return where a job stands in line, such as `third in line, about 40 s`; empty once it has begun."""
    return job.line


def seconds_left(seconds: float | None) -> str:
    """Return an estimate as it follows other words, such as ", about 12 s left"; nothing where there is none."""
    return f"{about(seconds)} left" if seconds else ""


def show_failure(text: str, job_key: str, key: str, among: Jobs | None = None, slot: str = "") -> None:
    """Say why there is no result, with a button that starts the job again.

    Args:
        text: the sentence.
        job_key: names the job.
        key: tells the button from others on the page.
        among: the jobs that it is one of; by default the short ones.
        slot: the place on the page that waits for it.
    """
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.error(text, icon=":material/error:")
    right.button(
        "Try again", key=f"{key}-again", on_click=(among or jobs()).forget, args=[job_key, slot], width="stretch"
    )
