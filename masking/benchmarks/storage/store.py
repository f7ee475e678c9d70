"""Where runs are kept: one SQLite file. Whatever was committed stays, whoever is killed."""

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import platformdirs

from masking.benchmarks.engines import ENGINES
from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.specification.spec import Spec, stored_spec
from masking.benchmarks.storage.rows import ShardTable
from masking.benchmarks.storage.run import BUSY, CANCELLING, QUEUED, Run, myself
from masking.registry import near_names
from masking.registry.parsing import parse_entry

VARIABLE = "MASKING_RUNS"
FILE = "runs.sqlite"
_COLUMNS = (
    *("id", "created", "spec", "digest", "keys", "title", "state", "engine", "part", "device", "images", "shards"),
    *("host", "started", "ended", "error", "environment", "tags", "note"),
)
"""What of a run comes in from elsewhere."""
_FACTS = {"state", *(fact.name for fact in fields(Run))}
"""What is read of a run; a newer program may add columns while an older one is at work."""

_RUNS = """
SELECT runs.*, COUNT(shards.shard) AS done, COALESCE(SUM(shards.images), 0) AS done_images,
       COALESCE(SUM(shards.forwards), 0) AS forwards, COALESCE(SUM(shards.seconds), 0) AS seconds
FROM runs LEFT JOIN shards ON shards.run = runs.id
"""


