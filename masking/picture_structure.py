"""What a file of a picture is built of, looked at before it is decoded, so that a small file cannot cost minutes."""

import re
import struct

MOST_SCANS = 100
"""Scans of a JPEG; each costs a pass over the whole picture. Programs write about ten, at most a few dozen."""
MOST_SEGMENTS = 10_000
"""Segments of a JPEG, and extensions of a GIF before its first frame."""
MOST_CHUNKS = 100_000
"""Chunks of a PNG; programs write one for every few kB."""
MOST_STRIPS = 100_000
"""Strips or tiles of a TIFF."""

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_START_OF_SCAN, _END = 0xDA, 0xD9
_WITHOUT_LENGTH = (0x01, 0xD8)
_REMEDY = "open it in a picture editor and save it again"
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324


def check_structure(data: bytes, name: str) -> None:
    """Check that a file is built of no more parts than programs write. Nothing is decoded, and nothing else is checked.

    Args:
        data: the bytes of a PNG, JPEG, GIF or TIFF file; others pass.
        name: how errors call it.

    Raises:
        ValueError: it has too many parts; one sentence.
    """
    if data.startswith(b"\xff\xd8"):
        _check_jpeg(data, name)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_png(data, name)
    elif data.startswith(b"GIF8"):
        _check_gif(data, name)
    elif data[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        _check_tiff(data, name)


def _check_jpeg(data: bytes, name: str) -> None:
    position, scans = 2, 0
    for _ in range(MOST_SEGMENTS):
        marker = _MARKER.search(data, position)
        if marker is None or (code := marker[1][0]) == _END:
            return
        position = marker.end()
        if code in _WITHOUT_LENGTH:
            continue
        position += int.from_bytes(data[position : position + 2], "big")
        scans += code == _START_OF_SCAN
        if scans > MOST_SCANS:
            raise ValueError(f"{name} is a JPEG of more than {MOST_SCANS} scans; {_REMEDY}")
    raise ValueError(f"{name} is a JPEG of more than {MOST_SEGMENTS} segments; {_REMEDY}")


def _check_png(data: bytes, name: str) -> None:
    position = 8
    for _ in range(MOST_CHUNKS):
        if position >= len(data) or data[position + 4 : position + 8] == b"IEND":
            return
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    raise ValueError(f"{name} is a PNG of more than {MOST_CHUNKS} chunks; {_REMEDY}")


def _check_gif(data: bytes, name: str) -> None:
    """Check what stands before the first frame; Pillow reads it block by block, and byte by byte what it is not."""
    flags = data[10] if len(data) > 10 else 0
    position = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    blocks = 0
    while position < len(data) and data[position] not in b",;":
        is_extension = data[position] == ord("!")
        position += 2 if is_extension else 1
        while is_extension and position < len(data) and data[position] and blocks <= MOST_SEGMENTS:
            position += 1 + data[position]
            blocks += 1
        position += is_extension
        blocks += 1
        if blocks > MOST_SEGMENTS:
            raise ValueError(f"{name} is a GIF of more than {MOST_SEGMENTS} blocks before its picture; {_REMEDY}")


def _check_tiff(data: bytes, name: str) -> None:
    order = "<" if data[0] == ord("I") else ">"
    is_big = ord("+") in data[2:4]
    try:
        start = struct.unpack_from(f"{order}Q" if is_big else f"{order}I", data, 8 if is_big else 4)[0]
        tags = struct.unpack_from(f"{order}Q" if is_big else f"{order}H", data, start)[0]
        form, first = (f"{order}HHQ", start + 8) if is_big else (f"{order}HHI", start + 2)
        for position in range(min(tags, 2**16)):
            tag, _, count = struct.unpack_from(form, data, first + position * (20 if is_big else 12))
            if tag in {_STRIP_OFFSETS, _TILE_OFFSETS} and count > MOST_STRIPS:
                raise ValueError(f"{name} is a TIFF of more than {MOST_STRIPS} strips or tiles; {_REMEDY}")
        if tags > 2**16:
            raise ValueError(f"{name} is a TIFF of more than {2**16} entries; {_REMEDY}")
    except (struct.error, OverflowError):
        return  # it is cut short, as decoding it will say
