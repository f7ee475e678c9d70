"""Small files of pictures that cost much are refused before they are decoded; nothing of a picture is ever floats."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from masking import colour_modes
from masking.colour_modes import to_rgb
from masking.image import STORED_FORMATS, open_picture
from tests.small_pictures import encoded, half_red


def scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    whole = encoded(half_red(64, 64), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * count + whole[-2:]


def chunks(count: int) -> bytes:
    """A PNG of that many empty chunks before its pixels."""
    whole = encoded(half_red(64, 64))
    first = whole.index(b"IDAT") - 4
    return (
        whole[:first]
        + (struct.pack(">I", 0) + b"prIv" + struct.pack(">I", zlib.crc32(b"prIv"))) * count
        + whole[first:]
    )


def blocks(count: int, block: bytes = b"!\xfe\x01a\0") -> bytes:
    """A GIF of that many comments, or of that much of anything else, before its picture."""
    whole = encoded(half_red(64, 64), "GIF")
    start = 13 + 3 * 2 ** ((whole[10] & 7) + 1)
    return whole[:start] + block * count + whole[start:]


def strips(count: int) -> bytes:
    """A TIFF that says that it has that many strips."""
    whole = bytearray(encoded(half_red(64, 64), "TIFF"))
    start = struct.unpack_from("<I", whole, 4)[0]
    for entry in range(struct.unpack_from("<H", whole, start)[0]):
        if struct.unpack_from("<H", whole, start + 2 + 12 * entry)[0] == 273:
            struct.pack_into("<I", whole, start + 2 + 12 * entry + 4, count)
    return bytes(whole)


@pytest.mark.parametrize(
    ("costly", "usual", "words"),
    [
        (scans(2000), scans(20), "is a JPEG of more than 100 scans; open it in a picture editor"),
        (scans(1)[:2] + b"\xff\xfe\0\2" * 20_000 + scans(1)[2:], scans(1), "is a JPEG of more than 10000 segments"),
        (chunks(200_000), chunks(2000), "is a PNG of more than 100000 chunks"),
        (blocks(20_000), blocks(200), "is a GIF of more than 10000 blocks"),
        (blocks(20_000, b"x"), blocks(1, b"x"), "is a GIF of more than 10000 blocks"),
        (strips(200_000), strips(1), "is a TIFF of more than 100000 strips"),
    ],
    ids=["scans", "segments", "chunks", "comments", "junk", "strips"],
)
def test_a_file_of_more_parts_than_programs_write_is_refused_before_it_is_decoded(costly, usual, words, monkeypatch):
    assert open_picture(usual, formats=STORED_FORMATS).size == (64, 64)
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(ValueError, match=words):
        open_picture(costly, formats=STORED_FORMATS)


def test_the_most_pixels_may_be_fewer_than_usual():
    assert open_picture(encoded(half_red(64, 32)), most_pixels=2048).size == (64, 32)
    with pytest.raises(ValueError, match="has 0 megapixels; make it smaller than 0 megapixels"):
        open_picture(encoded(half_red(64, 32)), most_pixels=2047)


@pytest.mark.parametrize("mode", ["I;16", "I", "F", "RGBA", "LA"])
def test_a_picture_is_scaled_and_composed_in_bands_as_it_would_be_at_once(mode, monkeypatch):
    values = np.random.default_rng(0).integers(0, 256, (50, 30)).astype(np.uint8)
    wide = {"I;16": values.astype(np.uint16) * 257, "I": values.astype(np.int32), "F": values.astype(np.float32) / 255}
    picture = Image.fromarray(wide[mode]) if mode in wide else Image.fromarray(values).convert(mode)
    if mode not in wide:
        picture.putalpha(Image.fromarray(values[::-1]))
    at_once = np.asarray(to_rgb(picture))
    monkeypatch.setattr(colour_modes, "BAND", 100)
    assert np.array_equal(np.asarray(to_rgb(picture)), at_once)
    if mode in wide:
        assert np.array_equal(at_once[..., 0], values)


@pytest.mark.parametrize("path", ["/dev/zero", "fifo", "~nobody-of-this-name/a.png", "a\0b.png", "x" * 300])
def test_what_is_no_ordinary_file_is_refused_in_one_sentence(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    with pytest.raises(ValueError, match=r"^[^\n]{10,300}; \w[^\n]+$|cannot be read \(it is no ordinary file\)"):
        open_picture(path)


def test_a_name_of_several_lines_is_one_line_in_a_sentence(tmp_path):
    (tmp_path / "a\nb.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"^[^\n]*is not a PNG, JPEG or WEBP picture; save it as one of these$"):
        open_picture(tmp_path / "a\nb.png")
