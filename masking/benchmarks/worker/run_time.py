"""How long a run of a visitor may be computed, so that none holds a device for ever: the operator's `run_minutes`."""

import time
from collections.abc import Callable

from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.storage.run import Run
from masking.runtime.settings import load_settings


def within_time(
    run: Run, report: ReportForwardPasses, clock: Callable[[], float] = time.monotonic
) -> ReportForwardPasses:
    """Return a report of forward passes that ends a run from the pages after its minutes; others take what they need.

    The seconds of its finished blocks count, so resuming the run gives it no more.

    Args:
        run: as it begins or goes on; a run that was started on a page has an owner.
        report: called with the forward passes of each batch.
        clock: returns seconds.

    Raises:
        ValueError: by what is returned, once the time is over; one sentence.
    """
    if not run.owner:
        return report
    minutes = load_settings().limits.run_minutes
    end = clock() + 60 * minutes - run.seconds

    def report_within_time(passes: int) -> None:
        report(passes)
        if clock() > end:
            raise ValueError(
                f"this run has used the {minutes:,} min of computation that one run has here; its finished blocks "
                "are kept, and a run with fewer images or samples needs less"
            )

    return report_within_time
