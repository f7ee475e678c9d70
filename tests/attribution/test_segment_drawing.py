"""Segments as SVG, compared with the pixels that they cover."""

import re
from xml.etree import ElementTree

import pytest
import torch

from masking import lime
from masking.attribution.heat_overlay import STRONGEST
from masking.attribution.segment_drawing import area_paths, border_path, draw_segments

SVG = "{http://www.w3.org/2000/svg}"
LABELS = torch.tensor([[0, 0, 1], [2, 0, 1], [2, 2, 0]])


def covered(path, size):
    """The pixels that runs such as `M1 2h3v1h-3z` cover, counted one by one."""
    pixels = torch.zeros(size, dtype=torch.long)
    for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        for step in range(int(length)):
            pixels[int(row), int(column) + step] += 1
    return pixels


@pytest.mark.parametrize("labels", [LABELS, torch.zeros(2, 3, dtype=torch.long), torch.arange(12).view(3, 4)])
def test_every_pixel_belongs_to_its_segment_alone(labels):
    paths = area_paths(labels)
    assert list(paths) == labels.unique().tolist()
    for label, path in paths.items():
        assert torch.equal(covered(path, labels.shape), (labels == label).long())


def test_the_border_runs_between_different_segments_only():
    steps = set(re.findall(r"M\d+ \d+[hv]1", border_path(LABELS)))
    assert steps == {"M2 0v1", "M1 1v1", "M2 1v1", "M2 2v1", "M0 1h1", "M1 2h1", "M2 2h1"}
    assert border_path(torch.zeros(3, 3, dtype=torch.long)) == ""


def test_colours_say_sign_and_size():
    drawing = draw_segments(torch.rand(1, 3, 3, 3), LABELS, [1.0, -0.5, 0.0], {1: "a & b"}, "<caption>")
    root = ElementTree.fromstring(drawing)
    red, blue, none, border = root.findall(f"{SVG}path")
    assert (red.get("fill"), blue.get("fill")) == ("#b2172b", "#2166ab")
    opacities = [float(path.get("fill-opacity")) for path in (red, blue, none)]
    assert opacities == pytest.approx([STRONGEST, STRONGEST / 2, 0], abs=1e-3)
    assert blue.find(f"{SVG}title").text == "a & b"
    assert root.find(f"{SVG}title").text == root.find(f"{SVG}text").text == "<caption>"
    assert border.get("fill") == "none"
    assert root.find(f"{SVG}image").get("href").startswith("data:image/png;base64,")


def test_an_explanation_draws_itself(bundled, photograph):
    explanation = lime(bundled, photograph, "greyout", None, "grid", 20)
    root = ElementTree.fromstring(explanation.to_svg())
    paths = root.findall(f"{SVG}path")
    assert len(paths) == len(explanation.coefficients) + 1
    assert paths[3].find(f"{SVG}title").text == f"segment 3: {float(explanation.coefficients[3]):+.4f}"
