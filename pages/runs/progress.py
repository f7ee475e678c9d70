"""A busy run, block by block; and a run that stopped early, with Resume."""

import time
from collections.abc import Sequence

import streamlit as st

from masking.benchmarks.storage.run import BUSY, CANCELLED, CANCELLING, FAILED, INCOMPLETE, INTERRUPTED, QUEUED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import last_lines
from masking.benchmarks.worker.post_mortem import explain_end
from masking.benchmarks.worker.waiting import find_turn
from pages.runs import store as runs
from pages.runs.owner import may_change
from pages.runs.text import duration, is_timed, phase, waiting
from pages.shell.errors import as_sentence, escape_label, escape_markdown
from pages.shell.server_paths import without_server_paths
from pages.shell.settings import operator_settings

CELLS = 240
"""With more blocks than this, several share a cell."""
MOST_NAMED = 4
"""So many runs ahead of a waiting one are named; of more, the number is given."""
PAUSE = 5
"""The numbers of a busy run are computed again after this many times the seconds that they took."""


def _cell(blocks: Sequence[int], done: set[int], current: int | None, share: float) -> str:
    if all(block in done for block in blocks):
        return "<i class='mx-done'></i>"
    return f"<i class='mx-flight' style='--share: {share:.0%}'></i>" if current in blocks else "<i></i>"


def _cells(run: Run, done: set[int]) -> str:
    """Return a row of cells as HTML, one per block (or per few): done, current or open."""
    mine = run.mine
    size = -(-len(mine) // CELLS)
    open_blocks = [block for block in mine if block not in done]
    current = open_blocks[0] if open_blocks and run.state in BUSY else None
    starts = range(0, len(mine), size)
    cells = "".join(_cell(mine[start : start + size], done, current, run.in_flight) for start in starts)
    unit = "block" if size == 1 else f"{size} blocks"
    label = f"{len(done & set(mine))} of {len(mine)} blocks are saved; one cell per {unit} of {run.spec.block} images"
    return f"<div class='mx-shards' role='img' aria-label='{label}' title='{label}'>{cells}</div>"


def _seconds_since_start(store: Store, run: Run) -> float:
    """Return the seconds since the run was last started or resumed."""
    starts = [timestamp for timestamp, kind, text in store.events(run.id) if kind == QUEUED and not text]
    return max(0.0, time.time() - max([run.created, *starts]))  # somebody may have set the clock


def _phase(store: Store, run: Run) -> str:
    """Return what a busy run does, in a few words; of one in the queue, its position and the time until its turn."""
    turn = find_turn(store, run, operator_settings().limits.workers) if run.waits else None
    return phase(run) if turn is None else waiting(turn)


def show_run_progress(store: Store, run: Run) -> None:
    """Show the progress of a busy run, with Cancel; call it in a fragment that polls."""
    left, right = st.columns([6, 1], vertical_alignment="center")
    share = min(1.0, run.progress + run.in_flight / len(run.mine)) if run.shards else 0.0
    left.progress(share, f"{escape_markdown(_phase(store, run))} · {duration(_seconds_since_start(store, run))}")
    right.button(
        "Cancel", key="run-cancel", on_click=runs.cancel, args=[run.id],
        disabled=run.state == CANCELLING or not may_change(run), width="stretch",
        help="Stops after the current batch; saved blocks stay, and the run can be resumed",
    )  # fmt: skip
    if run.shards:
        st.html(_cells(run, store.committed(run.id)))
    if run.state == QUEUED:
        _show_queue(store, run)


def _show_queue(store: Store, run: Run) -> None:
    """Say which runs the device computes first."""
    workers = operator_settings().limits.workers
    at_once = "One run at a time uses" if workers == 1 else f"{workers} runs at a time use"
    rivals = [other for other in store.runs() if other.id != run.id and other.device == run.device]
    line = [entry.run for entry in store.queue.line(run.device)]
    earlier = line[: line.index(run.id)] if run.id in line else []
    ahead = [other for other in rivals if other.id in earlier or _is_ahead(other, run)]
    if ahead:
        names = [escape_label(runs.run_option(other)) for other in reversed(ahead)]
        st.caption(f"{at_once} {escape_label(run.device)}. Ahead of this one: {', '.join(shorten_list(names))}.")


def shorten_list(names: list[str]) -> list[str]:
    """Return at most `MOST_NAMED` entries; the last one says how many more there are."""
    more = len(names) - MOST_NAMED + 1
    return names if len(names) <= MOST_NAMED else [*names[: MOST_NAMED - 1], f"and {more} more"]


def _is_ahead(other: Run, run: Run) -> bool:
    """Return whether a worker that lives computes the other run first."""
    return other.state in BUSY and other.alive and (run.waits or other.created < run.created)


def show_stopped(store: Store, run: Run) -> None:
    """Show why a run is not finished, with Resume."""
    saved = f"{run.done} of {len(run.mine)} blocks are saved" if run.shards else "nothing has been computed yet"
    left, right = st.columns([6, 1], vertical_alignment="center")
    if run.state == CANCELLED:
        left.info(f"Cancelled; {saved}.", icon=":material/pause_circle:")
    elif run.state == INCOMPLETE:
        text = f"Merged from parts, and some are missing; {saved}. Resume computes the rest."
        left.info(text, icon=":material/call_merge:")
    elif run.state == INTERRUPTED:
        rows = "times differ from run to run" if is_timed(run) else "the rows are the same as without the interruption"
        cause = as_sentence(f"{explain_end(store, run)}; {saved}")
        left.warning(f"{cause} Resume computes the rest; {rows}.", icon=":material/power_off:")
    elif run.state == FAILED:
        left.error(f"{as_sentence(run.error)} {as_sentence(saved)}", icon=":material/error:")
    right.button(
        "Resume", key="run-resume", on_click=runs.resume, args=[run.id], type="primary", width="stretch",
        icon=":material/play_arrow:", disabled=not may_change(run),
    )  # fmt: skip
    if may_change(run):
        runs.get_worker_ready()
    if run.state in (FAILED, INTERRUPTED) and (lines := last_lines(store, run)):
        st.caption("The last lines of its log:")
        st.code(without_server_paths("\n".join(lines)), language=None, wrap_lines=True)


def numbers_so_far(run: Run) -> list[dict[str, object]]:
    """Return a busy run's numbers; if they take long to compute, those of a while ago."""
    state, key = st.session_state, f"numbers-{run.id}"
    latest, cost, computed = state.get(key, ([], 0.0, 0.0))
    if time.monotonic() - computed < PAUSE * cost:
        return latest
    latest, cost = runs.numbers(run.id, run.done, run.digest)
    state[key] = latest, cost, time.monotonic()
    return latest
