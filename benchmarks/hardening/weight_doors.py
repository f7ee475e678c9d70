"""Doors for weights, class names and what networks need beside them."""

import io
import json
import random
import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from benchmarks.hardening import bombs, hostile
from benchmarks.hardening.door import Door, document_maker, file_reader, json_of, load_small, text_of, words_door
from masking.models.categories import class_index, read_categories
from masking.models.weights import read_state
from masking.models.zoo import bundled, load_classifier
from masking.runtime.network_options import read_options


@cache
def _bundled_parts() -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    state, about, _ = read_state(bundled()["silhouettes/vit"])
    return state, about


def _safetensors() -> list[bytes]:
    state, about = _bundled_parts()
    few = {name: state[name] for name in list(state)[:3]}
    return [safetensors.torch.save(few, {"classifier": json.dumps(about)}), safetensors.torch.save(few)]


def _header_bombs() -> list[bytes]:
    def whole(header: bytes, length: int | None = None, data: bytes = bytes(64)) -> bytes:
        return struct.pack("<Q", len(header) if length is None else length) + header + data

    tensor = b'{"a":{"dtype":"F32","shape":[4,4],"data_offsets":[0,64]}'
    kinds = [b"F64", b"F16", b"BF16", b"F8_E4M3", b"F4", b"C64", b"U64", b"BOOL", b"X", b"", b"I8", b"F6_E2M3"]
    made = [whole(bomb) for bomb in bombs.text_bombs()] + [whole(tensor + b"}", length) for length in hostile.NUMBERS]
    made += [whole(tensor.replace(b"F32", kind) + b"}") for kind in kinds]
    made += [
        whole(tensor.replace(b"[4,4]", shape) + b"}")
        for shape in (b"[-1]", b"[1e9]", b"[18446744073709551615,2]", b"5", b"[]")
    ]
    made += [
        whole(tensor.replace(b"[0,64]", ends) + b"}") for ends in (b"[64,0]", b"[-1,63]", b"[0,99999]", b"null", b"[0]")
    ]
    metadata = (
        b'"x"',
        b"5",
        b"[]",
        b'{"classifier":5}',
        b'{"classifier":"' + b"[" * 200_000 + b'"}',
        b'{"classifier":"{\\"a\\":1e999}"}',
    )
    made += [whole(tensor + b',"__metadata__":' + each + b"}") for each in metadata]
    many = b",".join(b'"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % number for number in range(60_000))
    return [*made, whole(b"{" + many + b"}", data=b"")]


def _described(valid: list[bytes], dice: random.Random) -> bytes:
    """Return the whole bundled network with another description."""
    state, about = _bundled_parts()
    return safetensors.torch.save(state, {"classifier": text_of(hostile.to_json(hostile.mutate_document(about, dice)))})


def _described_bombs() -> list[bytes]:
    state, about = _bundled_parts()
    changes: list[dict[str, Any]] = [{name: value} for name in about for value in hostile.VALUES]
    arguments = about["arguments"]
    changes += [
        {"arguments": arguments | {name: value}} for name in (*arguments, "a") for value in (10**6, -1, 0, "x", [], 3.5)
    ]
    changes += [{"input_size": [side, side]} for side in (1, 7, 512, 4096, 10**9)]
    changes += [
        {"architecture": name, "arguments": {}}
        for name in ("nib_vgg16", "small_resnet", "os", "__init__", "cifar_resnet")
    ]
    changes += [
        {"architecture": "wide_resnet", "arguments": {"depth": 10**6}},
        {"architecture": "cifar_resnet", "arguments": {"blocks": 4096}},
    ]
    few = {name: state[name] for name in list(state)[:3]}
    return [
        safetensors.torch.save(few, {"classifier": text_of(hostile.to_json({**about, **change}))}) for change in changes
    ]


def _pickles() -> list[bytes]:
    state, _ = _bundled_parts()
    few = {name: state[name] for name in list(state)[:3]}
    return [_pickle(few), _pickle({"model": few, "ema": few, "epoch": 3}), _pickle(few, old=True)]


def _pickle(content: object, old: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=not old)
    return buffer.getvalue()


def _pickle_bombs() -> list[bytes]:
    tensors = (
        torch.ones(3, 3).to_sparse(),
        torch.empty(3, 3, device="meta"),
        torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        torch.ones(1).expand(10**6, 10**6),
        torch.ones(3, dtype=torch.complex64),
        torch.ones(3, dtype=torch.int8),
        torch.ones(0),
        torch.tensor(float("nan")),
        torch.ones(3, dtype=torch.bool),
        torch.ones(3).to(torch.float8_e4m3fn),
    )
    circle: dict[str, Any] = {}
    circle["again"] = circle
    doubled: dict[str, Any] = {"w": torch.ones(1)}
    for _ in range(40):
        doubled = {"a": doubled, "b": doubled}
    made = [_pickle({"conv_proj.weight": tensor}) for tensor in tensors] + [_pickle(circle), _pickle(doubled)]
    zeros = bombs.packed(
        {"archive/data.pkl": b"\x80\x02}q\0.", "archive/data/0": bytes(200 * 2**20), "archive/version": b"3\n"}
    )
    return [
        *made,
        zeros,
        bombs.packed({"archive/data.pkl": b""}, flags=1),
        b"\x80\x02" + b"(" * 10**6,
        b"PK\x05\x06" + bytes(18),
    ]


def _read_pickle(path: Path) -> object:
    return load_classifier("squeezenet1_1", path, ["a", "b"])


def _options(data: bytes, _: Path) -> object:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None  # parsing comes before this door
    return read_options(
        {k: v for k, v in values.items() if k in {"input_size", "mean", "std", "resize"}}
        if isinstance(values, dict)
        else {}
    )


WEIGHT_DOORS: Mapping[str, Door] = {
    "safetensors": Door(lambda data, _: read_state(data), _safetensors, _header_bombs),
    "described networks": Door(
        file_reader("a.safetensors", lambda path: load_classifier(str(path))),
        _safetensors,
        _described_bombs,
        _described,
        share=0.7,
    ),
    "state dicts": Door(file_reader("a.pth", _read_pickle), _pickles, _pickle_bombs, share=0.4),
    "categories": Door(
        file_reader("a.txt", read_categories), lambda: [b"ash\nelm\n", b'"a"\n"b"\n'], bombs.text_bombs, share=0.5
    ),
    "options of networks": Door(
        _options,
        json_of(lambda: {"input_size": [64, 64], "mean": [0.5], "std": "0.5,1,1", "resize": 70}),
        make=document_maker(hostile.to_json),
    ),
    "classes": words_door(lambda text: class_index(text, load_small().categories), "#3", "airplane", "15"),
}
