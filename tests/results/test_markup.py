"""Names from outside in exported drawings: no markup, no control characters, and the file can be opened."""

from xml.etree import ElementTree

import pytest
import torch

from masking.attribution.segment_drawing import draw_segments
from masking.results.markup import markup_text
from masking.results.series_style import series_styles
from masking.results.svg_chart import Point, SvgChart

HOSTILE = [
    "<script>alert(1)</script>", "a' onload='alert(1)", 'a" onload="alert(1)', "</title><script>x</script>", "&amp;<",
    "a\0b\x01c\x1b[31m", "two\nlines", "a\ufffe\uffff\ud800", "]]>", "\u202eabc",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_markup_is_text_and_nothing_else(name):
    words = ElementTree.fromstring(f"<a b=\"{markup_text(name)}\" c='{markup_text(name)}'>{markup_text(name)}</a>")
    assert words.text == words.get("b") == words.get("c")
    assert not list(words)
    assert "\n" not in words.text
    assert all(character in words.text for character in name if character.isalnum())


@pytest.mark.parametrize("name", HOSTILE)
def test_drawings_with_such_names_can_be_opened(name):
    segments = torch.tensor([[0, 0], [1, 1]])
    drawing = draw_segments(torch.zeros(1, 3, 2, 2), segments, [1.0, -1.0], {0: name, 1: "b"}, name)
    chart = SvgChart({name: [Point(0, 1.0), Point(1, 2.0)]}, name, name, series_styles([name])).to_svg()
    for svg in (drawing, chart):
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
        assert "script" not in tags
        assert not any("onload" in element for element in ElementTree.fromstring(svg).iter())
