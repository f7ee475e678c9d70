"""Doors for data sets in files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.hardening import bombs
from benchmarks.hardening.door import Door, file_reader, load_small, odd_words
from masking.datasets.sources.jpeg_archive import JpegArchive
from masking.datasets.sources.listed import Listed


def _archive(**changes: Any) -> bytes:
    picture = bombs.encode(Image.new("RGB", (9, 9)), "PNG")
    arrays = {
        "data": np.frombuffer(picture * 2, np.uint8),
        "offsets": np.array([0, len(picture), 2 * len(picture)]),
        "labels": np.array([0, 1]),
        "classes": np.array(["a", "b"]),
    }
    return bombs.save_arrays(**(arrays | changes))


def _archive_bombs() -> list[bytes]:
    odd: list[Any] = [
        np.array([0.0, 5.5, 9.0]),
        np.array([0, 2**62, 5]),
        np.array([-5, 3, 9]),
        np.array([9, 3, 1]),
        np.zeros((3, 3), int),
        np.array(5),
        np.array([float("nan")] * 2),
        np.array([5, 9]),
        np.array([-1, 0]),
        np.array([2**63] * 2, np.uint64),
        np.array([1 + 1j, 0]),
        np.array(["a", "b"]),
        np.array([b"\xff", b"a"]),
        np.array([], int),
        np.array(["x" * 5000, "\n"]),
        np.zeros(3, "datetime64[s]"),
        np.zeros(2, [("a", int)]),
        np.array([1e300, 2]),
    ]
    made = [_archive(**{name: value}) for name in ("data", "offsets", "labels", "classes") for value in odd]
    made += [_archive(wnids=value) for value in odd] + [_archive(data=np.zeros(400 * 2**20, np.uint8))]
    bad = [
        bombs.packed({f"{name}.npy": array for name in ("data", "offsets", "labels", "classes")})
        for array in bombs.array_bombs()[::4]
    ]
    return [*made, *bad, bombs.packed({"data.npy": b"x"}, flags=1), _archive()[:200], b"PK\x05\x06" + bytes(18)]


def _read_archive(path: Path) -> object:
    source = JpegArchive(str(path)).open()
    return [source.item(index) for index in range(min(source.count or 0, 2))]


def _read_listed(path: Path) -> object:
    Image.new("RGB", (9, 9)).save(path.parent / "a.png")
    source = Listed(str(path)).open()
    return [source.item(0), source.label_reader(load_small()).numbers_are_indices]


def _list_bombs() -> list[bytes]:
    rows = [b"path,label\na.png," + word + b"\n" for word in odd_words()] + [
        b"path,label\n" + word + b",a\n" for word in odd_words()
    ]
    fields = [
        b"path,label\n" + b"a.png,b\n" * 20_000,
        b'path,label\n"' + b"x" * 200_000,
        b"path" + b",x" * 10**5 + b"\na.png\n",
        b"," * 10**6,
    ]
    return [*rows, *fields, *bombs.text_bombs()]


DATA_DOORS: Mapping[str, Door] = {
    "archives": Door(
        file_reader("a.npz", _read_archive),
        lambda: [_archive(), _archive(wnids=np.array(["n1", "n2"]))],
        _archive_bombs,
        share=0.8,
    ),
    "lists": Door(
        file_reader("a.csv", _read_listed),
        lambda: [b"path,label\na.png,ash\n", b"label,path\n5,a.png\n"],
        _list_bombs,
        share=0.7,
    ),
}
