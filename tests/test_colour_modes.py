"""Pictures in every colour mode and arrays of numbers: each becomes RGB, or is refused with one sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from masking import Classifier
from masking.image import STORED_FORMATS, open_picture

RAMP = np.tile(np.linspace(0, 1, 64), (8, 1))


def brightness(source) -> float:
    return float(np.asarray(open_picture(source)).mean())


def grey_png(bits: int, values: list[int], clear: int) -> bytes:
    """One row of greys of 1, 2, 4, 8 or 16 bits, one of which is transparent."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    text = "".join(format(value, f"0{bits}b") for value in values)
    row = b"\0" + int(text, 2).to_bytes(len(text) // 8, "big")
    header = struct.pack(">IIBBBBB", len(values), 1, bits, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tRNS", struct.pack(">H", clear))
        + chunk(b"IDAT", zlib.compress(row))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("bits", "grey"), [(1, 0), (2, 170), (4, 34), (8, 2), (16, 0)])
def test_a_transparent_grey_becomes_white_at_every_depth(bits, grey):
    other = 0 if bits == 1 else 2
    row = np.asarray(open_picture(grey_png(bits, [1] * 8 + [other] * 8, 1)))[0, :, 0]
    assert row.tolist() == [255] * 8 + [grey] * 8


@pytest.mark.parametrize(
    "picture",
    [
        Image.fromarray(RAMP.astype(np.float32)),
        Image.fromarray((255 * RAMP).astype(np.float32)),
        Image.fromarray((65535 * RAMP).astype(np.uint16)),
        Image.fromarray((255 * RAMP).round().astype(np.int32)),
        Image.fromarray((65535 * RAMP).astype(np.int32)),
        Image.fromarray((RAMP * (1 + 5e-4) - 2e-4).astype(np.float32)),  # rounding leaves the range
    ],
    ids=["0 … 1", "0 … 255", "16 bits", "32 bits, 0 … 255", "32 bits, 0 … 65535", "rounded"],
)
def test_a_wide_grey_keeps_its_brightness(picture):
    assert brightness(picture) == pytest.approx(127.5, abs=1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (2 * RAMP - 1, "values from -1 to 1; scale them to 0 … 1 or 0 … 255"),
        (257 * RAMP, "values from 0 to 257"),
        (4 * RAMP, "values from 0 to 4"),
        (RAMP * np.nan, "NaN or infinite"),
    ],
    ids=["−1 … 1", "above 255", "bright light", "NaN"],
)
def test_floats_of_an_unknown_range_are_refused(values, sentence):
    for source in (Image.fromarray(values.astype(np.float32)), values, np.dstack([values] * 3)):
        with pytest.raises(ValueError, match=sentence):
            open_picture(source)
    with pytest.raises(ValueError, match="values from -2000 to 2000"):
        open_picture(Image.fromarray((4000 * RAMP - 2000).round().astype(np.int32)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "HSV"])
def test_every_mode_becomes_rgb(mode):
    clear = mode in {"LA", "La", "PA", "RGBA", "RGBa", "CMYK"}
    assert open_picture(Image.new(mode, (4, 3))).getcolors() == [(12, (255, 255, 255) if clear else (0, 0, 0))]


@pytest.mark.parametrize(
    "pixels",
    [
        (255 * np.dstack([RAMP] * 3)).astype(np.uint8),
        (65535 * RAMP).astype(np.uint16),
        np.dstack([RAMP] * 3),
        np.dstack([RAMP] * 3 + [np.ones_like(RAMP)]).astype(np.float32),
        (255 * RAMP)[..., None],
        RAMP > 0.5,
        (255 * RAMP).astype(np.int64),
    ],
    ids=["bytes", "16 bits", "floats", "opaque", "one channel", "bools", "integers"],
)
def test_arrays_are_pictures(pixels, bundled):
    assert open_picture(pixels).size == (64, 8)
    assert brightness(pixels) == pytest.approx(127.5, abs=1)
    assert bundled.prepare(pixels).shape == (1, 3, *bundled.input_size)


def test_an_array_is_the_picture_of_its_bytes(bundled):
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    assert bundled.prepare(pixels).equal(bundled.prepare(Image.fromarray(pixels)))


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((3, 20, 30), "the channels come first; give array.transpose"),
        ((3, 20, 3), "3 pixels high; the channels come first"),
        ((1, 3, 20, 30), "of shape .1, 3, 20, 30.; give .h, w, 3."),
        ((20, 30, 2), "give .h, w, 3."),
        ((20,), "give .h, w, 3."),
        ((0, 30, 3), "give .h, w, 3."),
    ],
)
def test_arrays_of_other_shapes_are_refused(shape, sentence, bundled: Classifier):
    for give in (open_picture, bundled.prepare):
        with pytest.raises(ValueError, match=sentence):
            give(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="array of <U1"):
        open_picture(np.full((4, 4), "a"))


def test_a_folder_and_a_long_text_are_refused_with_the_remedy(tmp_path):
    with pytest.raises(ValueError, match=r"is a folder; name a picture in it"):
        open_picture(tmp_path)
    text, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    text.add_text("comment", "x" * 3_000_000, zip=True)
    Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=text)
    with pytest.raises(ValueError, match="too much text beside its pixels; save it without metadata"):
        open_picture(buffer.getvalue())


@pytest.mark.parametrize("kind", ["BMP", "GIF", "PPM", "TIFF"])
def test_more_formats_are_read_for_data_sets_only(kind):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, kind)
    assert open_picture(buffer.getvalue(), formats=STORED_FORMATS).getpixel((0, 0)) == (255, 0, 0)
    with pytest.raises(ValueError, match="is not a PNG, JPEG or WEBP picture"):
        open_picture(buffer.getvalue())
