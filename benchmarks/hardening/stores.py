"""What a store that cannot be used costs: one sentence at each door, and no row.

    python -m benchmarks.hardening.stores

Every state of `store_states` is met by the list of runs, the form of a new run with Start, the command line, and a
worker that is computing. Afterwards the state ends, and the run must finish with the rows of an undisturbed one.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Annotated, Any

import typer
from streamlit.testing.v1 import AppTest

from benchmarks.hardening.store_states import ON_OWN_DISK, STATES, own_disk
from masking.__main__ import main as command_line
from masking.benchmarks.specification.spec import Spec, spec_from
from masking.benchmarks.storage.run import BUSY, FINISHED
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker import queue
from masking.benchmarks.worker.runner import work_on
from masking.results.manifest import manifest

OUT = Path("benchmarks/results/hardening_stores.json")
APP, PAGE = Path(__file__).parents[2] / "app.py", "pages/6_Benchmarks.py"
MOST_SECONDS = 60
SHARDS, BREAKS_AT = 4, 2
RELEASE_SECONDS = 1.5
"""A worker that meets a locked store waits; the lock is let go after this time."""

app = typer.Typer(add_completion=False)


def small_spec(seed: int = 0) -> Spec:
    """Return the spec of a run of four shards of one image, on the bundled silhouettes."""
    settings = {"methods": ["blackout"], "shares": [0.5]}
    return spec_from({
        "experiment": "patch_removal", "settings": settings, "count": SHARDS, "block": 1, "device": "cpu", "seed": seed,
    })  # fmt: skip


def visit_page(**address: str) -> dict[str, Any]:
    """Open the page of benchmarks; return its sentences, its exceptions and the seconds that it took."""
    start = time.perf_counter()
    page = AppTest.from_file(str(APP), default_timeout=MOST_SECONDS)
    for name, value in address.items():
        page.query_params[name] = value
    page.switch_page(PAGE).run()
    if address.get("view") == "new":
        next(button for button in page.button if button.label == "Start").click()
        page.run()
    return {
        "sentences": [error.value for error in (*page.error, *page.warning)],
        "exceptions": [exception.value for exception in page.exception],
        "widgets": len(page.button),
        "seconds": round(time.perf_counter() - start, 2),
    }


def run_command(*words: str) -> dict[str, Any]:
    """Run the command line in this process; return its exit code, what it said, and the seconds that it took."""
    start, said = time.perf_counter(), io.StringIO()
    before, sys.argv = sys.argv, ["missingness", *words]
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            command_line()
        code = 0
    except SystemExit as left:
        code = left.code or 0
    finally:
        sys.argv = before
    return {"code": code, "sentence": said.getvalue().strip(), "seconds": round(time.perf_counter() - start, 2)}


def disturb_worker(folder: Path, state: str, spec: Spec) -> dict[str, Any]:
    """Let a store come into a state while a run is computed there, and finish the run once the state has ended."""
    with Store(folder) as store:
        run = store.add(spec).id
    with contextlib.ExitStack() as stack:
        began, refused = threading.Event(), list[str]()

        def enter(event: str, now: Any) -> None:
            if event == "shard" and now.done == BREAKS_AT and not began.is_set():
                began.set()
                if state.startswith("locked"):
                    stack.enter_context(_held_for_a_while(folder))
                    return
                try:
                    stack.enter_context(STATES[state](folder))
                except PermissionError as error:
                    refused.append(str(error))

        with Store(folder) as store:
            start = time.perf_counter()
            try:
                ended = work_on(store, run, enter)
                outcome: dict[str, Any] = {"state": ended.state, "sentence": ended.error}
            except (ValueError, OSError, KeyError) as error:
                outcome = {"state": "refused", "sentence": str(error.args[-1])}
            outcome["seconds"] = round(time.perf_counter() - start, 2)
            if refused:
                outcome["not tried"] = refused[0]
    with Store(folder) as store:
        kept = len(store.committed(run))
        if store.run(run).stored_state != FINISHED:
            work_on(store, run)
        finished = store.run(run)
        rows = store.rows(finished)
    return {**outcome, "shards kept": kept, "finished": finished.state == FINISHED, "rows": rows}


@contextlib.contextmanager
def _held_for_a_while(folder: Path) -> Generator[None, None, None]:
    """Lock a store for writers from now on, for some time."""
    held = threading.Event()

    def hold() -> None:
        with STATES["locked for writers"](folder):
            held.set()
            time.sleep(RELEASE_SECONDS)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    yield
    thread.join()


def try_state(folder: Path, state: str) -> dict[str, Any]:
    """Return what each door says about a state, and what became of a run that was computed."""
    with own_disk(folder) if state in ON_OWN_DISK else contextlib.nullcontext():
        return _try_doors(folder, state)


def _try_doors(folder: Path, state: str) -> dict[str, Any]:
    with Store(folder) as store:
        undisturbed = store.rows(work_on(store, store.add(small_spec()).id))
    visit_page(view="runs")  # a server that knows the store
    doors: dict[str, Any] = {}
    with STATES[state](folder):
        doors["list"] = visit_page(view="runs")
        doors["start"] = visit_page(view="new")
        doors["command"] = run_command("bench", "list")
    doors["worker"] = disturb_worker(folder, state, small_spec())
    doors["afterwards"] = visit_page(view="runs")
    with Store(folder) as store:
        for run in store.runs():
            if run.stored_state in BUSY:
                store.cancel(run.id)
    doors["rows are the same"] = doors["worker"].pop("rows") == undisturbed
    return doors


def silence_workers() -> None:
    """Let no process start from the pages of this process: the queue is tried elsewhere."""
    queue.QueueWatch.start = lambda *_: None  # type: ignore[method-assign]
    queue.WarmWorker.warm = lambda *_: None  # type: ignore[method-assign]

    def refuse(*_: Any) -> Any:
        raise OSError("no process is started here")

    queue._open_process = refuse  # pyright: ignore[reportPrivateUsage]


@app.command()
def measure(out: Annotated[Path, typer.Option()] = OUT) -> None:
    """Try every state, and write what was said."""
    silence_workers()
    results: dict[str, Any] = {}
    for state in STATES:
        with tempfile.TemporaryDirectory() as base:
            folder = Path(base) / "runs"
            os.environ["MASKING_RUNS"] = str(folder)
            os.environ["MASKING_UPLOADS"] = str(Path(base) / "uploads")
            try:
                results[state] = try_state(folder, state)
            except PermissionError as error:
                results[state] = {"not tried": str(error)}
            text = json.dumps(results[state], ensure_ascii=False).replace(base, "")
            results[state] = json.loads(text)
            typer.echo(f"{state}: {text}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"manifest": manifest(hardware="CPU"), "states": results}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    app()
