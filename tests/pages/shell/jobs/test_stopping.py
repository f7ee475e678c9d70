import threading

from pages.shell import ending
from pages.shell.jobs.queue import Jobs
from pages.shell.jobs.stopping import stop_jobs

PATIENCE_SECONDS = 300


def test_stopping_cancels_the_jobs_of_every_queue_and_waits_until_they_notice():
    short, long = Jobs(1), Jobs(1, slice_seconds=1.0)
    begun, go_on = threading.Event(), threading.Event()

    def work(job):
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)  # such as one long native call
        job.step(0.5)

    running, waiting = short.start("running", "Counting", work), short.start("waiting", "Counting", work)
    assert begun.wait(PATIENCE_SECONDS)
    paused = long.start("other", "Counting", work)
    assert not stop_jobs(seconds=0)
    assert waiting.error == "Cancelled."
    go_on.set()
    assert stop_jobs()
    assert [job.error for job in (running, paused)] == ["Cancelled.", "Cancelled."]


def test_a_server_that_is_told_to_end_cancels_its_jobs():
    queue, begun = Jobs(1), threading.Event()

    def work(job):
        begun.set()
        while True:
            job.step(0.5)

    job = queue.start("endless", "Counting", work)
    assert begun.wait(PATIENCE_SECONDS)
    ending.stop_everything()
    assert job.job.wait(PATIENCE_SECONDS)
    assert job.error == "Cancelled."
