"""Idea 1: the answers to the cat under four ways of hiding."""

import pytest
import torch

from masking.lessons import IDEAS, languages, load_text, stored_facts
from masking.lessons.ideas.hiding import MASKS, SHOWN
from masking.lessons.parts import Cards, Chart
from masking.lessons.pictures import prepared_sample
from masking.lessons.stored import difference
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.class_groups import class_groups

HIDING = IDEAS["hiding"]


def facts_with(**named):
    facts = stored_facts(HIDING, "50")
    return {**facts, **{name: {**facts[name], "named": count} for name, count in named.items()}}


def test_the_stored_counts_are_those_of_the_classifier(lite):
    groups = class_groups(lite.categories)
    assert groups is not None
    masks = Mask.random_patches((224, 224), 0.5, patch=16, seed=0, count=4)
    logits = METHODS["greyout"]().logits(lite, prepared_sample("chelsea"), masks)
    facts = stored_facts(HIDING, "50")
    assert int(logits[0].argmax()) == facts["greyout"]["index"]
    cats = torch.tensor([name == "cat" for name in groups.names])
    assert logits[0].double().softmax(0)[cats].sum().item() == pytest.approx(facts["greyout"]["probability"], abs=2e-3)
    assert groups.names[facts["whole"]["index"]] == "cat"
    assert not cats[logits.argmax(1)].any()
    assert facts["greyout"]["named"] <= MASKS - len(masks)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("at", HIDING.control.values)
def test_the_verdict_and_the_curves_say_the_stored_counts(at, language):
    text, facts = load_text(language), stored_facts(HIDING, at)
    screen = HIDING.draw(at, facts, text)
    for name in SHOWN:
        assert str(facts[name]["named"]) in screen.verdict
    (chart,) = [part for part in screen.parts if isinstance(part, Chart)]
    for name, series in zip(SHOWN, chart.series, strict=True):
        assert series.y[series.x.index(int(at))] == facts[name]["named"] / MASKS
        assert series.style == METHODS[name].style


def test_each_card_has_its_own_probability():
    facts = stored_facts(HIDING, "50")
    (cards,) = [part for part in HIDING.draw("50", facts, load_text()).parts if isinstance(part, Cards)]
    shown = [card.bars[0].share for card in cards.cards]
    assert shown == [facts[name]["probability"] for name in ("whole", *SHOWN)]


@pytest.mark.parametrize(
    ("named", "answer"),
    [
        (dict.fromkeys(SHOWN, 9), "cat"),
        (dict.fromkeys(SHOWN, 8), "other"),
        (dict.fromkeys(SHOWN, 0) | {"layer_masking": 16}, "depends"),
    ],
)
def test_the_answer_follows_from_the_counts(named, answer):
    assert HIDING.draw("50", facts_with(**named), load_text()).answer == answer


def test_the_link_carries_the_mask_that_the_cards_show():
    parameters = HIDING.link("30").parameters
    assert Mask.from_text(parameters["mask"]).digest == Mask.random_patches((224, 224), 0.3, 16, seed=0).digest
    assert parameters["methods"].split(",") == list(SHOWN)


def test_the_stored_facts_are_computed_here_again():
    assert not difference(stored_facts(HIDING, "60"), HIDING.compute("60", lambda share: None))
