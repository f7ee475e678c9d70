"""Cards as HTML, for comparisons made by hand: what each says, and what it says to those who cannot see it."""

from functools import cache

import pytest
import torch
from torchvision.models import EfficientNet_B0_Weights

from masking import METHODS, Mask
from masking.inference.comparison import Comparison
from masking.inference.prediction import Prediction
from pages.components.cards import SIGNS, cards_html
from tests.pages.compare_page import facts_of
from tests.pages.html import Element, parse

IMAGENET = tuple(EfficientNet_B0_Weights.DEFAULT.meta["categories"])
TIGER_CAT, EGYPTIAN_CAT, MAZE = 282, 285, 646


def prediction(categories: tuple[str, ...], **shares: float) -> Prediction:
    """Return a prediction with these probabilities, by index as `c282=0.4`; the other classes share the rest."""
    probabilities = torch.full((len(categories),), (1 - sum(shares.values())) / (len(categories) - len(shares)))
    for index, share in shares.items():
        probabilities[int(index[1:])] = share
    return Prediction(probabilities.log(), categories)


def comparison(whole: Prediction, visible: float | None = None, blind: str = "", **masked: Prediction) -> Comparison:
    """Return a comparison of one small picture whose left half is hidden."""
    image, mask = torch.rand(1, 3, 8, 8), Mask.box(8, 0, 0, 8, 4)
    seen = {name: None if name == "layer_masking" else image for name in masked}
    methods = {name: METHODS[name]() for name in masked}
    return Comparison(image, mask, whole, masked, seen, methods, {}, frozenset({blind} - {""}), visible)


@cache
def cats() -> Element:
    """Cards of a cat that one method loses and another still names, as another breed."""
    whole = prediction(IMAGENET, c282=0.5, c285=0.4)
    maze, cat = prediction(IMAGENET, c646=0.8, c282=0.01), prediction(IMAGENET, c285=0.6, c282=0.1)
    return parse(cards_html(comparison(whole, blackout=maze, layer_masking=cat)))


def cards(page: Element) -> list[Element]:
    return page.all(mark="mx-card")


def test_a_card_has_a_short_name_and_the_whole_name_on_hover():
    whole = prediction(("n02510455 giant panda, panda, panda bear", "mug"), c0=0.9)
    (card,) = cards(parse(cards_html(comparison(whole))))
    assert card.first(mark="mx-verdict").text == "giant panda"
    assert card.first(mark="mx-verdict").attributes["title"] == whole.category
    assert card.first(mark="mx-bar").first("span").text == "giant panda"


def test_the_group_of_classes_is_followed_from_the_whole_picture():
    whole, blackout, layers = map(facts_of, cards(cats()))
    assert whole["“cat”"] == "90.0 %"
    assert blackout["“cat”"] == "90.0 % → 1.1 %"
    assert layers["“cat”"] == "90.0 % → 70.1 %"
    assert "sum over its 5 classes" in cats().first(mark="mx-legend").text


def test_all_classes_of_the_group_have_the_colour_of_the_answer():
    _, blackout, layers = cards(cats())
    coloured = [bar.first("span").text for bar in layers.all(mark="mx-original")]
    assert coloured[:2] == ["Egyptian cat", "tiger cat"]
    assert [bar.first("span").text for bar in blackout.all(mark="mx-original")] == ["tiger cat"]


@pytest.mark.parametrize(
    ("visible", "answer", "blind", "word"),
    [
        (0.0, TIGER_CAT, "", "Leak"), (0.0, MAZE, "", "As it should be"), (0.8, MAZE, "", "Harm"),
        (0.8, EGYPTIAN_CAT, "", "Kept"), (None, EGYPTIAN_CAT, "", "Same answer"), (None, MAZE, "", "Another answer"),
        (None, MAZE, "blackout", "Answer to nothing"),
    ],
)  # fmt: skip
def test_a_verdict_is_a_word_with_a_sign_and_a_sentence(visible, answer, blind, word):
    whole = prediction(IMAGENET, c282=0.9)
    compared = comparison(whole, visible, blind, blackout=prediction(IMAGENET, **{f"c{answer}": 0.9}))
    card = cards(parse(cards_html(compared)))[1]
    verdict, badge = compared.verdicts["blackout"], card.first(mark="mx-badge")
    assert badge.text.split(" ", 1) == [SIGNS[verdict.kind], word]
    assert badge.attributes["title"] == verdict.text == card.first("p", "mx-why").text
    assert bool(card.all(mark="mx-blind")) == bool(blind)


def test_pictures_say_what_is_seen_and_how_much_is_hidden():
    texts = [card.first("img").attributes["alt"] for card in cards(cats())]
    assert texts[0] == "The whole picture, as the network sees it."
    assert texts[1] == "What the network gets under blackout: 50.0 % of the picture is replaced."
    assert texts[2].endswith("under layer masking: 50.0 % of the picture is left out, drawn as stripes.")


def test_cards_are_a_list_with_headings_in_each_methods_colour():
    assert cats().first(mark="mx-cards").attributes["role"] == "list"
    assert {card.attributes["role"] for card in cards(cats())} == {"listitem"}
    swatches = [card.first("h3").first("i").attributes["style"] for card in cards(cats())[1:]]
    assert swatches == [f"background:{METHODS[name].style.colour}" for name in ("blackout", "layer_masking")]


def test_names_from_outside_are_text():
    whole = prediction(("<b>bold'", "mug"), c0=0.9)
    page = parse(cards_html(comparison(whole, blackout=whole), waiting=True))
    assert "<b>bold'" in cards(page)[1].text
    assert page.first(mark="mx-verdict").attributes["title"] == "<b>bold'"
    assert "mx-waiting" in page.first(mark="mx-cards").marks
