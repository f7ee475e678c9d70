"""Idea 5: the window's figure holds the library's numbers, and what is stored is what is computed."""

import json

import pytest
import torch

from masking.layer_trace import RUNS
from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.ideas.window import round_hole
from masking.lessons.pictures import PHOTOGRAPH, lesson_classifier, prepared_sample
from masking.lessons.stored import difference
from masking.lessons.window_widget import lies_across, start_of
from masking.methods import METHODS

IDEA = IDEAS["window"]
LARGEST = 300_000
"""Characters of the figure's data."""


def widget(at: str = "blackout", language: str = "en"):
    return IDEA.draw(at, stored_facts(IDEA, at), load_text(language)).parts[0]


def test_what_is_stored_is_what_this_machine_computes():
    shares = []
    assert not difference(stored_facts(IDEA, "mean_colour"), IDEA.compute("mean_colour", shares.append))
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1


def test_answers_are_the_sums_of_what_the_cells_add():
    for at in IDEA.control.values:
        facts = stored_facts(IDEA, at)
        for stop in facts["stops"]:
            for run in RUNS:
                total = sum(map(sum, stop["contributions"][run])) + facts["bias"]
                if stop["answers"][run] is not None:
                    assert stop["answers"][run] == pytest.approx(total, abs=1e-3)


def test_all_paints_are_shown_at_one_place_of_one_channel():
    places = {
        (facts["channel"], *((stop["row"], stop["column"]) for stop in facts["stops"]))
        for facts in (stored_facts(IDEA, at) for at in IDEA.control.values)
    }
    assert len(places) == 1


def test_the_window_begins_on_the_edge():
    facts = stored_facts(IDEA, "blackout")
    kinds = [
        "across" if lies_across(facts, stop) else "hidden" if stop["answers"]["masked"] is None else "whole"
        for stop in facts["stops"]
    ]
    assert kinds == ["whole"] * 3 + ["across"] * 3 + ["hidden"] * 3
    assert start_of(facts) == 4


@pytest.mark.parametrize("at", IDEA.control.values)
def test_the_figure_takes_little_room_and_lacks_no_word(at):
    data = widget(at, "de").data
    assert len(json.dumps(data)) < LARGEST
    assert all(data["words"].values())
    assert data["words"]["place"].count("{") == 2
    assert data["decimal"] == ","
    assert [run["title"] for run in data["runs"]][1:] == [METHODS[at].title, "Layer masking"]


def test_cells_have_the_colours_of_their_pixels():
    facts, runs = stored_facts(IDEA, "blackout"), {run["name"]: run["pixels"] for run in widget().data["runs"]}
    pixels = (prepared_sample(PHOTOGRAPH)[0] * 255).round().int()
    hidden = ~round_hole().keep[0, 0]
    for y, line in enumerate(runs["whole"]):
        for x, pixel in enumerate(line):
            row, column = facts["top"] + y, facts["left"] + x
            colour = torch.tensor([int(pixel[i : i + 2], 16) for i in (0, 2, 4)])
            assert (colour - pixels[:, row, column]).abs().max() <= 1
            black = runs["painted"][y][x] == "000000"
            assert black or not hidden[row, column]


def test_the_verdict_says_when_paint_and_layer_masking_give_the_same_numbers():
    verdicts = {at: IDEA.draw(at, stored_facts(IDEA, at), load_text()).verdict for at in IDEA.control.values}
    assert [at for at, verdict in verdicts.items() if "the same numbers" in verdict] == ["neighbour_fill"]
    facts = stored_facts(IDEA, "blackout")
    middle = facts["stops"][start_of(facts)]["answers"]
    for number in (*middle.values(), *facts["off_by"].values()):
        assert load_text().number(number) in verdicts["blackout"]


def test_the_full_page_opens_with_the_same_hole():
    parameters = IDEA.link("greyout").parameters
    assert parameters["fill"] == "greyout"
    assert parameters["mask"] == round_hole().to_text()
    first = next(name for name, module in lesson_classifier().network.named_modules() if hasattr(module, "kernel_size"))
    assert parameters["layer"] == stored_facts(IDEA, "greyout")["layer"] == first
