"""One scene cut out in many ways, and the sentence about it."""

import csv
import io
import json
from dataclasses import replace

import pytest
import torch
from PIL import Image

from masking import METHODS, Mask
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.inference.prediction import Prediction
from masking.leakage import Cutout, cut_out

CATEGORIES = ("star", "mug", "key")


@pytest.fixture(scope="module")
def scenes(bundled):
    return rendered_scenes(World(), 2).read(bundled, 0, 2)


@pytest.fixture(scope="module")
def cutout(bundled, scenes) -> Cutout:
    donor = "hammer", Mask(~scenes.objects[1:])
    holes = ["exact", "box", "transplanted"]
    return cut_out(bundled, scenes.images[:1], Mask(~scenes.objects[:1]), ["blackout", "layer_masking"], holes, donor)


def by_hand(certain: bool = True, sure: float = 4.0, side: int = 4, **named: list[str]) -> Cutout:
    """A star under methods that name these classes under the holes exact, hull and box, these of a side of their own.

    `sure` is the logit of what is named.
    """
    holes = ("exact", "hull", "box")
    image = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))

    def say(category: str) -> Prediction:
        return Prediction(sure * torch.nn.functional.one_hot(torch.tensor(CATEGORIES.index(category)), 3), CATEGORIES)

    answers = {
        (m, h): say(category) for m, categories in named.items() for h, category in zip(holes, categories, strict=False)
    }
    sides = dict(zip(holes, (3, side, side), strict=True))
    masks = {hole: Mask.box(8, 2, 2, sides[hole], sides[hole]) for hole in holes[: max(map(len, named.values()))]}
    return Cutout(image, say("star"), "", certain, masks, answers, dict.fromkeys(answers), {})


def test_answers_are_those_of_the_methods(cutout, bundled, scenes):
    for (method, hole), answer in cutout.answers.items():
        logits = METHODS[method]().logits(bundled, scenes.images[:1], cutout.masks[hole])[0]
        assert torch.allclose(answer.logits, logits, atol=1e-4)
    assert cutout.hidden_class == "star"
    assert cutout.probability("blackout", "exact") > 0.9


def test_pictures_are_what_the_model_saw(cutout, scenes):
    hidden = scenes.objects[:1].expand(-1, 3, -1, -1)
    assert (cutout.picture("blackout", "exact")[hidden] == 0).all()
    assert cutout.seen["layer_masking", "exact"] is None
    hatched = cutout.picture("layer_masking", "exact")
    assert torch.equal(hatched[~hidden], scenes.images[:1][~hidden])
    assert len(hatched[hidden].unique()) == 2


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (
            {"blackout": ["mug"]},
            "Nothing reveals the star: with the star hidden, the network says “star” under no method.",
        ),
        (
            {"blackout": ["star", "mug", "mug"], "greyout": ["mug", "mug", "mug"]},
            "Under blackout the outline of the hole reveals the star. Under greyout nothing does.",
        ),
        (
            {"blackout": ["star", "star", "star"]},
            "Under blackout the network says “star” even without its outline: its position, its size, the background "
            "or luck is enough.",
        ),
        ({"blackout": ["star"]}, "Under blackout the network still says “star”; add the hole “Disc” to see why."),
    ],
)
def test_the_sentence_says_what_revealed_it(named, sentence):
    assert by_hand(**named).sentence == sentence


def test_a_mask_that_may_leave_something_in_sight_makes_it_careful():
    text = by_hand(certain=False, blackout=["star", "mug", "mug"]).sentence
    assert text.startswith("Under blackout the outline of the hole reveals the star.")
    assert text.endswith("This holds if the hole hides all that shows the star.")


def test_an_object_that_may_still_be_in_sight_is_said_to_be():
    every_hole = ["star", "star", "star"]
    text = by_hand(certain=False, blackout=every_hole, greyout=every_hole).sentence
    assert text.startswith("Every method says “star” whatever the shape of the hole. Probably some of it is still")
    assert "another star" in text
    text = by_hand(certain=False, blackout=every_hole, greyout=["mug", "mug", "mug"]).sentence
    assert text.startswith("Under blackout the network says “star” even without its outline")
    assert by_hand(blackout=every_hole).sentence.startswith("Under blackout")  # known to be hidden


def test_the_class_that_lent_its_outline_is_told_from_others(cutout):
    for (method, hole), answer in cutout.answers.items():
        lent = replace(cutout, donor=answer.category)
        assert lent.took_outline(method, hole) == (hole == "transplanted" and answer.category != "star")
        assert not replace(cutout, donor="star").took_outline(method, hole)
        assert not replace(cutout, donor="").took_outline(method, hole)
    assert any(replace(cutout, donor=each.category).took_outline(*key) for key, each in cutout.answers.items())


