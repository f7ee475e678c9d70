"""Turns between visitors: who is computed next, time slices, and the line; with a clock of the test's own."""

import threading

import pytest

from pages.shell.jobs.fair_turns import FULL, FairTurns
from pages.shell.jobs.job import Job
from pages.shell.jobs.waiter import Waiter

PATIENCE_SECONDS = 300
SLICE = 2.0


class Clock:
    """A clock that the test sets."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Server:
    """Jobs whose steps the test lets happen one by one; `order` gets the visitor of each step."""

    def __init__(self, workers: int = 1, slice_seconds: float | None = SLICE, **options):
        self.clock = Clock()
        self.turns = FairTurns(workers, slice_seconds, clock=self.clock, **options)
        self.order: list[str] = []
        self.jobs: list[Job] = []
        self.most_at_once = self._at_once = 0
        self._counting = threading.Lock()

    def add(self, visitor: str, steps: int = 1, seconds: float = 1.0, group: object = None, title: str = "") -> Job:
        """Add a job whose steps each take so many seconds of the test's clock."""

        def work(job: Job) -> str:
            for done in range(1, steps + 1):
                with self._counting:
                    self._at_once += 1
                    self.most_at_once = max(self.most_at_once, self._at_once)
                self.order.append(visitor)
                self.clock.seconds += seconds
                with self._counting:
                    self._at_once -= 1
                job.step(done / steps)
            return visitor

        return self._start(visitor, work, group, title)

    def hold(self, visitor: str = "holder") -> "Hold":
        """Add a job that keeps its worker until the test lets it go on."""
        hold = Hold()
        hold.job = self._start(visitor, hold.work)
        assert hold.reached.wait(PATIENCE_SECONDS)
        return hold

    def wait(self) -> None:
        """Wait until all jobs have ended."""
        assert all(job.wait(PATIENCE_SECONDS) for job in self.jobs)

    def _start(self, visitor, work, group=None, title=""):
        job = Job(title or visitor, waiters=(Waiter(visitor),), group=group)
        self.jobs.append(job)
        self.turns.add(job, work)
        return job


class Hold:
    """Work that waits for the test."""

    job: Job

    def __init__(self):
        self.reached, self.go_on = threading.Event(), threading.Event()

    def work(self, job: Job) -> None:
        self.reached.set()
        assert self.go_on.wait(PATIENCE_SECONDS)


def test_waiting_jobs_of_different_visitors_take_turns():
    server = Server(slice_seconds=None)
    hold = server.hold()
    for visitor in ("anna", "anna", "anna", "ben", "ben", "cleo"):
        server.add(visitor)
    hold.go_on.set()
    server.wait()
    assert server.order == ["anna", "ben", "cleo", "anna", "ben", "anna"]


def test_a_visitor_who_has_just_been_served_comes_after_one_who_waits():
    server = Server(slice_seconds=None)
    hold = server.hold("anna")
    server.add("anna")
    server.add("ben")
    hold.go_on.set()
    server.wait()
    assert server.order == ["ben", "anna"]


def test_newcomers_do_not_overtake_those_who_wait():
    server = Server(slice_seconds=None)
    hold = server.hold()
    for number in range(5):
        server.add("anna" if not number else f"newcomer {number}")
    hold.go_on.set()
    server.wait()
    assert server.order[0] == "anna"


def test_long_jobs_of_different_visitors_share_the_worker_in_slices():
    server = Server()
    hold = server.hold()
    for visitor in ("anna", "ben", "cleo"):
        server.add(visitor, steps=6)
    hold.go_on.set()
    server.wait()
    round_robin = [visitor for _ in range(3) for visitor in ("anna", "ben", "cleo") for _ in range(2)]
    assert server.order == round_robin


def test_twenty_visitors_have_their_first_results_before_anybody_has_the_second_slice():
    server = Server()
    hold = server.hold()
    visitors = [f"visitor {number}" for number in range(20)]
    for visitor in visitors:
        server.add(visitor, steps=4, seconds=SLICE)
    hold.go_on.set()
    server.wait()
    assert server.order[:40] == [*visitors, *visitors]


def test_a_job_alone_is_not_interrupted():
    server = Server()
    alone = server.add("anna", steps=9)
    server.wait()
    assert (alone.result, server.turns.sharing) == ("anna", 1.0)


def test_a_visitor_has_one_job_under_way_and_the_next_begins_afterwards():
    server = Server()
    hold = server.hold()
    server.add("anna", steps=4, title="first")
    second = server.add("anna", steps=4, title="second")
    server.add("ben", steps=4)
    hold.go_on.set()
    server.wait()
    assert server.order == ["anna"] * 2 + ["ben"] * 2 + ["anna"] * 2 + ["ben"] * 2 + ["anna"] * 4
    assert second.result == "anna"


