"""The page of attribution masks."""

import importlib
import sys
import threading
import time
from functools import cache

import pytest

from masking import ATTRIBUTIONS, AttributionMasks, Classifier, Mask, attribution_masks, load_classifier
from masking.attribution import run_control
from masking.datasets.gallery import open_sample
from tests.pages.attribution.attribution_page import AttributionPage
from tests.pages.compare_page import PATIENCE_SECONDS

STAR = "star"
QUICK = ("gxsi", "random")
WAITING = "Being computed …"


@cache
def masks_of(classifier, target: str = STAR, name: str = "gxsi", iterations: int = 10) -> AttributionMasks:
    return attribution_masks(classifier, open_sample("scene-000"), target, name, iterations)


def shown(values) -> list[str]:
    return [f"{100 * value:.1f} %" for value in values.tolist()]


@pytest.fixture(scope="module")
def bundled() -> Classifier:
    """Of drawn scenes, the page begins with a classifier free of input bias, others with another one."""
    return load_classifier("silhouettes/nib-vgg")


@pytest.fixture
def short(fresh_server) -> AttributionPage:
    """The page with three iterations."""
    return AttributionPage(iterations="3")


def record_names(monkeypatch, pause: float = 0.0) -> list[str]:
    """Return the names of the attributions that are computed from now on; each step takes at least this long."""
    module = sys.modules["pages.attribution.request"]
    names: list[str] = []

    def watched(classifier, image, target, attribution, iterations, on_step):
        names.append(attribution.title)

        def paced(done, total):
            time.sleep(pause)
            on_step(done, total)

        return attribution_masks(classifier, image, target, attribution, iterations, paced)

    monkeypatch.setattr(module, "attribution_masks", watched)
    return names


def test_a_scene_shows_the_iterations_and_the_four_controls_at_once(fresh_server, bundled):
    page = AttributionPage(image="scene-000")  # it begins with a photograph
    expected = masks_of(bundled)
    assert page.titles == [ATTRIBUTIONS["gxsi"].title]
    assert page.probabilities() == shown(expected.probability[:, 0])
    assert [len(page.frames(picture=picture)) for picture in range(3)] == [11, 11, 11]
    assert page.frames(picture=0)[0] == ""
    assert len(set(page.frames())) == 11
    assert page.step == page.marker == 3
    assert f"still says “star” ({100 * float(expected.probability[3, 0]):.1f} %; " in page.player["sentences"][3]
    assert "The label stays though its probability falls" in page.player["sentences"][3]
    assert "in pure noise, it says “star” (" in page.player["sentences"][3], "what the page is there to show"
    assert page.address == {}
    assert not page.errors
    image, label = bundled.prepare(open_sample("scene-000")), masks_of(bundled).target
    cards = page.players[1]["rows"]
    assert [card["title"].partition(":")[0] for card in cards] == [
        "As asked", "Other class", "Noise image", "Predicted label", "Untrained network",
    ]  # fmt: skip
    assert all(card["meaning"] for card in cards)
    assert "one random draw" in cards[1]["meaning"]
    assert "have collapsed outputs; they do not prove" in cards[4]["meaning"]
    for row, name in enumerate(("wrong_label", "noise_image", "predicted_label", "untrained_network"), start=1):
        expected, _ = run_control(name, bundled, image, label)
        assert page.probabilities(1, row) == shown(expected.probability[:, 0])
    assert all("no evidence" in text or "proves nothing" in text for text in page.player["sentences"][1:])
    assert all("in pure noise" in text for text in page.player["sentences"][1:])
    assert "no accuracy on new data" in page.captions


def test_made_for_another_class(short, bundled):
    index = bundled.categories.index("bottle")
    short.choose("for", str(index))
    expected = masks_of(bundled, "bottle", iterations=3)
    assert short.probabilities() == shown(expected.probability[:, 0])
    assert short.address == {"for": str(index), "iterations": "3"}
    short.choose("other", str(bundled.categories.index("leaf")))
    assert short.players[1]["rows"][1]["title"] == "Other class: leaf"
    assert "random" not in short.players[1]["rows"][1]["meaning"]
    assert short.probabilities(1, 1) == shown(masks_of(bundled, "leaf", iterations=3).probability[:, 0])


