"""The Layers page: one picture and mask, layer after layer."""

import pytest
from streamlit.testing.v1 import AppTest

from masking import Mask
from masking.layer_trace import FILLED, MASKED, LayerTrace, view_layer
from pages.shell.jobs import LatestResult
from tests.pages.compare_page import ROOT, ComparePage

PAGE = "pages/2_Layers.py"


class LayersPage(ComparePage):
    """The Layers page, opened with these parameters in its address."""

    def __init__(self, **address: str):
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
        for key, value in address.items():
            self.at.query_params[key] = value
        self.at.switch_page(PAGE)
        self.run().settle()

    @property
    def latest(self) -> LatestResult:
        """The newest trace, with the classifier, image and mask that it was made of."""
        return self.at.session_state["tracing-latest"]

    @property
    def trace(self) -> LayerTrace:
        return self.latest.result

    @property
    def layer(self) -> str:
        return self.at.session_state["layer"]

    @property
    def titles(self) -> list[str]:
        return self.part("mx-cards").texts("h4")

    @property
    def facts(self) -> str:
        return self.part("mx-cards").text

    @property
    def scale(self) -> str:
        """The text that explains the colours."""
        return self.part("mx-scale").text

    def button(self, key: str):
        return next(button for button in self.at.button if button.key == key)

    def show_more_numbers(self) -> "LayersPage":
        """Press the toggle that adds means, spreads and sizes to the cards."""
        next(toggle for toggle in self.at.toggle if toggle.key == "more-numbers").set_value(True)
        return self.run()

    def step(self, key: str) -> "LayersPage":
        self.button(key).click()
        return self.run()


@pytest.fixture
def layers(fresh_server) -> LayersPage:
    return LayersPage()


def test_the_first_visit_shows_random_patches_at_the_first_layer(layers):
    assert layers.hidden == 50
    assert layers.mask.keep.equal(Mask.random_patches(128, 0.5, 16, 0).keep)
    assert layers.layer == "stem.0"
    assert layers.titles == ["Whole picture", "Greyout", "Layer masking", "What this layer may see"]
    assert layers.trace.sentence in layers.reading
    statistics = layers.trace.layers[1].view.statistics
    for run in (FILLED, MASKED):
        assert f"Off by {statistics[run].distance:.2f}" in layers.facts
    assert "7 px" not in layers.facts
    assert layers.show_more_numbers().latest.is_current
    assert "64×64 cells" in layers.facts
    assert "7 px" in layers.facts
    assert f"× {statistics[FILLED].spread:.2f}" in layers.facts
    assert layers.chart
    assert "layer" not in layers.address


def test_step_through_the_depth(layers):
    assert layers.step("layer-on").layer == "stem.1"
    assert layers.address["layer"] == "stem.1"
    assert layers.step("layer-back").step("layer-back").layer == "input"
    assert layers.button("layer-back").disabled
    last = layers.trace.layers[-1].name
    layers.choose("layer", last)
    assert layers.button("layer-on").disabled
    assert "one cell" in layers.show_more_numbers().facts
    assert "every square is one channel" in layers.scale


def test_play_goes_on_by_itself_and_ends_at_the_end(layers, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("pages.layers.explorer.time.monotonic", lambda: clock[0])

    def later(seconds: float) -> str:
        clock[0] += seconds
        layers.run()
        return layers.layer

    def press() -> None:
        toggle = next(toggle for toggle in layers.at.toggle if toggle.key == "play")
        toggle.set_value(not toggle.value)
        layers.run()

    press()
    assert layers.layer == "stem.0"
    assert later(0.1) == "stem.0"
    assert later(1.2) == "stem.1"
    assert later(1.2) == "stem.2"
    press()
    assert later(5) == "stem.2"
    layers.choose("layer", layers.trace.layers[-2].name)
    press()
    assert later(1.2) == layers.trace.layers[-1].name
    assert layers.at.session_state["play"] is False
    assert "play" not in layers.address
    press()
    assert layers.layer == "input"


def test_one_channel(layers, bundled):
    layers.choose("channel", "3")
    assert layers.address["channel"] == "3"
    assert "channel 3" in layers.scale
    _, image, mask = layers.latest.context
    statistics = view_layer(bundled, image, mask, "stem.0", 3).statistics
    assert f"Off by {statistics[MASKED].distance:.2f}" in layers.facts
    layers.step("layer-on")
    assert "channel 3" in layers.scale  # the next layer has one too
    layers.choose("channel", "31").choose("layer", "input")
    assert layers.at.session_state["channel"] == "mean"  # the picture has three
    assert "mean of 3 channels" in layers.scale


def test_another_fill(layers):
    layers.choose("fill", "blackout").settle()
    assert layers.titles[1] == "Blackout"
    assert "With blackout" in layers.trace.sentence
    assert layers.address["fill"] == "blackout"


def test_a_link_restores_it_all(fresh_server):
    mask = Mask.box(128, 20, 20, 60, 60)
    layers = LayersPage(
        image="chelsea", mask=mask.to_text(), layer="stages.1.0.add", channel="5", fill="mean_colour", play="True"
    )
    assert layers.mask.keep.equal(mask.keep)
    assert layers.layer == "stages.1.0.add"
    assert layers.titles[1] == "Mean colour"
    assert layers.at.session_state["play"] is True
    assert "channel 5" in layers.scale
    assert not layers.warnings


def test_a_bad_link_shows_one_warning(fresh_server):
    layers = LayersPage(layer="conv9", channel="999", fill="paint", play="maybe")
    (warning,) = layers.warnings
    for value in ("'conv9'", "'999'", "'paint'", "'maybe'"):
        assert value in warning
    assert layers.layer == "stem.0"
    assert layers.titles[1] == "Greyout"


def test_a_transformer_gets_one_sentence(toys):
    layers = LayersPage(model="vit_b_16")
    (sentence,) = [info.value for info in layers.at.info]
    assert "transformer" in sentence
    assert "Choose another classifier" in sentence
    assert not layers.titles
    layers.choose("model", "resnet18").settle()
    assert layers.trace.layers[1].name == "0"


def test_another_classifier_keeps_the_mask_and_begins_at_its_first_layer(toys):
    layers = LayersPage()
    layers.choose("layer", "stages.2.0.add").choose("model", "resnet18").settle()
    assert layers.layer == "0"
    assert [layer.name for layer in layers.trace.layers] == ["input", "0", "1", "2"]
    assert layers.hidden == pytest.approx(50, abs=15)


def test_nothing_hidden_and_everything_hidden(layers):
    layers.press("Clear").settle()
    assert "Nothing is hidden" in layers.reading
    layers.press("Invert").settle()
    assert "Everything is hidden" in layers.reading
    assert "Nothing is visible." in layers.facts


def test_the_mask_made_on_compare_is_shown_here(fresh_server):
    page = ComparePage()
    page.press("Invert")
    hidden = page.hidden
    page.at.switch_page(PAGE)
    page.run().settle()
    assert page.hidden == hidden
    assert page.at.session_state["tracing-latest"].context[2].keep.equal(page.mask.keep)


def test_old_traces_are_forgotten(layers):
    import sys

    page = sys.modules["pages.layers.page"]
    first = layers.at.session_state["tracing"]
    assert page.jobs().get(first) is not None
    for number in range(page.KEPT):
        page.recent_traces().note(f"trace {number}")
    assert page.jobs().get(first) is None
