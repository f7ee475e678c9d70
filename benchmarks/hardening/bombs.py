"""Families of hostile files that somebody might think of: small as files, and large, deep or endless when read."""

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image


def text_bombs(opening: str = "[") -> list[bytes]:
    """Return documents that are deep, long, or of odd characters."""
    deep = [(opening * count).encode() for count in (1000, 20_000, 200_000)]
    closed = [b"[" * count + b"]" * count for count in (1000, 100_000)]
    tables = [
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"a" + b".a" * 20_000 + b" = 1",
        b"a = " + b"[" * 5000 + b"]" * 5000,
    ]
    texts = [
        b"",
        b"\0",
        b"\xff\xfea\0",
        b"\xef\xbb\xbf",
        b"\n" * 10**6,
        b"9" * 10**6,
        b'{"a": 1e999}',
        b"x = 0x" + b"f" * 6000,
    ]
    return [*deep, *closed, *tables, *texts, b"a = inf", b"[[[", b'"' * 1001, b"\xc3\x28", b"[a]\n" * 1000]


def picture_bombs() -> list[bytes]:
    """Return pictures that are small as files and large, long or odd in memory."""
    made = [png(1, 1), png(6000, 6000), png(30_000, 30_000), png(2**31 - 1, 2**31 - 1), png(60_000, 500), png(0, 5)]
    made += [png(5000, 5000, depth=16), png(4000, 4000, colour=6), png(3000, 3000, interlaced=1)]
    chunk = png_chunk
    head, body = png(8, 8)[:33], png(8, 8)[33:]
    bomb = zlib.compress(bytes(200 * 2**20), 1)
    made += [head + chunk(b"zTXt", b"a\0\0" + bomb) + body, head + chunk(b"iCCP", b"a\0\0" + bomb) + body]
    made += [
        head + chunk(b"iTXt", b"a\0\1\0\0\0" + bomb) + body,
        head + chunk(b"tEXt", b"a\0" + b"x" * 10**6) * 70 + body,
    ]
    made += [head + chunk(b"prIv", b"") * 300_000 + body, head + chunk(b"IDAT", b"") * 200_000 + body]
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 65535) + struct.pack("<HHII", 270, 2, 2**31, 8) * 60_000
    made += [head + chunk(b"eXIf", exif) + body, head + chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)) + body]
    jpeg = encode(Image.new("RGB", (600, 600), "red"), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    made += [jpeg[:last] + jpeg[last:-2] * count + jpeg[-2:] for count in (90, 2000, 20_000)]
    made += [
        jpeg[:2] + (b"\xff\xe1\xff\xffExif\0\0" + exif[:65525]) * 20 + jpeg[2:],
        jpeg[:2] + b"\xff\xfe\0\2" * 10**5 + jpeg[2:],
    ]
    gif = encode(Image.new("P", (50, 50)), "GIF")
    made += [
        gif[:13] + b"!\xfe\x01a\0" * 10**5 + gif[13:],
        gif[:6] + struct.pack("<HH", 65535, 65535) + gif[10:],
        gif[:13] + b"x" * 10**6,
    ]
    tiff = encode(Image.new("L", (50, 50)), "TIFF")
    made += [tiff[:4] + struct.pack("<I", 0) + tiff[8:], b"II*\0\x08\0\0\0" + b"\xff" * 10**6, exif + b"\0" * 100]
    made += [
        b"P3 3000 3000 255 " + b"1 " * 10**6,
        b"P5 6000 6000 255 ",
        b"P6 99999 99999 65535 ",
        b"Pf 5000 5000 -1.0 ",
    ]
    made += [encode(Image.new("RGB", (16_000, 1600)), "WEBP", lossless=True, method=0)]
    return made


def encode(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as the bytes of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int = 1, colour: int = 0, interlaced: int = 0) -> bytes:
    """Return a PNG that says that it has this size; its pixels are black as far as 40 million of them."""
    depth = 8 if colour else depth
    row = bytes(1 + width * depth * (4 if colour == 6 else 1) // 8) if width < 10**6 else b"\0"
    packer = zlib.compressobj(1)
    rows = (
        b"".join(packer.compress(row) for _ in range(height if width * height <= 40_000_000 else 10)) + packer.flush()
    )
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def array_bombs() -> list[bytes]:
    """Return .npy files with headers that no program writes."""
    shapes = (
        "(64, 64)",
        "(10**9, 10**9)",
        "(99999999999999999999, 4)",
        "(-1, 64)",
        "(64,)",
        "()",
        "(64, 64, 64)",
        "'a'",
        "(True, 64)",
    )
    kinds = (
        "'<i8'",
        "'|u1'",
        "'<f8'",
        "'|O'",
        "'<U9'",
        "'V9'",
        "[('a', '<i8')]",
        "'x'",
        "None",
        "'<c16'",
        "'<M8[s]'",
        "'|b1'",
        "5",
    )
    headers = [f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}" for kind in kinds for shape in shapes]
    headers += [
        "{",
        "(" * 5000,
        "[" * 200_000,
        "{'descr': " + "-" * 9000 + "1}",
        "'" * 3,
        "\0",
        "9" * 9000,
        "lambda: 0",
        "{}",
        "1/0",
        "{'a': '''",
    ]
    headers += [
        "{'descr': '<i8', 'fortran_order': 5, 'shape': (64, 64)}",
        "{'descr': '<i8', 'shape': (64, 64)}",
        "\n" * 100,
    ]
    return [npy(header.encode(), version) for header in headers for version in (1, 2, 3)] + [
        b"\x93NUMPY",
        b"\x93NUMPY\x09\0",
    ]


def npy(header: bytes, version: int = 1, data: bytes = bytes(4096)) -> bytes:
    """Return a .npy file with a header."""
    length = struct.pack("<H", len(header) & 0xFFFF) if version == 1 else struct.pack("<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def packed(entries: dict[str, bytes], flags: int = 0) -> bytes:
    """Return a zip archive; `flags` such as 1, for encrypted, go into its headers without more."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    made = bytearray(buffer.getvalue())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(magic)
        while flags and at >= 0:
            made[at + offset] |= flags
            at = made.find(magic, at + 4)
    return bytes(made)


def save_arrays(**arrays: object) -> bytes:
    """Return arrays as an .npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


def gzip_bombs(valid: bytes) -> list[bytes]:
    """Return packed documents that become large, that are cut, or that are none."""
    zeros, commas = bytes(300 * 2**20), b"[" + b"0," * (15 * 10**6) + b"0]"
    whole = gzip.compress(valid, mtime=0)
    return [
        gzip.compress(zeros, 1),
        gzip.compress(commas, 1),
        whole[:-9],
        whole * 3,
        whole[:10],
        b"\x1f\x8b",
        whole + b"x",
    ]
