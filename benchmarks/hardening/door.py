"""A door: what reads something that comes from outside, with valid inputs to damage."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.hardening import hostile
from masking.models.zoo import load_classifier

SIDE = 64


@dataclass(frozen=True)
class Door:
    """What reads an input.

    Attributes:
        read: reads bytes; the folder is for those doors that read files.
        valid: inputs that are read without complaint.
        families: inputs that somebody might think of.
        make: makes a damaged input; default: damage to the bytes of a valid one.
        share: how many inputs this door gets, as a share of the usual.
    """

    read: Callable[[bytes, Path], object]
    valid: Callable[[], list[bytes]]
    families: Callable[[], list[bytes]] = field(default=list)
    make: Callable[[list[bytes], random.Random], bytes] | None = None
    share: float = 1.0

    def inputs(self, number: int, dice: random.Random) -> bytes:
        """Return an input: the hand-made ones first, then damaged ones."""
        families = _remembered(self.families)
        return families[number] if number < len(families) else self.damaged(dice)

    def damaged(self, dice: random.Random) -> bytes:
        """Return a valid input after some damage."""
        valid = _remembered(self.valid)
        if self.make is not None and dice.random() < 0.7:
            return self.make(valid, dice)
        return hostile.mutate(dice.choice(valid), dice, valid)


@cache
def _remembered(make: Callable[[], list[bytes]]) -> list[bytes]:
    return make()


def odd_words() -> list[bytes]:
    return [word.encode("utf-8", "surrogatepass") for word in hostile.WORDS]


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def file_reader(name: str, read: Callable[[Path], object]) -> Callable[[bytes, Path], object]:
    """Return a reader of bytes that writes them to a file first."""

    def read_bytes(data: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return read(path)

    return read_bytes


def document_maker(write: Callable[[Any], bytes]) -> Callable[[list[bytes], random.Random], bytes]:
    """Return a maker of documents with other values, whatever they are written in."""

    def make(valid: list[bytes], dice: random.Random) -> bytes:
        return write(hostile.mutate_document(json.loads(valid[0]), dice))

    return make


def words_door(read: Callable[[str], object], *valid: str) -> Door:
    return Door(lambda data, _: read(text_of(data)), lambda: [text.encode() for text in valid], odd_words, share=0.5)


def json_of(value: Callable[[], Any]) -> Callable[[], list[bytes]]:
    return lambda: [hostile.to_json(value())]


@cache
def load_small() -> Any:
    """Return the classifier that doors share."""
    return load_classifier("silhouettes/resnet")
