"""Why a worker ended without a message, as far as its process, its log and its machine tell."""

import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

import psutil

from masking.benchmarks.storage.process_identity import read_boot
from masking.benchmarks.storage.run import HERE, Run
from masking.benchmarks.storage.store import Store

SPOKEN = (0, 1, 2, 3)
"""Exit codes of workers that have stored how the run ended."""
FATAL = "Fatal Python error: "
"""How Python's fault handler begins its last line before a crash."""
BEGINNING = '{"event": "queued"'
"""The first line that a worker writes for a run."""
REFUSAL = "missingness: "
"""How the line begins with which a worker gives up: the settings or the store cannot be used."""
EVENTS = Path("/sys/fs/cgroup/memory.events")
"""Where Linux counts the processes that it ended because the memory of this container ran out."""


def watch_exit(worker: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a worker's end, and add a line to its log if it did not end by itself."""
    before = _out_of_memory_kills()
    code = worker.wait()
    if sentence := describe_exit(code, _out_of_memory_kills() > before):
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{_marker(worker.pid)} {sentence}\n")


def describe_exit(code: int, out_of_memory: bool = False) -> str:
    """Return what a return code of `subprocess` says about the end of a process; "" if it ended by itself."""
    if code in SPOKEN:
        return ""
    if code > 0:
        return f"ended with exit code {code}"
    if -code == signal.SIGKILL and out_of_memory:
        return "was killed by the system, because memory ran out (SIGKILL)"
    if -code == signal.SIGKILL:
        return "was killed from outside (SIGKILL): by somebody, or by the system because memory ran out"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was ended by {name}"


def explain_end(store: Store, run: Run) -> str:
    """Return in one sentence, without a full stop, why an interrupted run has no worker, as far as that is known."""
    if run.pid is None:
        return "no worker came; the process that wanted to start one has ended"
    worker = f"the worker (process {run.pid} on {run.host})"
    seen = (
        "" if run.heartbeat is None else datetime.fromtimestamp(run.heartbeat).astimezone().strftime("%Y-%m-%d %H:%M")
    )
    since = f" since {seen}" if seen else ""
    if run.host != HERE:
        return f"{worker} has sent no sign of life{since}; look whether {run.host} is running"
    if _was_before_restart(run):
        return f"{worker} ended when this machine was restarted; its last sign of life came at {seen or 'no time'}"
    lines = _last_attempt(store.log_file(run.id))
    marker = _marker(run.pid)
    if known := next((line for line in reversed(lines) if line.startswith(marker)), ""):
        return f"{worker} {known.removeprefix(marker).strip()}"
    if crash := next((line for line in reversed(lines) if line.startswith(FATAL)), ""):
        return f"{worker} crashed ({crash.removeprefix(FATAL)})"
    if refusal := next((line for line in reversed(lines) if line.startswith(REFUSAL)), ""):
        began = any(line.startswith(BEGINNING) for line in lines)
        return f"{worker} could not {'go on' if began else 'begin'} ({refusal.removeprefix(REFUSAL).rstrip('.')})"
    last = f", last seen at {seen}" if seen else ""
    return (
        f"{worker}{last}, ended without a message, as a process does that somebody has killed, or the system because "
        "memory ran out"
    )


def _was_before_restart(run: Run) -> bool:
    """Return whether the worker belongs to an earlier start of this machine; clocks count where nothing else does."""
    if run.boot and (boot := read_boot()):
        return run.boot != boot
    return run.heartbeat is not None and run.heartbeat < psutil.boot_time() < time.time()


def _last_attempt(log: Path) -> list[str]:
    """Return the lines of a log that the last worker wrote."""
    if not log.is_file():
        return []
    lines = log.read_text("utf-8", errors="replace").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(BEGINNING)]
    return lines[starts[-1] :] if starts else lines


def _marker(pid: int) -> str:
    return f"worker {pid}"


def _out_of_memory_kills() -> int:
    """Return how many processes of this container the system has ended because memory ran out; 0 if it does not say."""
    try:
        counts = dict(line.split() for line in EVENTS.read_text("ascii").splitlines())
        return int(counts.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0
