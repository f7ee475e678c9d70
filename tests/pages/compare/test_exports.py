import csv
import io
import json

import pytest
import streamlit as st
from PIL import Image

from masking import Mask
from tests.pages.compare_page import ComparePage

MASK = Mask.random_patches(128, 0.5, 16, 0)


@pytest.fixture
def downloads(monkeypatch):
    """The name and the content of each download button's file, by label."""
    files = {}
    draw = st.download_button

    def watch(label, data, name, mime, **options):
        files[label] = name, data() if callable(data) else data
        return draw(label, data, name, mime, **options)

    monkeypatch.setattr(st, "download_button", watch)
    ComparePage(image="coffee", mask=MASK.to_text(), methods="blackout,noise", **{"noise.seed": "7"})
    return dict(files)


def test_the_picture_opens_and_holds_a_panel_for_each_card(downloads):
    picture = Image.open(io.BytesIO(downloads["PNG"][1]))
    picture.load()
    assert picture.width > 3 * 256


def test_the_table_has_a_line_for_each_card(downloads):
    rows = list(csv.DictReader(io.StringIO(downloads["CSV"][1])))
    assert [row["method"] for row in rows] == ["whole image", "blackout", "noise"]
    assert all(0 < float(row["probability"]) <= 1 for row in rows)


def test_the_record_says_how_to_compute_it_again(downloads):
    record = json.loads(downloads["JSON"][1])
    assert Mask.from_text(record["mask"]).digest == MASK.digest == record["manifest"]["mask"]
    assert record["manifest"]["classifier"] == "silhouettes/resnet"
    assert record["manifest"]["methods"] == {"blackout": {}, "noise": {"seed": 7}}
    assert {"weights", "image", "versions", "device"} <= set(record["manifest"])


def test_the_mask_comes_back_through_its_file(downloads):
    page = ComparePage(image="chelsea").choose("way", "File").upload("mask-file", "mask.png", downloads["Mask"][1])
    assert page.mask.digest == MASK.digest


def test_file_names_tell_picture_answer_and_hidden_share(downloads):
    answer = json.loads(downloads["JSON"][1])["predictions"][0]["predicted"]
    names = {label: name for label, (name, _) in downloads.items()}
    assert names["PNG"] == f"compare-coffee-cup-{answer}-50pct.png"
    assert names["Mask"] == f"mask-coffee-cup-{answer}-50pct.png"


def test_exports_are_of_what_is_shown():
    page = ComparePage(image="coffee", mask=MASK.to_text()).press("Invert")
    assert json.loads(page.comparison.to_json())["manifest"]["mask"] == (~MASK).digest
