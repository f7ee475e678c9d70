"""Pictures as users have them: each is read, or refused with one sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageFile

from masking.image import (
    MAX_PIXELS,
    centre_view,
    check_image,
    digest,
    open_picture,
    to_image,
    to_picture,
    to_png,
)
from tests.small_pictures import BLUE, RED, encoded, half_red


def picture_of(pixels, mode=None) -> Image.Image:
    picture = Image.fromarray(np.asarray(pixels))
    return picture.convert(mode) if mode else picture


def palette_of(*colours) -> Image.Image:
    """Every pixel in the last of these colours."""
    picture = Image.new("P", (3, 2), len(colours) - 1)
    picture.putpalette([value for colour in colours for value in colour])
    return picture


def png_claiming(width: int, height: int) -> bytes:
    """A small file of that many black pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width // 8 + 1)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- read ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "options", "pixel"),
    [
        (Image.new("RGB", (3, 2), (10, 20, 30)), {}, (10, 20, 30)),
        (Image.new("RGB", (1, 1), (10, 20, 30)), {}, (10, 20, 30)),
        (Image.new("L", (3, 2), 77), {}, (77, 77, 77)),
        (Image.new("1", (3, 2), 1), {}, (255, 255, 255)),
        (Image.new("LA", (3, 2), (0, 0)), {}, (255, 255, 255)),
        (Image.new("RGBA", (3, 2), (10, 20, 30, 255)), {}, (10, 20, 30)),
        (Image.new("RGBA", (3, 2), (10, 20, 30, 0)), {}, (255, 255, 255)),
        (Image.new("RGBA", (3, 2), (0, 0, 0, 51)), {}, (204, 204, 204)),
        (palette_of(RED, BLUE), {}, BLUE),
        (palette_of(RED, BLUE), {"transparency": 1}, (255, 255, 255)),
        (Image.new("RGB", (3, 2), (10, 20, 30)), {"transparency": (10, 20, 30)}, (255, 255, 255)),
        (picture_of(np.full((2, 3), 0x8080, np.uint16)), {}, (128, 128, 128)),
        (picture_of(np.full((2, 3), 200, np.uint16)), {}, (1, 1, 1)),
        (Image.new("CMYK", (16, 16), (0, 255, 255, 0)), {"kind": "JPEG", "quality": 100}, RED),
        (Image.new("RGB", (16, 16), RED), {"kind": "WEBP", "lossless": True}, RED),
    ],
    ids=lambda value: getattr(value, "mode", None),
)
def test_every_kind_of_picture_becomes_rgb(picture, options, pixel):
    opened = open_picture(encoded(picture, **options))
    assert opened.mode == "RGB"
    assert opened.size == picture.size
    np.testing.assert_allclose(opened.getpixel((0, 0)), pixel, atol=2 if picture.mode == "CMYK" else 0)
    assert not opened.info


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_taken(kind, tmp_path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    path = tmp_path / "moving"
    path.write_bytes(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert open_picture(path).getcolors() == [(256, RED)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "blue_side"), [(1, "left"), (3, "right"), (6, "top"), (8, "bottom")])
def test_a_picture_stands_as_the_camera_was_held(kind, orientation, blue_side):
    exif = Image.Exif()
    exif[0x0112] = orientation
    opened = open_picture(encoded(half_red(64, 32), kind, exif=exif, quality=95))
    width, height = opened.size
    middle = {"left": (8, 16), "right": (56, 16), "top": (16, 8), "bottom": (16, 56)}
    assert (width, height) == ((64, 32) if blue_side in {"left", "right"} else (32, 64))
    red, _, blue = opened.getpixel(middle[blue_side])
    assert blue > 200
    assert red < 50


def test_damaged_exif_is_passed_over_in_silence():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 40
    data = encoded(half_red(64, 32), "JPEG", exif=exif)
    start = data.index(b"Exif\0\0")
    for position in range(start + 6, start + 60, 3):
        broken = data[:position] + b"\xff" * 4 + data[position + 4 :]
        assert sorted(open_picture(broken).size) == [32, 64]


# --- refused ---------------------------------------------------------------------------------------------------------


def refused(source, *parts):
    with pytest.raises(ValueError, match=r"; ") as caught:
        open_picture(source)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence


def test_what_is_no_picture_is_refused(tmp_path):
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    refused(text, str(text), "is not a PNG, JPEG or WEBP picture; save it as one of these")
    refused(b"", "the picture is not a PNG")
    refused(encoded(half_red(), "GIF"), "is not a PNG, JPEG or WEBP")
    refused(tmp_path / "gone.png", "there is no file", "gone.png; check the path")
    refused(tmp_path, str(tmp_path))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_picture_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    for share in (0.5, 0.9):
        refused(data[: int(share * len(data))], "save it")


@pytest.mark.parametrize(
    ("side", "claimed"), [(9000, "81 megapixels"), (10000, "100 megapixels"), (20000, "too large")]
)
def test_a_bomb_is_refused_before_it_is_decoded(side, claimed, monkeypatch):
    def decode(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    bomb = png_claiming(side, side)
    assert len(bomb) < 100_000
    refused(bomb, claimed, "make it smaller than 40 megapixels")


def test_the_largest_picture_is_read():
    assert open_picture(png_claiming(MAX_PIXELS // 4000, 4000)).size == (10000, 4000)
    refused(png_claiming(MAX_PIXELS // 4000 + 1, 4000), "megapixels")


@settings(max_examples=150)
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "moving", "turned"]), st.data())
def test_no_damage_makes_anything_but_a_sentence(kind, data):
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {"turned": {"exif": exif}, "moving": {"save_all": True, "append_images": [half_red(30, 20).rotate(180)]}}
    content = bytearray(encoded(half_red(30, 20), kind if kind.isupper() else "PNG", **options.get(kind, {})))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        open_picture(content)
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017 - a picture may survive the damage


# --- tensors ---------------------------------------------------------------------------------------------------------


@given(arrays(np.uint8, (5, 4, 3)))
def test_pictures_and_images_are_the_same_thing(pixels):
    image = to_image(Image.fromarray(pixels))
    assert image.shape == (1, 3, 5, 4)
    assert image.dtype == torch.float32
    np.testing.assert_array_equal(np.asarray(to_picture(image)), pixels)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(to_png(image)))), pixels)


