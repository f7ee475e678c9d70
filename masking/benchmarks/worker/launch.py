"""Starting a run in a process of its own, which outlives whoever started it."""

import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import FIRST_SOURCE, Spec
from masking.benchmarks.storage.run import BUSY, CANCELLED, FAILED, FINISHED, HERE, QUEUED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.environment import environment
from masking.benchmarks.worker.warm_worker import Order, WarmWorker
from masking.models.zoo import FIRST

LOG_LINES = 40
_NUMBERS = ("count", "first", "seed", "block", "device")


def launch(store: Store, run: Run, spare: WarmWorker | None = None) -> int:
    """Start the worker of a run, or start it again: `python -m masking bench resume ID`. Its process id.

    The worker has a session of its own, so it survives the closing of the terminal or the end of the server. From
    now on the run is queued with that process as its worker, though that takes seconds to get ready: it can be
    cancelled at once, and is known to be interrupted should the process die before. A spare worker that waits
    already is ready sooner.

    Raises:
        ValueError: the run is finished, or another worker is on it.
    """
    run = store.run(run.id)
    if run.stored_state == FINISHED or (run.alive and run.stored_state in BUSY):
        raise ValueError(f"run {run.id} is {run.state}; there is nothing to start")
    store.change(run.id, QUEUED, (CANCELLED, FAILED, *BUSY))
    log = store.log_file(run.id)
    log.parent.mkdir(parents=True, exist_ok=True)
    order = Order(run.id, str(store.folder.resolve()), str(log.resolve()))
    worker = (spare.take(order) if spare else None) or _fresh(order)
    store.write(run.id, host=HERE, pid=worker.pid, pid_started=psutil.Process(worker.pid).create_time())
    threading.Thread(target=worker.wait, daemon=True).start()  # so that it leaves no zombie behind
    return worker.pid


def _fresh(order: Order) -> subprocess.Popen[bytes]:
    with Path(order.log).open("ab") as file:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "masking", "bench", "resume", order.run, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment(Path(order.folder)),
            start_new_session=True,
        )


def last_lines(store: Store, run: Run, lines: int = LOG_LINES) -> list[str]:
    """The end of what a run's worker said, without its progress."""
    log = store.log_file(run.id)
    if not log.is_file():
        return []
    text = log.read_text("utf-8", errors="replace").splitlines()
    return [line for line in text if not line.startswith('{"event"')][-lines:]


def command_line(run: Run) -> str:
    """What to type to compute a run again."""
    return spec_line(run.spec, run.engine, run.part)


def spec_line(spec: Spec, engine: str = "local", part: str = "1/1") -> str:
    """What to type to compute a spec, with all that is not a default."""
    words = ["python", "-m", "masking", "bench", "run", spec.experiment]
    for before, settings in (("", spec.settings), ("data.", spec.data.settings)):
        for name, value in settings.items():
            told = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            words += ["--set", f"{before}{name}={told}"]
    options = {
        "data": (spec.data.source, FIRST_SOURCE),
        "classifier": (spec.classifier.name, FIRST),
        "weights": (spec.classifier.weights, None),
        "categories": (spec.classifier.categories, None),
        **{name: (getattr(spec, name), Spec.model_fields[name].default) for name in _NUMBERS},
        "engine": (engine, "local"),
        "shard": (part, "1/1"),
    }
    for name, (value, default) in options.items():
        words += [f"--{name}", str(value)] if value != default else []
    for plugin in spec.plugins:
        words += ["--plugin", plugin]
    return shlex.join(words)


@dataclass(frozen=True)
class Pilot:
    """How long a run would take: seconds for one image, for all, and how many images were tried."""

    per_image: float
    seconds: float
    images: int


def pilot(spec: Spec, budget: float = 2.0, tell: Callable[[float, str], None] = lambda *_: None) -> Pilot:
    """Estimate a run's time from its first images: one, then twice as many, until the budget (seconds) is spent.

    Loading and a first image, which is slower than all that follow, are not part of the budget.

    Args:
        spec: of the run.
        budget: seconds.
        tell: called with the share of the budget that is spent, and what is under way; may raise to cancel.

    Raises as `load_spec`.
    """
    work = load_spec(spec, tell=lambda what: tell(0.0, what))
    most, tried, took = min(len(work.chosen), spec.block), 1, dict[int, float]()

    def compute(report_forward_passes: ReportForwardPasses) -> float:
        block = work.blocks_of(work.chosen[:tried])
        start = time.perf_counter()
        work.experiment.rows(work.classifier, block, report_forward_passes)
        return time.perf_counter() - start

    compute(lambda _: tell(0.0, "warming up"))
    began = time.perf_counter()
    while True:
        note = f"trying {tried} images" if tried > 1 else "trying one image"
        took[tried] = compute(lambda _, note=note: tell(min(1.0, (time.perf_counter() - began) / budget), note))
        if tried == most or time.perf_counter() - began + 2 * took[tried] > budget:
            break
        tried = min(most, 2 * tried)
    seconds = _extrapolated(took, most) * len(work.chosen) / most
    return Pilot(seconds / len(work.chosen), seconds, tried)


def _extrapolated(took: dict[int, float], images: int) -> float:
    """Seconds for a block, from the line through the two largest that were tried: part of the cost is per batch."""
    (fewer, less), (more, much) = ([(0, 0.0), *took.items()])[-2:]
    slope = max(0.0, (much - less) / (more - fewer))
    return much + slope * (images - more)
