"""What results show in a notebook: their own pictures and numbers, with every text escaped."""

import base64
import io
import re

import pytest
import torch
from PIL import Image

from masking import Mask, Prediction, attribution_masks, compare, lime
from masking.datasets.gallery import open_sample
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import measure_leakage
from masking.results.notebook import html_picture, html_table
from masking.segments import SEGMENTATIONS

EVIL = '<script>alert("&")</script>'
ESCAPED = "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"


@pytest.fixture(scope="module")
def leaf():
    return open_sample("scene-005")


def pictures(html):
    """The pictures in a page, each with its format."""
    matches = re.findall(r'src="data:image/(\w+);base64,([^"]+)"', html)
    return [(kind, Image.open(io.BytesIO(base64.b64decode(data)))) for kind, data in matches]


def test_a_table_escapes_names_and_values():
    html = html_table([{EVIL: EVIL}], EVIL)
    assert html.count(ESCAPED) == 3
    assert "<script" not in html


def test_a_table_without_rows_is_empty():
    assert html_table([]) == "<table><thead><tr></tr></thead><tbody></tbody></table>"


def test_columns_of_numbers_are_aligned_at_the_right():
    rows = [
        {"a": "1", "b": "−0.5", "c": "92.0 % → 71.9 %", "d": "x", "e": ""},
        {**dict.fromkeys("abce", "1"), "d": "2"},
    ]
    sides = re.findall("<th style=.text-align: (\\w+).>", html_table(rows))
    assert sides == ["right", "right", "right", "left", "right"]


def test_a_picture_says_its_caption_to_a_screen_reader_too(bundled):
    html = html_picture(Mask.full((8, 9)).to_png(), EVIL, width=90)
    assert html.count(ESCAPED) == 2
    assert "<script" not in html
    assert 'width="90"' in html
    ((kind, picture),) = pictures(html)
    assert (kind, picture.size) == ("png", (9, 8))


def test_a_mask_shows_itself():
    mask = Mask.box((20, 30), 5, 5, 10, 10)
    assert torch.equal(Mask.from_png(mask._repr_png_()).keep, mask.keep)


def test_a_prediction_shows_its_best_classes_escaped():
    html = Prediction(torch.tensor([2.0, 0.0, 1.0]), (EVIL, "elm", "ash"))._repr_html_()
    assert "<script" not in html
    assert html.index(ESCAPED) < html.index("ash") < html.index("elm")
    assert "66.5%" in html
    assert "bits" in html


def test_a_comparison_shows_its_contact_sheet(bundled, leaf):
    comparison = compare(bundled, leaf, Mask.random_patches(bundled.input_size, 0.5, 16, 0), ("blackout", "greyout"))
    png, metadata = comparison._repr_png_()
    assert png == comparison.to_png()
    assert Image.open(io.BytesIO(png)).width == 2 * metadata["width"]


def test_an_explanation_shows_its_picture_and_how_well_it_fits(bundled, leaf):
    explanation = lime(bundled, leaf, "greyout", segments=SEGMENTATIONS["grid"](), samples=40)
    html = explanation._repr_html_()
    assert f"R² of held-out answers: {explanation.r2_held_out:.2f}" in html
    assert "LIME for leaf under Greyout" in html
    ((kind, picture),) = pictures(html)
    assert kind == "png"
    assert picture.tobytes() == Image.open(io.BytesIO(explanation.to_png())).tobytes()


def test_attribution_masks_show_their_film(bundled, leaf):
    html = attribution_masks(bundled, leaf, iterations=2)._repr_html_()
    assert "leaf" in html.partition("<figcaption>")[2]
    ((kind, picture),) = pictures(html)
    assert (kind, picture.n_frames) == ("gif", 3)


def test_leakage_shows_accuracy_and_bits_with_their_intervals(bundled):
    leakage = measure_leakage(bundled, rendered_scenes(World(), 4), ("blackout", "layer_masking"))
    html = leakage._repr_html_()
    assert html.count("<tr>") == 3
    accuracy = leakage.accuracy("blackout", "exact")
    assert f"{accuracy.value:.1%} ({accuracy.low:.1%} … {accuracy.high:.1%})" in html
    assert "4 scenes" in html
    assert f"too high below {leakage.wanted} scenes" in html
