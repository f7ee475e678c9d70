"""LIME's runs while they last: those of what is asked now, and those of what was asked before."""

import time
from collections.abc import Mapping

import streamlit as st

from pages.lime.cards import Drawing, show_explanations
from pages.lime.request import RUNNING, LimeRequest
from pages.shell.jobs import Job, long_jobs

REDRAW_SECONDS = 0.7


def watch(asked: LimeRequest, target: str, drawing: Drawing) -> None:
    """Overlays and bars while samples arrive."""

    @st.fragment(run_every=REDRAW_SECONDS)
    def draw() -> None:
        jobs = asked.jobs()
        unfinished = [job for job in jobs.values() if not job.finished]
        if not unfinished:
            st.rerun()
        _bar(_progress(jobs, unfinished), unfinished, "lime-cancel")
        if found := asked.found(target):
            show_explanations(found, drawing, settled=False, notes=dict.fromkeys(asked.methods, ""))

    draw()


def watch_earlier(shown: set[str], now: Mapping[str, str]) -> None:
    """A line on what this session has under way and is not shown, be it of another seed, picture or target.

    Args:
        shown: keys of the runs that the page shows.
        now: what is asked now; in what an earlier run differs is told.
    """

    def under_way() -> dict[str, Job]:
        found = {key: long_jobs().get(key) for key in st.session_state.get(RUNNING, {}) if key not in shown}
        return {key: job for key, job in found.items() if job is not None and not job.finished}

    if not under_way():
        return

    @st.fragment(run_every=REDRAW_SECONDS)
    def draw() -> None:
        unfinished = under_way()
        if not unfinished:
            st.rerun()
        first = next(iter(unfinished))
        share, text = _progress(unfinished, list(unfinished.values()))
        differs = _differs(st.session_state[RUNNING][first], now)
        told = text if unfinished[first].cancelled else f"Still running{differs}: {text}. Run ends it."
        _bar((share, told), list(unfinished.values()), "earlier-cancel")

    draw()


def _differs(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """` for seed 0`, of what was asked otherwise than now."""
    words = [f"{what} {value}" for what, value in then.items() if now.get(what) != value]
    return f" for {', '.join(words)}" if words else ""


def _bar(shown: tuple[float, str], unfinished: list[Job], key: str) -> None:
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(*shown)
    over = all(job.cancelled for job in unfinished)
    button.button("Cancel", key=key, on_click=_cancel, args=[unfinished], disabled=over, width="stretch")


def _progress(jobs: Mapping[str, Job], unfinished: list[Job]) -> tuple[float, str]:
    """Share done of what was started together, and a line that says so with the time left."""
    first = min(job.started for job in unfinished)
    together = [job for job in jobs.values() if job.started >= first - 1]
    share = sum(1.0 if job.finished else job.share for job in together) / len(together)
    spent = time.monotonic() - first
    left = f", about {spent / share - spent:.0f} s left" if share > 0.05 and spent > 1 else ""
    now = unfinished[0]
    return share, "Cancelling …" if now.cancelled else f"{now.title}: {now.note or 'begins'}{left}"


def _cancel(unfinished: list[Job]) -> None:
    for job in unfinished:
        job.cancel()
