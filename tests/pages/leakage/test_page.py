"""The Shape leakage page: one object cut out in many ways."""

import html
import json

import pytest

from masking import METHODS, Mask
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import WORLDS, World
from tests.pages.compare_page import PAGE as COMPARE
from tests.pages.compare_page import brush
from tests.pages.leakage.leakage_page import METHOD_NAMES, PAGE, LeakagePage


def test_the_first_visit_shows_a_known_object_cut_out(fresh_server):
    page = LeakagePage()
    assert page.cutout.certain
    assert list(page.matrix) == ["Blackout", "Greyout", "Layer masking"]
    assert list(page.cutout.masks) == ["exact", "grown_4", "hull", "box", "disc", "transplanted"]
    assert page.cutout.sentence in page.reading
    assert "holes" not in page.address
    assert not page.chart
    assert "One scene cannot say" in page.captions


def test_the_cards_are_what_the_library_says(page, bundled):
    cutout = page.cutout
    for method, cards in zip(cutout.methods, page.matrix.values(), strict=True):
        for hole, (category, probability) in zip(cutout.masks, cards, strict=True):
            logits = METHODS[method]().logits(bundled, cutout.image, cutout.masks[hole])[0]
            assert category == bundled.categories[int(logits.argmax())]
            expected = 100 * float(logits.softmax(0)[cutout.whole.index])
            assert float(probability) == pytest.approx(expected, abs=0.06)
    assert cutout.masks["exact"].digest == page.mask.digest
    assert cutout.masks["box"].digest == page.mask.bounding_box().digest


def test_each_tile_says_in_a_word_what_its_answer_means(page):
    cutout = page.cutout
    expected = [
        "Took the outline" if cutout.took_outline(method, hole) else cutout.verdict(method, hole).word
        for method in cutout.methods
        for hole in cutout.masks
    ]
    assert page.words == expected
    assert "Leak" in expected
    assert "reveals the star" in page.reading
    for word in set(expected):
        assert word in page.legend.text


def test_another_class_lends_its_outline(page):
    first = page.cutout.masks["transplanted"]
    page.choose("donor", "house")
    assert page.cutout.donor == "house"
    assert page.cutout.masks["transplanted"].digest != first.digest
    assert page.address["donor"] == "house"


def test_a_visible_part_of_the_object_makes_the_sentence_careful(page):
    page.press("Shrink")
    assert not page.cutout.certain
    page.press("Object")
    assert page.cutout.certain
    page.press("Grow")
    assert page.cutout.certain


def test_another_scene_comes_with_its_own_object(page):
    first = page.mask
    page.choose("image", "scene-007")
    assert page.cutout.certain
    assert page.mask.digest != first.digest
    page.press("Invert").choose("methods", ["greyout"])
    assert page.mask.hidden_share > 0.5  # another method leaves the mask alone


def test_a_photograph_needs_its_object_marked(page):
    page.choose("image", "chelsea")  # the star that was hidden before says nothing of it
    assert page.hidden == 0
    assert any("Mark the object" in info.value for info in page.at.info)
    assert not page.at.get("progress")


def test_an_object_marked_on_compare_stays(fresh_server):
    page = LeakagePage(image="chelsea", methods="blackout")
    assert page.hidden == 0
    page.go(COMPARE).draw(brush())
    marked = page.mask.digest
    assert page.go(PAGE).mask.digest == marked
    assert page.choose("image", "coffee").mask.digest == marked


def test_a_class_that_may_be_visible_is_not_called_hidden(page):
    assert "nothing of the star is visible, but it is named" in page.legend.text
    page.press("Shrink")
    assert "nothing of the star" not in page.legend.text
    assert "Same answer" in page.words
    assert "whether the star is hidden is not known" in page.legend.text


def test_no_object_gets_the_outline_of_its_own_class(page):
    page.choose("holes", ["transplanted"]).choose("donor", "star")
    assert page.cutout.answers["blackout", "transplanted"].category == "star"
    assert "Took the outline" not in page.words
    assert "star too: choose another" in page.legend.text


def test_a_rendered_object_is_named(page):
    page.choose("source", "rendered")
    assert "Picture: rendered here: star." in page.captions


