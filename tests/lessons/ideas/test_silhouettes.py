"""Idea 4: the network's answers to the holes, the bits of both players, and the results that links carry."""

import base64
import io
import json
import math
import re

import numpy as np
import pytest
import torch
from PIL import Image

from masking.benchmarks.storage.run_file import read_document
from masking.datasets.gallery import samples
from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.ideas.silhouettes import CLASSIFIER, PLAYED, RUN, SHOWN, game_scenes, hole_of
from masking.lessons.parts import Widget
from masking.lessons.pictures import lesson_classifier, prepared_sample
from masking.lessons.stored import difference
from masking.masks.mask import Mask
from masking.measures import answer_bits

IDEA = IDEAS["silhouettes"]
START = IDEA.control.start
ENGLISH, GERMAN = load_text(), load_text("de")
LARGEST = 300_000
"""Characters that a widget may hold."""
BLACK = 12
"""Levels of 255 that a compressed picture may show where it is black."""


def facts_at(at: str = START) -> dict:
    return json.loads(json.dumps(stored_facts(IDEA, at)))


def game(at: str = START, text=ENGLISH) -> dict:
    (widget,) = [part for part in IDEA.draw(at, stored_facts(IDEA, at), text).parts if isinstance(part, Widget)]
    assert widget.reports
    return dict(widget.data)


