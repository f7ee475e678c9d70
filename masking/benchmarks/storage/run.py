"""A run in the store: its spec, its progress, and whether its worker is alive."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from masking.benchmarks.specification.spec import Spec
from masking.benchmarks.storage.process_identity import HERE, ProcessIdentity, lives
from masking.datasets.sources.labels import describe_labels

QUEUED, RUNNING, CANCELLING, CANCELLED, FAILED, FINISHED = (
    "queued",
    "running",
    "cancelling",
    "cancelled",
    "failed",
    "finished",
)
INCOMPLETE = "incomplete"
"""The state of a run that was merged from parts and lacks others. `resume` computes them."""
INTERRUPTED = "interrupted"
"""The state of a run whose worker has died; it is never stored. `resume` continues such a run."""
BUSY = (QUEUED, RUNNING, CANCELLING)
"""States in which a worker computes the run, or is about to."""
STATES = (*BUSY, CANCELLED, FAILED, FINISHED, INCOMPLETE)
"""All states that are stored."""
SILENCE = 60.0
"""Seconds without a heartbeat after which a worker on another machine counts as dead."""
LEAST_AT_ONCE = 4
"""With fewer shards, nobody can tell whether several are computed at the same time."""
STARTING = 15.0
"""Seconds in which a new run gets its worker; after that, the process that wanted to start one has died."""


@dataclass(frozen=True)
class Run:
    """One run; times are seconds since 1970.

    Attributes:
        id: eight hexadecimal digits.
        stored_state: the state in the store; `state` also knows about dead workers.
        keys: the columns of its rows that make a condition.
        part: the share of the shards that is computed here, such as "2/4".
        images: the number of all images; None until the data has been opened.
        shards: the number of all shards; `mine` lists those of this part.
        flight: forward passes since the last committed shard; 0 if the engine does not report them.
        done: the number of committed shards, with their `done_images`, `forwards` and `seconds`.
        recent: seconds, images and time of the latest shards without the first of all; empty in lists of runs.
        error: one sentence, or "".
        environment: the manifest of the computation.
        owner: sha256 of the token of the visitor who started it on a page; "" if nobody did.
        ticket: its number in the queue; None if it is in none.
        turn: the number of its start among all that a queue has started.
        boot: which start of the machine its worker belongs to, and `ticks` when it began; see `ProcessIdentity`.
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
    recent: tuple[tuple[float, int, float], ...] = ()
    owner: str = ""
    ticket: int | None = None
    turn: int | None = None
    boot: str = ""
    ticks: int | None = None

    @property
    def state(self) -> str:
        """`stored_state`, or `INTERRUPTED` if its worker has died or was never started."""
        if self.stored_state not in BUSY or self.waits or self.alive:
            return self.stored_state
        late = self.pid is not None or not 0 <= time.time() - self.created <= STARTING
        return INTERRUPTED if late else self.stored_state

    @property
    def waits(self) -> bool:
        """Whether it is in the queue and has no process."""
        return self.stored_state == QUEUED and self.ticket is not None and not self.alive

    @property
    def alive(self) -> bool:
        """Whether its worker lives: the recorded process on this machine, or recent heartbeats from another one."""
        if self.pid is None:
            return False
        if self.host != HERE:
            return self.heartbeat is not None and abs(time.time() - self.heartbeat) < SILENCE
        return lives(self.pid, self.pid_started, self.boot, self.ticks)

    @property
    def worker(self) -> ProcessIdentity | None:
        """The process that computes it, or did last; None if there was none."""
        if self.pid is None:
            return None
        return ProcessIdentity(self.host, self.pid, self.pid_started, self.boot, self.ticks)

    @property
    def label_note(self) -> str:
        """What is unusual about the labels of its images, in sentences; "" if all classes are known."""
        facts = self.environment.get("labels")
        return describe_labels(facts, self.spec.classifier.name) if isinstance(facts, dict) else ""

    @property
    def mine(self) -> range:
        """The shards that belong to this part."""
        number, parts = map(int, self.part.split("/"))
        return range(number - 1, self.shards or 0, parts)

    @property
    def progress(self) -> float:
        """The share of this part's shards that are committed, 0 … 1."""
        return min(1.0, self.done / len(self.mine)) if self.shards else 0.0

    @property
    def in_flight(self) -> float:
        """The estimated share of the current shard that is computed, 0 … 1; 0 before the first shard is done."""
        return min(1.0, self.flight * self.done / self.forwards) if self.forwards else 0.0

    @property
    def images_per_second(self) -> float | None:
        """The throughput over all committed shards; None before the first."""
        return self.done_images / self.seconds if self.seconds else None

    @property
    def seconds_left(self) -> float | None:
        """The time that the rest will take at the pace of the latest shards; None until two shards are done.

        The pace is the median over these shards. Where several are computed at once, it is divided by their number.
        """
        if not self.shards or (self.done < len(self.mine) and not self.recent):
            return None
        if self.done >= len(self.mine):
            return 0.0
        pace = median(seconds / max(1, images) for seconds, images, _ in self.recent)
        return pace * max(0, self._part_images - self.done_images) / self._at_once

    @property
    def _part_images(self) -> int:
        """The number of images of this part."""
        block, images = self.spec.block, self.images or 0
        short = sum(max(0, (shard + 1) * block - images) for shard in self.mine[-1:])  # the last one of all
        return block * len(self.mine) - short

    @property
    def _at_once(self) -> float:
        """The number of shards that are computed at the same time, 1 or more, as far as the latest ones tell."""
        if len(self.recent) < LEAST_AT_ONCE:
            return 1.0
        span = self.recent[-1][2] - self.recent[0][2]
        return max(1.0, sum(seconds for seconds, _, _ in self.recent[1:]) / span) if span > 0 else 1.0
