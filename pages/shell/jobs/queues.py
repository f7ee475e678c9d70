"""The queues of this server, as large as the operator's settings allow."""

from masking.runtime.limits import Limits, read_limits
from masking.runtime.settings import load_settings
from pages.shell.jobs.queue import Jobs
from pages.shell.server_wide import server_wide

SLICE_SECONDS = 2.0
"""So long may a long job run while another visitor's waits."""


@server_wide
def jobs() -> Jobs:
    """Return the server's short jobs, which somebody waits for."""
    limits = _limits()
    return Jobs(limits.jobs, waiting_places=limits.jobs_per_visitor)


@server_wide
def long_jobs() -> Jobs:
    """Return the server's long jobs: visitors take turns, and none of these keeps the short ones waiting."""
    limits = _limits()
    return Jobs(max(1, limits.jobs // 2), SLICE_SECONDS, limits.jobs_per_visitor)


@server_wide
def unhurried_jobs() -> Jobs:
    """Return the server's jobs that nobody waits for, because the page shows stored results meanwhile."""
    return Jobs(1, SLICE_SECONDS)


def _limits() -> Limits:
    """Return the operator's limits; while the settings file is broken, those of a public server."""
    try:
        return load_settings().limits
    except ValueError:
        return read_limits(public=True)
