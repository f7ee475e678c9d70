"""All jobs of a kind by key: the same request twice is one job, and finished jobs are the cache of results."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakSet

from pages.shell.jobs.claim import Claim
from pages.shell.jobs.fair_turns import MOST_BEGUN, FairTurns
from pages.shell.jobs.job import CANCELLED, Departure, Job
from pages.shell.jobs.waiter import Waiter, current_waiter, is_connected

KEPT = 1024
KEPT_BYTES = 2**28  # of finished results: some hold a picture for every masking method
AWAY_SECONDS = 60.0
"""A session without a browser stops waiting after this time; a reload takes less."""
CHECK_SECONDS = 5.0
"""So often the queue checks which sessions have a browser."""


_queues: WeakSet["Jobs"] = WeakSet()


class Jobs:
    """All jobs of a queue by key.

    A job knows who waits for it and stops when nobody does. Who cancels a job sees it as cancelled, and nobody else.

    Args:
        workers: how many jobs run at once.
        slice_seconds: how long one runs while other visitors wait; None: until it ends.
        waiting_places: for how many places on pages one visitor may have jobs waiting; None: any number.
        most_begun: how many jobs may have begun and not ended, with slices.
        connected: returns whether a session has a browser.
        clock: returns seconds.
    """

    def __init__(
        self,
        workers: int = 2,
        slice_seconds: float | None = None,
        waiting_places: int | None = None,
        most_begun: int = MOST_BEGUN,
        connected: Callable[[str], bool] = is_connected,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.turns = FairTurns(workers, slice_seconds, most_begun, clock)
        self._waiting_places, self._connected, self._clock = waiting_places, connected, clock
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._departed: OrderedDict[tuple[str, Waiter], Job] = OrderedDict()
        self._away: dict[str, float] = {}
        self._last_check = clock()
        self._lock = threading.RLock()
        _queues.add(self)

    def start(
        self,
        key: str,
        title: str,
        work: Callable[[Job], Any],
        so_far: Any = None,
        slot: str = "",
        group: Hashable = None,
    ) -> Claim:
        """Return this session's claim on the job under `key`, a new one if there is none.

        A job that the session has cancelled stays cancelled for it, or Cancel would start it anew.

        Args:
            key: names the request.
            title: says what is computed.
            work: takes the job and returns the result.
            so_far: the result of a new job until its work has another.
            slot: the place on the page that waits.
            group: jobs of one group never run at once.
        """
        waiter = current_waiter(slot)
        with self._lock:
            if (departed := self._departed.get((key, waiter))) is not None:
                return Claim(self, key, departed, waiter)
            job = self._jobs.get(key)
            if job is None:
                self.check_waiters()
                job = Job(title, so_far, group=group)
                if refusal := self._refusal(waiter):
                    job.end(refusal)
                    self._departed[key, waiter] = job
                    return Claim(self, key, job, waiter)
                job.waiters, self._jobs[key] = (waiter,), job
                self.turns.add(job, self._with_checks(work))
            self._join(job, waiter)
            self._jobs.move_to_end(key)
            self._forget_oldest(key)
            return Claim(self, key, job, waiter)

    def get(self, key: str, slot: str = "") -> Claim | None:
        """Return this session's claim on the job under `key`, if it is still kept; it does not wait for the job."""
        waiter = current_waiter(slot)
        with self._lock:
            job = self._departed.get((key, waiter)) or self._jobs.get(key) or self._left_behind(key, slot)
            return None if job is None else Claim(self, key, job, waiter)

    def join(self, key: str, slot: str = "") -> Claim | None:
        """Return this session's claim on the job under `key`, if it is still kept, and wait for it from now on."""
        with self._lock:
            claim = self.get(key, slot)
            if claim is not None and not claim.cancelled:
                self._join(claim.job, claim.waiter)
            return claim

    def forget(self, key: str, slot: str = "") -> None:
        """Drop a finished job, or that this session has cancelled it; so the next request starts or joins one."""
        waiter = current_waiter(slot)
        with self._lock:
            departed, job = self._departed.pop((key, waiter), None), self._jobs.get(key)
            if departed is not None:
                departed.departures.pop(waiter, None)
            if job is not None and job.finished and (departed is None or job.error):
                del self._jobs[key]

    def drop(self, key: str, slot: str = "") -> None:
        """Stop waiting for a job, because the session has moved on; a later request starts or joins one."""
        waiter = current_waiter(slot)
        with self._lock:
            if (job := self._jobs.get(key)) is not None:
                self._leave(key, job, waiter)

    def cancel(self, claim: Claim) -> None:
        """End a claim, because its waiter pressed Cancel."""
        key, job, waiter = claim.key, claim.job, claim.waiter
        with self._lock:
            if job.finished or waiter in job.departures:
                return
            goes_on = bool(set(job.waiters) - {waiter})
            job.departures[waiter] = Departure(goes_on, job.result if goes_on else None)
            self._departed[key, waiter] = job
            self._leave(key, job, waiter)
            self._forget_oldest(key)

    def stop(self) -> None:
        """Cancel all jobs, whoever waits for them."""
        with self._lock:
            for key, job in list(self._jobs.items()):
                if not job.finished:
                    self._stop(key, job)

    def unfinished(self) -> list[Job]:
        """Return the jobs that have not ended, also those that were cancelled and have not noticed."""
        return self.turns.unfinished()

    def check_waiters(self) -> None:
        """Let sessions whose browser has been away for long stop waiting; jobs that nobody waits for stop."""
        with self._lock:
            self._last_check, now = self._clock(), self._clock()
            running = [(key, job) for key, job in self._jobs.items() if not job.finished]
            waiters = {waiter for _, job in running for waiter in job.waiters} | {each for _, each in self._departed}
            sessions = {waiter.session for waiter in waiters}
            self._away = {each: self._away.get(each, now) for each in sessions if not self._connected(each)}
            gone = {session for session, since in self._away.items() if now - since >= AWAY_SECONDS}
            for key, job in running:
                for waiter in job.waiters:
                    if waiter.session in gone:
                        self._leave(key, job, waiter)
            for departed, job in list(self._departed.items()):
                if departed[1].session in gone and job.result is None:
                    del self._departed[departed]

    # --- with the lock held ----------------------------------------------------------------------

    def _left_behind(self, key: str, slot: str) -> Job | None:
        """Return a job that was cancelled half-way in a session without a browser: a reload must not lose its part."""
        for (other, waiter), job in self._departed.items():
            is_same = (other, waiter.slot) == (key, slot) and job.finished and job.result is not None
            if is_same and not self._connected(waiter.session):
                return job
        return None

    def _join(self, job: Job, waiter: Waiter) -> None:
        """Let a waiter wait too, in place of sessions without a browser: after a reload it is one of them.

        If it is not, the other one joins by itself as it comes back.
        """
        if not job.finished and waiter not in job.waiters:
            others = (each for each in job.waiters if each.slot != waiter.slot or self._connected(each.session))
            job.waiters = (*others, waiter)

    def _leave(self, key: str, job: Job, waiter: Waiter) -> None:
        if job.finished or waiter not in job.waiters:
            return
        job.waiters = tuple(each for each in job.waiters if each != waiter)
        if not job.waiters:
            self._stop(key, job)

    def _stop(self, key: str, job: Job) -> None:
        if self._jobs.get(key) is job:
            del self._jobs[key]  # nobody else must see it as cancelled
        job.cancel()
        if self.turns.discard(job):
            job.end(CANCELLED)

    def _refusal(self, waiter: Waiter) -> str:
        """Return why this waiter's job does not start, or nothing."""
        if self._waiting_places is None:
            return ""
        waiting = (job for job in self._jobs.values() if not job.is_begun and not job.finished)
        places = {each for job in waiting for each in job.waiters if each.visitor == waiter.visitor} - {waiter}
        if len(places) < self._waiting_places:
            return ""
        number = "a computation" if len(places) == 1 else f"{len(places)} computations"
        return (
            f"you have {number} waiting, and no more are allowed; wait until one begins or cancel one, then try again"
        )

    def _forget_oldest(self, latest: str) -> None:
        kept = sum(job.bytes for job in (*self._jobs.values(), *set(self._departed.values())))
        finished = [key for key, job in self._jobs.items() if job.finished and key != latest]
        while self._departed and len(self._departed) > KEPT:
            self._departed.popitem(last=False)
        for key in finished:
            if len(self._jobs) <= KEPT and kept <= KEPT_BYTES:
                break
            kept -= self._jobs.pop(key).bytes
        for departed in list(self._departed):
            if kept <= KEPT_BYTES:
                break
            kept -= self._departed.pop(departed).bytes

    # --- in the threads of the jobs --------------------------------------------------------------

    def _with_checks(self, work: Callable[[Job], Any]) -> Callable[[Job], Any]:
        """Return the work with a check of who still waits, before it begins and now and then at a step."""

        def working(job: Job) -> Any:
            give_way = job.give_way

            def step(job: Job) -> None:
                if self._clock() - self._last_check >= CHECK_SECONDS:
                    self.check_waiters()
                give_way(job)

            job.give_way = step
            self.check_waiters()
            job.step(0.0)
            return work(job)

        return working


def all_queues() -> list[Jobs]:
    """Return every queue of this process."""
    return list(_queues)
