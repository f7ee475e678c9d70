"""The file of an exported run: everything in it is checked before anything is stored."""

import json
import math
import zlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masking.benchmarks.specification.spec import stored_spec
from masking.benchmarks.specification.stored_values import LONGEST, check_plain, first_error
from masking.benchmarks.storage.run_row import LATEST
from masking.runtime.door import InputError, guard, one_line, show_name
from masking.runtime.file_bytes import read_file
from masking.runtime.text_files import decode_text

FORMAT = "missingness-explorer run"
VERSION = 1
MOST_BYTES = 128 * 2**20
"""Bytes of the largest file, unpacked: about a million rows."""
MOST_VALUES = 10_000_000
"""Values in it; more would take gigabytes of memory."""

Document = dict[str, Any]
_Text = Annotated[str, Field(max_length=LONGEST)]
_Word = Annotated[str, Field(max_length=200)]
_Count = Annotated[int, Field(ge=0, le=10_000_000)]
_Number = Annotated[int, Field(ge=0, le=2**53)]
_Seconds = Annotated[float, Field(ge=0, lt=LATEST)]
_Part = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,7}/[1-9][0-9]{0,7}$")]
_Cell = Annotated[str, Field(max_length=LONGEST)] | Annotated[int, Field(gt=-(2**63), lt=2**63)] | float | bool | None


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Facts(_Strict):
    """The facts about a run that a file must contain, so that a store can import it."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    part: _Part
    title: _Text
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    engine: _Text
    device: _Word
    state: _Word
    error: _Text
    note: _Text
    created: _Seconds
    started: _Seconds | None
    ended: _Seconds | None
    images: _Count | None
    shards: _Count | None
    keys: Annotated[list[_Word], Field(max_length=100)]
    tags: Annotated[list[_Word], Field(max_length=100)]
    spec: dict[str, Any]
    environment: dict[str, Any]


class _Version(_Strict):
    """The version of a file, which is read before anything else."""

    version: int


class _File(_Strict):
    """The content of a file; a shard is number, images, forward passes, seconds, time, worker."""

    format: Literal["missingness-explorer run"]
    version: int
    run: _Facts
    shards: list[tuple[_Count, _Count, _Number, _Seconds, _Seconds, _Word]]
    shard_of_row: list[_Count]
    columns: dict[_Word, list[_Cell]]


def read_document(path: Path) -> Document:
    """Return the document in a file. Raises ValueError with one sentence if the file is not a run."""
    content, name = read_file(path, "run file", MOST_BYTES), show_name(path)
    with guard(f"{name} is not an exported run ({{reason}}); export it again as .json or .json.gz"):
        text = _unpack(content) if content[:2] == b"\x1f\x8b" else content
        if text.count(b",") > MOST_VALUES:
            raise ValueError(f"it holds more than {MOST_VALUES} values")
        decode_text(text, "it")
        version = _Version.model_validate_json(text).version
        if version > VERSION:
            raise InputError(
                f"{name} is of version {one_line(str(version), 20)} and this program knows {VERSION}; update it"
            )
        try:
            document = _File.model_validate_json(text).model_dump()
        except ValidationError as error:
            raise ValueError(first_error(error)) from None
        return _check(document)


def _unpack(content: bytes) -> bytes:
    """Return what a gzip file holds. Raises ValueError if it is cut, or larger than `MOST_BYTES`."""
    stream = zlib.decompressobj(wbits=31)
    text = stream.decompress(content, MOST_BYTES)
    if stream.unconsumed_tail:
        raise ValueError(f"it holds more than {MOST_BYTES // 2**20} MB")
    if not stream.eof:
        raise ValueError("its end is missing")
    return text


def _check(document: Document) -> Document:
    """Return a document that is consistent. Raises ValueError if it is not."""
    run, columns, shards = document["run"], document["columns"], document["shards"]
    spec = stored_spec(json.dumps(run["spec"]))
    check_plain(run["environment"])
    _check_environment(run["environment"])
    number, parts = map(int, run["part"].split("/"))
    if number > parts:
        raise ValueError(f"there is no part {run['part']}")
    images = run["images"] if run["images"] is not None else spec.count
    if images > spec.count or (run["shards"] or 0) > math.ceil(images / spec.block):
        raise ValueError("it has more images or shards than its spec asks for")
    if len({shard[0] for shard in shards}) != len(shards) or any(shard[0] >= (run["shards"] or 0) for shard in shards):
        raise ValueError("its shards are not those of its spec")
    lengths = {len(column) for column in columns.values()} | {len(document["shard_of_row"])}
    if len(lengths) != 1:
        raise ValueError("its columns differ in length")
    if columns and not {"image", *run["keys"]} <= set(columns):
        raise ValueError("its rows lack their image or a key")
    if not all(type(image) is int for image in columns.get("image", ())):
        raise ValueError("its images have no numbers")
    return document


def _check_environment(environment: dict[str, Any]) -> None:
    """Raise ValueError where a fact that the program reads again has another type."""
    labels = environment.get("labels", {})
    if isinstance(labels, dict):
        lists = [labels.get(name, []) for name in ("examples", "ambiguous", "indices")]
        if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists):
            raise ValueError("its facts about labels are damaged")
