"""Idea 3: the answers to 64 random masks under each way of hiding, and their class entropy."""

import math
from collections import Counter

import pytest

from masking.lessons import IDEAS, languages, load_text, stored_facts
from masking.lessons.ideas.paint import LEGEND, MASKS, SHOWN
from masking.lessons.parts import Widget
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.class_groups import class_groups

PAINT = IDEAS["paint"]
MAZE, CAT, TABBY = 646, 282, 281


def bits_of(named):
    shares = [count / len(named) for count in Counter(named).values()]
    return -sum(share * math.log2(share) for share in shares)


def shown_by(screen):
    (widget,) = screen.parts
    assert isinstance(widget, Widget)
    return widget.data


def facts_with(named):
    return {"whole": CAT, "named": named}


@pytest.mark.parametrize("method", ["blackout", "layer_masking"])
def test_the_stored_answers_are_computed_here_again(method, monkeypatch):
    monkeypatch.setattr("masking.lessons.ideas.paint.MASKS", 4)
    steps = []
    facts, stored = PAINT.compute(method, steps.append), stored_facts(PAINT, method)
    assert facts["whole"] == stored["whole"]
    assert facts["named"] == stored["named"][:4]
    assert len(stored["named"]) == MASKS
    assert steps == [1]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("at", SHOWN)
def test_every_number_follows_from_the_answers(at, language, lite):
    text, facts = load_text(language), stored_facts(PAINT, at)
    screen = PAINT.draw(at, facts, text)
    data, named = shown_by(screen), facts["named"]
    groups = class_groups(lite.categories)
    assert groups is not None
    assert data["bits"] == pytest.approx([bits_of(named[: n + 1]) for n in range(MASKS)], abs=1e-4)
    assert data["numbers"][-1] == text.number(bits_of(named))
    assert data["numbers"][-1] in screen.verdict
    shown = [data["classes"][rank] for rank in data["cells"]]
    assert [each["is_object"] for each in shown] == [groups.names[index] == "cat" for index in named]
    assert [data["cells"].count(rank) for rank in range(len(data["classes"]))] == sorted(
        Counter(named).values(), reverse=True
    )
    assert str(sum(each["is_object"] for each in shown)) in screen.verdict
    assert data["letters"] == LEGEND


def test_all_methods_stand_side_by_side_in_their_colours(lite):
    groups, text = class_groups(lite.categories), load_text()
    assert groups is not None
    rows = shown_by(PAINT.draw("blur", stored_facts(PAINT, "blur"), text))["methods"]
    entropies = [bits_of(stored_facts(PAINT, name)["named"]) for name in SHOWN]
    assert [row["bits"] for row in rows] == [text.number(entropy) for entropy in entropies]
    assert [row["share"] * max(entropies) for row in rows] == pytest.approx(entropies, abs=1e-3)
    for name, row in zip(SHOWN, rows, strict=True):
        named = stored_facts(PAINT, name)["named"]
        assert row["still"] == sum(groups.names[index] == "cat" for index in named)
        assert row["most_often"].endswith(f"({max(Counter(named).values())})")
        assert (row["title"], row["colour"]) == (METHODS[name].title, METHODS[name].style.colour)
        assert row["is_current"] == (name == "blur")


def test_facts_of_this_machine_replace_the_stored_ones_in_the_table():
    rows = shown_by(PAINT.draw("greyout", facts_with([MAZE] * MASKS), load_text()))["methods"]
    assert [row["still"] for row in rows if row["is_current"]] == [0]
    assert [row["bits"] for row in rows if row["is_current"]] == ["0.00"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([CAT] * 40 + [MAZE] * 24, "the answers agree, and they are the picture's"),
        ([CAT] * 20 + [TABBY] * 20 + [MAZE] * 24, "they do not agree: 3 classes in all"),
        ([MAZE] * 33 + [CAT] * 31, "33 of 64 answers are “maze”, and 31 name a cat"),
        ([*range(500, 532)] + [CAT] * 32, "scatter over 33 classes, and 32 of 64 name a cat"),
    ],
)
def test_low_entropy_is_good_only_if_the_answers_are_the_pictures(named, said):
    assert said in PAINT.draw("greyout", facts_with(named), load_text()).verdict


def test_only_a_method_that_does_not_hide_is_said_to_shine_through():
    leaks = [at for at in SHOWN if "shine through" in PAINT.draw(at, stored_facts(PAINT, at), load_text()).verdict]
    assert leaks == [name for name in SHOWN if not METHODS[name].hides] == ["blur"]


@pytest.mark.parametrize(
    ("cats", "answer"), [(0, "same"), (3, "same"), (4, "better"), (64, "better")]
)  # none under blackout
def test_grey_is_judged_against_black(cats, answer):
    named = [CAT] * cats + [MAZE] * (MASKS - cats)
    assert PAINT.draw("greyout", facts_with(named), load_text()).answer == answer


def test_grey_can_be_worse_than_black():
    assert PAINT.draw("blackout", facts_with([CAT] * MASKS), load_text()).answer == "worse"


def test_the_link_counts_the_same_masks_beside_black_and_layer_masking():
    parameters = PAINT.link("blur").parameters
    assert Mask.from_text(parameters["mask"]).digest == Mask.random_patches((224, 224), 0.5, 16, seed=0).digest
    assert parameters["methods"] == "blackout,blur,layer_masking"
    assert PAINT.link("blackout").parameters["methods"] == "blackout,layer_masking"
    assert [parameters[name] for name in ("share", "patch", "seed", "masks")] == ["50", "16", "0", "64"]