def test_predicted_and_second(short, bundled):
    short.choose("for", "second")
    order = masks_of(bundled, iterations=3).logits[0, 0].argsort(descending=True).tolist()
    assert short.probabilities() == shown(
        masks_of(bundled, bundled.categories[order[1]], iterations=3).probability[:, 0]
    )
    short.choose("for", "predicted")
    assert short.probabilities() == shown(
        masks_of(bundled, bundled.categories[order[0]], iterations=3).probability[:, 0]
    )


def test_a_photograph_has_no_true_class(fresh_server):
    page = AttributionPage(image="coffee", iterations="1")
    assert page.at.session_state["for"] == "predicted"
    assert page.player["rows"]


def test_side_by_side(short, monkeypatch, bundled):
    names = record_names(monkeypatch)
    short.choose("shown-attributions", ["gxsi", "gxi", "random"])
    assert sorted(names) == sorted([ATTRIBUTIONS["gxi"].title, ATTRIBUTIONS["random"].title])  # side by side
    assert short.titles == [ATTRIBUTIONS[name].title for name in ("gxsi", "gxi", "random")]
    assert short.probabilities(row=1) == shown(masks_of(bundled, name="gxi", iterations=3).probability[:, 0])
    assert len(short.curves) == 6
    assert short.address == {"attributions": "gxsi,gxi,random", "iterations": "3"}


@pytest.mark.parametrize("order", [["gxsi", "deeplift", "random"], ["deeplift", "gxsi", "random"]])
def test_a_slow_attribution_does_not_hold_back_quick_ones(fresh_server, monkeypatch, bundled, order):
    module, go_on = importlib.import_module("pages.attribution.request"), threading.Event()

    def held_up(classifier, image, target, attribution, *given):
        assert attribution.title != ATTRIBUTIONS["deeplift"].title or go_on.wait(PATIENCE_SECONDS)
        return attribution_masks(classifier, image, target, attribution, *given)

    monkeypatch.setattr(module, "attribution_masks", held_up)
    page = AttributionPage(patient=False, attributions=",".join(order), iterations="2")
    quick = [order.index(name) for name in QUICK]
    page.run_until(lambda: page.players and all(page.player["rows"][row]["empty"] != WAITING for row in quick))
    assert page.titles == [ATTRIBUTIONS[name].title for name in order]
    for name in QUICK:
        expected = masks_of(bundled, name=name, iterations=2).probability[:, 0]
        assert page.probabilities(row=order.index(name)) == shown(expected)
    slow = page.player["rows"][order.index("deeplift")]
    assert slow["empty"] == WAITING
    assert len(slow["pictures"]) == 3
    assert not any(picture["frames"] for picture in slow["pictures"])
    assert page.at.get("progress")
    early = [(line["name"], line["line"]) for line in page.curves]
    go_on.set()
    page.settle()
    assert len(early) == 4
    late = [(line["name"], line["line"]) for line in page.curves]
    assert all(line in late for line in early), "a line changed its colour"
    assert len(page.frames(order.index("deeplift"))) == 3
    assert page.titles == [ATTRIBUTIONS[name].title for name in order]


def test_what_a_classifier_does_not_allow_is_not_offered(fresh_server):
    page = AttributionPage(model="silhouettes/vit", attributions="guided_backpropagation,gxsi", iterations="1")
    assert page.titles == [ATTRIBUTIONS["gxsi"].title]
    assert "it has no" in page.captions or "GELU" in page.captions
    assert ATTRIBUTIONS["guided_backpropagation"].title not in page.at.multiselect(key="shown-attributions").options
    page.choose("shown-attributions", [])
    assert any("at least one attribution" in info.value for info in page.at.info)


def test_another_display_computes_nothing(short, monkeypatch):
    names = record_names(monkeypatch)
    sent = short.player
    short.stop_at(2)
    assert {**short.player, "start": 0} == {**sent, "start": 0}, "the pictures are not sent again"
    before = short.frames()
    short.choose("channel-of", "0")
    assert short.frames() != before
    short.choose("channel-of", "sum")
    short.at.toggle(key="stretched").set_value(True)
    short.run()
    assert short.player["rows"][0]["pictures"][2]["title"] == "What the network saw, stretched"
    short.stop_at(3)
    assert short.marker == 3
    assert short.address == {"stretched": "True", "step": "3", "iterations": "3"}
    assert names == []


