"""Doors for documents, words and paths."""

import gzip
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from benchmarks.hardening import bombs, hostile
from benchmarks.hardening.door import (
    Door,
    document_maker,
    file_reader,
    json_of,
    text_of,
    words_door,
)
from masking.attribution import ATTRIBUTIONS
from masking.benchmarks.specification.spec import read_spec, stored_spec
from masking.benchmarks.storage.exchange import SHIPPED
from masking.benchmarks.storage.run_file import read_document
from masking.lessons.prepared import load_set, read_link
from masking.methods import METHODS
from masking.registry.parsing import parse_entries
from masking.runtime.assets import ASSETS
from masking.runtime.paths import expand
from masking.runtime.settings import load_settings
from masking.segments import SEGMENTATIONS
from masking.training.recipe import read_recipe


def _spec() -> dict[str, Any]:
    return {
        "version": 1,
        "experiment": "patch_removal",
        "settings": {"shares": [0.0, 0.5], "methods": ["blackout"]},
        "data": {"source": "silhouettes", "settings": {"world": "ordinary"}},
        "classifier": {"name": "silhouettes/resnet"},
        "count": 2,
        "first": 0,
        "seed": 0,
        "block": 16,
        "device": "cpu",
        "plugins": [],
    }


PAGES = ("Compare", "Layers", "Learn")


@cache
def _run_document() -> bytes:
    smallest = min(SHIPPED.glob("*.json.gz"), key=lambda path: path.stat().st_size)
    document = json.loads(gzip.decompress(smallest.read_bytes()))
    names = document["columns"]
    document["columns"], document["shard_of_row"] = (
        {name: names[name][:20] for name in names},
        document["shard_of_row"][:20],
    )
    return json.dumps(document).encode()


def _run_bombs() -> list[bytes]:
    document = json.loads(_run_document())
    changes = [{"run": document["run"] | {name: value}} for name in document["run"] for value in hostile.VALUES]
    spec = document["run"]["spec"]
    changes += [{"run": document["run"] | {"spec": spec | {name: value}}} for name in spec for value in hostile.VALUES]
    return [
        *bombs.gzip_bombs(_run_document()),
        *bombs.text_bombs(),
        *(hostile.to_json(document | change) for change in changes),
    ]


def _settings() -> dict[str, Any]:
    return {
        "public": True,
        "data_folders": ["."],
        "limits": {"images_per_run": 20},
        "weights": {"folder": "."},
        "classifier": [
            {
                "name": "a",
                "architecture": "squeezenet1_1",
                "weights": "untrained",
                "input_size": [64, 64],
                "mean": [0.5],
            }
        ],
        "data": [{"name": "b", "source": "folder", "path": "."}],
        "lessons": {"folder": "."},
    }


def _recipe() -> dict[str, Any]:
    return tomllib.loads(next(iter(sorted((ASSETS / "configs").glob("*.toml")))).read_text("utf-8"))


def _prepared() -> dict[str, Any]:
    state = {"title": "a", "link": "/Compare?image=chelsea", "note": "b", "text": "c"}
    return {"title": "a", "description": "b", "language": "en", "state": [state, state]}


DOCUMENT_DOORS: Mapping[str, Door] = {
    "specifications, JSON": Door(
        file_reader("a.json", read_spec), json_of(_spec), bombs.text_bombs, document_maker(hostile.to_json)
    ),
    "specifications, TOML": Door(
        file_reader("a.toml", read_spec),
        json_of(_spec),
        lambda: bombs.text_bombs("a=["),
        document_maker(hostile.to_toml),
        share=0.7,
    ),
    "stored specifications": Door(
        lambda data, _: stored_spec(text_of(data)),
        json_of(_spec),
        bombs.text_bombs,
        document_maker(hostile.to_json),
        share=0.7,
    ),
    "runs": Door(
        file_reader("a.json", read_document),
        lambda: [_run_document()],
        _run_bombs,
        document_maker(hostile.to_json),
        share=1.2,
    ),
    "settings": Door(
        file_reader("masking.toml", load_settings),
        json_of(_settings),
        lambda: bombs.text_bombs("a=["),
        document_maker(hostile.to_toml),
    ),
    "recipes": Door(
        file_reader("a.toml", read_recipe),
        json_of(_recipe),
        lambda: bombs.text_bombs("a=["),
        document_maker(hostile.to_toml),
        share=0.7,
    ),
    "prepared sets": Door(
        file_reader("a.toml", lambda path: load_set(path, PAGES)),
        json_of(_prepared),
        lambda: bombs.text_bombs("a=["),
        document_maker(hostile.to_toml),
    ),
    "prepared links": words_door(
        lambda text: read_link(text, PAGES), "/Compare?image=chelsea", "http://localhost:8501/Layers?a=b"
    ),
    "paths": words_door(expand, "~/a", "a/b/c.png"),
    "methods": words_door(
        lambda text: parse_entries(METHODS, text), "blackout,greyout:grey=middle", "layer_masking", "noise:seed=3"
    ),
    "attributions": words_door(lambda text: parse_entries(ATTRIBUTIONS, text), "gxsi", "integrated_gradients:steps=8"),
    "segmentations": words_door(
        lambda text: parse_entries(SEGMENTATIONS, text), "slic:count=100", "grid", "felzenszwalb"
    ),
}
