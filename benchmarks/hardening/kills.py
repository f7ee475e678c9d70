"""SIGKILL of workers and of the dashboard at random moments: no shard is lost or there twice, the rows are the same.

    python -m benchmarks.hardening.kills

Workers: a run of many small shards is computed by one process after the other; each is killed while it opens what it
needs, while it computes, or while it stores a shard. Servers: a real dashboard, in whose page a browser starts a run,
is killed with the run under way or in the queue; the runs end without it.
"""

import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from playwright.sync_api import Page, sync_playwright

from benchmarks.hardening.kill_victim import compute, small_spec
from masking.benchmarks.protocol.row_equality import rows_digest
from masking.benchmarks.storage.run import BUSY, FINISHED, INTERRUPTED, QUEUED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.queue import start_next
from masking.benchmarks.worker.runner import work_on
from masking.results.manifest import manifest

ROOT = Path(__file__).parents[2]
OUT = Path("benchmarks/results/hardening_kills.json")
CHROMIUM = "/usr/bin/chromium"
WORKER_KILLS, SERVER_KILLS = 40, 10
SHARDS, SERVER_SHARDS = 120, 60
PATIENCE_SECONDS = 240.0
MOMENTS = ("opening", "computing", "storing")

app = typer.Typer(add_completion=False)


def until(true: Callable[[], object], what: str) -> None:
    """Wait until something holds. Raises TimeoutError when that takes too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"it does not happen: {what}")
        time.sleep(0.01)


def check_rows(store: Store, run: Run, undisturbed: Run) -> dict[str, Any]:
    """Return whether a finished run has each shard once, and the rows of an undisturbed one."""
    rows, others = store.rows(run), store.rows(undisturbed)
    keys = [tuple(row[name] for name in ("image", *run.keys)) for row in rows]
    return {
        "shards": len(store.committed(run.id)),
        "rows twice": len(keys) - len(set(keys)),
        "same digest": rows_digest(rows, run.keys) == rows_digest(others, undisturbed.keys),
        "same rows": rows == others,
    }


def kill_workers(folder: Path, kills: int, shards: int, seed: int = 1) -> dict[str, Any]:
    """Kill a worker that many times, and compare the run with an undisturbed one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.hardening.kill_victim"])
    moments = random.Random(seed)  # noqa: S311
    lost, killed = 0, dict.fromkeys(MOMENTS, 0)
    states: dict[str, int] = {}
    with Store(folder) as store:
        undisturbed = work_on(store, store.add(small_spec(shards, seed)).id)
        run, kept = store.add(small_spec(shards, seed)).id, set[int]()
        for kill in range(kills):
            hear, said = context.Pipe(duplex=False)
            process = context.Process(target=compute, args=(str(folder), run, said), daemon=True)
            process.start()
            said.close()
            moment = MOMENTS[kill % len(MOMENTS)]
            _wait_for(hear, moment, moments)
            time.sleep(moments.uniform(0, 0.004 if moment == "storing" else 0.05))
            process.kill()
            process.join()
            killed[moment] += 1
            committed = store.committed(run)
            lost += len(kept - committed)
            kept = committed
            state = store.run(run).state
            states[state] = states.get(state, 0) + 1
        finished = store.run(run)
        before = len(kept)
        if finished.stored_state != FINISHED:
            finished = work_on(store, run)
        facts = check_rows(store, store.run(run), undisturbed)
    return {
        "kills": kills, "at": killed, "states after a kill": states, "shards lost": lost,
        "shards before the last resume": before, **facts, "finished": finished.stored_state == FINISHED,
    }  # fmt: skip


def _wait_for(hear: Any, moment: str, moments: random.Random) -> None:
    """Wait until a worker is at that moment, or has said all that it says."""
    event = {"opening": "queued", "computing": "running", "storing": "storing"}[moment]
    more = moments.randint(0, 2) if moment == "storing" else 0
    with suppress(EOFError):
        while (said := hear.recv()) != event or more:
            more -= said == event


