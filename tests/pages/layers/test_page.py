"""The Layers page: one picture and mask, layer after layer."""

import pytest
import streamlit as st

from masking import Mask
from masking.layer_trace import FILLED, MASKED, view_layer
from pages.shell.jobs import jobs
from tests.pages.compare_page import ComparePage
from tests.pages.layers.layers_page import DRAWN, PAGE, LayersPage


@pytest.fixture
def layers(fresh_server) -> LayersPage:
    return LayersPage(**DRAWN)


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
    layers.choose_layer(last)
    assert layers.button("layer-on").disabled
    assert "one cell" in layers.show_more_numbers().facts
    assert "every square is one channel" in layers.scale


@pytest.fixture
def beat(monkeypatch):
    """A button in place of the browser's clock. It asks for the layer after the one that it was drawn for."""
    marks = []

    def draw(key: str, data: dict, on_beat_change) -> None:
        def press() -> None:
            st.session_state[key] = {"beat": marks.pop() if marks else data["mark"]}
            on_beat_change()

        st.button("Beat", on_click=press)

    monkeypatch.setattr("pages.layers.player._metronome", draw)
    return marks


def test_play_goes_on_by_itself_and_ends_at_the_end(layers, beat):
    def toggle_play() -> None:
        toggle = next(toggle for toggle in layers.at.toggle if toggle.key == "play")
        toggle.set_value(not toggle.value)
        layers.run()

    toggle_play()
    assert layers.layer == "stem.0"
    assert layers.press("Beat").layer == "stem.1"
    assert layers.press("Beat").layer == "stem.2"
    assert "layer" not in layers.address  # else every step would be one in the browser's history
    toggle_play()
    assert layers.layer == layers.address["layer"] == "stem.2"
    assert not any(button.label == "Beat" for button in layers.at.button)
    layers.choose_layer(layers.trace.layers[-2].name)
    toggle_play()
    last = layers.trace.layers[-1].name
    assert layers.press("Beat").layer == last
    assert layers.at.session_state["play"] is False
    assert layers.address["layer"] == last
    assert "play" not in layers.address
    toggle_play()
    assert layers.layer == "input"


def test_a_beat_that_comes_too_late_does_nothing(layers, beat):
    next(toggle for toggle in layers.at.toggle if toggle.key == "play").set_value(True)
    layers.run().step("layer-on").step("layer-on")
    beat.append("1 stem.0")
    assert layers.press("Beat").layer == "stem.2"
    layers.choose_layer("stages.1.0.add")
    beat.append("3 stem.2")
    assert layers.press("Beat").layer == "stages.1.0.add"


def test_one_channel(layers, bundled):
    layers.choose("channel", "3")
    assert layers.address["channel"] == "3"
    assert "channel 3" in layers.scale
    _, image, mask = layers.latest.context
    statistics = view_layer(bundled, image, mask, "stem.0", 3).statistics
    assert f"Off by {statistics[MASKED].distance:.2f}" in layers.facts
    layers.step("layer-on")
    assert "channel 3" in layers.scale  # the next layer has one too
    layers.choose("channel", "31").choose_layer("input")
    assert layers.at.session_state["channel"] == "mean"  # the picture has three
    assert "mean of 3 channels" in layers.scale
    layers.choose_layer("stem.2")
    assert "channel 31" in layers.scale


def test_layer_and_channel_survive_every_other_change(layers):
    layers.choose_layer("stages.2.0.add").choose("channel", "7")
    options = layers.layer_box.options
    for change in (
        lambda: layers.press("Invert"),
        lambda: layers.press("Clear"),
        lambda: layers.press("Undo"),
        lambda: layers.choose("fill", "blackout"),
        lambda: layers.choose("image", "scene-007"),
        lambda: layers.choose("model", "silhouettes/resnet-background"),
        lambda: layers.choose("model", "silhouettes/nib-vgg").choose("model", "silhouettes/resnet"),
        lambda: layers.go("pages/1_Compare.py").go(PAGE),
    ):
        change()
        layers.settle()
        assert layers.layer == "stages.2.0.add"
        assert "channel 7" in layers.scale
        assert layers.address["layer"] == "stages.2.0.add"
        assert layers.address["channel"] == "7"
        assert layers.layer_box.options == options  # labels that change would reset the choice in the browser


def test_another_fill(layers):
    layers.choose("fill", "blackout").settle()
    assert layers.titles[1] == "Blackout"
    assert "With blackout" in layers.trace.sentence
    assert layers.address["fill"] == "blackout"


def test_a_link_restores_it_all(fresh_server):
    mask = Mask.box(128, 20, 20, 60, 60)
    layers = LayersPage(
        image="chelsea",
        model="silhouettes/resnet",
        mask=mask.to_text(),
        layer="stages.1.0.add",
        channel="5",
        fill="mean_colour",
        play="True",
    )
    assert layers.mask.keep.equal(mask.keep)
    assert layers.layer == "stages.1.0.add"
    assert layers.titles[1] == "Mean colour"
    assert layers.at.session_state["play"] is True
    assert "channel 5" in layers.scale
    assert not layers.warnings


def test_a_bad_link_shows_one_warning(fresh_server):
    layers = LayersPage(layer="conv9", channel="999", fill="paint", play="maybe", **DRAWN)
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
    layers = LayersPage(**DRAWN)
    layers.choose_layer("stages.2.0.add").choose("model", "resnet18").settle()
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
    page = ComparePage(**DRAWN, methods="blackout")
    page.press("Invert")
    hidden = page.hidden
    page.at.switch_page(PAGE)
    page.run().settle()
    assert page.hidden == hidden
    assert page.at.session_state["tracing-latest"].context[2].keep.equal(page.mask.keep)


def test_a_mask_that_nobody_made_gives_way_to_patches(fresh_server, monkeypatch):
    monkeypatch.setattr("pages.shell.jobs.show.PATIENCE_SECONDS", 300)  # a second run says it no more
    page = ComparePage(**DRAWN, methods="blackout")
    first = page.hidden
    page.go(PAGE).settle()
    assert page.hidden == 50
    assert "begins with random patches" in page.captions
    page.press("Undo").settle()
    assert page.hidden == first


def test_a_mask_that_hides_the_object_is_said_to_show_nothing_of_the_paint(layers):
    layers.press("Object").settle()
    assert "The whole star is hidden" in layers.reading
    assert "Nothing of the star is visible." in layers.reading
    layers.press("Hide random patches instead").settle()
    assert layers.hidden == 50
    assert "The paint leaks" in layers.reading
    assert not any(button.label == "Hide random patches instead" for button in layers.at.button)


def test_the_memory_of_results_counts_every_map_of_a_trace(layers):
    job = jobs()._jobs[layers.at.session_state["tracing"]]
    assert job.bytes >= sum(layer.view.maps.nbytes for layer in job.result.layers) > 0
