"""Idea 2: what the network names under black patches, and where black lies among its input values."""

from collections import Counter

import numpy as np
import pytest

from masking.lessons import IDEAS, languages, load_text, stored_facts
from masking.lessons.ideas.black import BINS, MASKS, SHOWN
from masking.lessons.parts import Cards, Chart
from masking.lessons.pictures import prepared_sample
from masking.lessons.stored import difference
from masking.masks.mask import Mask
from masking.models.class_groups import class_groups

BLACK = IDEAS["black"]
MAZE, LAMPSHADE, CROSSWORD, CAT = 646, 619, 918, 282


def groups_of(classifier):
    groups = class_groups(classifier.categories)
    assert groups is not None
    return groups.names


def facts_with(named):
    return {**stored_facts(BLACK, "50"), "named": named}


def test_the_stored_facts_are_computed_here_again():
    steps = []
    assert difference(stored_facts(BLACK, "50"), BLACK.compute("50", steps.append)) == ""
    assert steps == [0.25, 0.5, 0.75, 1]


def test_the_histograms_are_those_of_the_normalised_input():
    image = prepared_sample("chelsea")[0].double().numpy()
    hidden = ~Mask.random_patches((224, 224), 0.5, patch=16, seed=0).keep[0, 0].numpy()
    edges = np.linspace(-127 / 128, 1, BINS + 1)  # the network's own input is (255 x - 127) / 128
    facts = stored_facts(BLACK, "50")
    assert facts["edges"] == pytest.approx(edges, abs=1e-4)
    for name, picture in (("whole", image), ("painted", np.where(hidden, 0, image))):
        values = (255 * picture - 127) / 128
        expected = np.histogram(values, edges)[0] / values.size
        assert facts["values"][name] == pytest.approx(expected, abs=1e-3)
        assert sum(facts["values"][name]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("at", BLACK.control.values)
def test_bars_and_chart_show_the_facts(at, lite):
    facts = stored_facts(BLACK, at)
    cards, chart = BLACK.draw(at, facts, load_text()).parts
    assert isinstance(cards, Cards)
    assert isinstance(chart, Chart)
    bars = cards.cards[-1].bars
    groups = groups_of(lite)
    counts = Counter(groups[index] for index in facts["named"]).most_common()
    shown = [(bar.name, bar.text) for bar in bars[:SHOWN]]
    assert shown == [(name, str(count)) for name, count in counts[:SHOWN]]
    assert sum(int(bar.text) for bar in bars) == MASKS
    assert [bar.name for bar in bars if bar.is_marked] == [name for name, _ in counts[:SHOWN] if name == "cat"]
    whole, painted = chart.series
    assert [value / 100 for value in whole.y] == pytest.approx(facts["values"]["whole"])
    assert [value / 100 for value in painted.y] == pytest.approx(facts["values"]["painted"])
    assert chart.marks[0][0] == pytest.approx(-127 / 128, abs=1e-4)
    assert len(whole.x) == BINS


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("at", BLACK.control.values)
def test_the_verdict_says_how_much_of_the_input_is_black(at, language):
    text, facts = load_text(language), stored_facts(BLACK, at)
    verdict = BLACK.draw(at, facts, text).verdict
    painted, most = facts["values"]["painted"][0], max(facts["darkest"].values())
    for share in (painted, most, facts["values"]["whole"][0]):
        assert text.percent(share) in verdict
    unusual = text("black.values.beyond", painted=text.percent(painted), most=text.percent(most), whole="1 %")
    assert verdict.endswith(unusual) == (painted > most)


@pytest.mark.parametrize(
    ("named", "answer", "said"),
    [
        ([MAZE] * 9 + [CAT] * 7, "maze", "“maze” in 9 of 16 random ways, and a cat in 7"),
        ([MAZE] * 8 + [CAT] * 8, "varied", "2 different things: most often “maze”, 8 of 16; a cat, 8 of 16"),
        ([CAT - 1] * 5 + [CAT] * 5 + [MAZE] * 6, "cat", "still names a cat in 10 of 16"),
        ([CROSSWORD] * 16, "crossword", "“crossword puzzle” in 16 of 16"),
        ([LAMPSHADE] * 16, "", "“lampshade” in 16 of 16"),
    ],
)
def test_the_answer_follows_from_the_classes_named(named, answer, said):
    screen = BLACK.draw("50", facts_with(named), load_text())
    assert screen.answer == answer
    assert said in screen.verdict


def test_classes_without_a_bar_are_counted_together():
    cards, _ = BLACK.draw("50", facts_with([*range(500, 500 + MASKS)]), load_text()).parts
    assert isinstance(cards, Cards)
    assert cards.cards[-1].bars[-1].name == "other classes"
    assert cards.cards[-1].bars[-1].text == str(MASKS - SHOWN)


def test_the_link_counts_the_same_masks():
    parameters = BLACK.link("30").parameters
    mask = Mask.random_patches((224, 224), 0.3, 16, seed=0)
    assert Mask.from_text(parameters["mask"]).digest == mask.digest
    assert {name: parameters[name] for name in ("methods", "share", "patch", "seed", "masks")} == {
        "methods": "blackout", "share": "30", "patch": "16", "seed": "0", "masks": "16",
    }  # fmt: skip
