"""The Shape leakage page: one object cut out in many ways, then many scenes."""

import csv
import io
import json

import pytest

from masking import METHODS, Mask
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import WORLDS, World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import Cutout, measure_leakage
from pages.leakage import figures as leakage_figures
from tests.pages.compare_page import PAGE as COMPARE
from tests.pages.compare_page import ComparePage, brush
from tests.pages.html import Element

PAGE = "pages/3_Shape_leakage.py"
METHOD_NAMES = "blackout,layer_masking"


class LeakagePage(ComparePage):
    """The Shape leakage page, opened with these parameters in its address."""

    page = PAGE

    @property
    def cutout(self) -> Cutout:
        return self.at.session_state["cutting-latest"].result

    @property
    def matrix(self) -> dict[str, list[tuple[str, str]]]:
        """The class and the probability of the hidden class under each hole, by method."""
        rows = [row for row in self.part("mx-matrix").all("tr") if row.all("td")]
        return {row.first("th").text: [_answer(card) for card in row.all("article")] for row in rows}

    @property
    def marked_cards(self) -> int:
        """The number of marked cards, which name the hidden class."""
        return len(self.part("mx-matrix").all("article", "mx-given"))

    @property
    def legend(self) -> Element:
        """The text that explains the marks."""
        return self.part("mx-legend")

    @property
    def measured(self):
        return self.at.session_state["measuring"][1].result

    @property
    def numbers(self) -> list[str]:
        """The numbers in the table of the measurement."""
        return self.part("mx-measured").texts("b")


def _answer(card: Element) -> tuple[str, str]:
    """Return what a card names, and the percentage beside its bar."""
    return card.first("div", "mx-verdict").text, card.first("b").text.rstrip(" %")


@pytest.fixture
def page(fresh_server) -> LeakagePage:
    return LeakagePage(methods=METHOD_NAMES, holes="exact,box,transplanted")


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


def test_cards_that_name_the_hidden_class_are_marked(page):
    given = [page.cutout.still_named(m, h) for m in page.cutout.methods for h in ("exact", "box")]
    assert page.marked_cards == sum(given) > 0
    assert "reveals the star" in page.reading


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
    assert "although nothing of it is visible" in page.legend.text
    page.press("Shrink")
    assert "still says “star”" in page.legend.text
    assert "although nothing of it is visible" not in page.legend.text


def test_no_object_gets_the_outline_of_its_own_class(page):
    page.choose("holes", ["transplanted"]).choose("donor", "star")
    assert page.cutout.answers["blackout", "transplanted"].category == "star"
    assert not page.legend.all("i", "mx-moved")
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


def test_measure_shows_what_the_library_measures(page, bundled):
    page.choose("scenes", 32).press("Measure")
    expected = measure_leakage(
        bundled, rendered_scenes(World(), 32), ["blackout", "layer_masking"], ["exact", "grown_8"]
    )
    leakage = page.measured.leakage
    for method in leakage.methods:
        for hole in ("exact", "grown_8"):
            assert leakage.answers[method, hole].predicted.equal(expected.answers[method, hole].predicted)
        assert f"{leakage.bits(method).value:.2f}" in page.numbers
        assert f"{100 * leakage.accuracy(method).value:.1f} %" in page.numbers
    assert "silhouettes/resnet" in page.measured.reliance
    assert page.chart
    assert page.address["scenes"] == "32"
    assert "By chance 6.2 % are right." in page.captions
    assert f"; take {2 * len(leakage.truth.unique()) ** 2}." in page.captions  # 32 scenes are few
    facts = json.loads(page.measured.to_json())
    (error,) = (
        row
        for row in facts["reliance"]["silhouettes/resnet"]["rows"]
        if row["method"] == "blackout" and row["hole"] == "exact"
    )
    assert error["reliance_error"] == leakage.reliance_error("blackout").value
    assert "predicted" in facts
    rows = list(csv.DictReader(io.StringIO(page.measured.to_csv())))
    chosen_rows = [row for row in rows if row["world"] == "chosen"]
    assert [float(row["bits"]) for row in chosen_rows] == [row["bits"] for row in leakage.rows]
    assert {row["classifier"] for row in chosen_rows} == {"silhouettes/resnet"}
    page.choose("scenes", 64)
    assert "when the button was last pressed" in page.captions


def test_more_methods_than_colours_are_all_drawn(fresh_server, bundled, monkeypatch):
    leakage = measure_leakage(bundled, rendered_scenes(World(), 16), ["blackout", "greyout"])
    monkeypatch.setattr(leakage_figures, "COLOURS", leakage_figures.COLOURS[:1])
    assert [line.name for line in leakage_figures.growth_figure(leakage, ["exact"], False).data] == [
        "Blackout",
        "Greyout",
    ]
    assert len(leakage_figures.reliance_figure({"first": leakage, "second": leakage}).data) == 2


def test_the_export_includes_the_world_of_the_classifier(toys):
    page = LeakagePage(methods="blackout,greyout", scenes="16")
    page.choose("source", "rendered").choose("cue-texture", 0.8).press("Measure")
    rows = list(csv.DictReader(io.StringIO(page.measured.to_csv())))
    own = [row for row in rows if row["world"] == "own" and row["classifier"] == "silhouettes/resnet"]
    assert [(row["method"], row["hole"]) for row in own] == [("blackout", "exact"), ("greyout", "exact")]
    assert all(row["reliance_error"] for row in own)


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
    assert page.cutout.certain
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
