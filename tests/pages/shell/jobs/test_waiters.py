"""Who waits for a job: it ends when nobody does, and is cancelled only for those who cancel it."""

import threading

import pytest

from pages.shell.jobs import queue as queue_module
from pages.shell.jobs.queue import AWAY_SECONDS, CHECK_SECONDS, Jobs
from pages.shell.jobs.waiter import Waiter

PATIENCE_SECONDS = 300


class Visitors:
    """Visitors of a queue, one at a time; the test says which one acts, whose browser is away, and what time it is."""

    def __init__(self, monkeypatch, **options):
        self.seconds, self.away, self.session = 0.0, set(), "anna"
        monkeypatch.setattr(
            queue_module, "current_waiter", lambda slot: Waiter(*self.session.split("'")[:1], self.session, slot)
        )
        self.queue = Jobs(1, connected=lambda session: session not in self.away, clock=lambda: self.seconds, **options)
        self.go_on = threading.Event()
        self.begun = threading.Event()

    def work(self, job):
        job.result = "half"
        self.begun.set()
        while not self.go_on.wait(0.002):
            job.step(0.5)
        job.step(1.0)
        return "whole"

    def ask(self, session, key="k", slot="answer"):
        self.session = session
        return self.queue.start(key, "Counting", self.work, slot=slot)

    def as_(self, session, verb, *arguments):
        self.session = session
        return getattr(self.queue, verb)(*arguments)


@pytest.fixture
def visitors(monkeypatch):
    visitors = Visitors(monkeypatch)
    yield visitors
    visitors.go_on.set()


def test_when_one_of_two_cancels_the_other_gets_the_result(visitors):
    anna, ben = visitors.ask("anna"), visitors.ask("ben")
    assert anna.job is ben.job
    assert visitors.begun.wait(PATIENCE_SECONDS)
    anna.cancel()
    assert (anna.finished, anna.cancelled, anna.error, anna.result) == (True, True, "Cancelled.", "half")
    assert (ben.finished, ben.cancelled, ben.error) == (False, False, "")
    visitors.go_on.set()
    assert ben.wait(PATIENCE_SECONDS)
    assert (ben.result, ben.error) == ("whole", "")
    assert visitors.ask("anna").error == "Cancelled.", "it stays cancelled until she starts it again"
    visitors.as_("anna", "forget", "k", "answer")
    assert visitors.ask("anna").result == "whole"


def test_when_one_of_two_moves_on_the_other_gets_the_result(visitors):
    visitors.ask("anna")
    ben = visitors.ask("ben")
    visitors.as_("anna", "drop", "k", "answer")
    assert not ben.cancelled
    visitors.go_on.set()
    assert ben.wait(PATIENCE_SECONDS)
    assert ben.result == "whole"
    assert visitors.ask("anna").result == "whole"


def test_the_work_stops_when_nobody_is_left(visitors):
    anna, ben = visitors.ask("anna"), visitors.ask("ben")
    anna.cancel()
    ben.cancel()
    assert anna.job.wait(PATIENCE_SECONDS)
    assert (anna.job.error, anna.error, ben.error) == ("Cancelled.",) * 3


def test_who_asks_after_everybody_cancelled_gets_a_result_and_not_that_it_was_cancelled(visitors):
    anna = visitors.ask("anna")
    anna.cancel()
    ben = visitors.ask("ben")
    assert ben.job is not anna.job
    visitors.go_on.set()
    assert ben.wait(PATIENCE_SECONDS)
    assert ben.result == "whole"


def test_two_places_of_a_session_wait_by_themselves(visitors):
    first, second = visitors.ask("anna", slot="first"), visitors.ask("anna", slot="second")
    first.cancel()
    assert (first.cancelled, second.cancelled, second.job.cancelled) == (True, False, False)


def test_who_only_looks_at_a_job_does_not_keep_it(visitors):
    anna = visitors.ask("anna")
    visitors.as_("ben", "get", "k", "answer")
    anna.cancel()
    assert anna.job.cancelled


def test_who_joins_after_a_reload_keeps_it(visitors):
    anna = visitors.ask("anna")
    joined = visitors.as_("anna'after the reload", "join", "k", "answer")
    visitors.away.add("anna")
    visitors.queue.check_waiters()
    visitors.seconds += AWAY_SECONDS
    visitors.queue.check_waiters()
    assert [waiter.session for waiter in anna.job.waiters] == ["anna'after the reload"]
    assert not joined.cancelled


