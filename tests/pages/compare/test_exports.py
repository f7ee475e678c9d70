import csv
import io
import json

import pytest
import streamlit as st
from PIL import Image

from masking import Mask
from tests.pages.compare_page import ComparePage

MASK = Mask.random_patches(128, 0.5, 16, 0)


class Files:
    """What the download buttons of the last run hand out."""

    def __init__(self):
        self.names, self._contents = {}, {}

    def keep(self, label, data, name):
        self.names[label], self._contents[label] = name, data

    def __getitem__(self, label):
        content = self._contents[label]
        return content() if callable(content) else content


@pytest.fixture
def files(monkeypatch):
    files, draw = Files(), st.download_button

    def watch(label, data, name, mime, **options):
        files.keep(label, data, name)
        return draw(label, data, name, mime, **options)

    monkeypatch.setattr(st, "download_button", watch)
    return files


@pytest.fixture
def downloads(files):
    """The files of a coffee cup, half of it hidden, under two methods."""
    ComparePage(image="coffee", mask=MASK.to_text(), methods="blackout,noise", **{"noise.seed": "7"})
    return files


def test_the_picture_opens_and_holds_a_panel_for_each_card(downloads):
    picture = Image.open(io.BytesIO(downloads["PNG"]))
    picture.load()
    assert picture.width > 3 * 256


def test_the_table_has_a_line_for_each_card(downloads):
    rows = list(csv.DictReader(io.StringIO(downloads["CSV"])))
    assert [row["method"] for row in rows] == ["whole image", "blackout", "noise"]
    assert all(0 < float(row["probability"]) <= 1 for row in rows)


def test_the_record_says_how_to_compute_it_again(downloads):
    record = json.loads(downloads["JSON"])
    assert Mask.from_text(record["mask"]).digest == MASK.digest == record["manifest"]["mask"]
    assert record["manifest"]["classifier"] == "silhouettes/resnet"
    assert record["manifest"]["methods"] == {"blackout": {}, "noise": {"seed": 7}}
    assert {"weights", "image", "versions", "device"} <= set(record["manifest"])


def test_the_mask_comes_back_through_its_file(downloads):
    mask = downloads["Mask"]
    page = ComparePage(image="chelsea").choose("way", "File").upload("mask-file", "mask.png", mask)
    assert page.mask.digest == MASK.digest


def test_file_names_tell_picture_answer_and_hidden_share(downloads):
    answer = json.loads(downloads["JSON"])["predictions"][0]["predicted"]
    assert downloads.names["PNG"] == f"compare-coffee-cup-{answer}-50pct.png"
    assert downloads.names["Mask"] == f"mask-coffee-cup-{answer}-50pct.png"


def test_each_file_for_readers_names_the_picture(downloads):
    assert downloads["SVG"].startswith("<svg")
    for label in ("SVG", "HTML"):
        assert "Coffee cup" in downloads[label]


def test_class_entropy_is_in_the_exports_while_it_fits_the_page(files):
    page = ComparePage(image="coffee", mask=MASK.to_text(), methods="blackout", masks="8").press("Class entropy")
    removal = page.removal["blackout"]
    rows = list(csv.DictReader(io.StringIO(files["CSV"])))
    assert float(rows[1]["class_entropy_bits"]) == pytest.approx(removal.class_entropy)
    assert json.loads(files["JSON"])["random_masks"]["seed"] == 0
    assert "Class entropy" in files["HTML"]
    page.press("Invert")
    page.press("Grow")
    assert "class_entropy_bits" not in files["CSV"]


def test_exports_are_of_what_is_shown():
    page = ComparePage(image="coffee", mask=MASK.to_text()).press("Invert")
    assert json.loads(page.comparison.to_json())["manifest"]["mask"] == (~MASK).digest
