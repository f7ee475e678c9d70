"""Stored facts first; those that this machine computes replace them as soon as they are there."""

import itertools

import streamlit as st

from masking.lessons import Idea, Text, stored_facts
from masking.lessons.idea import Facts
from masking.lessons.stored import command_of, difference
from pages.shell.errors import as_sentence, escape_markdown
from pages.shell.jobs import Claim, jobs, unhurried_jobs

POLL_SECONDS = 0.5
SLOT = "lesson"
"""The place on the page that waits for the jobs."""


def show_facts(idea: Idea, at: str) -> tuple[Facts, Claim]:
    """Return the facts to show, this machine's own if it has them, and the job that computes them."""
    key = idea.computed_for(at)
    queue = unhurried_jobs() if idea.is_slow else jobs()
    job = queue.start(f"lesson {idea.name} {key}", idea.name, lambda job: idea.compute(key, job.step), slot=SLOT)
    return (job.result if job.finished and not job.error else stored_facts(idea, at)), job


def show_origin(idea: Idea, at: str, job: Claim, text: Text) -> None:
    """Say whether the facts are stored or computed here, and run the page again once they are computed."""
    command = command_of(idea)
    if not job.finished:
        st.caption(text("lesson.stored", command=command))
        _rerun_after(job)
    elif job.error:
        st.caption(text("lesson.failed", command=command, reason=as_sentence(job.error)))
    elif other := difference(stored_facts(idea, at), job.result):
        st.caption(text("lesson.differs", difference=escape_markdown(other)))
    else:
        st.caption(text("lesson.computed", command=command))


def _rerun_after(job: Claim) -> None:
    passes = itertools.count()

    @st.fragment(run_every=POLL_SECONDS)
    def watch() -> None:
        if next(passes) and job.finished:
            st.rerun()

    watch()
