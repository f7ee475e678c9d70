"""Pages with a network whose input is not square, and mask files that hide by transparency."""

import io

import numpy as np
import pytest
from PIL import Image

from masking import Mask
from masking.datasets.gallery import open_sample
from tests.pages.compare_page import ComparePage

MODULE = """
from torch import nn

def build():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
"""
SETTINGS = """
[[classifier]]
name = "wide"
network = "wide_network:build"
categories = "three.txt"
input_size = [64, 96]
"""


@pytest.fixture
def page(folders, fresh_server):
    (folders / "wide_network.py").write_text(MODULE)
    (folders / "three.txt").write_text("cat\ndog\nhat\n")
    (folders / "masking.toml").write_text(SETTINGS)
    return ComparePage(image="coffee", methods="blackout", model="wide")


def erased(size, share) -> bytes:
    """The photograph with its left part made transparent."""
    picture = open_sample("coffee").convert("RGBA").resize(size)
    pixels = np.array(picture)
    pixels[:, : round(share * size[0]), 3] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_canvas_mask_and_picture_have_the_shape_of_the_input(page):
    assert not page.errors
    assert page.mask.size == (64, 96)
    rectangle = {"tool": "rectangle", "action": "hide", "points": [[0, 0], [0.5, 0.5]]}
    page.choose("way", "Patches").choose("share", 0)
    assert page.hidden == 0
    page.choose("way", "Draw").draw(rectangle)
    assert page.mask.digest == Mask.box((64, 96), 0, 0, 32, 48).digest
    assert page.comparison.image.shape == (1, 3, 64, 96)
    page.choose("way", "File").upload("mask-file", "mask.png", erased((600, 400), 0.5))
    assert page.hidden == pytest.approx(50, abs=1)
    assert not page.mask.keep[0, 0, :, :48].any()
    page.upload("mask-file", "photo.png", erased((600, 400), 0))
    assert page.errors[0].startswith("The mask has ")
    assert page.errors[0].endswith("save it in black and white.")
