"""Turns: jobs that grow together on one worker."""

import threading

import pytest

from pages.lime.turns import Turns
from pages.shell.jobs import Job, Jobs


def start(queue: Jobs, order: list[str], batches: dict[str, int], fails: str = "") -> dict[str, Job]:
    """Start one job per name that counts its batches; `order` gets the name of each batch."""

    def count(name: str):
        def counting(job: Job):
            for batch in range(batches[name]):
                order.append(name)
                job.result = batch + 1
                job.step((batch + 1) / batches[name])
                if name == fails:
                    raise ValueError("it cannot be")
                yield

        return counting

    with Turns() as turns:
        for name in batches:
            turns.start(lambda work, group, name=name: queue.start(name, name, work, group=group), count(name))
    return {name: queue.get(name) for name in batches}


@pytest.fixture
def queue() -> Jobs:
    return Jobs(workers=1)


def test_jobs_advance_in_turn_also_with_different_lengths(queue):
    order: list[str] = []
    jobs = start(queue, order, {"a": 2, "b": 4, "c": 1})
    assert all(job.wait(10) for job in jobs.values())
    assert order == ["a", "b", "c", "a", "b", "b", "b"]
    assert {name: job.result for name, job in jobs.items()} == {"a": 2, "b": 4, "c": 1}
    assert not any(job.error for job in jobs.values())


def test_one_failure_leaves_the_others_alone(queue):
    order: list[str] = []
    jobs = start(queue, order, {"a": 3, "b": 3, "c": 3}, fails="b")
    assert all(job.wait(10) for job in jobs.values())
    assert jobs["b"].error == "it cannot be"
    assert [jobs["a"].result, jobs["c"].result] == [3, 3]
    assert not jobs["a"].error
    assert order.count("b") == 1


def test_a_cancelled_job_keeps_its_part_and_the_others_go_on(queue):
    order: list[str] = []
    halfway, go_on = threading.Event(), threading.Event()

    def paused(job: Job):
        for batch in range(4):
            order.append("paused")
            job.result = batch + 1
            job.step((batch + 1) / 4)
            yield
            halfway.set()
            assert go_on.wait(10)

    def quick(job: Job):
        for batch in range(9):
            order.append("quick")
            job.result = batch + 1
            job.step((batch + 1) / 9)
            yield

    with Turns() as turns:
        turns.start(lambda work, group: queue.start("quick", "quick", work, group=group), quick)
        turns.start(lambda work, group: queue.start("paused", "paused", work, group=group), paused)
    assert halfway.wait(10)
    queue.get("paused").cancel()
    go_on.set()
    assert queue.get("quick").wait(10)
    assert queue.get("paused").wait(10)
    assert queue.get("quick").result == 9
    assert 1 <= queue.get("paused").result < 4
