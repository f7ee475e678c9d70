"""A mask as URL-safe text, for links and exports: its size, then the packed changes from row to row."""

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 8192
"""The longest side of a mask from text, so that a link cannot ask for gigabytes."""


def keep_to_text(keep: NDArray[np.bool_]) -> str:
    """Encode present pixels (h, w) as text, e.g. `224x224.eJz…`; smooth regions take a few hundred characters."""
    edges = keep ^ np.vstack([np.ones((1, keep.shape[1]), bool), keep[:-1]])  # changes from row to row are few
    packed = zlib.compress(np.packbits(edges).tobytes(), 9)
    return f"{keep.shape[0]}x{keep.shape[1]}." + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def keep_from_text(text: str) -> NDArray[np.bool_]:
    """Return the present pixels (h, w) of a text that `keep_to_text` wrote. Raises ValueError on any other text."""
    try:
        shape, _, packed = text.partition(".")
        height, width = (int(side) for side in shape.split("x"))
        if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
            raise ValueError(shape)
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        expected = -(-height * width // 8)
        unpacked = zlib.decompressobj()
        bits = unpacked.decompress(raw, expected + 1)  # one byte too many, so that the checksum is read too
        if len(bits) != expected or not unpacked.eof:
            raise ValueError(shape)
        edges = np.unpackbits(np.frombuffer(bits, np.uint8))[: height * width].reshape(height, width)
    except (ValueError, binascii.Error, zlib.error):
        raise ValueError("the mask in the link is damaged; copy the link again") from None
    return ~np.logical_xor.accumulate(edges.astype(bool), axis=0)
