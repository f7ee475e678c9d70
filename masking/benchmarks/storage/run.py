"""A run as the store knows it: what it computes, how far it is, and whether its worker still lives."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from masking.benchmarks.specification.spec import Spec

QUEUED, RUNNING, CANCELLING, CANCELLED, FAILED, FINISHED = (
    "queued",
    "running",
    "cancelling",
    "cancelled",
    "failed",
    "finished",
)
INTERRUPTED = "interrupted"
"""Never stored: what a run is whose worker has died. `resume` goes on with it."""
BUSY = (QUEUED, RUNNING, CANCELLING)
"""States in which a worker is on it, or about to be."""
SILENCE = 60.0
"""Seconds without a sign of life after which a worker on another machine counts as dead."""
STARTING = 15.0
"""Seconds in which a new run gets its worker; if not, whoever was about to start one has died."""
HERE = socket.gethostname()


@dataclass(frozen=True)
class Run:
    """One run; times are seconds since 1970.

    Attributes:
        id: eight hexadecimal digits.
        stored_state: as in the store; `state` also knows of dead workers.
        keys: the columns of its rows that make a condition.
        part: which share of the shards is computed here, such as "2/4".
        images: how many in all; None until the data has been opened.
        shards: how many in all, of which `open_shards` belong to this part.
        flight: forward passes since the last committed shard; 0 where the engine does not tell.
        done: shards that are committed, with `done_images`, the `forwards` and `seconds` that they took.
        error: one sentence, "" without one.
        environment: manifest of what computed.
    """

    id: str
    created: float
    spec: Spec
    digest: str
    keys: tuple[str, ...]
    title: str
    stored_state: str
    engine: str
    part: str
    device: str
    images: int | None
    shards: int | None
    host: str
    pid: int | None
    pid_started: float | None
    heartbeat: float | None
    started: float | None
    ended: float | None
    error: str
    environment: Mapping[str, Any]
    tags: tuple[str, ...]
    note: str
    deleted: float | None
    flight: int
    done: int
    done_images: int
    forwards: int
    seconds: float

    @property
    def state(self) -> str:
        """`stored_state`, or `INTERRUPTED` where a worker should be on it and is dead, or never came."""
        late = self.pid is not None or time.time() - self.created > STARTING
        return INTERRUPTED if self.stored_state in BUSY and late and not self.alive else self.stored_state

    @property
    def alive(self) -> bool:
        """Whether its worker lives: the very process that wrote itself down, or signs of life from another machine."""
        if self.pid is None:
            return False
        if self.host != HERE:
            return self.heartbeat is not None and time.time() - self.heartbeat < SILENCE
        return lives(self.pid, self.pid_started)

    @property
    def mine(self) -> list[int]:
        """The shards that belong to this part."""
        number, parts = map(int, self.part.split("/"))
        return [shard for shard in range(self.shards or 0) if shard % parts == number - 1]

    @property
    def progress(self) -> float:
        """Share of this part's shards that are committed, 0 … 1."""
        return min(1.0, self.done / len(self.mine)) if self.shards else 0.0

    @property
    def in_flight(self) -> float:
        """About which share of the shard in flight is computed, 0 … 1; unknown, and 0, before the first is done."""
        return min(1.0, self.flight * self.done / self.forwards) if self.forwards else 0.0

    @property
    def images_per_second(self) -> float | None:
        """Throughput over all committed shards; None before the first."""
        return self.done_images / self.seconds if self.seconds else None

    @property
    def seconds_left(self) -> float | None:
        """As long as the rest will take at that pace; None before the first shard is done."""
        return self.seconds / self.done * (len(self.mine) - self.done) if self.done and self.shards else None


def lives(pid: int, started: float | None) -> bool:
    """Whether a process of this machine runs that began at that time."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and (started is None or process.create_time() == started)
    except psutil.NoSuchProcess:
        return False


def myself() -> tuple[str, int, float]:
    """Machine, process id and start time of this process, as `alive` judges them."""
    process = psutil.Process()
    return HERE, process.pid, process.create_time()
