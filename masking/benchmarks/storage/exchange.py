"""Runs as files: export from one store, import into another, and merge parts from several machines."""

import gzip
import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.protocol.row_equality import PROCESSORS, compare_rows, kind_of
from masking.benchmarks.storage.listings import describe_change
from masking.benchmarks.storage.run import CANCELLED, FAILED, FINISHED, INCOMPLETE, Run
from masking.benchmarks.storage.run_file import FORMAT, VERSION, Document, read_document
from masking.benchmarks.storage.store import Store
from masking.runtime.assets import ASSETS

SHIPPED = ASSETS / "runs"
"""The folder of the finished runs that come with the project."""
_KEPT = ("id", "created", "digest", "title", "engine", "part", "device", "images", "shards", "started", "ended")
"""Columns of a run that go into a file, beside spec, environment, tags and note; names of machines do not."""

ENDED = (FINISHED, FAILED, INCOMPLETE)
"""States that a run keeps in another store; any other becomes cancelled there."""


def export_document(store: Store, run: Run) -> Document:
    """Return everything about a run as plain values; rows are stored column by column."""
    rows = store.rows(run)
    names = list(dict.fromkeys(name for row in rows for name in row))
    facts = {name: getattr(run, name) for name in (*_KEPT, "error", "note")}
    return {
        "format": FORMAT,
        "version": VERSION,
        "run": {
            **facts,
            "state": run.stored_state,
            "keys": list(run.keys),
            "tags": list(run.tags),
            "spec": json.loads(run.spec.model_dump_json()),
            "environment": dict(run.environment),
        },
        "shards": [[*shard[:-1], ""] for shard in store.shards(run)],
        "shard_of_row": store.shard_of_rows(run),
        "columns": {name: [row.get(name) for row in rows] for name in names},
    }


def write_run(store: Store, run: Run, path: Path) -> None:
    """Write a run to a `.json` file, or a smaller `.json.gz`, that `read_run` imports into any store."""
    text = json.dumps(export_document(store, run), ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def read_run(store: Store, path: Path) -> Run:
    """Import a run from a file into a store and return it; a run that the store already has stays as it is.

    A run that was not finished when it was exported is imported as cancelled, and can be resumed.

    Raises:
        ValueError: the file is not a run, or contradicts itself.
    """
    document = read_document(path)
    if not store.has(document["run"]["id"]):
        try:
            store.put(_without_worker(document), _numbered_rows(document))
        except (sqlite3.Error, KeyError, OverflowError) as error:
            raise ValueError(f"{path} contradicts itself ({error}); export it again") from None
    return store.run(document["run"]["id"])


def import_shipped_runs(store: Store, folder: Path = SHIPPED) -> list[Run]:
    """Import the runs that come with the project, except those that are in the bin."""
    return [read_run(store, path) for path in sorted(folder.glob("*.json.gz"))]


def merge(store: Store, paths: Sequence[Path], title: str = "") -> Run:
    """Merge the parts that several machines computed with `--shard` into one run; missing shards can be resumed.

    Raises:
        ValueError: the parts have different specs, weights or pictures, contradict each other, or come twice.
    """
    if not paths:
        raise ValueError("there is nothing to merge; give the exported parts of a run")
    documents = [read_document(path) for path in paths]
    first = documents[0]["run"]
    _check_kinds(paths, documents)
    shards: dict[int, Any] = {}
    rows: dict[int, list[Row]] = {}
    parts: dict[str, Path] = {}
    for path, part in zip(paths, documents, strict=True):
        run = part["run"]
        if run["digest"] != first["digest"] or run["shards"] != first["shards"]:
            raise ValueError(f"{path} was computed from another spec than {paths[0]}; merge parts of one spec")
        if run["environment"].get("weights") != first["environment"].get("weights"):
            raise ValueError(f"{path} was computed with other weights than {paths[0]}; compute it again")
        names = {part["environment"].get("categories") for part in (run, first)} - {None}  # older runs do not say
        if len(names) > 1:
            raise ValueError(f"{path} was computed with other class names than {paths[0]}; compute it again")
        of_shard: dict[int, list[Row]] = {shard[0]: [] for shard in part["shards"]}
        for shard, row in _numbered_rows(part):
            of_shard[shard].append(row)
        if change := describe_change(first["environment"], run["environment"], store.folder):
            raise ValueError(f"{path} was computed from other pictures than {paths[0]} ({change}); compute it again")
        for shard in part["shards"]:
            number = shard[0]
            if number in rows:
                comparison = compare_rows(rows[number], of_shard[number], first["keys"])
                if not comparison.equal:
                    reason = f"{path} contradicts another part in shard {number}"
                    raise ValueError(f"{reason} ({comparison.sentence.rstrip('.')}); compute both again")
            shards[number], rows[number] = shard, of_shard[number]
        if (again := run["part"]) in parts:
            raise ValueError(f"{path} is part {again} again, as {parts[again]} is; name each part once")
        parts[again] = path
    whole = len(shards) == first["shards"]
    facts: Document = {
        **first,
        "id": store.fresh_id(),
        "created": time.time(),
        "title": title or first["title"],
        "part": "1/1",
        "environment": {**first["environment"], **_join_processors(documents)},
        "state": FINISHED if whole else INCOMPLETE,
        "error": "",
        "note": f"merged from {len(paths)} parts",
    }
    store.put({"run": facts, "shards": list(shards.values())}, [(n, row) for n in rows for row in rows[n]])
    return store.run(facts["id"])


def _check_kinds(paths: Sequence[Path], documents: Sequence[Document]) -> None:
    """Raise ValueError if earlier programs computed some of the parts and not all of them."""
    kinds = [kind_of(document["run"]["environment"]) for document in documents]
    if len(set(kinds)) > 1:
        old, new = paths[kinds.index(min(kinds))], paths[kinds.index(max(kinds))]
        raise ValueError(
            f"{old} was computed by an earlier program than {new}, whose scenes and digests are of another kind; "
            "compute it again"
        )


def _join_processors(documents: Sequence[Document]) -> Document:
    """Return the processors that computed the parts, without repetition; nothing where no part says."""
    named = [document["run"]["environment"].get(PROCESSORS, []) for document in documents]
    facts = [each for part in named if isinstance(part, list) for each in part]
    distinct = {json.dumps(each, sort_keys=True): each for each in facts}
    return {PROCESSORS: list(distinct.values())} if distinct else {}


def _numbered_rows(document: Document) -> list[tuple[int, Row]]:
    """Return each row with the number of its shard."""
    names = list(document["columns"])
    values = zip(*document["columns"].values(), strict=True)
    return [
        (shard, dict(zip(names, row, strict=True))) for shard, row in zip(document["shard_of_row"], values, strict=True)
    ]


def _without_worker(document: Document) -> Document:
    """Return the document with the state cancelled if the run had a worker, or waited for one."""
    state = document["run"]["state"]
    return {**document, "run": {**document["run"], "state": state if state in ENDED else CANCELLED}}
