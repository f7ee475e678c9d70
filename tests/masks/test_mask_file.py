"""Mask files as people make them: each hides what its author meant, or is refused with one sentence."""

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw, ImageFilter

from masking import Mask
from masking.image import open_picture
from masking.masks.mask_file import read_object, read_present

SIDE = 48
KEEP = np.zeros((SIDE, SIDE), bool)
KEEP[:, 20:] = True  # not along the blocks of a JPEG
BYTES = KEEP.astype(np.uint8)
PHOTO = np.asarray(Image.fromarray(skimage.data.chelsea()[:, 50:350]).resize((SIDE, SIDE)))
THIRDS = np.repeat(np.arange(3), SIDE // 3)[None].repeat(SIDE, 0)


def encoded(picture, kind="PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(np.ascontiguousarray(picture))
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def indexed(values, *colours, **options) -> bytes:
    picture = Image.fromarray(np.asarray(values, np.uint8)).convert("L")
    picture.putpalette([channel for colour in colours for channel in colour])
    return encoded(picture, **options)


def layers(colour, opacity) -> bytes:
    return encoded(np.dstack([np.broadcast_to(np.uint8(colour), (SIDE, SIDE, 3)), np.uint8(opacity)]))


def coloured(present, hidden=(0, 0, 0)) -> np.ndarray:
    return np.where(KEEP[..., None], np.uint8(present), np.uint8(hidden))


def smooth_disc(side=SIDE) -> tuple[np.ndarray, np.ndarray]:
    """A disc drawn four times as large and made smaller, and where it is."""
    large = Image.new("L", (4 * side, 4 * side))
    ImageDraw.Draw(large).ellipse((side, side, 3 * side + 1, 3 * side + 2), fill=255)
    smooth = np.asarray(large.resize((side, side), Image.Resampling.BOX))
    return smooth, smooth >= 128


def ringed(side=SIDE) -> np.ndarray:
    """A small object with the label 1 inside a rim of 255, as in Pascal VOC; every pixel of it is near the rim."""
    labels = np.zeros((side, side), np.uint8)
    labels[16:30, 16:30], labels[19:27, 19:27] = 255, 1
    return labels


def with_a_soft_part(side=SIDE) -> np.ndarray:
    """Black and white, and a part that rises slowly from one to the other, far from any edge."""
    greys = np.zeros((2 * side, 2 * side), np.uint8)
    greys[:20, :], greys[50:80, 40:60] = 255, np.linspace(30, 90, 20).astype(np.uint8)
    return greys


def turned(picture, orientation) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture, exif=exif)


HALVES = {
    "0 and 255": encoded(BYTES * 255),
    "0 and 1": encoded(BYTES),
    "10 and 200": encoded(BYTES * 190 + 10),
    "one bit": encoded(KEEP),
    "16 bits, 0 and 255": encoded(BYTES.astype(np.uint16) * 255),
    "16 bits, 0 and 65535": encoded(BYTES.astype(np.uint16) * 65535),
    "16 bits, 0 and 1": encoded(BYTES.astype(np.uint16)),
    "Pascal VOC, two indices": indexed(BYTES, (0, 0, 0), (128, 0, 0)),
    "black palette": indexed(BYTES, (0, 0, 0), (0, 0, 0)),
    "white before black": indexed(1 - BYTES, (255, 255, 255), (0, 0, 0)),
    "index 15": indexed(BYTES * 15, *[(index, 0, 0) for index in range(16)]),
    "red on black": encoded(coloured((255, 0, 0))),
    "dark blue on black": encoded(coloured((0, 0, 90))),
    "white on blue": encoded(coloured((255, 255, 255), (0, 0, 255))),
    "instance 1 as a colour": encoded(coloured((1, 0, 0))),
    "red on black, JPEG": encoded(coloured((230, 20, 10)), "JPEG", quality=95, subsampling=0),
    "JPEG": encoded(BYTES * 255, "JPEG", quality=90),
    "JPEG in colour": encoded(np.dstack([BYTES * 255] * 3), "JPEG", quality=75),
    "strongly compressed": encoded(BYTES * 255, "JPEG", quality=30),
    "WEBP": encoded(np.dstack([BYTES * 255] * 3), "WEBP", quality=90),
    "opaque": encoded(np.dstack([coloured((255,) * 3), BYTES * 0 + 255])),
    "the same opacity": encoded(np.dstack([coloured((255,) * 3), BYTES * 0 + 77])),
    "grey and opaque": encoded(np.dstack([BYTES * 255, BYTES * 0 + 255])),
    "erased photograph": encoded(np.dstack([PHOTO, BYTES * 255])),
    "erased white layer": layers((255, 255, 255), BYTES * 255),
    "erased grey layer": encoded(np.dstack([BYTES * 0 + 255, BYTES * 255])),
    "erased grey photograph": encoded(np.dstack([PHOTO[..., 1], BYTES * 255])),
    "white on a transparent index": indexed(BYTES, (0, 0, 0), (255, 255, 255), transparency=0),
    "black called transparent": encoded(BYTES * 255, transparency=0),
    "turned by 180°": turned(BYTES[::-1, ::-1] * 255, 3),
    "turned by 90°": turned(np.rot90(BYTES) * 255, 6),
}  # fmt: skip


@pytest.mark.parametrize("data", HALVES.values(), ids=HALVES)
def test_a_mask_file_hides_what_its_author_meant(data):
    np.testing.assert_array_equal(read_present(data), KEEP)
    beside = read_object(data) != KEEP  # smooth edges belong to the object
    assert not beside.any() if data[:4] == b"\x89PNG" else beside.mean() < 0.05
    assert not (beside & KEEP).any()
    assert Mask.from_png(data).hidden_share == pytest.approx(20 / 48)


@pytest.mark.parametrize("quality", [40, 60, 80])
@pytest.mark.parametrize("side", ["inside", "outside"])
def test_a_compression_may_leave_traces_further_from_an_edge(quality, side):
    """WEBP has blocks of 16 pixels; JPEG, of 8."""
    picture = Image.new("L", (237, 181))
    ImageDraw.Draw(picture).ellipse((30, 22, 171, 150), fill=255)
    present = np.asarray(picture) > 0
    present = present if side == "inside" else ~present
    for kind in ("WEBP", "JPEG"):
        data = encoded(np.dstack([present.astype(np.uint8) * 255] * 3), kind, quality=quality)
        assert (read_present(data) != present).mean() < 0.002


def test_many_small_labels_with_rims_are_no_compression():
    labels = np.zeros((200, 200), np.uint8)
    for label in range(1, 13):
        top, left = 45 * ((label - 1) // 4) + 10, 45 * ((label - 1) % 4) + 10
        labels[top : top + 30, left : left + 30] = 255
        labels[top + 2 : top + 28, left + 2 : left + 28] = label
    with pytest.raises(ValueError, match="14 values from 0 to 255"):
        read_present(encoded(labels))


def test_a_label_with_a_smooth_rim_is_no_compression():
    """A label map that was made larger with smooth edges: label 1 is no black."""
    labels = Image.fromarray(np.kron(ringed(), np.ones((4, 4), np.uint8)))
    smooth = np.asarray(labels.resize((400, 400), Image.Resampling.BICUBIC)).copy()
    smooth[-40:, -200:] = 1
    with pytest.raises(ValueError, match="is not black and white"):
        read_present(encoded(smooth))


def test_smooth_edges_are_cut_at_half():
    smooth, disc = smooth_disc()
    for data in (encoded(smooth), encoded(smooth.astype(np.uint16) * 257), encoded(np.dstack([smooth] * 3))):
        np.testing.assert_array_equal(read_present(data), disc)
    erased = encoded(np.dstack([np.full_like(PHOTO, 255), smooth]))
    np.testing.assert_array_equal(read_present(erased), disc)
    large = Image.fromarray(BYTES * 255).resize((480, 480), Image.Resampling.BILINEAR)
    assert read_present(encoded(large)).mean() == pytest.approx(28 / 48, abs=0.01)
    np.testing.assert_array_equal(read_object(encoded(smooth)), smooth > 0)  # the object is all that it touches
    assert (smooth > 0).sum() > disc.sum()


@pytest.mark.parametrize(
    ("data", "present"),
    [
        (encoded(BYTES * 0), False),
        (encoded(BYTES * 0 + 255), True),
        (encoded(KEEP | True), True),
        (encoded(BYTES.astype(np.uint16) * 0 + 65535), True),
        (indexed(BYTES * 0, (0, 0, 0), (128, 0, 0)), False),
        (encoded(PHOTO * 0 + 255), True),
        (encoded(PHOTO * 0), False),
    ],
    ids=["0", "255", "one bit", "16 bits", "VOC without an object", "white", "black"],
)
def test_one_value_is_all_or_nothing(data, present):
    assert (read_present(data) == present).all()


REFUSED = {
    "a photograph": (encoded(PHOTO), r"has \d+ colours \(#"),
    "a grey photograph": (
        encoded(PHOTO[..., 1]),
        r"has \d+ values from \d+ to \d+; threshold it, so that it has only 0 and 255",
    ),
    "noise": (encoded(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)), "threshold it"),
    "a soft mask": (
        encoded(np.linspace(0, 255, SIDE)[None].repeat(SIDE, 0).astype(np.uint8)),
        "48 values from 0 to 255",
    ),
    "a feathered mask": (
        encoded(Image.fromarray(BYTES * 255).resize((200, 200)).filter(ImageFilter.GaussianBlur(25))),
        "threshold it",
    ),
    "three greys": (encoded(np.array([0, 127, 255], np.uint8)[THIRDS]), "the values 0, 127 and 255; threshold it"),
    "labels with a void": (encoded(np.array([0, 1, 255], np.uint8)[THIRDS]), "the values 0, 1 and 255"),
    "a class with a void": (encoded(np.array([0, 15, 255], np.uint8)[THIRDS]), "the values 0, 15 and 255"),
    "a small object with a void": (encoded(ringed()), "the values 0, 1 and 255; threshold it"),
    "a soft part": (encoded(with_a_soft_part()), "values from 0 to 255; threshold it"),
    "two colours on black": (
        encoded(np.uint8([(0, 0, 0), (255, 0, 0), (0, 255, 0)])[THIRDS]),
        "3 colours .#ff0000, #00ff00, #000000.",
    ),
    "instances": (encoded(THIRDS.astype(np.uint8)), "the values 0, 1 and 2"),
    "16 bits that hold 8": (encoded(PHOTO[..., 1].astype(np.uint16)), "values"),
    "VOC with its void": (
        indexed(THIRDS, (0, 0, 0), (128, 0, 0), (224, 224, 192)),
        "3 colours .#e0e0c0, #800000, #000000.",
    ),
    "three indices, one colour": (indexed(THIRDS, *[(0, 0, 0)] * 3), "the palette entries 0, 1 and 2"),
    "a dark index above": (indexed(BYTES, (200, 90, 0), (0, 60, 0)), "the lower one is brighter"),
    "red and green": (
        encoded(coloured((255, 0, 0), (0, 255, 0))),
        "2 colours .#ff0000, #00ff00.; save it in black and white",
    ),
    "three colours": (encoded((np.eye(3) * 255).astype(np.uint8)[THIRDS]), "3 colours"),
    "one grey": (encoded(BYTES * 0 + 1), "the value 1 everywhere, neither black .0. nor white .255."),
    "one colour": (encoded(PHOTO * 0 + 200), "one colour .#c8c8c8."),
    "an index without a colour": (indexed(BYTES * 0 + 1, (0, 0, 0), (0, 0, 0)), "the palette entries 1"),
    "transparent everywhere": (layers((255, 255, 255), BYTES * 0), "transparent everywhere; save it without"),
    "black strokes": (layers((0, 0, 0), BYTES * 255), "is #000000 where it is opaque and transparent elsewhere"),
    "red strokes": (layers((255, 0, 0), BYTES * 255), "is #ff0000 where it is opaque"),
    "black, white and clear": (
        encoded(np.dstack([np.array([0, 255, 255], np.uint8)[THIRDS]] * 3 + [(THIRDS < 2).astype(np.uint8) * 255])),
        "partly transparent, and black and white elsewhere",
    ),
    "half transparent": (layers((255, 255, 255), BYTES * 128 + 127), "its opacity has the values 127 and 255"),
    "no picture": (b"hello", "is not a PNG"),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_file_with_two_readings_is_refused_with_its_values(data, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        read_present(data)
    assert str(caught.value).startswith("the mask ")
    assert "\n" not in str(caught.value)


# --- objects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        encoded(THIRDS.astype(np.uint8)),
        encoded(np.array([0, 1, 255], np.uint8)[THIRDS]),
        encoded(np.array([0, 15, 255], np.uint8)[THIRDS]),
        encoded(np.array([0, 300, 7], np.uint16)[THIRDS]),
        indexed(THIRDS, (0, 0, 0), (128, 0, 0), (224, 224, 192)),
        indexed(THIRDS, *[(0, 0, 0)] * 3),
        indexed(np.array([2, 0, 1])[THIRDS], (255, 255, 255), (90, 90, 90), (0, 0, 0)),
        encoded(np.uint8([(0, 0, 0), (128, 0, 0), (0, 128, 0)])[THIRDS]),
    ],
    ids=["instances", "a void", "class 15", "16 bits", "VOC", "one colour", "grey palette", "colours"],
)
def test_labels_above_0_are_the_object(data):
    np.testing.assert_array_equal(read_object(data), THIRDS > 0)


def test_an_object_of_one_label():
    assert read_object(encoded(BYTES * 0 + 7)).all()
    assert not read_object(encoded(BYTES * 0)).any()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (encoded(PHOTO), "colours"),
        (encoded(PHOTO[..., 1]), "threshold it"),
        (encoded(BYTES + 1), "the labels 1 and 2 but no 0"),
        (indexed(THIRDS, (128, 64, 128), (0, 0, 90), (70, 70, 70)), "entry 0 is #804080"),
        (layers((0, 0, 0), BYTES * 255), "opaque"),
    ],
    ids=["a photograph", "a grey photograph", "no 0", "a street", "black strokes"],
)
def test_objects_that_cannot_be_told_are_refused(data, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_object(data)


def test_a_mask_of_the_project_comes_back():
    mask = Mask.random_patches(SIDE, 0.5, 8)
    assert Mask.from_png(mask.to_png()).digest == mask.digest
    assert (np.asarray(open_picture(mask.to_png()))[..., 0] == 255 * mask.keep[0, 0].numpy()).all()
