import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image, ImageColor

from masking.results.contact_sheet import (
    ORIGINAL_BAR,
    OTHER_BAR,
    SIDE,
    Bar,
    ContactSheet,
    Panel,
    Section,
    columns_for,
)
from masking.results.sheet import GAP, SCALE
from masking.results.verdict import ClassName, judge

RED = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
PANDA = "n02510455 giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"
EVIL = '<script>alert("&")</script>'
SCALED = int(SCALE)


def sheet_of(*panels, text="A sentence.", **more):
    facts = {"Classifier": "lab/network"}
    return ContactSheet("A heading", text, [Section("", "", panels)], "A legend.", facts, **more)


def panel(name="ant", *shares, image=RED, **more):
    return Panel("Blackout", image, name, [Bar(name, share) for share in shares], **more)


def pixels_of(contact):
    return np.asarray(Image.open(io.BytesIO(contact.to_png())).convert("RGB"))


def coloured(pixels, colour):
    return (pixels == ImageColor.getrgb(colour)).all(-1)


def texts_of(contact):
    return [line.text for line in ElementTree.fromstring(contact.to_svg()).iter("{http://www.w3.org/2000/svg}text")]


def test_every_panel_shows_its_picture():
    shown = pixels_of(sheet_of(panel(), panel(image=0 * RED)))
    red, black = (coloured(shown, colour).sum(0) >= SCALED * SIDE for colour in ("#ff0000", "#000000"))
    assert red.sum() == black.sum() == SCALED * SIDE
    assert np.flatnonzero(black)[0] - np.flatnonzero(red)[0] == SCALED * (SIDE + GAP)


@pytest.mark.parametrize(("image", "size"), [(RED[..., :4, :], (1, 0.5)), (RED[..., :2], (0.25, 1))])
def test_a_picture_keeps_its_shape(image, size):
    red = coloured(pixels_of(sheet_of(panel(image=image))), "#ff0000")
    assert (red.any(0).sum(), red.any(1).sum()) == tuple(SCALED * SIDE * side for side in size)


def test_all_bars_share_one_scale_and_mark_the_object():
    bars = [Bar("", 1.0), Bar("", 0.25, is_original=True)]
    shown = pixels_of(sheet_of(Panel("One", RED, "", bars)))
    other, original = (coloured(shown, colour).sum(1).max() for colour in (OTHER_BAR, ORIGINAL_BAR))
    assert other > 0.8 * SCALED * SIDE  # a number stands on it
    assert original == SCALED * SIDE / 4


@pytest.mark.parametrize("name", [PANDA, "a" * 300, "Kätzchen, 猫, 🐈", "\n", "", "قطة"])
@pytest.mark.parametrize("count", [1, 4])
def test_any_name_stays_in_its_panel(name, count):
    verdict = judge(ClassName(name or "x", name or "x"), ClassName("b", "b"), 0.5)
    texts = {"facts": {f"“{name}”": "92.6 % → 71.9 %"}, "verdict": verdict, "remark": name, "colour": "#112233"}
    panels = [Panel(name or "title", RED, name, [Bar(name, 0.071)] * 5, **texts)] * count
    shown = pixels_of(sheet_of(*panels))
    for gap in range(1, max(2, count) + 1):
        left = SCALED * gap * (SIDE + GAP)
        beside = shown[SCALED * 120 :, left + 2 : left + SCALED * GAP - 2]
        lines = (beside != 255).any(-1).sum(1)
        assert (lines[lines > 0] > SCALED * GAP - 6).all()  # rules cross the gap, texts end before it


def test_rows_are_as_equal_as_they_can_be():
    assert [columns_for(count) for count in (0, 1, 4, 5, 6, 7, 8, 11)] == [0, 1, 4, 5, 3, 4, 4, 4]
    heights = [sheet_of(*[panel()] * count).layout().height for count in (5, 6, 11)]
    assert heights[0] < heights[1] < heights[2]
    assert sheet_of(*[panel()] * 11).layout().width == GAP + 4 * (SIDE + GAP)


def test_a_sheet_says_everything_in_svg_and_html():
    verdict = judge(ClassName("tabby", "cat"), ClassName("maze", "maze"), 0.5)
    shown = panel("maze", 0.926, facts={"“cat”": "92.6 % → 71.9 %"}, verdict=verdict, remark="A remark.")
    contact = sheet_of(shown, tables={"Numbers": [{"Method": "Blackout", "Bits": "0.65"}]}, manifest={"seed": 7})
    said = ["A heading", "A sentence.", "Blackout", "maze", "92.6 %", "“cat”", "92.6 % → 71.9 %", "Harm", "A remark."]
    said += ["A legend.", "Classifier: lab/network"]
    assert [text for text in said if text not in texts_of(contact)] == []
    assert " ".join(verdict.text.split()) in " ".join(texts_of(contact))
    page = contact.to_html()
    assert [text for text in [*said[:-1], verdict.text, "Numbers", "0.65", "seed"] if text not in page] == []


def test_html_escapes_every_text():
    verdict = judge(ClassName(EVIL, EVIL), ClassName(EVIL, EVIL), 0.5)
    shown = panel(EVIL, 0.5, facts={EVIL: EVIL}, verdict=verdict, remark=EVIL)
    contact = ContactSheet(
        EVIL, EVIL, [Section(EVIL, EVIL, [shown])], EVIL, {EVIL: EVIL}, {EVIL: [{EVIL: EVIL}]}, {EVIL: EVIL}
    )
    assert "<script" not in contact.to_html()
    assert ElementTree.fromstring(contact.to_svg()).find(".//{http://www.w3.org/2000/svg}script") is None


def test_pictures_of_the_html_page_turn_into_the_whole_one_where_there_is_one():
    alone, several = panel("maze"), [replace(panel("cat"), is_whole=True), panel("maze"), panel("lampshade")]
    assert 'class="flip"' not in sheet_of(alone, alone).to_html()
    page = sheet_of(*several).to_html()
    assert page.count('class="flip"') == 2
    assert page.count("--whole: url(data:image/png;base64,") == 1


def test_a_followed_class_is_in_every_panel_once():
    panels = [panel("maze", 0.9), replace(panel("cat", 0.8), others=[Bar("maze", 0.001)])]
    page = sheet_of(*panels, followed=["maze", "cat"]).to_html()
    assert re.findall('<div class="bar([^"]*)">', page) == [" class-0", " class-1", " class-0 more"]
    assert "<span>maze</span><b>0.1 %</b>" in page
    assert "maze" not in texts_of(sheet_of(panels[1]))
