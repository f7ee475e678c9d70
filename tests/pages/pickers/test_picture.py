import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from masking.datasets.gallery import open_sample, samples
from pages.shell import uploads
from tests.pages.compare_page import PAGE, Bench


def photograph(mode="RGB", size=(60, 40)):
    pixels = np.arange(size[0] * size[1] * 3).reshape(size[1], size[0], 3) % 251
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def encoded(picture, form="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def bomb(side=9000):
    """A PNG of 81 megapixels in some ten kilobytes."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"\0" * (side * (side // 8 + 1)), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sixteen_bits():
    return Image.fromarray(np.linspace(0, 65535, 2400).reshape(40, 60).astype(np.uint16))


def animated(form):
    return encoded(photograph(), form, save_all=True, append_images=[photograph().transpose(0)], duration=100)


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera held upright
    return encoded(photograph(), "JPEG", exif=exif)


GOOD = {
    "PNG": ("a.png", encoded(photograph())),
    "JPEG": ("a.jpg", encoded(photograph(), "JPEG")),
    "WEBP": ("a.webp", encoded(photograph(), "WEBP")),
    "one pixel": ("a.png", encoded(photograph(size=(1, 1)))),
    "greyscale": ("a.png", encoded(photograph("L"))),
    "transparent": ("a.png", encoded(photograph("RGBA"))),
    "palette": ("a.png", encoded(photograph("P"))),
    "CMYK": ("a.jpg", encoded(photograph("CMYK"), "JPEG")),
    "16 bit": ("a.png", encoded(sixteen_bits())),
    "animated PNG": ("a.png", animated("PNG")),
    "animated WEBP": ("a.webp", animated("WEBP")),
    "larger than is kept": ("a.png", encoded(Image.new("RGB", (3000, 2500)))),
    "another format's name": ("a.png", encoded(photograph(), "JPEG")),
}
BAD = {
    "empty": ("a.png", b"", "a.png is not a PNG, JPEG or WEBP picture"),
    "text": ("a.png", b"hello", "a.png is not a PNG, JPEG or WEBP picture"),
    "GIF": ("a.png", encoded(photograph(), "GIF"), "a.png is not a PNG, JPEG or WEBP picture"),
    "truncated PNG": ("a.png", encoded(photograph(size=(200, 200)))[:900], "a.png cannot be read to its end"),
    "truncated JPEG": ("a.jpg", encoded(photograph(size=(200, 200)), "JPEG")[:900], "a.jpg cannot be read to its end"),
    "bomb": ("a.png", bomb(), "a.png has 81 megapixels"),
    "a line": ("a.png", encoded(photograph(size=(300, 2))), "a.png is 300x2; crop it nearer to a square"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_photograph_is_chosen_once_uploaded(kind):
    bench = Bench(methods="").upload("photograph", *GOOD[kind])
    assert not bench.errors
    assert bench.address["image"].startswith("upload:")
    assert bench.at.selectbox(key="image").value == bench.address["image"]
    assert bench.comparison.image.shape == (1, 3, 128, 128)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_upload_gives_one_sentence_and_changes_nothing_else(kind):
    name, content, sentence = BAD[kind]
    bench = Bench(image="chelsea", methods="noise")
    before, cards = bench.mask.digest, bench.cards
    bench.upload("photograph", name, content)
    assert len(bench.errors) == 1
    assert bench.errors[0].startswith(sentence)
    assert bench.errors[0].endswith(".")
    assert (bench.mask.digest, bench.cards, bench.address["image"]) == (before, cards, "chelsea")


def test_the_complaint_goes_with_the_next_good_upload():
    bench = Bench(methods="").upload("photograph", "a.png", b"hello")
    assert bench.errors
    bench.upload("photograph", *GOOD["PNG"])
    assert not bench.errors


def test_an_upload_is_what_the_classifier_sees(bundled):
    bench = Bench(methods="").upload("photograph", *GOOD["PNG"])
    assert bench.comparison.image.equal(bundled.prepare(photograph()))


def test_photographs_are_turned_upright():
    bench = Bench(methods="").upload("photograph", "a.jpg", turned())
    assert bench.at.session_state["picture_size"] == (60, 40)


def test_metadata_is_not_kept():
    bench = Bench(methods="").upload("photograph", "a.jpg", turned())
    kept = Image.open(io.BytesIO(uploads.get(bench.address["image"].removeprefix("upload:"))))
    assert not kept.getexif()


def test_an_upload_survives_reruns_another_choice_and_another_page():
    bench = Bench(methods="").upload("photograph", *GOOD["PNG"])
    upload = bench.address["image"]
    bench.run()
    bench.choose("image", "chelsea").choose("image", upload)
    bench.go("app.py").go(PAGE)
    assert bench.address["image"] == upload
    assert bench.comparison.image.equal(Bench(image=upload, methods="").comparison.image)


def test_uploads_of_one_name_can_be_told_apart():
    bench = Bench(methods="").upload("photograph", "a.png", GOOD["PNG"][1])
    first = bench.address["image"]
    bench.upload("photograph", "a.png", GOOD["greyscale"][1])
    second = bench.address["image"]
    labels = bench.at.selectbox(key="image").options
    assert len(labels) == len(set(labels))
    bench.choose("image", first)
    assert bench.address["image"] == first != second


def test_a_link_to_an_upload_shows_it():
    upload = Bench(methods="").upload("photograph", *GOOD["PNG"]).address["image"]
    linked = Bench(image=upload, methods="")
    assert linked.address["image"] == upload
    assert linked.comparison.image.equal(Bench(methods="").upload("photograph", *GOOD["PNG"]).comparison.image)


@pytest.mark.parametrize("name", ["0" * 24, "../../etc/passwd", ""])
def test_a_link_to_an_upload_that_is_gone_says_so_and_shows_a_sample(name):
    bench = Bench(image=f"upload:{name}", methods="")
    assert bench.errors == ["What this link refers to is no longer kept on this machine; upload it again."]
    assert bench.cards


def test_every_photograph_can_be_chosen():
    bench = Bench(methods="")
    for name in samples():
        if name.startswith("scene"):
            continue
        bench.choose("image", name)
        assert bench.comparison.image.shape == (1, 3, 128, 128)
        assert not bench.errors


def test_a_sample_is_what_its_name_says(bundled):
    bench = Bench(methods="").choose("image", "coffee")
    assert bench.comparison.image.equal(bundled.prepare(open_sample("coffee")))
    assert "Rachel Michetti" in bench.captions


def test_a_photograph_that_cannot_be_kept_is_told(monkeypatch):
    def full(content):
        raise OSError(28, "No space left on device")

    bench = Bench(methods="")
    monkeypatch.setattr(uploads, "put", full)
    bench.upload("photograph", *GOOD["PNG"])
    assert "No space left on device." in bench.errors
    assert bench.cards
