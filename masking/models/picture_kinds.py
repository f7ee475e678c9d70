"""Kinds of pictures: what a picture is, and what a classifier was trained on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class PictureKind(StrEnum):
    """What a picture is, or what the pictures were that a network has learnt from."""

    DRAWN = "drawn"
    PHOTOGRAPH = "photograph"
    UNKNOWN = "unknown"


def described_kind(description: Mapping[str, Any]) -> PictureKind:
    """Return what a network of this project was trained on, from the description in its file of weights."""
    if "world" in description:
        return PictureKind.DRAWN
    return PictureKind.PHOTOGRAPH if description.get("data") else PictureKind.UNKNOWN