def test_no_more_jobs_begin_than_memory_is_meant_for():
    server = Server(most_begun=2)
    hold = server.hold()
    for visitor in ("anna", "ben", "cleo"):
        server.add(visitor, steps=4)
    hold.go_on.set()
    server.wait()
    assert server.order.index("cleo") > max(index for index, each in enumerate(server.order) if each == "anna")


def test_a_job_that_was_cancelled_during_a_pause_ends_at_the_next_turn():
    server = Server()
    hold = server.hold()
    paused, went_on = server.add("anna", steps=1000), threading.Event()

    def work(job: Job) -> None:
        paused.cancel()
        went_on.set()
        server.clock.seconds += SLICE
        job.step(0.5)

    server._start("ben", work)
    server.add("cleo", steps=2)
    hold.go_on.set()
    server.wait()
    assert went_on.is_set()
    assert (paused.error, server.order.count("anna")) == ("Cancelled.", 2)


def test_a_job_without_a_thread_leaves_the_line_at_once():
    server = Server()
    hold = server.hold()
    waiting = server.add("anna")
    assert server.turns.discard(waiting)
    waiting.end("Cancelled.")
    hold.go_on.set()
    server.wait()
    assert server.order == []


def test_the_jobs_of_a_group_follow_each_other_in_one_turn():
    server = Server()
    hold = server.hold()
    group = object()
    for _ in range(3):
        server.add("anna", group=group, seconds=0.1)
    server.add("ben")
    hold.go_on.set()
    server.wait()
    assert server.order == ["anna"] * 3 + ["ben"]


def test_the_pauses_of_a_job_do_not_count_as_its_own_time():
    server = Server()
    hold = server.hold()
    job = server.add("anna", steps=4)
    server.add("ben", steps=4)
    before = job.own_time()
    job.pause()
    assert job.own_time() == job.own_time()
    job.resume()
    assert job.own_time() >= before
    hold.go_on.set()
    server.wait()


def test_work_that_fails_in_any_way_gives_its_worker_back():
    server = Server()

    def fail(job: Job) -> None:
        raise SystemExit("as native code may do")

    failed = server._start("anna", fail)
    after = server.add("ben")
    server.wait()
    assert "failed unexpectedly (SystemExit)" in failed.error
    assert after.result == "ben"


def test_a_system_without_threads_is_one_sentence(monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    server = Server()
    assert server.add("anna").error == FULL
    monkeypatch.undo()
    assert server.add("ben").wait(PATIENCE_SECONDS)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_many_jobs_of_many_visitors_all_end_and_no_more_run_at_once_than_workers(workers):
    server = Server(workers, slice_seconds=0.0, most_begun=5)
    for number in range(120):
        server.add(f"visitor {number % 17}", steps=number % 4)
    server.wait()
    assert len(server.order) == sum(number % 4 for number in range(120))
    assert server.most_at_once <= workers
    assert server.turns.unfinished() == []


# --- the line --------------------------------------------------------------------------------------


def test_the_line_names_the_position_in_the_order_of_turns():
    server = Server(slice_seconds=None)
    hold = server.hold()
    anna, again, ben = (server.add(visitor) for visitor in ("anna", "anna", "ben"))
    assert [server.turns.line(job) for job in (anna, ben, again)] == [
        "next in line", "second in line", "third in line",
    ]  # fmt: skip
    assert server.turns.line(hold.job) == ""
    hold.go_on.set()
    server.wait()
    assert server.turns.line(anna) == ""


def test_the_time_in_line_is_that_of_the_jobs_ahead():
    server = Server(slice_seconds=None)
    server.add("anna", seconds=12, title="Counting")
    server.wait()
    hold = server.hold("anna")
    server.turns._durations["anna"].append(30.0)  # what holds the worker usually takes
    ahead, behind = server.add("ben", title="Counting"), server.add("cleo", title="Adding")
    assert server.turns.line(ahead) == "next in line, about 30 s"
    assert server.turns.line(behind) == "second in line, about 42 s"
    server.clock.seconds += 20
    assert server.turns.line(behind) == "second in line, about 22 s"
    server.clock.seconds += 20
    assert server.turns.line(behind) == "second in line", "it takes longer than usual: no ground for a figure"
    hold.go_on.set()
    server.wait()


def test_with_slices_the_turn_of_a_job_comes_after_one_slice_of_each_before():
    server = Server()
    hold = server.hold()
    jobs = [server.add(visitor) for visitor in ("anna", "ben", "cleo")]
    assert server.turns.line(jobs[2]) == "third in line, about 6 s"
    hold.go_on.set()
    server.wait()
