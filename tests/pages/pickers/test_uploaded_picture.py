"""The uploader in the page, and the names that uploads keep."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from masking.models.packaged_networks import LITE
from pages.pickers.picture import original_picture_size
from pages.pickers.uploaded_picture import LONGEST_NAME, UNNAMED, tidy_name
from pages.shell import uploads
from tests.pages.compare_page import ComparePage


def photograph(width=60, height=40) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def uploader_is_open(page) -> bool:
    return "photograph" in {uploader.key for uploader in page.at.file_uploader}


class UploadPage(ComparePage):
    """A page that somebody opens to try a photograph."""

    def __init__(self, page=ComparePage.page, **address):
        self.page = page
        super().__init__(**address)


@pytest.mark.parametrize("page", [ComparePage.page, "pages/3_Shape_leakage.py"])
def test_the_door_of_the_first_page_opens_the_uploader_until_something_is_uploaded(page):
    opened = UploadPage(page, methods="")
    assert not uploader_is_open(opened)
    opened.at.session_state["open_upload"] = True
    assert uploader_is_open(opened.run())
    opened.upload("photograph", "hen.png", photograph())
    assert not uploader_is_open(opened)
    assert opened.at.selectbox(key="image").value == opened.address["image"]
    assert opened.address["model"] == LITE


def test_it_can_be_closed_and_a_bad_file_leaves_it_open():
    page = ComparePage(methods="").press("Upload")
    page.upload("photograph", "a.png", b"no picture")
    assert page.errors
    assert uploader_is_open(page)
    page.press("Close")
    assert not uploader_is_open(page)
    assert not uploader_is_open(page.press("Upload").press("Upload"))


def test_an_upload_keeps_its_name_and_its_size_in_a_link():
    page = ComparePage(methods="").upload("photograph", "*my* hen.png", photograph(2500, 1500))
    linked = ComparePage(**page.address)
    for each in (page, linked):
        assert each.at.selectbox(key="image").options[0] == "*my* hen.png"
        assert each.editor.picture_size == (1500, 2500)


def test_an_upload_of_an_earlier_version_opens_without_a_name():
    name = uploads.put(photograph())
    page = ComparePage(image=f"upload:{name}", methods="")
    assert page.at.selectbox(key="image").options[0] == UNNAMED
    assert page.editor.picture_size == (40, 60)
    assert original_picture_size(f"upload:{'0' * 24}", Image.new("RGB", (3, 2))) == (2, 3)


def test_an_upload_that_is_gone_is_not_offered_any_longer():
    page = ComparePage(image=f"upload:{'0' * 24}", methods="")
    assert page.errors == ["What this link refers to is no longer kept on this machine; upload it again."]
    assert page.address["image"] == page.at.selectbox(key="image").value == "chelsea"
    assert page.address["model"] == LITE
    assert UNNAMED not in page.at.selectbox(key="image").options
    page.choose("image", "coffee")
    assert not page.errors


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("hen.jpg", "hen.jpg"), ("C:\\photos\\hen.jpg", "hen.jpg"), ("../../hen.jpg", "hen.jpg"),
        ("h\u202een\n\x00.jpg", "hen.jpg"), ("Ähre 麦.png", "Ähre 麦.png"), ("", ""),
    ],
)  # fmt: skip
def test_names_of_files_are_shown_without_folders_and_invisible_characters(name, tidy):
    assert tidy_name(name) == tidy


def test_long_names_keep_their_beginning_and_their_ending():
    short = tidy_name("x" * 300 + ".jpeg")
    assert len(short) == LONGEST_NAME
    assert short.startswith("xxx")
    assert short.endswith("xxx.jpeg")


def png_of_another_size(width, height):
    """A picture whose file says that it is of another size than it is."""
    png, head = photograph(8, 8), b"IHDR" + width.to_bytes(4) + height.to_bytes(4)
    start = png.index(b"IHDR")
    head += png[start + 12 : start + 17]
    return png[:start] + head + zlib.crc32(head).to_bytes(4) + png[start + 21 :]


def test_a_link_to_a_file_that_lies_about_itself_is_one_sentence():
    page = ComparePage(image=f"upload:{uploads.put(png_of_another_size(60_000, 60_000))}", methods="")
    assert page.errors == ["The picture is far too large; make it smaller than 40 megapixels."]
    about, buffer = PngInfo(), io.BytesIO()
    about.add_itxt("Title", "hen.png")
    about.add_itxt("Original size", "-5x0")
    Image.new("RGB", (60, 40)).save(buffer, "PNG", pnginfo=about)
    page = ComparePage(image=f"upload:{uploads.put(buffer.getvalue())}", methods="")
    assert page.editor.picture_size == (40, 60)
