"""Idea 7: the numbers of the films are the library's, and the sentences say what they show."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from masking import attribution_masks
from masking.attribution import noise_image
from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.ideas import label as module
from masking.lessons.ideas.label import FILMS, ITERATIONS, LABELS, PICTURE, SHARES
from masking.lessons.parts import Note, Widget
from masking.lessons.pictures import lesson_classifier, prepared_sample
from masking.lessons.stored import difference
from masking.models.packaged_networks import LITE

REPOSITORY = Path(__file__).parents[3]

IDEA = IDEAS["label"]
START = IDEA.control.start
FEW = 1
"""Iterations that are computed again."""


def facts_at(at: str = START) -> dict:
    return json.loads(json.dumps(stored_facts(IDEA, at)))


@pytest.fixture(scope="module")
def short():
    """The facts of the first label after few iterations, computed here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ITERATIONS", FEW)
        shares = []
        return IDEA.compute(START, shares.append), shares


def test_stored_films_are_the_computed_ones(short):
    computed, shares = short
    stored = facts_at()
    for masks in stored["films"].values():
        for name in masks:
            assert len(masks[name]) == ITERATIONS + 1
            masks[name] = masks[name][: FEW + 1]
    assert not difference(stored, computed)
    assert list(computed["films"]) == list(FILMS)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_films_are_those_of_the_library(short):
    computed, _ = short
    classifier, image = lesson_classifier(), prepared_sample(PICTURE)
    assert classifier.categories[computed["label"]] == LABELS[START]
    noise = attribution_masks(classifier, noise_image(classifier.input_size, 0), computed["label"], "gxsi", 1)
    torch.testing.assert_close(
        torch.tensor(computed["films"]["noise"]["probability"][:2]),
        noise.probability[:, 0].float(),
        rtol=1e-3,
        atol=1e-4,
    )
    with torch.inference_mode():
        assert computed["own"] == int(classifier(image).argmax())


def test_pictures_fade_to_grey():
    for masks in facts_at()["films"].values():
        pictures = [
            np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"), float) / 255
            for url in masks["pictures"]
        ]
        assert pictures[-1].std() < pictures[0].std() / 2
        assert masks["left"] == sorted(masks["left"], reverse=True)


@pytest.mark.parametrize("at", IDEA.control.values)
def test_the_answer_to_the_guess_follows_from_the_film(at):
    facts, text = facts_at(at), load_text()
    masks, label = facts["films"]["label"], facts["label"]
    screen = IDEA.draw(at, facts, text)
    is_written = label in masks["index"][1:]
    assert (screen.answer == "label") == is_written
    assert ("did not write" in screen.verdict) != is_written
    widget = next(part for part in screen.parts if isinstance(part, Widget))
    assert len(json.dumps(widget.data)) < 300_000
    start = widget.data["start"]
    assert start > 0
    assert widget.data["films"][1]["frames"][start]["is_label"] == is_written
    assert text.percent(masks["probability"][start], 1) in screen.verdict


def test_the_verdict_says_what_the_controls_did():
    facts, text = facts_at(), load_text()
    label, said = facts["label"], set()
    for noise in (label, 1):
        for untrained in (label, 1, 0):
            facts["films"]["noise"]["index"] = [0, noise] + [0] * (ITERATIONS - 1)
            facts["films"]["untrained"]["index"] = [0, untrained] + [0] * (ITERATIONS - 1)
            verdict = IDEA.draw(START, facts, text).verdict
            assert ("gets the label too" in verdict) == (noise == label)
            assert ("one answer to everything" in verdict) == (untrained == 0)
            said.add(verdict)
    assert len(said) == 6


def test_the_note_explains_a_falling_probability_only_where_it_falls():
    facts, text = facts_at(), load_text()
    own = facts["films"]["own"]
    own |= {"index": [facts["own"]] * (ITERATIONS + 1), "lead": [3.0, 4.0, 2.0, 1.0, 0.5, 0.3]}
    note = next(part for part in IDEA.draw(START, facts, text).parts if isinstance(part, Note)).text
    assert "Why can the probability fall" in note
    assert "from 4.0 to 0.3" in note
    own["lead"] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    note = next(part for part in IDEA.draw(START, facts, text).parts if isinstance(part, Note)).text
    assert "Why can" not in note


def test_the_share_of_all_drawn_labels_stands_beside_the_chosen_one():
    study = json.loads((REPOSITORY / "studies" / "results" / "label_films.json").read_text("utf-8"))
    stored = json.loads(SHARES.read_text("utf-8"))
    for row in stored["rows"]:
        measured = study["networks"][row["network"]]["pictures"][row["picture"]]
        assert (row["labels"], row["written"]) == (measured["drawn"]["labels"], measured["drawn"]["ever"])
    row = next(each for each in stored["rows"] if (each["network"], each["picture"]) == (LITE, PICTURE))
    note = next(part for part in IDEA.draw(START, facts_at(), load_text()).parts if isinstance(part, Note)).text
    assert f"of {row['labels']} drawn at random, {row['written']} could" in note
    assert stored["command"] in note


def test_numbers_of_the_study_are_near_those_of_the_film():
    """The study computes in single precision, in which small differences grow from mask to mask."""
    study = json.loads((REPOSITORY / "studies" / "results" / "label_films.json").read_text("utf-8"))
    rows = study["networks"][LITE]["pictures"][PICTURE]["classes"]
    row = next(each for each in rows if each["class"] == LABELS[START])
    masks = facts_at()["films"]["label"]
    assert row["drawn"]
    assert masks["probability"][row["best"]] == pytest.approx(row["probability"], abs=0.05)
