import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

from masking.datasets.gallery import open_sample, samples
from masking.models.classifier import Classifier
from pages.pickers.picture import prepare_picture
from pages.shell import uploads
from tests.pages.coffee import START
from tests.pages.compare_page import PAGE, ComparePage, brush


def photograph(mode="RGB", size=(60, 40)):
    pixels = np.arange(size[0] * size[1] * 3).reshape(size[1], size[0], 3) % 251
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def encoded(picture, form="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def bomb(side=9000):
    """A PNG of 81 megapixels in about ten kilobytes."""

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
    page = ComparePage(methods="").upload("photograph", *GOOD[kind])
    assert not page.errors
    assert page.address["image"].startswith("upload:")
    assert page.at.selectbox(key="image").value == page.address["image"]
    assert page.comparison.image.shape == (1, 3, 224, 224)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_upload_gives_one_sentence_and_changes_nothing_else(kind):
    name, content, sentence = BAD[kind]
    page = ComparePage(image="chelsea", methods="noise")
    before, cards = page.mask.digest, page.cards
    page.upload("photograph", name, content)
    assert len(page.errors) == 1
    assert page.errors[0].startswith(sentence)
    assert page.errors[0].endswith(".")
    assert (page.mask.digest, page.cards, page.address["image"]) == (before, cards, "chelsea")


def test_the_error_goes_with_the_next_good_upload():
    page = ComparePage(methods="").upload("photograph", "a.png", b"hello")
    assert page.errors
    page.upload("photograph", *GOOD["PNG"])
    assert not page.errors


def test_an_upload_is_what_the_classifier_sees(lite):
    page = ComparePage(methods="").upload("photograph", *GOOD["PNG"])
    assert page.comparison.image.equal(lite.prepare(photograph()))


def test_photographs_are_turned_upright():
    page = ComparePage(methods="").upload("photograph", "a.jpg", turned())
    assert page.editor.picture_size == (60, 40)


def test_metadata_is_not_kept():
    page = ComparePage(methods="").upload("photograph", "a.jpg", turned())
    kept = Image.open(io.BytesIO(uploads.get(page.address["image"].removeprefix("upload:"))))
    assert not kept.getexif()


def test_an_upload_survives_reruns_another_choice_and_another_page():
    page = ComparePage(methods="").upload("photograph", *GOOD["PNG"])
    upload = page.address["image"]
    page.run()
    page.choose("image", "chelsea").choose("image", upload)
    page.go("app.py").go(PAGE)
    assert page.address["image"] == upload
    assert page.comparison.image.equal(ComparePage(**page.address).comparison.image)


def test_uploads_with_the_same_name_have_different_labels():
    page = ComparePage(methods="").upload("photograph", "a.png", GOOD["PNG"][1])
    first = page.address["image"]
    page.upload("photograph", "a.png", GOOD["greyscale"][1])
    second = page.address["image"]
    labels = page.at.selectbox(key="image").options
    assert len(labels) == len(set(labels))
    page.choose("image", first)
    assert page.address["image"] == first != second


def test_a_link_to_an_upload_shows_it():
    page = ComparePage(methods="").upload("photograph", *GOOD["PNG"])
    linked = ComparePage(**page.address)
    assert linked.address == page.address
    assert linked.comparison.image.equal(page.comparison.image)


@pytest.mark.parametrize("name", ["0" * 24, "../../etc/passwd", ""])
def test_a_link_to_an_upload_that_is_gone_says_so_and_shows_a_sample(name):
    page = ComparePage(image=f"upload:{name}", methods="")
    assert page.errors == ["What this link refers to is no longer kept on this machine; upload it again."]
    assert page.cards


def test_every_photograph_can_be_chosen():
    page = ComparePage(methods="")
    for name in samples():
        if name.startswith("scene"):
            continue
        page.choose("image", name)
        assert page.comparison.image.shape == (1, 3, 224, 224)
        assert not page.errors


def test_a_sample_is_what_its_name_says(lite):
    page = ComparePage(methods="").choose("image", "coffee")
    assert page.comparison.image.equal(lite.prepare(open_sample("coffee")))
    assert "Rachel Michetti" in page.captions


def test_a_photograph_that_cannot_be_kept_shows_an_error(monkeypatch):
    def full(content):
        raise OSError(28, "No space left on device")

    page = ComparePage(methods="")
    monkeypatch.setattr(uploads, "put", full)
    page.upload("photograph", *GOOD["PNG"])
    assert "No space left on device." in page.errors
    assert page.cards


# --- prepared once ---------------------------------------------------------------------------------------------------


@pytest.fixture
def prepared(fresh_server, monkeypatch):
    """The classifiers that have prepared a picture, with its pixels; images that are prepared already do not count."""
    calls = []
    prepare = Classifier.prepare

    def count(classifier, source):
        if not isinstance(source, Tensor):
            calls.append((classifier.name, source.tobytes()))
        return prepare(classifier, source)

    monkeypatch.setattr(Classifier, "prepare", count)
    return calls


def test_a_picture_is_prepared_once_for_a_classifier_and_never_for_a_stroke(prepared, toys):
    coffee, chelsea = (open_sample(name).tobytes() for name in ("coffee", "chelsea"))
    page = ComparePage(image="coffee", methods="blackout", mask=START.to_text())
    page.draw(brush()).press("Invert").choose("methods", ["greyout"])
    assert prepared == [("silhouettes/resnet", coffee)]
    page.choose("image", "chelsea").draw(brush())
    assert prepared[1:] == [("silhouettes/resnet", chelsea)]
    page.choose("model", "alexnet").draw(brush())
    assert prepared[2:] == [("alexnet", chelsea)]
    page.choose("model", "silhouettes/resnet").choose("image", "coffee")
    assert len(prepared) == 3


def test_pages_share_what_is_prepared(prepared):
    page = ComparePage(image="coffee", methods="blackout", mask=START.to_text())
    for other in ("2_Layers", "3_Shape_leakage", "4_LIME", "1_Compare"):
        page.go(f"pages/{other}.py").run()
    assert len(prepared) == len(set(prepared))


def test_another_picture_of_the_same_size_is_another_picture(prepared, bundled):
    first, second = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "red")
    second.putpixel((63, 63), (0, 0, 0))
    images = [prepare_picture(bundled, picture) for picture in (first, second, first)]
    assert len(prepared) == 2
    assert images[0].equal(images[2])
    assert not images[0].equal(images[1])
    assert images[0].equal(bundled.prepare(first))
