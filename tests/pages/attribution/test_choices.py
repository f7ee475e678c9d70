"""Choices on the page of attribution masks: defaults, links, and one step for all players."""

import io
from collections.abc import Callable

import pytest
import streamlit as st
from PIL import Image

from masking import ATTRIBUTIONS, Classifier, Mask, attribution_masks, load_classifier
from masking.datasets.gallery import open_sample
from masking.models.packaged_networks import LITE
from pages.attribution.measured import PHOTOGRAPH, measured_film
from pages.pickers import classifier as classifiers
from tests.pages.attribution.attribution_page import AttributionPage

FEW = 1
"""Iterations of the network of photographs, which is slow."""


@pytest.fixture(scope="module")
def bundled() -> Classifier:
    """Of drawn scenes, the page begins with a classifier free of input bias."""
    return load_classifier("silhouettes/nib-vgg")


def test_a_default_step_follows_and_a_chosen_step_returns(fresh_server, bundled):
    """The players, the markers, the mask for Compare and the address share one step."""
    page = AttributionPage(iterations="4", step="4")
    assert page.step == page.marker == 4
    page.choose("iterations", 1)
    assert page.step == page.marker == 1
    page.choose("iterations", 4)
    assert page.step == page.marker == 4
    assert page.address["step"] == "4"
    assert "picture at iteration 3" in page.captions
    page = AttributionPage(image="scene-000", iterations="5")
    steps = set()
    for name in ("star", "leaf", "key"):
        page.choose("for", str(bundled.categories.index(name)))
        assert page.step == page.marker
        assert f"picture at iteration {page.step - 1};" in page.captions or page.step == 1
        assert "step" not in page.address
        steps.add(page.step)
    assert len(steps) > 1, "classes whose films begin alike test nothing"


def test_another_label_is_another_one(fresh_server, bundled):
    star, leaf = (str(bundled.categories.index(name)) for name in ("star", "leaf"))
    page = AttributionPage(iterations="1", other=star, **{"for": star})
    picker = page.at.selectbox(key="other")
    assert "star" not in picker.options
    assert picker.value == "any"
    assert "made for star already" in page.captions
    card = page.players[1]["rows"][1]
    assert card["title"] != "Other class: star"
    assert "one random draw" in card["meaning"]
    page.choose("for", leaf)
    assert page.players[1]["rows"][1]["title"] == "Other class: star", "what was chosen comes back"
    assert "a random class instead" not in page.captions
    page.choose("other", str(bundled.categories.index("key")))
    page.choose("for", star)
    assert page.players[1]["rows"][1]["title"] == "Other class: key"
    page.choose("for", str(bundled.categories.index("key")))
    assert page.players[1]["rows"][1]["title"] != "Other class: key"
    assert "made for key already" in page.captions


def test_the_same_class_by_prediction_is_the_same(fresh_server, bundled):
    predicted = str(int(attribution_masks(bundled, open_sample("scene-000"), None, "gxsi", 0).predicted[0, 0]))
    page = AttributionPage(iterations="1", other=predicted, **{"for": "predicted"})
    cards = page.players[1]["rows"]
    assert cards[1]["title"].partition(": ")[2] != cards[0]["title"].partition(": ")[2]
    assert "a random class instead" in page.captions


def test_defaults_follow_until_somebody_chooses(fresh_server):
    page = AttributionPage(iterations="1")
    assert page.at.number_input(key="removed-patch").value == 16
    page.choose("model", "cifar10/nib-vgg16-slim")
    assert page.at.number_input(key="removed-patch").value == 4
    page.choose("image", "coffee")
    assert page.at.selectbox(key="for").value == "predicted"
    assert not {"removed-patch", "for"} & set(page.address)
    page.choose("model", "silhouettes/nib-vgg").choose("image", "scene-000")
    assert page.at.selectbox(key="for").value == "true"
    page.choose("removed-patch", 8).choose("for", "predicted")
    page.choose("model", "cifar10/nib-vgg16-slim").choose("image", "scene-001")
    assert page.at.number_input(key="removed-patch").value == 8
    assert page.at.selectbox(key="for").value == "predicted"
    assert (page.address["removed-patch"], page.address["for"]) == ("8", "predicted")


