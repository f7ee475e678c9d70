"""The store of runs: one SQLite file. A commit survives when the process is killed."""

import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from masking.benchmarks.engines import ENGINES
from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.specification.plugins import known_plugins
from masking.benchmarks.specification.spec import Spec
from masking.benchmarks.storage.bin_table import BinTable
from masking.benchmarks.storage.connection import BUSY_SECONDS, transaction
from masking.benchmarks.storage.notes import check_notes
from masking.benchmarks.storage.plugin_table import PluginTable
from masking.benchmarks.storage.process_identity import myself
from masking.benchmarks.storage.queue_table import QueueTable
from masking.benchmarks.storage.rows import ShardTable
from masking.benchmarks.storage.run import BUSY, CANCELLED, CANCELLING, QUEUED, Run
from masking.benchmarks.storage.run_row import run_from_row
from masking.benchmarks.storage.schema import connect
from masking.registry import near_names
from masking.registry.parsing import parse_entry
from masking.runtime.limits import Limits
from masking.runtime.run_folder import runs_folder

FILE = "runs.sqlite"
_COLUMNS = (
    *("id", "created", "spec", "digest", "keys", "title", "state", "engine", "part", "device", "images", "shards"),
    *("host", "started", "ended", "error", "environment", "tags", "note"),
)
"""Columns of a run that an imported file fills."""
_RUNS = """
SELECT runs.*, COUNT(shards.shard) AS done, COALESCE(SUM(shards.images), 0) AS done_images,
       COALESCE(SUM(shards.forwards), 0) AS forwards, COALESCE(SUM(shards.seconds), 0) AS seconds
FROM runs LEFT JOIN shards ON shards.run = runs.id
"""


