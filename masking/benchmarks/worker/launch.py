"""Let runs start in processes of their own, say what they wrote, and estimate how long they take."""

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import FIRST_SOURCE, Spec
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.queue import device_for, start_next
from masking.benchmarks.worker.warm_worker import WarmWorker
from masking.models.zoo import FIRST
from masking.runtime.limits import Limits
from masking.runtime.settings import load_settings

LOG_LINES = 40
LONGEST_ESTIMATE = 30.0
"""Seconds of computation after which an estimate ends, since others wait for the same processor."""
_NUMBERS = ("count", "first", "seed", "block", "device")


def launch(store: Store, run: Run, warm_worker: WarmWorker | None = None, limits: Limits | None = None) -> int | None:
    """Let a run wait for its turn, as a new one or to be continued, and start the runs whose turn it is.

    Args:
        store: has the run.
        run: not finished, and without a living worker.
        warm_worker: is ready sooner than a new process.
        limits: of the queue; None: those of the settings.

    Returns:
        The process id of its worker; None while it waits.

    Raises:
        ValueError: the run is finished, waits already or is being computed, or too many runs wait.
    """
    limits = limits or load_settings().limits
    store.queue.rejoin(run, device_for(store, run.spec), limits)
    start_next(store, warm_worker, limits)
    return store.run(run.id).pid


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
    for prefix, settings in (("", spec.all_settings), ("data.", spec.data.settings)):
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
        ValueError: as `load_spec` raises it, or its first images take longer than `LONGEST_ESTIMATE`.
        KeyError: as `load_spec` raises it.
    """
    loaded = load_spec(spec, on_status=lambda status: on_progress(0.0, status))
    end = time.perf_counter() + LONGEST_ESTIMATE
    most, images, seconds_for = min(len(loaded.indices), spec.block), 1, dict[int, float]()

    def compute(report_forward_passes: ReportForwardPasses) -> float:
        batch = loaded.read_batch(loaded.indices[:images])
        start = time.perf_counter()

        def report(passes: int) -> None:
            report_forward_passes(passes)
            if time.perf_counter() > end:
                raise ValueError(
                    f"its first images take more than {LONGEST_ESTIMATE:.0f} s here, so there is no estimate; choose "
                    "fewer samples or a faster classifier, or start the run"
                )

        loaded.experiment.rows(loaded.classifier, batch, report)
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