def test_bad_links_get_warnings(fresh_server):
    page = AttributionPage(step="99", iterations="1", attributions="gxsi,gxi,random,gradient")
    text = " ".join(page.warnings)
    assert "-1" not in text
    assert "going on with 1" in text
    assert "more than 3 attributions; going on without Gradient." in text
    assert page.titles == [ATTRIBUTIONS[name].title for name in ("gxsi", "gxi", "random")]
    assert page.address["attributions"] == "gxsi,gxi,random"


def test_a_picture_outside_the_project_comes_with_its_command(fresh_server, monkeypatch):
    given: dict[str, Callable[[], bytes]] = {}
    draw = st.download_button

    def watch(label, data, name, *rest, **options):
        given[name] = data
        return draw(label, data, name, *rest, **options)

    monkeypatch.setattr(st, "download_button", watch)
    page = AttributionPage(iterations="0")
    assert all(name.startswith("attribution-mask-") for name in given), "a scene is in the project"
    page.choose("image", "coffee")
    assert "attribution-mask coffee.png --classifier" in page.at.code[0].value
    saved = Image.open(io.BytesIO(given["coffee.png"]()))
    assert saved.tobytes() == open_sample("coffee").tobytes()
    page.choose("image", "data:Silhouettes scenes")
    assert "attribution-mask 'Silhouettes scenes 0.png' --classifier" in page.at.code[0].value
    assert Image.open(io.BytesIO(given["Silhouettes scenes 0.png"]())).size == (224, 224)


def test_equal_heat_is_ordered_at_random(fresh_server, bundled):
    page = AttributionPage(iterations="1", attributions="occlusion", **{"occlusion.patch": "32"}).choose(
        "removed-patch", 4
    )
    assert "in a random but fixed order" in page.captions
    page.press("Open in Compare")
    heat = attribution_masks(bundled, open_sample("scene-000"), "star", ATTRIBUTIONS["occlusion"](patch=32), 1).heat(0)
    assert page.mask.digest == Mask.by_heat(heat, 0.3, patch=4, ties=0).digest
    assert page.mask.digest != Mask.by_heat(heat, 0.3, patch=4).digest


def test_a_class_keeps_its_name_under_another_classifier(fresh_server, monkeypatch, bundled):
    """Classifiers may know the same classes in another order, or others."""
    page = AttributionPage(iterations="1", **{"for": str(bundled.categories.index("star"))})
    load = classifiers.load

    def load_reordered(name, *rest):
        classifier = load(name, *rest)
        classifier.categories = tuple(reversed(classifier.categories))
        return classifier

    monkeypatch.setattr(classifiers, "load", load_reordered)
    page.choose("model", "silhouettes/resnet")
    assert page.at.selectbox(key="for").value == str(len(bundled.categories) - 1 - bundled.categories.index("star"))
    monkeypatch.setattr(classifiers, "load", load)
    page.choose("model", "cifar10/nib-vgg16-slim")
    assert any("does not know the target class star; going on with the default" in text for text in page.warnings)


def test_the_first_visit_shows_a_label_that_is_not_in_the_picture(fresh_server, lite, monkeypatch):
    """Labels and picture are measured; whoever links to them without a label gets what links have always meant."""
    monkeypatch.setattr("pages.attribution.page.TEN", FEW)
    measured = measured_film(lite, PHOTOGRAPH)
    page = AttributionPage()
    label, other = (lite.categories[int(index)] for index in (measured.label, measured.other))
    expected = attribution_masks(lite, open_sample(PHOTOGRAPH), label, "gxsi", FEW)
    assert page.probabilities() == [f"{100 * value:.1f} %" for value in expected.probability[:, 0].tolist()]
    assert page.address == {"image": PHOTOGRAPH, "model": LITE, "for": measured.label, "other": measured.other}
    assert page.players[1]["rows"][1]["title"] == f"Other class: {other}"
    assert f"of {measured.labels} drawn at random, {measured.written} could" in page.captions
    linked = AttributionPage(image=PHOTOGRAPH, model=LITE, iterations="0")
    assert linked.at.selectbox(key="for").value == "predicted"
    assert linked.at.selectbox(key="other").value == "any"
    assert "drawn at random" not in linked.captions


def test_films_are_measured_for_photographs_and_their_network_alone(lite, bundled):
    assert measured_film(lite, "scene-000") is None
    assert measured_film(bundled, PHOTOGRAPH) is None
    measured = measured_film(lite, PHOTOGRAPH)
    assert measured.label != measured.other
    assert 0 < measured.written < measured.labels
