"""Start a run in its own process, which outlives the process that started it."""

import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import FIRST_SOURCE, Spec
from masking.benchmarks.storage.run import BUSY, CANCELLED, FAILED, FINISHED, HERE, INCOMPLETE, QUEUED, Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.environment import worker_environment
from masking.benchmarks.worker.post_mortem import watch_exit
from masking.benchmarks.worker.warm_worker import Order, WarmWorker
from masking.models.zoo import FIRST

LOG_LINES = 40
_NUMBERS = ("count", "first", "seed", "block", "device")


def launch(store: Store, run: Run, warm_worker: WarmWorker | None = None) -> int:
    """Start or restart the worker of a run, `missingness bench resume ID`, and return its process id.

    The worker has its own session, so it survives when the terminal is closed or the server ends. From now on the run
    is queued with that process as its worker, although the process takes seconds to get ready. So the run counts as
    interrupted if the process dies early. No heartbeat says that the process has not begun: if the run is cancelled
    now, the process leaves it alone. A warm worker is ready sooner.

    Raises:
        ValueError: the run is finished, or another worker computes it.
    """
    run = store.run(run.id)
    if run.stored_state == FINISHED or (run.alive and run.stored_state in BUSY):
        raise ValueError(f"run {run.id} is {run.state}; there is nothing to start")
    store.change(run.id, QUEUED, (CANCELLED, INCOMPLETE, FAILED, *BUSY))
    store.write(run.id, heartbeat=None)
    log = store.log_file(run.id)
    log.parent.mkdir(parents=True, exist_ok=True)
    order = Order(run.id, str(store.folder.resolve()), str(log.resolve()))
    worker = (warm_worker.take(order) if warm_worker else None) or _start_worker(order)
    store.write(run.id, host=HERE, pid=worker.pid, pid_started=psutil.Process(worker.pid).create_time())
    threading.Thread(target=watch_exit, args=(worker, log), daemon=True).start()  # or it stays as a zombie
    return worker.pid


def _start_worker(order: Order) -> subprocess.Popen[bytes]:
    with Path(order.log).open("ab") as file:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "masking", "bench", "resume", order.run, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=worker_environment(Path(order.folder)),
            start_new_session=True,
        )


def last_lines(store: Store, run: Run, lines: int = LOG_LINES) -> list[str]:
    """Return the last lines that a run's worker wrote, without those about its progress."""
    log = store.log_file(run.id)
    if not log.is_file():
        return []
    text = log.read_text("utf-8", errors="replace").splitlines()
    return [line for line in text if not line.startswith('{"event"')][-lines:]


def command_line(run: Run) -> str:
    """Return the command that computes a run again."""
    return spec_line(run.spec, run.engine, run.part)


def spec_line(spec: Spec, engine: str = "local", part: str = "1/1") -> str:
    """Return the command that computes a spec, with every value that is not a default."""
    words = ["python", "-m", "masking", "bench", "run", spec.experiment]
    for prefix, settings in (("", spec.settings), ("data.", spec.data.settings)):
        for name, value in settings.items():
            text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            words += ["--set", f"{prefix}{name}={text}"]
    options = {
        "data": (spec.data.source, FIRST_SOURCE),
        "classifier": (spec.classifier.name, FIRST),
        "weights": (spec.classifier.weights, None),
        "categories": (spec.classifier.categories, None),
        "input-size": (_join("x", spec.classifier.input_size), None),
        "mean": (_join(",", spec.classifier.mean), None),
        "std": (_join(",", spec.classifier.std), None),
        **{name: (getattr(spec, name), Spec.model_fields[name].default) for name in _NUMBERS},
        "engine": (engine, "local"),
        "shard": (part, "1/1"),
    }
    for name, (value, default) in options.items():
        words += [f"--{name}", str(value)] if value != default else []
    for plugin in spec.plugins:
        words += ["--plugin", plugin]
    return shlex.join(words)


def _join(separator: str, numbers: Sequence[float] | None) -> str | None:
    return None if numbers is None else separator.join(map(str, numbers))


@dataclass(frozen=True)
class TimeEstimate:
    """The estimated time of a run.

    Attributes:
        per_image: seconds for one image.
        seconds: seconds for all images.
        images: how many images were computed for the estimate.
    """

    per_image: float
    seconds: float
    images: int


def estimate_time(
    spec: Spec, budget: float = 2.0, on_progress: Callable[[float, str], None] = lambda *_: None
) -> TimeEstimate:
    """Estimate the time of a run from its first images: one, then twice as many, until the budget is spent.

    Each number of images is computed twice, and the second time counts: the first one also compiles and allocates for
    batches of that size, which a run does only once. Loading and the very first image are not part of the budget.

    Args:
        spec: the spec of the run.
        budget: seconds.
        on_progress: called with the share of the budget that is spent and a few words; may raise to cancel.

    Raises:
        ValueError: as `load_spec` raises it.
        KeyError: as `load_spec` raises it.
    """
    loaded = load_spec(spec, on_status=lambda status: on_progress(0.0, status))
    most, images, seconds_for = min(len(loaded.indices), spec.block), 1, dict[int, float]()

    def compute(report_forward_passes: ReportForwardPasses) -> float:
        batch = loaded.read_batch(loaded.indices[:images])
        start = time.perf_counter()
        loaded.experiment.rows(loaded.classifier, batch, report_forward_passes)
        return time.perf_counter() - start

    compute(lambda _: on_progress(0.0, "warming up"))
    start = time.perf_counter()
    while True:
        note = f"trying {images} images" if images > 1 else "trying one image"

        def report(_: int, note: str = note) -> None:
            on_progress(min(1.0, (time.perf_counter() - start) / budget), note)

        before = time.perf_counter()
        seconds_for[images] = min(compute(report) for _ in range(2 if images > 1 else 1))
        if images == most or time.perf_counter() - start + 2 * (time.perf_counter() - before) > budget:
            break
        images = min(most, 2 * images)
    seconds = _extrapolate(seconds_for, most) * len(loaded.indices) / most
    return TimeEstimate(seconds / len(loaded.indices), seconds, images)


def _extrapolate(seconds_for: dict[int, float], images: int) -> float:
    """Return the seconds for so many images, from a line through the last two measurements (images → seconds).

    A line through the origin would not do, because part of the cost is per batch.
    """
    (fewer, shorter), (more, longer) = ([(0, 0.0), *seconds_for.items()])[-2:]
    slope = max(0.0, (longer - shorter) / (more - fewer))
    return longer + slope * (images - more)