def test_the_box_of_a_rectangle_has_lost_no_outline():
    text = by_hand(side=3, blackout=["star", "star", "star"]).sentence
    assert text == "Under blackout the network still says “star”; add the hole “Disc” to see why."


def test_who_is_unsure_of_the_whole_scene_is_said_to_be():
    assert by_hand(sure=1.0, blackout=["mug"]).sentence.startswith("Nothing reveals the star")
    text = by_hand(sure=0.5, blackout=["mug"]).sentence
    assert text.startswith("Even with nothing hidden the network is unsure (“star” 45.2 %). Nothing reveals the star")


def test_tables_and_pictures_hold_what_was_found(cutout):
    rows = list(csv.DictReader(io.StringIO(cutout.to_csv())))
    assert [(row["method"], row["hole"]) for row in rows] == list(cutout.answers)
    assert float(rows[0]["probability_of_hidden_class"]) == pytest.approx(cutout.probability("blackout", "exact"))
    facts = json.loads(cutout.to_json())
    assert Mask.from_text(facts["masks"]["box"]).digest == cutout.masks["box"].digest
    assert facts["manifest"]["donor"] == "hammer"
    assert facts["reading"] == cutout.sentence
    png = Image.open(io.BytesIO(cutout.to_png()))
    assert png.width > 2 * 256
    assert png.height > 3 * 256


def test_progress_is_reported(bundled, scenes):
    progress = []
    cut_out(
        bundled,
        scenes.images[:1],
        Mask(~scenes.objects[:1]),
        ["blackout", "greyout"],
        ["disc"],
        on_method=progress.append,
    )
    assert progress == ["blackout", "greyout"]


def test_an_object_that_the_network_does_not_name_is_not_known_to_be_hidden(bundled, scenes):
    image, mask = scenes.images[:1], Mask(~scenes.objects[:1])
    for name, certain in (("star", True), ("mug", False), ("pinwheel", False)):
        assert cut_out(bundled, image, mask, ["blackout"], ["exact"], object_class=name).certain is certain
    cutout = cut_out(bundled, image, mask, ["blackout"], ["exact"], object_class="mug")
    assert cutout.verdict("blackout", "exact").word == "Same answer"
    assert "may not hide all that shows the star" in cutout.to_html()


def test_a_hole_that_leaves_nothing_to_see_proves_nothing(bundled, scenes):
    cutout = cut_out(bundled, scenes.images[:1], Mask.empty(bundled.input_size), ["blackout", "layer_masking"])
    assert {cutout.verdict(*key).word for key in cutout.answers} == {"Answer to nothing"}
    assert cutout.sentence == "Under blackout and layer masking nothing at all is visible."
    assert "any picture would get this answer" in cutout.to_html()


def test_what_blur_shows_is_no_outline(bundled, scenes):
    cutout = cut_out(bundled, scenes.images[:1], Mask(~scenes.objects[:1]), ["blackout", "blur"], ["exact", "box"])
    assert cutout.see_through == {"blur"}
    by_both = by_hand(blackout=["star", "mug", "mug"], blur=["star", "mug", "mug"])
    assert replace(by_both, see_through=frozenset({"blur"})).sentence == (
        "Under blackout the outline of the hole reveals the star. Under blur some of the star shows through the hole."
    )
    by_both = by_hand(blackout=["mug", "mug", "mug"], blur=["star", "mug", "mug"])
    assert replace(by_both, see_through=frozenset({"blur"})).sentence == (
        "Nothing reveals the star: with the star hidden, the network says “star” under no other method. "
        "Under blur some of the star shows through the hole."
    )


@pytest.mark.parametrize(
    ("mask", "methods", "holes", "sentence"),
    [
        (Mask.full(128), ["blackout"], ["exact"], "nothing is hidden; mark the object first"),
        (Mask.box(128, 1, 1, 9, 9), [], ["exact"], "choose at least one method and one hole"),
        (Mask.box(128, 1, 1, 9, 9), ["blackout"], [], "choose at least one method and one hole"),
        (Mask.box(128, 1, 1, 9, 9), ["blackout"], ["transplanted"], "no object of another class"),
    ],
)
def test_what_cannot_be_cut_out_is_refused(bundled, scenes, mask, methods, holes, sentence):
    with pytest.raises(ValueError, match=sentence):
        cut_out(bundled, scenes.images[:1], mask, methods, holes)