def test_values_outside_the_range_are_cut_off():
    assert to_picture(torch.tensor([-1.0, 0.5, 2.0]).view(1, 3, 1, 1)).getpixel((0, 0)) == (0, 128, 255)


def test_the_central_view_by_hand():
    picture = picture_of(np.arange(6 * 4, dtype=np.uint8).reshape(4, 6), "RGB")
    view = centre_view(picture, 4, (2, 2))
    assert np.asarray(view)[..., 0].tolist() == [[8, 9], [14, 15]]
    assert centre_view(picture, 8, (8, 8)).size == (8, 8)


def test_a_picture_as_narrow_as_a_line_is_refused():
    with pytest.raises(ValueError, match="the picture is 2x300; crop it"):
        open_picture(Image.new("RGB", (2, 300)))
    assert centre_view(Image.new("RGB", (1, 1)), 8, (8, 8)).size == (8, 8)


@pytest.mark.parametrize("image", [torch.rand(3, 4, 4), torch.rand(1, 1, 4, 4), torch.zeros(1, 3, 4, 4).byte()])
def test_other_tensors_are_no_images(image):
    with pytest.raises(ValueError, match=r"give floats of shape \(n, 3, h, w\) in \[0, 1\]"):
        check_image(image)


def test_digests_differ_with_shape_type_and_contents():
    zeros = torch.zeros(2, 3)
    others = [zeros.view(3, 2), zeros.double(), zeros + 1e-7, -zeros]
    assert len({digest(tensor) for tensor in [zeros, *others]}) == 5
    assert digest(zeros) == digest(torch.zeros(3, 2).T)