def test_iterations(short, bundled):
    short.at.slider(key="iterations").set_value(0)
    short.run()
    assert short.player["last"] == 0
    assert short.probabilities() == shown(masks_of(bundled, iterations=0).probability[:, 0])
    assert any("There is no attribution without an iteration" in info.value for info in short.at.info)
    assert not short.errors
    short.at.slider(key="iterations").set_value(5)
    short.run()
    assert short.probabilities() == shown(masks_of(bundled, iterations=5).probability[:, 0])
    assert not short.errors
    assert (short.at.slider(key="iterations").min, short.at.slider(key="iterations").max) == (0, 20)


def test_a_bad_link_gets_sentences(fresh_server):
    page = AttributionPage(
        attributions="nonsense,gxi", iterations="99", step="77", other="9999", **{"for": "-1", "channel-of": "x"}
    )
    text = " ".join(page.warnings)
    for word in ("nonsense", "99", "77", "9999", "target class '-1'", "channel"):
        assert word in text.replace("\\", "")
    assert page.titles == [ATTRIBUTIONS["gxi"].title]
    assert page.player["last"] == 10


def test_a_link_restores_it_all(fresh_server, bundled):
    target = str(bundled.categories.index("leaf"))
    page = AttributionPage(
        image="scene-007", attributions="random,occlusion", iterations="4", step="3", stretched="True",
        **{"for": target, "random.seed": "5", "occlusion.patch": "32", "channel-of": "2"},
    )  # fmt: skip
    assert not page.warnings
    assert page.player["last"] == 4
    assert page.marker == 3
    expected = attribution_masks(bundled, open_sample("scene-007"), "leaf", ATTRIBUTIONS["random"](seed=5), 4)
    assert page.probabilities() == shown(expected.probability[:, 0])
    expected = attribution_masks(bundled, open_sample("scene-007"), "leaf", ATTRIBUTIONS["occlusion"](patch=32), 4)
    assert page.probabilities(row=1) == shown(expected.probability[:, 0])


def test_cancel_and_try_again(short, monkeypatch):
    short.patient = False
    names = record_names(monkeypatch, pause=2)
    before = short.player
    short.choose("for", "1")
    assert short.at.get("progress")
    assert short.player == before  # stays in sight
    short.press("Cancel")
    short.settle()
    assert any("Cancelled." in error for error in short.errors)
    assert not short.players
    record_names(monkeypatch)
    short.press("Try again").settle()
    assert short.player["rows"]
    assert len(names) == 1


def test_a_reload_finds_the_run_again(short, monkeypatch):
    names = record_names(monkeypatch, pause=1)
    short.patient = False
    short.choose("for", "1")
    again = AttributionPage(patient=False, iterations="3", **{"for": "1"})
    assert again.at.get("progress")
    again.settle()
    assert again.player["rows"]
    assert len(names) == 1 + 1  # the film, and the control for another label


def test_slow_attributions_compute_controls_only_on_request(fresh_server):
    page = AttributionPage(attributions="integrated_gradients", iterations="1", **{"integrated_gradients.steps": "2"})
    assert len(page.players) == 1
    assert "in pure noise" not in page.player["sentences"][1]
    page.press("Run the four tests")
    assert len(page.players) == 2
    assert "in pure noise" in page.player["sentences"][1]


def test_an_attribution_that_fails_says_why(short, monkeypatch):
    def fails(*given):
        raise ValueError("gradient of it is NaN; check its weights")

    monkeypatch.setattr(sys.modules["pages.attribution.request"], "attribution_masks", fails)
    short.choose("for", "2")
    assert any("Gradient of it is NaN; check its weights." in error for error in short.errors)


def test_its_order_goes_to_compare(short, bundled):
    short.stop_at(3)
    short.choose("order", "least")
    short.at.slider(key="removed").set_value(50)
    short.run()
    short.press("Open in Compare")
    expected = Mask.by_heat(masks_of(bundled, iterations=3).heat(2), 0.5, most_salient=False, patch=16)
    assert short.mask.digest == expected.digest
