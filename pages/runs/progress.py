"""A run that is under way: its progress shard by shard, and what becomes of one that stopped early."""

import time

import streamlit as st

from masking.benchmarks.storage.run import BUSY, CANCELLED, CANCELLING, FAILED, INTERRUPTED, QUEUED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import last_lines
from pages.runs import store as runs
from pages.runs.text import duration, phase, timed
from pages.shell.errors import escape_label, escape_markdown

CELLS = 240
"""More shards than these share cells."""


def _cell(shards: list[int], done: set[int], next_up: int | None, share: float) -> str:
    if all(shard in done for shard in shards):
        return "<i class='mx-done'></i>"
    return f"<i class='mx-flight' style='--share: {share:.0%}'></i>" if next_up in shards else "<i></i>"


def _strip(run: Run, done: set[int]) -> str:
    """One cell per shard, or per few: done, in flight, open."""
    mine = run.mine
    size = -(-len(mine) // CELLS)
    open_shards = [shard for shard in mine if shard not in done]
    next_up = open_shards[0] if open_shards and run.state in BUSY else None
    cells = "".join(_cell(mine[at : at + size], done, next_up, run.in_flight) for at in range(0, len(mine), size))
    each = "shard" if size == 1 else f"{size} shards"
    told = f"{len(done & set(mine))} of {len(mine)} shards are kept; one cell per {each} of {run.spec.block} images"
    return f"<div class='mx-shards' role='img' aria-label='{told}' title='{told}'>{cells}</div>"


def _waited(store: Store, run: Run) -> float:
    """Seconds since somebody last asked for the run."""
    asked = [at for at, kind, text in store.events(run.id) if kind == QUEUED and not text]
    return time.time() - max([run.created, *asked])


def progress(store: Store, run: Run) -> None:
    """How far a busy run is, with Cancel; to be called in a fragment that polls."""
    left, right = st.columns([6, 1], vertical_alignment="center")
    share = min(1.0, run.progress + run.in_flight / len(run.mine)) if run.shards else 0.0
    left.progress(share, f"{phase(run)} · {duration(_waited(store, run))}")
    right.button(
        "Cancel", key="run-cancel", on_click=runs.cancel, args=[run.id], disabled=run.state == CANCELLING,
        width="stretch", help="Stops within one batch; what is kept stays, and the run can be resumed",
    )  # fmt: skip
    if run.shards:
        st.html(_strip(run, store.committed(run.id)))
    if run.state == QUEUED and run.device:
        _queue(store, run)


def _queue(store: Store, run: Run) -> None:
    ahead = [one for one in store.runs() if one.id != run.id and one.device == run.device and one.alive]
    ahead = [one for one in ahead if one.state in BUSY and one.created < run.created]
    if ahead:
        names = ", ".join(escape_label(runs.run_option(one)) for one in reversed(ahead))
        st.caption(f"One run at a time on {run.device}. Ahead: {names}.")


def stopped(store: Store, run: Run) -> None:
    """Why a run is not finished, with Resume."""
    kept = f"{run.done} of {len(run.mine)} shards are kept" if run.shards else "nothing was computed yet"
    left, right = st.columns([6, 1], vertical_alignment="center")
    if run.state == CANCELLED:
        left.info(f"Cancelled; {kept}.", icon=":material/pause_circle:")
    elif run.state == INTERRUPTED:
        rest = "though times differ from run to run" if timed(run) else "with the same rows as if nothing had happened"
        ended = f"The worker (process {run.pid} on {run.host}) ended without a word" if run.pid else "No worker came"
        left.warning(
            f"{ended}; {kept}. Resume computes the rest, {rest}.",
            icon=":material/power_off:",
        )
    elif run.state == FAILED:
        text = run.error[:1].upper() + run.error[1:]
        left.error(
            f"{escape_markdown(text)}{'' if text.endswith('.') else '.'} {kept[:1].upper()}{kept[1:]}.",
            icon=":material/error:",
        )
    right.button(
        "Resume", key="run-resume", on_click=runs.resume, args=[run.id], type="primary", width="stretch",
        icon=":material/play_arrow:",
    )  # fmt: skip
    runs.warm_worker().warm()
    if run.state in (FAILED, INTERRUPTED) and (lines := last_lines(store, run)):
        st.caption("The last that it said:")
        st.code("\n".join(lines), language=None, wrap_lines=True)


def grown(run: Run) -> list[dict[str, object]]:
    """A busy run's numbers so far; where they take long, those of a while ago."""
    state, key = st.session_state, f"grown-{run.id}"
    last, cost, at = state.get(key, ([], 0.0, 0.0))
    if time.monotonic() - at < 5 * cost:
        return last
    found, cost = runs.numbers(run.id, run.done, run.digest)
    state[key] = found, cost, time.monotonic()
    return found