def pixels(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")).astype(int)


def test_stored_facts_are_the_computed_ones():
    shares: list[float] = []
    assert not difference(stored_facts(IDEA, "box"), IDEA.compute("box", shares.append))
    assert shares == sorted(shares)


@pytest.mark.parametrize("at", IDEA.control.values)
def test_every_hole_hides_its_object_and_the_network_answers_to_what_is_left(at):
    classifier, names = lesson_classifier(CLASSIFIER), game_scenes()
    assert len({samples()[name].object_class for name in names}) == len(names) == PLAYED[-1]
    images = torch.cat([prepared_sample(name, CLASSIFIER) for name in names])
    keep = torch.cat([hole_of(name, at).keep for name in names])
    with torch.inference_mode():
        blackout = classifier(images * keep).argmax(1).tolist()
        greyout = classifier(torch.where(keep, images, classifier.mean.reshape(1, 3, 1, 1))).argmax(1).tolist()
    for position, (name, scene) in enumerate(zip(names, facts_at(at)["scenes"], strict=True)):
        data = samples()[name].object_mask.read_bytes()
        exact = classifier.prepare_mask(data, Mask.from_png(data).size).keep
        assert not (keep[position] & ~exact).any(), "none of the object is visible"
        assert scene["name"] == name
        assert classifier.categories[scene["truth"]] == samples()[name].object_class
        assert scene["answers"]["blackout"] == blackout[position]
        assert scene["answers"]["greyout"] == greyout[position]


def test_the_many_scenes_are_those_of_the_stored_run():
    run = read_document(RUN)
    columns = run["columns"]
    for at in IDEA.control.values:
        many = facts_at(at)["many"]
        for method in SHOWN:
            right = [
                right
                for hole, name, right in zip(columns["hole"], columns["method"], columns["right"], strict=True)
                if (hole, name) == (at, method)
            ]
            assert many["scenes"] == len(right) == run["run"]["spec"]["count"]
            assert many[method]["right"] == sum(right)
            assert 0 <= many[method]["low"] <= many[method]["bits"] <= many[method]["high"] <= 4
        assert f"--count {many['scenes']}" in many["command"]
        assert f"holes={','.join(IDEA.control.values)}" in many["command"]


@pytest.mark.parametrize("at", IDEA.control.values)
def test_the_pictures_show_the_hole_black_and_nothing_of_the_object(at):
    data = game(at)
    assert len(json.dumps(data)) < LARGEST
    for name, scene in zip(game_scenes(), data["scenes"], strict=True):
        hidden = ~hole_of(name, at).keep[0, 0].numpy()
        blackened, whole = pixels(scene["cut"]), pixels(scene["whole"])
        assert np.median(blackened[hidden]) <= BLACK
        assert blackened[hidden].mean() <= BLACK
        assert np.abs(blackened - whole)[~hidden].mean() <= BLACK
        assert whole[hidden].mean() > 4 * BLACK


def test_every_possible_score_has_its_bits_with_their_interval():
    data, german = game(), game(text=GERMAN)
    assert data["classes"] == list(lesson_classifier(CLASSIFIER).categories)
    assert data["most"] == math.log2(len(data["classes"]))
    for played in PLAYED:
        assert len(data["bits"][str(played)]) == played + 1
        for right, shown in enumerate(data["bits"][str(played)]):
            bits = answer_bits(right, played, len(data["classes"]))
            assert [shown["value"], shown["low"], shown["high"]] == pytest.approx(
                [bits.value, bits.low, bits.high], abs=0.001
            )
            assert shown["text"] == [f"{end:.1f}" for end in (bits.value, bits.low, bits.high)]
    assert german["bits"]["5"][4]["text"] == [end.replace(".", ",") for end in data["bits"]["5"][4]["text"]]


@pytest.mark.parametrize("text", [ENGLISH, GERMAN], ids=["en", "de"])
def test_the_browser_fills_in_every_word_that_is_left_open(text):
    filled = {"hole": {"number", "total"}, "was": {"name"}, "picture": {"name"}, "result": {"played"},
              "score": {"right", "played"}, "bits": {"bits", "low", "high"}, "few": {"right", "low", "high"},
              "axis": {"high"}, "five": {"played"}}  # fmt: skip
    for name, words in game(text=text)["words"].items():
        assert words
        assert set(re.findall(r"{(\w+)}", words)) == filled.get(name, set())


def test_the_verdict_follows_the_bits_not_the_name_of_the_hole():
    for bits, lead in (((3.9, 3.8, 4.0), "gave_away"), ((1.0, 0.4, 1.5), "tells_some"), ((0.1, 0.0, 0.3), "silent")):
        facts = facts_at()
        facts["many"]["blackout"] |= dict(zip(("bits", "low", "high"), bits, strict=True))
        verdict = IDEA.draw(START, facts, ENGLISH).verdict
        assert verdict.startswith(ENGLISH(f"silhouettes.{lead}", hole=ENGLISH(f"silhouettes.holes.{START}")))
        assert f"carries {bits[0]:.2f} of 4 bits (95 % interval {bits[1]:.2f} to {bits[2]:.2f})" in verdict


def test_a_result_is_compared_with_the_network_s_on_the_same_holes():
    for at in IDEA.control.values:
        scenes = facts_at(at)["scenes"]
        for played in PLAYED:
            right = sum(scene["answers"]["blackout"] == scene["truth"] for scene in scenes[:played])
            assert IDEA.answer_to(f"0-{played}-{at}", "") == f"{right}-{played}"
    assert IDEA.answer_to("3", "") == IDEA.draw(START, stored_facts(IDEA, START), ENGLISH).answer
    assert IDEA.is_right("3", "3") is None


@pytest.mark.parametrize(
    ("guess", "said"),
    [("0", "0 of 5 right"), ("5", "5 of 5 right"), ("4-5-exact", "4 of 5 right (exact outline)"),
     ("11-15-box", "11 of 15 right (box)"), ("8-10", "8 of 10 right")],
)  # fmt: skip
def test_a_result_is_said_in_words(guess, said):
    assert IDEA.takes(guess)
    assert IDEA.describe_guess(guess, ENGLISH) == said


@pytest.mark.parametrize("guess", ["6", "-1", "", "4-5-disc", "4-6-exact", "16-15-exact", "4-5-exact-1", "٣", "4\n"])
def test_no_link_can_pose_as_a_result(guess):
    assert not IDEA.takes(guess)


def test_the_door_opens_the_first_hole():
    assert IDEA.link("box").parameters == {
        "image": game_scenes()[0], "model": CLASSIFIER, "methods": ",".join(SHOWN), "holes": "exact,box",
    }  # fmt: skip
    assert IDEA.link("exact").parameters["holes"] == "exact"
