"""Work that outlives a rerun: in threads that never touch streamlit, with progress, fair turns and cancel.

In reading order:

job.py        one piece of work: result, error, progress
waiter.py     who waits for a job: a visitor, a session, and a place on the page
claim.py      a job as one waiter sees it
fair_turns.py which job a thread computes next: visitors take turns
line.py       how far ahead of its turn a job is, in words
queue.py      all jobs by key; the same request twice is one job
queues.py     the queues of this server
stopping.py   the end of the process: jobs are cancelled
progress.py   progress with Cancel, failures with Try again
show.py       short work on a page: its result, or the latest one while it is computed
long.py       long work of a session
on_press.py   long work that a button starts, and the settings that its result answers
"""

from pages.shell.jobs.claim import Claim
from pages.shell.jobs.job import Cancelled, Job
from pages.shell.jobs.long import long_job, start_long
from pages.shell.jobs.progress import seconds_left, show_failure, show_progress, waiting_text
from pages.shell.jobs.queue import KEPT, KEPT_BYTES, Jobs
from pages.shell.jobs.queues import jobs, long_jobs, unhurried_jobs
from pages.shell.jobs.show import PATIENCE_SECONDS, LatestResult, run_in_background, run_latest
from pages.shell.jobs.stopping import stop_with_process

__all__ = [
    "KEPT",
    "KEPT_BYTES",
    "PATIENCE_SECONDS",
    "Cancelled",
    "Claim",
    "Job",
    "Jobs",
    "LatestResult",
    "jobs",
    "long_job",
    "long_jobs",
    "run_in_background",
    "run_latest",
    "seconds_left",
    "show_failure",
    "show_progress",
    "start_long",
    "unhurried_jobs",
    "waiting_text",
]

stop_with_process()
