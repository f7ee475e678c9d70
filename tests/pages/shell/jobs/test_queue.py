import threading
import time

import pytest
import torch

from pages.shell.jobs import KEPT, KEPT_BYTES, Jobs

PATIENCE_SECONDS = 300
"""A busy machine takes its time; a test that waits longer fails."""


@pytest.fixture
def jobs():
    return Jobs()


def done(jobs, key, work):
    job = jobs.start(key, "Counting", work)
    assert job.wait(PATIENCE_SECONDS)
    return job


def until_cancelled(job):
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        job.step(0.5, "half")
        threading.Event().wait(0.005)


def test_the_same_question_is_answered_once(jobs):
    calls = []
    first = done(jobs, "k", lambda job: calls.append(job) or 7)
    assert done(jobs, "k", lambda job: calls.append(job) or 8) == first
    assert (first.result, len(calls)) == (7, 1)


def test_steps_are_seen_from_outside(jobs):
    go_on, reached = threading.Event(), threading.Event()

    def work(job):
        job.step(0.25, "a quarter")
        reached.set()
        go_on.wait(PATIENCE_SECONDS)

    job = jobs.start("k", "Counting", work)
    assert reached.wait(PATIENCE_SECONDS)
    assert (job.share, job.note, job.finished) == (0.25, "a quarter", False)
    go_on.set()
    assert job.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize(("given", "shown"), [(-1, 0), (2, 1)])
def test_the_share_done_stays_between_nothing_and_all(jobs, given, shown):
    assert done(jobs, "k", lambda job: job.step(given)).share == shown


def test_work_that_has_to_wait_says_where_it_stands():
    jobs, go_on = Jobs(workers=1), threading.Event()
    first = jobs.start("first", "Waiting", lambda _: go_on.wait(PATIENCE_SECONDS))
    second = jobs.start("second", "Counting", lambda job: job.note)
    assert second.line == "next in line"
    go_on.set()
    assert first.wait(PATIENCE_SECONDS)
    assert second.wait(PATIENCE_SECONDS)
    assert (first.line, second.line, second.result) == ("", "", "")


def test_cancel_stops_work_at_its_next_step(jobs):
    job = jobs.start("k", "Counting", until_cancelled)
    job.cancel()
    assert job.wait(PATIENCE_SECONDS)
    assert job.error == "Cancelled."


def test_a_cancelled_question_is_not_asked_again_by_itself(jobs):
    job = jobs.start("k", "Counting", until_cancelled)
    job.cancel()
    job.wait(PATIENCE_SECONDS)
    assert jobs.start("k", "Counting", lambda _: 1) == job


def test_a_cancelled_question_can_be_asked_again(jobs):
    job = jobs.start("k", "Counting", until_cancelled)
    job.cancel()
    job.wait(PATIENCE_SECONDS)
    jobs.forget("k")
    assert done(jobs, "k", lambda _: 1).result == 1


def test_dropping_work_cancels_it_and_the_next_request_starts_again(jobs):
    job = jobs.start("k", "Counting", until_cancelled)
    jobs.drop("k")
    assert done(jobs, "k", lambda _: 1).result == 1
    assert job.wait(PATIENCE_SECONDS)
    assert job.error


def test_dropping_finished_work_keeps_its_result(jobs):
    first = done(jobs, "k", lambda _: 1)
    jobs.drop("k")
    assert jobs.start("k", "Counting", lambda _: 2) == first


def test_dropping_an_unknown_key_does_nothing(jobs):
    jobs.drop("k")
    assert jobs.get("k") is None


@pytest.mark.parametrize("error", [ValueError("no such mask"), KeyError("no such mask"), OSError(2, "no such mask")])
def test_bad_input_becomes_its_sentence(jobs, error):
    def work(job):
        raise error

    assert done(jobs, "k", work).error == "no such mask"


def test_a_defect_becomes_one_sentence_and_a_line_in_the_log(jobs, caplog):
    job = done(jobs, "k", lambda job: 1 / 0)
    assert job.error == "Counting failed unexpectedly (ZeroDivisionError); the server's log says more."
    assert "ZeroDivisionError" in caplog.text


def test_the_oldest_finished_jobs_are_forgotten_and_running_ones_stay(jobs):
    go_on = threading.Event()
    running = jobs.start("running", "Waiting", lambda _: go_on.wait(PATIENCE_SECONDS))
    for number in range(KEPT + 3):
        done(jobs, str(number), lambda _: 1)
    assert jobs.get("0") is None
    assert jobs.get(str(KEPT + 2)).result == 1
    assert jobs.get("running") == running
    go_on.set()
    assert running.wait(PATIENCE_SECONDS)


def test_large_results_are_kept_as_long_as_they_fit_together(jobs):
    large = torch.empty(KEPT_BYTES // 2 + 1, dtype=torch.uint8)
    done(jobs, "small", lambda job: 1)
    done(jobs, "first", lambda job: [large.clone()])
    done(jobs, "second", lambda job: {"picture": large.clone()})
    done(jobs, "third", lambda job: 3)  # asked for next: only now is anything forgotten
    assert [key for key in ("small", "first", "second", "third") if jobs.get(key)] == ["second", "third"]


def test_one_result_that_is_too_large_is_kept_for_the_next_request(jobs):
    huge = done(jobs, "huge", lambda job: torch.empty(KEPT_BYTES + 1, dtype=torch.uint8))
    assert done(jobs, "huge", lambda job: 0) == huge
