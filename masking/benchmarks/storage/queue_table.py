"""The queue of each device: runs that wait without a process, and whose turn it is.

Owners take turns, so nobody waits for all runs of somebody else. Tickets and turns are numbers and not times: the order
stays when somebody sets the clock.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from masking.benchmarks.storage.connection import StoreConnection, transaction
from masking.benchmarks.storage.process_identity import HERE, ProcessIdentity, lives
from masking.benchmarks.storage.run import BUSY, FINISHED, QUEUED, Run
from masking.runtime.limits import Limits

_COLUMNS = "id, owner, device, state, ticket, host, pid, pid_started, boot, ticks"

TURN = "its turn has come"
"""The text of the event that the queue has started a run."""


@dataclass(frozen=True)
class QueueEntry:
    """A run that waits or is computed.

    Attributes:
        run: its id.
        owner: who started it; "" if nobody did on a page.
        device: where it is computed, or is to be.
        ticket: its number in the queue; None if it is in none.
        waits: whether it has no worker, and a turn of its own to come.
        occupies: whether a worker of this machine computes it, or is about to.
    """

    run: str
    owner: str
    device: str
    ticket: int | None
    waits: bool
    occupies: bool


class QueueTable:
    """The queues of one store."""

    def __init__(self, connection: StoreConnection):
        self._connection = connection

    def entries(self) -> list[QueueEntry]:
        """Return all runs that wait or are computed, except those in the bin."""
        marks = ",".join("?" * len(BUSY))
        query = f"SELECT {_COLUMNS} FROM runs WHERE deleted IS NULL AND state IN ({marks}) ORDER BY ticket, created"  # noqa: S608
        return [_entry(row) for row in self._connection.execute(query, BUSY)]

    def has_waiting(self) -> bool:
        """Return whether a run may be waiting; this reads little and writes nothing."""
        query = "SELECT 1 FROM runs WHERE deleted IS NULL AND ticket IS NOT NULL AND state = ? LIMIT 1"
        return self._connection.execute(query, (QUEUED,)).fetchone() is not None

    def line(self, device: str | None = None) -> list[QueueEntry]:
        """Return the runs that wait, the next one first: for this device, or for any."""
        waiting = [entry for entry in self.entries() if entry.waits and device in (None, entry.device)]
        return take_turns(waiting, self._last_turns())

    def check_room(self, owner: str, limits: Limits) -> None:
        """Check that one more run may wait. Raises ValueError, in a sentence, if there are too many."""
        active = [entry for entry in self.entries() if entry.waits or entry.occupies]
        mine = [entry for entry in active if owner and entry.owner == owner]
        if len(mine) >= limits.queued_runs_per_visitor:
            remedy = "cancel one, or try again when one has finished"
            raise ValueError(
                f"you have {_count(len(mine), 'run')} waiting or under way, and no more are allowed; {remedy}"
            )
        if len(active) >= limits.queued_runs:
            raise ValueError(
                f"this server has {_count(len(active), 'run')} waiting or under way, and no more are allowed; try "
                "again in a few minutes"
            )

    def join(self, run: str, device: str) -> None:
        """Give a run the next ticket, inside a transaction."""
        query = "UPDATE runs SET ticket = 1 + (SELECT COALESCE(MAX(ticket), 0) FROM runs), device = ? WHERE id = ?"
        self._connection.execute(query, (device, run))

    def rejoin(self, run: Run, device: str, limits: Limits) -> None:
        """Let a run that is there wait for its turn on a device, from the beginning or to be continued.

        Raises:
            ValueError: it is finished, waits already or is being computed, or too many runs wait.
        """
        with transaction(self._connection) as connection:
            active = {entry.run for entry in self.entries() if entry.waits or entry.occupies}
            now = connection.execute("SELECT state FROM runs WHERE id = ?", (run.id,)).fetchone()
            if now is None or now["state"] == FINISHED:  # perhaps since the caller has read it
                raise ValueError(f"run {run.id} is {'finished' if now else 'gone'}; there is nothing to start")
            if run.id in active or (run.alive and run.stored_state in BUSY):
                raise ValueError(f"run {run.id} is {run.state}; there is nothing to start")
            self.check_room(run.owner, limits)
            connection.execute(
                "UPDATE runs SET state = ?, pid = NULL, host = '', heartbeat = NULL, flight = 0, error = '',"
                " ended = NULL WHERE id = ? AND state != ?",
                (QUEUED, run.id, FINISHED),
            )
            connection.execute("INSERT INTO events VALUES (?,?,?,?)", (run.id, time.time(), QUEUED, ""))
            self.join(run.id, device)

    def start_next(self, workers: int, start: Callable[[str], ProcessIdentity]) -> str | None:
        """Start the next run whose device is free, and return its id; None if there is none.

        The process is started inside the transaction. So either the run has its worker, or it waits as before; a
        process that was started nevertheless takes the run itself, or sees that another has it.

        Args:
            workers: how many runs a device computes at once.
            start: starts the worker of a run.
        """
        with transaction(self._connection) as connection:
            entries = self.entries()
            waiting = [entry for entry in entries if entry.waits]
            for entry in take_turns(waiting, self._last_turns()):
                if sum(other.occupies and other.device == entry.device for other in entries) >= workers:
                    continue
                worker = start(entry.run)
                connection.execute(
                    "UPDATE runs SET ticket = NULL, turn = 1 + (SELECT COALESCE(MAX(turn), 0) FROM runs),"
                    " heartbeat = NULL, host = ?, pid = ?, pid_started = ?, boot = ?, ticks = ? WHERE id = ?",
                    (*worker, entry.run),
                )
                connection.execute("INSERT INTO events VALUES (?,?,?,?)", (entry.run, time.time(), QUEUED, TURN))
                return entry.run
        return None

    def _last_turns(self) -> dict[str, int]:
        query = "SELECT owner, MAX(turn) FROM runs WHERE turn IS NOT NULL GROUP BY owner"
        return {str(owner): int(turn) for owner, turn in self._connection.execute(query)}


def take_turns(waiting: Sequence[QueueEntry], last_turns: dict[str, int]) -> list[QueueEntry]:
    """Return waiting runs in the order in which they will start.

    The owner whose last start is the longest ago comes first; the runs of one owner keep the order of their tickets.

    Args:
        waiting: the runs.
        last_turns: for each owner, the number of the latest start of a run of theirs.
    """
    runs: dict[str, list[QueueEntry]] = {}
    for entry in sorted(waiting, key=lambda entry: entry.ticket or 0):
        runs.setdefault(entry.owner, []).append(entry)
    turns, ordered = dict(last_turns), list[QueueEntry]()
    number = max(turns.values(), default=0)
    while runs:
        owner = min(runs, key=lambda owner: (turns.get(owner, 0), runs[owner][0].ticket or 0))
        ordered.append(runs[owner].pop(0))
        number += 1
        turns[owner] = number
        if not runs[owner]:
            del runs[owner]
    return ordered


def _entry(row: sqlite3.Row) -> QueueEntry:
    alive = row["host"] == HERE and _lives(row)
    waits = row["state"] == QUEUED and row["ticket"] is not None and not alive
    return QueueEntry(row["id"], row["owner"], row["device"], row["ticket"], waits, alive)


def _lives(row: sqlite3.Row) -> bool:
    pid, ticks = row["pid"], row["ticks"]
    return isinstance(pid, int) and lives(pid, row["pid_started"], str(row["boot"]), ticks)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