def test_a_session_that_is_away_for_long_stops_waiting(visitors):
    anna = visitors.ask("anna")
    assert visitors.begun.wait(PATIENCE_SECONDS)
    visitors.away.add("anna")
    visitors.queue.check_waiters()
    visitors.seconds += AWAY_SECONDS - CHECK_SECONDS
    visitors.queue.check_waiters()
    assert not anna.job.cancelled
    visitors.seconds += CHECK_SECONDS
    assert anna.job.wait(PATIENCE_SECONDS), "the job checks by itself at its next step"
    assert anna.job.error == "Cancelled."


def test_a_session_that_comes_back_in_time_goes_on_waiting(visitors):
    anna = visitors.ask("anna")
    for _ in range(5):
        visitors.away.add("anna")
        visitors.queue.check_waiters()
        visitors.seconds += AWAY_SECONDS - 1
        visitors.away.clear()
        visitors.queue.check_waiters()
    assert not anna.job.cancelled


def test_a_job_in_line_is_cancelled_at_once(visitors):
    visitors.ask("anna")
    waiting = visitors.ask("ben", "another")
    waiting.cancel()
    assert (waiting.finished, waiting.error) == (True, "Cancelled.")


def test_a_visitor_who_has_too_many_places_in_line_is_told_so_and_loses_nothing(monkeypatch):
    visitors = Visitors(monkeypatch, waiting_places=2)
    running = visitors.ask("holder", "running")
    assert visitors.begun.wait(PATIENCE_SECONDS)
    first, second = visitors.ask("anna'1", "first"), visitors.ask("anna'2", "second")
    refused, other = visitors.ask("anna'3", "third"), visitors.ask("ben", "fourth")
    assert refused.error == (
        "you have 2 computations waiting, and no more are allowed; wait until one begins or cancel one, then try again"
    )
    assert not any(job.error for job in (running, first, second, other))
    assert visitors.ask("ben", "third").error == "", "only the visitor with too many sees it"
    first.cancel()
    visitors.as_("anna'3", "forget", "third", "answer")
    assert visitors.ask("anna'3", "third").error == ""
    visitors.go_on.set()


def test_a_place_that_moves_on_does_not_count_twice(monkeypatch):
    visitors = Visitors(monkeypatch, waiting_places=1)
    visitors.ask("holder", "running")
    assert visitors.begun.wait(PATIENCE_SECONDS)
    assert not any(visitors.ask("anna", f"attribution {number}").error for number in range(5))
    visitors.go_on.set()


def test_stopping_cancels_everything(visitors):
    running, waiting = visitors.ask("anna"), visitors.ask("ben", "another")
    visitors.queue.stop()
    assert running.job.wait(PATIENCE_SECONDS)
    assert waiting.job.wait(PATIENCE_SECONDS)
    assert (running.job.error, waiting.job.error) == ("Cancelled.", "Cancelled.")


def test_departed_waiters_do_not_pile_up(visitors, monkeypatch):
    monkeypatch.setattr(queue_module, "KEPT", 3)
    visitors.ask("ben")
    for number in range(10):
        visitors.ask(f"visitor {number}").cancel()
    assert len(visitors.queue._departed) == 3


def test_a_part_that_was_cancelled_is_still_there_after_a_reload(visitors):
    anna = visitors.ask("anna")
    assert visitors.begun.wait(PATIENCE_SECONDS)
    anna.cancel()
    assert anna.job.wait(PATIENCE_SECONDS)
    assert visitors.as_("ben", "get", "k", "answer") is None
    visitors.away.add("anna")
    assert visitors.as_("anna'after the reload", "join", "k", "answer").result == "half"
    visitors.go_on.set()
    again = visitors.ask("anna'after the reload")
    assert again.wait(PATIENCE_SECONDS)
    assert again.result == "whole"


def test_after_a_reload_the_session_takes_the_place_of_the_one_without_a_browser(visitors):
    anna = visitors.ask("anna")
    visitors.away.add("anna")
    again = visitors.ask("anna'after the reload")
    again.cancel()
    assert anna.job.cancelled, "nor does what is started next wait behind it"
