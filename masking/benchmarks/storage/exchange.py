"""Runs as files: out of one store, into another, and parts from several machines made whole."""

import gzip
import json
import sqlite3
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.specification.spec import stored_spec
from masking.benchmarks.storage.run import CANCELLED, FINISHED, Run
from masking.benchmarks.storage.store import Store
from masking.models.classifier import read_bytes
from masking.runtime.assets import ASSETS

FORMAT = "missingness-explorer run"
VERSION = 1
SHIPPED = ASSETS / "runs"
"""Finished runs that come with the project."""
_KEPT = ("id", "created", "digest", "title", "engine", "part", "device", "images", "shards", "started", "ended")
"""What of a run goes into a file, beside the spec, the environment and what its owner wrote; no names of machines."""

Document = dict[str, Any]
_Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
_Part = Annotated[str, Field(pattern=r"^[1-9][0-9]*/[1-9][0-9]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Facts(_Strict):
    """What a file has to say of a run, so that the store it comes into can be read."""

    id: _Id
    part: _Part
    title: str
    digest: str
    engine: str
    device: str
    state: str
    error: str
    note: str
    created: float
    started: float | None
    ended: float | None
    images: int | None
    shards: int | None
    keys: list[str]
    tags: list[str]
    spec: dict[str, Any]
    environment: dict[str, Any]


class _File(_Strict):
    """What is in a file; of shards: number, images, forward passes, seconds, time, worker."""

    format: Literal["missingness-explorer run"]
    version: int
    run: _Facts
    shards: list[tuple[int, int, int, float, float, str]]
    shard_of_row: list[int]
    columns: dict[str, list[str | int | float | bool | None]]


def document(store: Store, run: Run) -> Document:
    """A run with all that is known of it, as plain values; rows column by column."""
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
    """A run as a `.json` file, or a smaller `.json.gz`, that `read_run` brings into any store."""
    text = json.dumps(document(store, run), ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def read_document(path: Path) -> Document:
    """The document in a file. Raises ValueError with one sentence when it is none."""
    content = read_bytes(path, "run file")
    try:
        text = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        version = json.loads(text)["version"]
        if version <= VERSION:
            return _checked(_File.model_validate_json(text).model_dump())
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
        wrong = _first(error) if isinstance(error, ValidationError) else error
        raise ValueError(f"{path} is no exported run ({wrong}); export it again as .json or .json.gz") from None
    raise ValueError(f"{path} is of version {version} and this program knows {VERSION}; update it")


def _checked(found: Document) -> Document:
    stored_spec(json.dumps(found["run"]["spec"]))
    lengths = {len(column) for column in found["columns"].values()} | {len(found["shard_of_row"])}
    if len(lengths) != 1:
        raise ValueError("its columns differ in length")
    if not all(isinstance(image, int) for image in found["columns"].get("image", ())):
        raise ValueError("its images have no numbers")
    return found


def _first(error: ValidationError) -> str:
    one = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"


def read_run(store: Store, path: Path) -> Run:
    """Bring a run from a file into a store. One that is there already is left as it is.

    A run that was going on when it was exported comes in as cancelled, and can be resumed.
    """
    found = read_document(path)
    if not store.has(found["run"]["id"]):
        try:
            store.put(_settled(found), _rows(found))
        except (sqlite3.IntegrityError, KeyError) as error:
            raise ValueError(f"{path} contradicts itself ({error}); export it again") from None
    return store.run(found["run"]["id"])


def ship(store: Store, folder: Path = SHIPPED) -> list[Run]:
    """Bring in the runs that come with the project, those in the bin excepted."""
    return [read_run(store, path) for path in sorted(folder.glob("*.json.gz"))]


def merge(store: Store, paths: Sequence[Path], title: str = "") -> Run:
    """One run from the parts that several machines computed with `--shard`; what is missing can be resumed.

    Raises:
        ValueError: parts of different specs or weights, or parts that contradict one another.
    """
    if not paths:
        raise ValueError("nothing is to be merged; give the exported parts of a run")
    documents = [read_document(path) for path in paths]
    first = documents[0]["run"]
    shards: dict[int, Any] = {}
    rows: dict[int, list[Row]] = {}
    for path, found in zip(paths, documents, strict=True):
        run = found["run"]
        if run["digest"] != first["digest"] or run["shards"] != first["shards"]:
            raise ValueError(f"{path} was computed from another spec than {paths[0]}; merge parts of one spec")
        if run["environment"].get("weights") != first["environment"].get("weights"):
            raise ValueError(f"{path} was computed with other weights than {paths[0]}; compute it again")
        of_shard: dict[int, list[Row]] = {shard[0]: [] for shard in found["shards"]}
        for shard, row in _rows(found):
            of_shard[shard].append(row)
        for shard in found["shards"]:
            number = shard[0]
            if number in rows and rows[number] != of_shard[number]:
                raise ValueError(f"{path} contradicts another part in shard {number}; compute both again")
            shards[number], rows[number] = shard, of_shard[number]
    whole = len(shards) == first["shards"]
    facts: Document = {
        **first,
        "id": store.fresh_id(),
        "created": time.time(),
        "title": title or first["title"],
        "part": "1/1",
        "state": FINISHED if whole else CANCELLED,
        "error": "",
        "note": f"merged from {len(paths)} parts",
    }
    store.put({"run": facts, "shards": list(shards.values())}, [(n, row) for n in rows for row in rows[n]])
    return store.run(facts["id"])


def _rows(found: Document) -> list[tuple[int, Row]]:
    """Shard and row, row by row."""
    names = list(found["columns"])
    values = zip(*found["columns"].values(), strict=True)
    return [
        (shard, dict(zip(names, row, strict=True))) for shard, row in zip(found["shard_of_row"], values, strict=True)
    ]


def _settled(found: Document) -> Document:
    state = found["run"]["state"]
    return {**found, "run": {**found["run"], "state": state if state in {FINISHED, "failed"} else CANCELLED}}