def runs_folder() -> Path:
    """Where runs and their logs are: MASKING_RUNS, or the user's data folder."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("missingness-explorer") / "runs"


class Store(ShardTable):
    """The runs of one folder. One object serves one thread; any number of processes may have their own."""

    def __init__(self, folder: Path | str | None = None):
        self.folder = Path(folder) if folder is not None else runs_folder()
        super().__init__(self.folder / FILE)

    def log_file(self, run: str) -> Path:
        """Where the worker of a run writes what it has to say."""
        return self.folder / "logs" / f"{run}.log"

    # --- runs ----------------------------------------------------------------------------------

    def add(self, spec: Spec, engine: str = "local", part: str = "1/1", title: str = "") -> Run:
        """A new run, queued. Raises ValueError or KeyError for an engine or a part that is none."""
        _check_part(part)
        parse_entry(ENGINES, engine)
        run = self.fresh_id()
        experiment = spec.made()
        keys = json.dumps([key.name for key in experiment.keys])
        values = (run, time.time(), spec.model_dump_json(), spec.digest, keys, title or experiment.title, QUEUED)
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO runs (id, created, spec, digest, keys, title, state, engine, part)"
                " VALUES (?,?,?,?,?,?,?,?,?)",
                (*values, engine, part),
            )
            self._tell(run, QUEUED, "")
        return self.run(run)

    @staticmethod
    def fresh_id() -> str:
        """An id that no run has."""
        return secrets.token_hex(4)

    def run(self, name: str) -> Run:
        """A run by its id, or by the beginning of one. Raises KeyError when there is none, or more than one."""
        query = f"{_RUNS} WHERE substr(runs.id, 1, ?) = ? GROUP BY runs.id"
        found = self._connection.execute(query, (len(name), name)).fetchall()
        if len(found) != 1 or not name:
            known = [row[0] for row in self._connection.execute("SELECT id FROM runs ORDER BY created DESC")]
            offer = near_names(name, known) if known else "there is none yet"
            raise KeyError(f"{'several runs begin' if found else 'no run begins'} with {name!r}; {offer}")
        return _run(found[0])

    def runs(self, deleted: bool = False) -> list[Run]:
        """All runs, latest first; those in the bin only if asked for."""
        which = "NOT NULL" if deleted else "NULL"
        query = f"{_RUNS} WHERE runs.deleted IS {which} GROUP BY runs.id ORDER BY runs.created DESC"
        return [_run(row) for row in self._connection.execute(query)]

    def change(self, run: str, to: str, since: Sequence[str], error: str = "") -> bool:
        """Move a run to a state if it is in one of `since`; whether it was."""
        ended = None if to in BUSY else time.time()
        with self._writing() as connection:
            marks = ",".join("?" * len(since))
            changed = connection.execute(
                f"UPDATE runs SET state = ?, ended = ?, error = ? WHERE id = ? AND state IN ({marks})",  # noqa: S608
                (to, ended, error, run, *since),
            ).rowcount
            if changed:
                self._tell(run, to, error)
        return bool(changed)

    def claim(self, run: str, to: str, since: Sequence[str], dead: bool = False) -> bool:
        """Become a run's worker, if it is in one of `since`, or its worker is dead; whether that was so.

        Of several that try, one succeeds.
        """
        host, pid, started = myself()
        with self._writing() as connection:
            found = _run(connection.execute(f"{_RUNS} WHERE runs.id = ? GROUP BY runs.id", (run,)).fetchone())
            mine = (found.host, found.pid, found.pid_started) == (host, pid, started)
            free = found.pid is None or mine or not found.alive
            if not free or not (found.stored_state in since or (dead and found.stored_state in BUSY)):
                return False
            now = time.time()
            connection.execute(
                "UPDATE runs SET state = ?, host = ?, pid = ?, pid_started = ?, heartbeat = ?, flight = 0, error = '',"
                " ended = NULL, started = COALESCE(started, ?) WHERE id = ?",
                (to, host, pid, started, now, now, run),
            )
            self._tell(run, to, f"worker {pid} on {host}")
        return True

    def write(self, run: str, **columns: Any) -> None:
        """Write columns: title, tags, note, device, images, shards, environment, heartbeat, flight or deleted."""
        values = {name: _packed(value) for name, value in columns.items()}
        names = ", ".join(f"{name} = ?" for name in values)
        with self._writing() as connection:
            connection.execute(f"UPDATE runs SET {names} WHERE id = ?", (*values.values(), run))  # noqa: S608

    def delete(self, run: str) -> None:
        """Put a run into the bin, from where `undelete` brings it back. Raises ValueError while a worker is on it."""
        if self.run(run).alive and self.run(run).stored_state in BUSY:
            raise ValueError(f"run {run} is still being computed; cancel it first")
        self.write(run, deleted=time.time())

    def undelete(self, run: str) -> None:
        """Bring a run back from the bin."""
        self.write(run, deleted=None)

    def in_bin(self) -> tuple[int, int]:
        """How many runs are in the bin, and how many rows they have."""
        query = "SELECT COUNT(DISTINCT runs.id), COUNT(rows.run) FROM runs LEFT JOIN rows ON rows.run = runs.id"
        names, rows = self._connection.execute(f"{query} WHERE runs.deleted IS NOT NULL").fetchone()
        return names, rows

    def empty_bin(self, before: float) -> None:
        """Remove for good what was put into the bin before that time."""
        with self._writing() as connection:
            connection.execute("DELETE FROM runs WHERE deleted < ?", (before,))

    def cancelled(self, run: str) -> bool:
        """Whether somebody asked for its end."""
        state = self._connection.execute("SELECT state FROM runs WHERE id = ?", (run,)).fetchone()
        return state is None or state[0] not in {QUEUED, "running"}

    def cancel(self, run: str) -> None:
        """Ask a run to stop within one batch; without a living worker it stops at once.

        Raises ValueError if it is over.
        """
        found = self.run(run)
        if found.stored_state not in BUSY:
            raise ValueError(f"run {found.id} is {found.state}; there is nothing to cancel")
        self.change(found.id, CANCELLING if found.alive else "cancelled", BUSY)

    # --- runs from elsewhere -------------------------------------------------------------------

    def has(self, run: str) -> bool:
        """Whether there is a run of that very id, be it in the bin."""
        return self._connection.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone() is not None

    def put(self, found: Mapping[str, Any], rows: Iterable[tuple[int, Row]]) -> None:
        """Keep a run that was computed elsewhere: `run` and `shards` of a document, and its rows with their shards."""
        facts: Mapping[str, Any] = found["run"]
        columns = [name for name in _COLUMNS if name in facts]
        values = [_packed(facts[name]) for name in columns]
        marks = ",".join("?" * len(columns))
        with self._writing() as connection:
            connection.execute(f"INSERT INTO runs ({','.join(columns)}) VALUES ({marks})", values)  # noqa: S608
            self._fill(facts["id"], facts["keys"], found["shards"], rows)
            self._tell(facts["id"], facts["state"], "brought in from a file")


def _run(row: sqlite3.Row) -> Run:
    values: dict[str, Any] = {name: row[name] for name in row.keys() if name in _FACTS}  # noqa: SIM118
    state, spec, environment = values.pop("state"), values.pop("spec"), values.pop("environment")
    lists: dict[str, Any] = {name: tuple(json.loads(values.pop(name))) for name in ("keys", "tags")}
    return Run(**values, **lists, stored_state=state, spec=stored_spec(spec), environment=json.loads(environment))


def _packed(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict | tuple) else value


def _check_part(part: str) -> None:
    number, _, parts = part.partition("/")
    if not (number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise ValueError(f"the part is {part!r}; give one such as 2/4, the second of four")
