"""The window on the Layers page: the library's walk over this page's mask."""

import json

from masking import Mask
from masking.layer_trace import walk_window
from tests.pages.layers.layers_page import DRAWN, LayersPage


def figure(page: LayersPage) -> dict | None:
    """The data of the window's figure, if it is on the page."""
    protos = [part.proto for part in page.at.get("bidi_component")]
    return next((json.loads(proto.json) for proto in protos if proto.component_name == "lesson_window"), None)


def opened(**address: str) -> LayersPage:
    page = LayersPage(**DRAWN, **address)
    assert figure(page) is None  # nothing is computed before somebody asks
    page.at.session_state["window"] = True
    page.run()
    return page


def test_the_window_is_the_library_s_for_this_picture_mask_and_fill(fresh_server):
    page = opened()
    shown = page.latest
    facts = walk_window(shown.context[0], shown.context[1], shown.context[2], "greyout").facts()
    data = figure(page)
    assert data["stops"] == facts["stops"]
    assert data["cells"] == facts["cells"]
    assert data["depth"] == []
    assert f"Layer {facts['layer']}, channel {facts['channel']}" in page.captions
    assert f"off by {facts['off_by']['painted']:.2f}" in page.captions


def test_a_mask_without_an_edge_is_no_failure(fresh_server):
    page = opened(mask=Mask.full(128).to_text())
    assert figure(page) is None
    assert not page.errors
    assert any("Nothing is hidden, so there is no edge" in info.value for info in page.at.info)
