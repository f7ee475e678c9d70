import io
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from masking.results.sheet import GAP, Layout, TextStyle

SVG = "{http://www.w3.org/2000/svg}"
RED, BLUE = "#ff0000", "#0000ff"


def pixels_of(layout, scale=1.0):
    return np.asarray(Image.open(io.BytesIO(layout.to_png(scale))).convert("RGB"))


def coloured(pixels, colour):
    return (pixels == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all(-1)


def test_a_picture_keeps_its_shape_and_its_pixels():
    layout = Layout(300)
    image = torch.tensor([[1.0, 0.0, 1.0]]).expand(1, 3, 1, 3)
    assert layout.paste(image, 10, 20, 90, 90) == 50
    shown = pixels_of(layout)[20:50, 10:100, 0]
    assert set(np.unique(shown)) == {0, 255}
    assert (shown == 0).sum() == 30 * 30
    doubled = pixels_of(layout, 2)
    assert doubled.shape[:2] == (round(2 * layout.height), 600)
    assert (doubled[40:100, 80:140] == 0).all()


def test_a_large_picture_is_made_smaller():
    layout = Layout(60)
    layout.paste(Image.new("RGB", (400, 200), RED), 0, 0, 40, 40)
    assert coloured(pixels_of(layout), RED).sum() == 40 * 20


@pytest.mark.parametrize(("share", "length"), [(0, 0), (0.5, 100), (1, 200)])
def test_bars_are_as_long_as_their_share(share, length):
    layout = Layout(220)
    layout.bar("", share, 10, 10, 200, RED, ink=RED)
    shown = coloured(pixels_of(layout), RED)
    assert shown[11].sum() == length


def test_a_long_name_on_a_bar_ends_before_its_number():
    layout = Layout(200)
    layout.bar("giant panda, panda, panda bear, coon bear", 0.071, 10, 10, 180, RED)
    name, number = (line.text for line in ElementTree.fromstring(layout.to_svg()).findall(f"{SVG}text")[::-1])
    assert name.endswith("…")
    assert number == "7.1 %"
    assert (pixels_of(layout)[:, 190:] == 255).all()


def test_text_wraps_and_says_where_to_go_on():
    layout, style = Layout(200), TextStyle(10, BLUE)
    assert layout.write("word " * 30, 10, 10, 100, style) > 10 + 4 * style.line
    assert layout.write("word " * 30, 10, 300, 100, style, lines=2) == 300 + 2 * style.line
    assert layout.write("", 10, 400, 100, style) == 400
    assert layout.height == 300 + 2 * style.line + GAP
    shown = pixels_of(layout)
    assert (shown[:, 112:] == 255).all()
    assert (shown[10:300] != 255).any()


def test_png_and_svg_show_the_same_texts_and_pictures():
    evil = 'a <b> & "c" \x00\x1b 猫'
    layout = Layout(300)
    layout.paste(Image.new("RGB", (4, 4), RED), 0, 0, 10, 10, evil)
    layout.write(evil, 10, 10, 280)
    layout.write_right("92.6 % → 71.9 %", 290, 40)
    tree = ElementTree.fromstring(layout.to_svg(evil))
    clean = 'a <b> & "c" 猫'
    assert [line.text for line in tree.findall(f"{SVG}text")] == [clean, "92.6 % → 71.9 %"]
    assert " ".join(tree.find(f"{SVG}title").text.split()) == clean
    (picture,) = tree.findall(f"{SVG}image")
    assert picture.get("{http://www.w3.org/1999/xlink}href").startswith("data:image/png;base64,")
    assert " ".join(picture.find(f"{SVG}title").text.split()) == clean


def test_a_png_says_how_large_it_is_printed():
    layout = Layout(192)
    layout.fill(0, 0, 1, 1, RED)
    assert Image.open(io.BytesIO(layout.to_png())).info["dpi"] == pytest.approx((192, 192), abs=0.1)
