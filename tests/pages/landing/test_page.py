import pytest
from streamlit.testing.v1 import AppTest

from masking import compare
from pages.landing import page as landing_page
from tests.pages.compare_page import ROOT


@pytest.fixture(scope="module")
def landing():
    at = AppTest.from_file(ROOT / "app.py", default_timeout=120).run()
    assert not at.exception
    return at


def html(at, mark):
    return next(block.value for block in at.get("html") if mark in block.value)


def test_it_says_what_missingness_bias_is(landing):
    assert "missingness bias" in html(landing, "mx-lead")


def test_its_example_is_computed_not_painted(landing, bundled):
    example = landing_page._example()
    again = compare(bundled, example.image, example.mask)
    cards = html(landing, "mx-cards")
    assert again.sentence in cards
    for prediction in (again.whole, *again.masked.values()):
        assert f"{prediction.top(1)[0][1] * 100:.1f} %" in cards


def test_it_has_a_door_to_every_page(landing):
    doors = [link.proto for link in landing.get("page_link")]
    assert {"Start", "Compare", "Layers"} <= {door.label for door in doors}
    assert any("Compare on your own photograph" in door.label and door.page == "Compare" for door in doors)
    assert any("layer by layer" in door.label and door.page == "Layers" for door in doors)
    assert any("what a hole reveals" in door.label and door.page == "Shape_leakage" for door in doors)
    assert any("Explain under each method" in door.label and door.page == "LIME" for door in doors)
    assert any("write its label" in door.label and door.page == "Attribution_masks" for door in doors)
    assert any("many images" in door.label and door.page == "Benchmarks" for door in doors)
