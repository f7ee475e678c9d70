"""The stored exhibits are what this machine computes; `python docs/make_start_page.py exhibits` makes them anew."""

import importlib
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from masking.models.packaged_networks import packaged_names
from pages.landing import exhibit
from pages.landing.cards import exhibit_html
from pages.landing.curves import curves_html, stored_curves
from pages.landing.exhibit import MASKS, SEED, SHARE, SHARES, Exhibit, stored_exhibit
from tests.pages.html import parse

ROUNDING = 0.002
"""Other processors sum in another order; the stored probabilities hold four digits."""
FAINT = 2
"""Levels of 255 by which a resized pixel may differ on another machine."""


@pytest.fixture(scope="module")
def computation():
    """The module that computes; it imports all of the library."""
    return importlib.import_module("pages.landing.computation")


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def assert_same(stored: Exhibit, computed: Exhibit) -> None:
    for old, new in zip(stored.cards, computed.cards, strict=True):
        assert old.probability == pytest.approx(new.probability, abs=ROUNDING)
        assert np.abs(pixels(old.png) - pixels(new.png)).max() <= FAINT
        assert replace(old, probability=0.0, png=b"") == replace(new, probability=0.0, png=b"")
    assert stored.sentence == computed.sentence
    assert stored.object_name == computed.object_name
    assert stored.hidden_share == computed.hidden_share
    for fact in ("classifier", "weights", "mask_text", "methods", "mask_source"):
        assert stored.manifest[fact] == computed.manifest[fact]


@pytest.mark.skipif(not packaged_names(), reason="the weights of the photographs' network are not installed")
def test_the_stored_photograph_is_what_this_machine_computes(computation):
    assert_same(stored_exhibit("photograph"), computation.photograph_exhibit(SHARE, SEED))


def test_the_stored_scene_is_what_this_machine_computes(computation):
    assert_same(stored_exhibit("scene"), computation.scene_exhibit())


@pytest.mark.skipif(not packaged_names(), reason="the weights of the photographs' network are not installed")
def test_the_stored_counts_are_what_this_machine_computes(computation):
    counts = {title: named[SHARES.index(SHARE)] for title, named in stored_curves().items()}
    computed = computation.named_counts(SHARE)
    assert computed.keys() == counts.keys()
    for title, count in computed.items():
        assert abs(count - counts[title]) <= 1, "a mask at the border may fall on the other side elsewhere"


def test_the_counts_fall_with_the_hidden_share_and_are_said_in_words():
    for counts in stored_curves().values():
        assert len(counts) == len(SHARES)
        assert counts[0] == MASKS
        assert counts[-1] < counts[0]
    assert f"How often a cat is still named, out of {MASKS} random choices" in curves_html(SHARE)
    assert parse(curves_html(SHARE)).texts("b") == ["0", "0", "15"]
    assert parse(curves_html(0)).texts("b") == ["16", "16", "16"]


def test_a_difference_is_seen():
    stored = stored_exhibit("scene")
    other = replace(stored.cards[1], says="mug")
    with pytest.raises(AssertionError):
        assert_same(stored, replace(stored, cards=(stored.cards[0], other, *stored.cards[2:])))


def test_a_stored_exhibit_is_read_as_it_was_written(tmp_path, monkeypatch):
    scene = stored_exhibit("scene")
    monkeypatch.setattr(exhibit, "STORED", tmp_path / "start")
    scene.store("again", "the command")
    assert stored_exhibit("again") == scene
    assert '"command": "the command"' in (tmp_path / "start" / "again.json").read_text("utf-8")


def test_names_of_classes_are_text():
    name, stored = "<b>cat</b> & 'dog'", stored_exhibit("scene")
    cards = tuple(replace(card, title=name, says=name, verdict=name, word=name) for card in stored.cards)
    page = exhibit_html(replace(stored, cards=cards, sentence=name, object_name=name), name, name)
    assert "<b>cat" not in page
    assert page.count("&lt;b&gt;cat&lt;/b&gt; &amp; ") >= 5 * len(cards)
