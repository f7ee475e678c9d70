"""Input of the LIME page: label maps, links and settings, good and bad."""

import io
import sys

import numpy as np
import pytest

from masking.attribution.lime_explainer import iterate_lime
from tests.pages.lime.lime_page import LimePage

FEW = "60"


def quadrants(size: int = 128) -> np.ndarray:
    half = np.arange(size) >= size // 2
    return half[:, None] * 2 + half[None].astype(np.uint8)


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_an_uploaded_label_map(fresh_server):
    page = LimePage(methods="greyout", samples=FEW, segments="file")
    assert any("Upload a label map" in info.value for info in page.at.info)
    page.upload("label-map", "quadrants.npy", npy(quadrants()))
    assert page.shown_segments == 4
    page.press("Run")
    assert len(page.bars["Greyout"]) == 4
    again = LimePage(**page.address)
    assert again.shown_segments == 4
    assert again.bars == page.bars  # the answer is still kept
    assert not again.errors


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (npy(quadrants(64)), "The label map is 64x64 but the image is 128x128"),
        (b"no picture", "The label map is neither a PNG nor a .npy file"),
        (npy(np.zeros((128, 128))), "whole numbers"),
        (npy(np.zeros((128, 128), int)), "one single segment"),
    ],
)
def test_a_bad_label_map_gets_a_sentence(fresh_server, content, sentence):
    page = LimePage(methods="greyout", samples=FEW, segments="file")
    page.upload("label-map", "labels.npy", content)
    assert any(sentence.lower() in error.lower() for error in page.errors)
    assert page.at.button(key="lime-run").disabled


def test_a_bad_link_shows_one_warning(fresh_server):
    page = LimePage(target="99", samples="0", segments="voronoi", sign="maybe", labels="f" * 24, methods="greyout")
    (warning,) = page.warnings
    for value in ("'99'", "'0'", "'voronoi'", "'maybe'"):
        assert value in warning
    page.choose("segments", "file")
    assert any("no longer kept" in error for error in page.errors)


def test_impossible_segments_show_an_error(fresh_server):
    page = LimePage(segments="felzenszwalb", methods="greyout", **{"felzenszwalb.smallest": "5000"})
    assert any("one single segment" in error for error in page.errors)
    assert page.at.button(key="lime-run").disabled


def test_a_method_that_fails_leaves_the_others(fresh_server, monkeypatch):
    page = LimePage(methods="blackout,greyout", samples=FEW)
    module = sys.modules["pages.lime.request"]

    def failing(classifier, image, method, *rest):
        if method.title == "Blackout":
            raise ValueError("black has run out; buy <b>some</b>")
        return iterate_lime(classifier, image, method, *rest)

    monkeypatch.setattr(module, "iterate_lime", failing)
    page.press("Run")
    assert list(page.bars) == ["Greyout"]
    (error,) = page.errors
    assert error.startswith("Blackout: Black has run out")
    assert not page.at.info
    monkeypatch.setattr(module, "iterate_lime", iterate_lime)
    page.press("Run")
    assert list(page.bars) == ["Blackout", "Greyout"]
    assert not page.errors