@contextmanager
def dashboard(folder: Path, port: int) -> Generator[subprocess.Popen[bytes], None, None]:
    """Start a real dashboard in a session of its own, and kill it at the end."""
    environment = {**os.environ, "MASKING_RUNS": str(folder), "MASKING_UPLOADS": str(folder / "uploads")}
    options = ["--server.port", str(port), "--server.headless", "true"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: _answers(port), "the dashboard answers")
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
        return answer.status == 200
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start_in_page(page: Page, port: int, seed: int) -> None:
    """Press Start in the page of benchmarks."""
    address = f"count={SERVER_SHARDS}&block=1&device=cpu&seed={seed}&patch_removal.methods=blackout"
    page.goto(f"http://localhost:{port}/Benchmarks?{address}&patch_removal.shares=0.5&patch_removal.orders=random")
    page.get_by_role("button", name="Start", exact=True).click(timeout=PATIENCE_SECONDS * 1000)


def _of_kill(store: Store, kill: int) -> Run | None:
    """Return the run that the page of a kill has started, if it is there."""
    return next((run for run in store.runs() if run.spec.seed == 100 + kill), None)


def kill_servers(folder: Path, kills: int, port: int) -> dict[str, Any]:
    """Kill the dashboard that many times, each with one more run, and compare the runs with undisturbed ones."""
    moments, restarted = random.Random(2), 0  # noqa: S311
    with Store(folder) as store, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        states: dict[str, int] = {}
        for kill in range(kills):
            with dashboard(folder, port):
                page = browser.new_page()
                _start_in_page(page, port, 100 + kill)
                until(lambda kill=kill: _of_kill(store, kill), "the run is there")
                if kill % 2:  # the other runs may still wait
                    until(lambda kill=kill: (run := _of_kill(store, kill)) and run.state != QUEUED, "it is computed")
                time.sleep(moments.uniform(0, 2))
            if (run := _of_kill(store, kill)) is None:
                raise ValueError("a run has gone with its server")
            states[run.state] = states.get(run.state, 0) + 1
            page.close()
        browser.close()
        runs = [run for run in store.runs() if run.spec.seed >= 100]
        while [run for run in store.runs() if run.spec.seed >= 100 and run.stored_state in BUSY]:
            if not any(run.alive for run in store.runs() if run.stored_state in BUSY):
                restarted += 1  # nobody was left to start the next one
                start_next(store)
                if any(run.state == INTERRUPTED for run in store.runs()):
                    break
            time.sleep(0.2)
        facts = [check_rows(store, store.run(run.id), work_on(store, store.add(run.spec).id)) for run in runs]
        finished = [store.run(run.id).stored_state for run in runs].count(FINISHED)
    return {
        "kills": kills, "runs": len(runs), "finished": finished, "states after a kill": states,
        "shards": sum(each["shards"] for each in facts), "shards expected": kills * SERVER_SHARDS,
        "rows twice": sum(each["rows twice"] for each in facts),
        "same digest": all(each["same digest"] for each in facts),
        "same rows": all(each["same rows"] for each in facts),
        "times the queue had to be started again": restarted,
    }  # fmt: skip


@app.command()
def measure(
    workers: Annotated[int, typer.Option(help="kills of a worker")] = WORKER_KILLS,
    servers: Annotated[int, typer.Option(help="kills of a dashboard")] = SERVER_KILLS,
    port: Annotated[int, typer.Option(help="of the dashboard; 0: any")] = 0,
    out: Annotated[Path, typer.Option()] = OUT,
) -> None:
    """Kill workers and servers, and write what was left."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as base:
        results["workers"] = kill_workers(Path(base) / "workers", workers, SHARDS)
        typer.echo(json.dumps(results["workers"]))
        results["servers"] = kill_servers(Path(base) / "servers", servers, port or _free_port())
        typer.echo(json.dumps(results["servers"]))
    facts = manifest(hardware="CPU", cores=os.cpu_count(), load=os.getloadavg()[0])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": facts, **results}, indent=1) + "\n")


if __name__ == "__main__":
    app()