def test_a_scene_is_rendered_again_when_a_cue_changes(page):
    page.choose("source", "rendered")
    assert page.address["source"] == "rendered"
    for strength in (0.0, 1.0):
        page.choose("cue-texture", strength)
        scene = render(World(texture=strength), [0])
        assert page.cutout.image.equal(scene.images)
        assert page.cutout.masks["exact"].keep.equal(~scene.objects)
        assert page.cutout.certain
    assert page.address["cue-texture"] == "1.0"
    before = page.cutout.image
    page.press("Next")
    assert not page.cutout.image.equal(before)
    assert page.address["scene"] == "1"


def test_a_world_brings_its_cues(page):
    page.choose("source", "rendered").choose("world", "background")
    world = WORLDS["background"]
    for name in ("outline", "texture", "background"):
        assert page.at.session_state[f"cue-{name}"] == getattr(world, name)
    assert page.address["world"] == "background"
    assert "cue-outline" not in page.address  # as the world has it


def test_the_page_hands_out_files_that_explain_themselves(page, monkeypatch):
    offered = {}
    monkeypatch.setattr(
        "pages.leakage.page.show_downloads", lambda downloads: offered.update({d[0]: d for d in downloads})
    )
    page.run()
    assert list(offered) == ["PNG", "SVG", "HTML", "CSV", "JSON"]
    assert offered["HTML"][2] == "shape-leakage-drawn-star-star.html"
    text = offered["HTML"][1]()
    assert "Drawn star" in text
    assert page.cutout.sentence in html.unescape(text)
    assert "<script" not in text


def test_a_link_restores_it_all(fresh_server):
    mask = Mask.box(128, 30, 30, 50, 40)
    page = LeakagePage(
        image="scene-007", methods=METHOD_NAMES, holes="exact,disc", donor="key", scenes="96", mask=mask.to_text(),
        told="probabilities",
    )  # fmt: skip
    assert page.mask.keep.equal(mask.keep)
    assert list(page.cutout.masks) == ["exact", "disc"]
    assert page.at.session_state["donor"] == "key"
    assert page.at.session_state["scenes"] == 96
    assert page.at.session_state["told"] == "probabilities"
    assert not page.warnings


def test_a_link_to_a_rendered_scene(fresh_server):
    page = LeakagePage(
        source="rendered", world="background", scene="5", methods="blackout", holes="exact", **{"cue-outline": "0.2"}
    )
    rendered = next(caption.value for caption in page.at.caption if "rendered here: " in caption.value)
    assert page.cutout.whole.category not in rendered, "the cues are weak"
    assert not page.cutout.certain
    assert page.at.session_state["cue-outline"] == 0.2
    assert page.at.session_state["cue-background"] == WORLDS["background"].background
    facts = json.loads(page.cutout.to_json())
    assert facts["rows"][0]["hole"] == "exact"
    assert not page.warnings


def test_a_bad_link_shows_one_warning(fresh_server):
    wrong = {"cue-outline": "7", "told": "tarot"}
    page = LeakagePage(holes="exact,square", donor="cow", source="film", scenes="5", methods="blackout", **wrong)
    (warning,) = page.warnings
    for value in ("'square'", "'cow'", "'film'", "'5'", "'7'", "'tarot'"):
        assert value in warning
    assert list(page.cutout.masks) == ["exact"]


def test_no_method_or_hole_shows_a_message(page):
    page.choose("holes", [])
    assert any("at least one method and one hole" in info.value for info in page.at.info)
    page.choose("holes", ["box"])
    assert "exact hole" in page.cutout.sentence


def test_a_classifier_with_other_classes_keeps_its_own_prediction(toys):
    page = LeakagePage(methods="blackout", holes="exact,box", scenes="32")
    page.choose("model", "resnet18").settle()
    assert page.cutout.whole.category in {"cat", "cup", "dog", "hat", "sun"}
    assert page.cutout.masks["exact"].size == (224, 224)


def test_a_network_that_does_not_know_the_object_makes_the_sentence_careful(fresh_server):
    page = LeakagePage(model="imagenet/efficientnet-lite0", image="scene-000", methods="blackout", holes="exact,box")
    assert not page.cutout.certain
    assert {page.cutout.verdict(*key).word for key in page.cutout.answers} <= {"Same answer", "Another answer"}
