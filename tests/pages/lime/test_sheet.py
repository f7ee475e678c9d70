"""The sheet of explanations: it explains itself, and long names of classes keep inside it."""

import dataclasses
import io
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import torch
from PIL import Image

from masking.attribution import LimeExplanation
from masking.results.lettering import text_width
from masking.segments import SEGMENTATIONS
from pages.lime.cards import Drawing
from pages.lime.segments import PictureSegments
from pages.lime.sheet import describe_run, draw_sheet
from pages.lime.text import findings, first_segment
from tests.pages.lime.explanations import explained

PANDA = "n02510455 giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"
TEXT = "{http://www.w3.org/2000/svg}text"


def explanations(*titles: str, name: str = PANDA) -> dict[str, LimeExplanation]:
    answers = {title: explained(title, 0.1 * index, 0.3, 0.0, 0.0, noise=0.05) for index, title in enumerate(titles)}
    return {
        title: dataclasses.replace(each, categories=(name, "giant panda"), manifest={"classifier": "it"})
        for title, each in answers.items()
    }


def svg_of(both: dict[str, LimeExplanation], bundled, **drawing) -> ElementTree.Element:
    first = next(iter(both.values()))
    segments = PictureSegments(first.segments, SEGMENTATIONS["slic"]())
    about = describe_run(both, "Hen & chicks", bundled, segments)
    layout = draw_sheet(both, Drawing(outlined=first_segment(both), **drawing), findings(both), about)
    with Image.open(io.BytesIO(layout.to_png())) as picture:
        assert picture.width == round(2 * layout.width)
    return ElementTree.fromstring(layout.to_svg(findings(both)))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_no_text_leaves_the_sheet_or_its_panel(bundled, count):
    both = explanations("Black", "Grey", "A method with quite a long title for a panel", "Layer masking"[:count])
    both = dict(list(both.items())[:count])
    svg = svg_of(both, bundled)
    width, lines = float(svg.attrib["width"]), {}
    for text in svg.iter(TEXT):
        left, size = float(text.attrib["x"]), float(text.attrib["font-size"])
        length = text_width(text.text or "", size, "font-weight" in text.attrib)
        left, right = (left - length, left) if text.attrib.get("text-anchor") == "end" else (left, left + length)
        assert left >= 0, text.text
        assert right <= width, text.text
        lines.setdefault(text.attrib["y"], []).append((left, right))
    for spans in lines.values():
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_the_sheet_says_what_it_shows(bundled):
    both = explanations("Black", "Layer masking", name="cup")
    text = " ".join(" ".join(each.text or "" for each in svg_of(both, bundled).iter(TEXT)).split())
    for words in (
        "which segments speak for “cup”?", "Picture: Hen & chicks.", f"Classifier: {bundled.name}.", "Black", "SLIC",
        "400 samples under each method, seed", "Red segments speak for the class", "outlined in yellow", "not fitted",
    ):  # fmt: skip
        assert words in text
    assert re.search(r"[+−]0\.\d\d", text)


def test_a_partial_result_says_so_and_an_empty_drawing_is_drawn(bundled):
    both = {name: each.first(40) for name, each in explanations("Black").items()}
    text = " ".join(each.text or "" for each in svg_of(both, bundled, threshold=1.01).iter(TEXT))
    assert "Cancelled after 40 samples." in text
    nothing = dataclasses.replace(both["Black"], logits=torch.zeros(40, 2))
    assert svg_of({"Black": nothing}, bundled) is not None