class Store:
    """The runs of one folder, as a context manager that closes the file; `queue` and `bin` are parts of it.

    One object serves one thread. Any number of processes may open the same folder.
    """

    def __init__(self, folder: Path | str | None = None, patience: float = BUSY_SECONDS, create: bool = True):
        """Open the store of a folder, or of the folder of runs. Raises StoreError, see `schema.connect`."""
        self.folder = Path(folder) if folder is not None else runs_folder()
        self._connection = connect(self.folder / FILE, patience, create)
        self._shards, self._plugins = ShardTable(self._connection), PluginTable(self._connection)
        self.queue, self.bin = QueueTable(self._connection), BinTable(self._connection)

    @property
    def patience(self) -> float:
        """How many seconds a statement waits while another process holds the file."""
        return self._connection.patience

    @patience.setter
    def patience(self, seconds: float) -> None:
        self._connection.patience = seconds

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def log_file(self, run: str) -> Path:
        """Return the path of the log that the worker of a run writes."""
        return self.folder / "logs" / f"{run}.log"

    # --- runs ----------------------------------------------------------------------------------

    def add(
        self, spec: Spec, engine: str = "local", part: str = "1/1", title: str = "", owner: str = "",
        device: str = "", limits: Limits | None = None,
    ) -> Run:  # fmt: skip
        """Add a run in the state queued.

        With limits it joins the queue of the device unless too many runs wait; without, somebody computes it at once.
        `owner` is the sha256 of a visitor's token, or "". Raises ValueError or KeyError for what cannot be used.
        """
        _check_part(part)
        check_notes({"title": title})
        parse_entry(ENGINES, engine)
        run = self.fresh_id()
        spec.load_plugins()
        known = spec.known_plugins
        experiment = spec.make_experiment()
        keys = json.dumps([key.name for key in experiment.keys])
        values = (run, time.time(), spec.model_dump_json(), spec.digest, keys, title or experiment.title, QUEUED)
        with transaction(self._connection) as connection:
            if limits is not None:
                self.queue.check_room(owner, limits)
            connection.execute(
                "INSERT INTO runs (id, created, spec, digest, keys, title, state, engine, part, owner)"
                " VALUES (?,?,?,?,?,?,?,?,?,?)",
                (*values, engine, part, owner),
            )
            self._add_event(run, QUEUED, "")
            self._plugins.add(known)
            if limits is not None:
                self.queue.join(run, device)
        return self.run(run)

    @staticmethod
    def fresh_id() -> str:
        """Return a new random id."""
        return secrets.token_hex(4)

    def run(self, name: str) -> Run:
        """Return a run by its id or the beginning of its id. Raises KeyError if there is none, or more than one."""
        query = f"{_RUNS} WHERE substr(runs.id, 1, ?) = ? GROUP BY runs.id"
        matches = self._connection.execute(query, (len(name), name)).fetchall()
        if len(matches) != 1 or not name:
            ids = [row[0] for row in self._connection.execute("SELECT id FROM runs ORDER BY created DESC")]
            offer = near_names(name, ids) if ids else "there is none yet"
            raise KeyError(f"{'several runs begin' if matches else 'no run begins'} with {name!r}; {offer}")
        run = run_from_row(matches[0], self._plugins.known())
        return replace(run, recent=tuple(self._shards.recent(run.id)))

    def runs(self, deleted: bool = False) -> list[Run]:
        """Return all runs that can be read, the latest first: those in the bin if `deleted`, else the others."""
        which = "NOT NULL" if deleted else "NULL"
        query = f"{_RUNS} WHERE runs.deleted IS {which} GROUP BY runs.id ORDER BY runs.created DESC"
        known = self._plugins.known()
        runs: list[Run] = []
        for row in self._connection.execute(query):
            with suppress(ValueError):  # `damaged` names it
                runs.append(run_from_row(row, known))
        return runs

    def damaged(self) -> dict[str, str]:
        """Return the runs outside the bin that cannot be read: for each id, why."""
        reasons: dict[str, str] = {}
        for row in self._connection.execute(f"{_RUNS} WHERE runs.deleted IS NULL GROUP BY runs.id"):
            try:
                run_from_row(row, frozenset())
            except ValueError as error:
                reasons[str(row["id"])] = str(error)
        return reasons

    def change(self, run: str, to: str, since: Sequence[str], error: str = "") -> bool:
        """Move a run to a state if it is in one of the states `since`; return whether it was."""
        ended = None if to in BUSY else time.time()
        with transaction(self._connection) as connection:
            marks = ",".join("?" * len(since))
            changed = connection.execute(
                f"UPDATE runs SET state = ?, ended = ?, error = ?, ticket = NULL WHERE id = ? AND state IN ({marks})",  # noqa: S608
                (to, ended, error, run, *since),
            ).rowcount
            if changed:
                self._add_event(run, to, error)
        return bool(changed)

    def claim(self, run: str, to: str, since: Sequence[str], dead: bool = False) -> bool:
        """Make this process the worker of a run; return whether it succeeded.

        It succeeds if no other worker lives, and the run is in one of the states `since` or, with `dead`, lost its
        worker. If several processes try, one succeeds.
        """
        worker = myself()
        with transaction(self._connection) as connection:
            query = f"{_RUNS} WHERE runs.id = ? GROUP BY runs.id"
            before = run_from_row(connection.execute(query, (run,)).fetchone(), frozenset())
            mine = before.worker is not None and before.worker.is_same(worker)
            free = before.pid is None or mine or not before.alive
            if not free or not (before.stored_state in since or (dead and before.stored_state in BUSY)):
                return False
            now = time.time()
            connection.execute(
                "UPDATE runs SET state = ?, host = ?, pid = ?, pid_started = ?, boot = ?, ticks = ?, heartbeat = ?,"
                " flight = 0, error = '', ticket = NULL, ended = NULL, started = COALESCE(started, ?) WHERE id = ?",
                (to, *worker, now, now, run),
            )
            self._add_event(run, to, f"worker {worker.pid} on {worker.host}")
        return True

    def write(self, run: str, **columns: Any) -> None:
        """Write columns: title, tags, note, device, images, shards, environment, heartbeat, flight or deleted.

        Raises ValueError for a title, tags or a note that are too long.
        """
        check_notes(columns)
        values = {name: _to_column(value) for name, value in columns.items()}
        names = ", ".join(f"{name} = ?" for name in values)
        with transaction(self._connection) as connection:
            connection.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), run))  # noqa: S608

    def delete(self, run: str) -> None:
        """Put a run into the bin, cancelled if it waits. Raises ValueError while a worker computes it."""
        if self.run(run).waits:
            self.change(run, CANCELLED, (QUEUED,))
        if self.run(run).alive and self.run(run).stored_state in BUSY:
            raise ValueError(f"run {run} is still being computed; cancel it first")
        self.write(run, deleted=time.time())

    def undelete(self, run: str) -> None:
        """Bring a run back from the bin."""
        self.write(run, deleted=None)

    def cancelled(self, run: str) -> bool:
        """Return whether somebody cancelled the run."""
        state = self._connection.execute("SELECT state FROM runs WHERE id = ?", (run,)).fetchone()
        return state is None or state[0] not in {QUEUED, "running"}

    def cancel(self, run: str) -> None:
        """Ask a run to stop after its current batch; one that waits, or has no living worker, stops at once.

        Raises:
            ValueError: the run has already ended.
        """
        current = self.run(run)
        if current.stored_state not in BUSY:
            raise ValueError(f"run {current.id} is {current.state}; there is nothing to cancel")
        if not self.change(current.id, CANCELLED, (QUEUED,)):
            self.change(current.id, CANCELLING if current.alive else CANCELLED, BUSY)

    # --- shards and rows -----------------------------------------------------------------------

    def commit(
        self, run: Run, shard: int, rows: Sequence[Row], seconds: float, forwards: int, images: int | None = None
    ) -> bool:
        """See `ShardTable.commit`."""
        return self._shards.commit(run, shard, rows, seconds, forwards, images)

    def committed(self, run: str) -> set[int]:
        """Return the numbers of the committed shards."""
        return self._shards.committed(run)

    def has_rows(self, run: str) -> bool:
        """Return whether there is any row."""
        return self._shards.has_rows(run)

    def rows(self, run: Run) -> list[Row]:
        """Return all rows so far, ordered by image and condition."""
        return self._shards.rows(run)

    def shards(self, run: Run) -> list[list[Any]]:
        """Return number, images, forward passes, seconds, time and worker of each committed shard."""
        return self._shards.shards(run)

    def shard_of_rows(self, run: Run) -> list[int]:
        """Return the number of the shard of each of `rows`."""
        return self._shards.shard_of_rows(run)

    # --- plugins -------------------------------------------------------------------------------

    def trust_plugins(self, paths: Iterable[str]) -> None:
        """Let the runs of this store run these files, as they are now; a person names them. May raise ValueError."""
        known = known_plugins(paths)
        with transaction(self._connection):
            self._plugins.add(known)

    # --- events --------------------------------------------------------------------------------

    def events(self, run: str) -> list[tuple[float, str, str]]:
        """Return time, kind and text of each event of a run, in the order in which they happened."""
        query = "SELECT at, kind, text FROM events WHERE run = ? ORDER BY rowid"
        return [(at, kind, text) for at, kind, text in self._connection.execute(query, (run,))]

    def _add_event(self, run: str, kind: str, text: str) -> None:
        self._connection.execute("INSERT INTO events VALUES (?,?,?,?)", (run, time.time(), kind, text))

    # --- runs from elsewhere -------------------------------------------------------------------

    def has(self, run: str) -> bool:
        """Return whether there is a run with exactly that id, in the bin or not."""
        return self._connection.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone() is not None

    def put(self, document: Mapping[str, Any], rows: Iterable[tuple[int, Row]]) -> None:
        """Store a run that was computed elsewhere: `run` and `shards` of a document, and rows with their shards."""
        facts: Mapping[str, Any] = document["run"]
        columns = [name for name in _COLUMNS if name in facts]
        values = [_to_column(facts[name]) for name in columns]
        marks = ",".join("?" * len(columns))
        with transaction(self._connection) as connection:
            connection.execute(f"INSERT INTO runs ({','.join(columns)}) VALUES ({marks})", values)  # noqa: S608
            self._shards.insert(facts["id"], facts["keys"], document["shards"], rows)
            self._add_event(facts["id"], facts["state"], "imported from a file")


def _to_column(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict | tuple) else value


def _check_part(part: str) -> None:
    number, _, parts = part.partition("/")
    if not (number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise ValueError(f"the part is {part!r}; give one such as 2/4, the second of four")
