"""Idea 6: the explanations follow from the stored answers, a smaller number takes the first samples, and words fit."""

import json

import numpy as np
import pytest

from masking.attribution.lime_explainer import draw_samples
from masking.attribution.lime_explanation import LimeSettings
from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.ideas.explanation import MOST, SAMPLE_COUNTS, SHOWN, explain, lesson_segments
from masking.lessons.parts import Widget
from masking.lessons.stored import difference
from masking.methods import METHODS

IDEA = IDEAS["explanation"]
ENGLISH, GERMAN = load_text(), load_text("de")
FACTS = stored_facts(IDEA, IDEA.control.start)
LARGEST = 300_000
"""Characters that a widget may hold."""
ROUNDING = 2e-3
DEFAULTS = LimeSettings()


def ridge(shown: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """LIME's regression as its paper writes it: an oracle that shares no code with the library."""
    distance = 1 - np.sqrt(shown.mean(1))
    roots = np.sqrt(np.exp(-(distance**2) / DEFAULTS.kernel_width**2 / 2))[:, None]
    design = np.hstack([shown, np.ones((len(shown), 1))]) * roots
    penalty = np.sqrt(DEFAULTS.alpha) * np.eye(design.shape[1])[:-1]
    both = np.vstack([design, penalty]), np.concatenate([answers * roots[:, 0], np.zeros(len(penalty))])
    return np.linalg.lstsq(*both, rcond=None)[0][:-1]


def samples(count: int) -> np.ndarray:
    return draw_samples(count, FACTS["segments"], 0).numpy().astype(float)


def figure(at: str, text=ENGLISH) -> dict:
    (widget,) = [part for part in IDEA.draw(at, FACTS, text).parts if isinstance(part, Widget)]
    return dict(widget.data)


def test_the_first_samples_explain_as_if_there_were_no_others():
    shares: list[float] = []
    count = int(SAMPLE_COUNTS[0])
    explanation = explain("blackout", count, shares.append)
    stored = FACTS["blackout"]
    assert explanation.target == FACTS["index"]
    assert not difference(stored["answers"][:count], explanation.probabilities.tolist())
    assert not difference(stored["fits"][str(count)]["weights"], explanation.coefficients.tolist())
    assert not difference(stored["fits"][str(count)]["r2_held_out"], explanation.r2_held_out)
    assert shares == sorted(shares)
    assert 0 < shares[0] <= shares[-1] <= 1


@pytest.mark.parametrize("at", SAMPLE_COUNTS)
@pytest.mark.parametrize("method", SHOWN)
def test_weights_are_the_regression_of_the_stored_answers(method, at):
    answers = np.array(FACTS[method]["answers"])[: int(at)]
    fit = FACTS[method]["fits"][at]
    np.testing.assert_allclose(fit["weights"], ridge(samples(int(at)), answers), atol=ROUNDING)
    assert all(low < weight < high for low, weight, high in zip(fit["low"], fit["weights"], fit["high"], strict=True))


@pytest.mark.parametrize("at", SAMPLE_COUNTS)
def test_the_verdict_says_who_agrees_and_whose_fit_is_best(at):
    screen = IDEA.draw(at, FACTS, ENGLISH)
    tops = {name: int(np.argmax(FACTS[name]["fits"][at]["weights"])) for name in SHOWN}
    assert screen.answer == {1: "all", 2: "two", 3: "none"}[len(set(tops.values()))]
    r2 = {name: FACTS[name]["fits"][at]["r2_held_out"] for name in SHOWN}
    best, worst = max(r2, key=r2.__getitem__), min(r2, key=r2.__getitem__)
    said = f"{METHODS[best].title} (held-out R² {r2[best]:.2f}) and worst under {METHODS[worst].title}"
    assert said in screen.verdict
    if screen.answer != "none":
        (shared,) = [top for top in set(tops.values()) if list(tops.values()).count(top) > 1]
        assert f"segment {shared}," in screen.verdict.partition(".")[0]
    chance = [METHODS[name].title for name in SHOWN if FACTS[name]["fits"][at]["low"][tops[name]] <= 0]
    assert bool(chance) == ("may be chance" in screen.verdict)
    assert all(title in screen.verdict.rpartition("may be chance")[2] for title in chance)


@pytest.mark.parametrize("at", [SAMPLE_COUNTS[0], SAMPLE_COUNTS[-1]])
def test_the_figure_holds_the_samples_that_show_and_hide_each_segment(at):
    data, shown = figure(at), samples(int(at)).astype(bool)
    assert len(json.dumps(data)) < LARGEST
    assert ["".join("01"[kept] for kept in row) for row in shown.astype(int)] == data["samples"]
    assert len(data["areas"]) == len(data["outlines"]) == len(data["names"]) == int(lesson_segments().max()) + 1
    for name, method in zip(SHOWN, data["methods"], strict=True):
        answers = np.array(FACTS[name]["answers"])[: int(at)]
        np.testing.assert_allclose(method["answers"], answers, atol=ROUNDING)
        for segment, (of_shown, of_hidden) in enumerate(method["means"]):
            side = shown[:, segment]
            assert of_shown == pytest.approx(answers[side].mean(), abs=ROUNDING)
            assert of_hidden == pytest.approx(answers[~side].mean(), abs=ROUNDING)
        weights = np.array(FACTS[name]["fits"][at]["weights"])
        assert [side for side, _ in method["tints"]] == (weights > 0).astype(int).tolist()
    strongest = max(opacity for method in data["methods"] for _, opacity in method["tints"])
    assert [opacity for method in data["methods"] for _, opacity in method["tints"]].count(strongest) == 1, (
        "all three share one scale"
    )


def test_numbers_are_written_as_the_language_writes_them():
    at = SAMPLE_COUNTS[-1]
    assert any("." in weight for weight in figure(at)["methods"][0]["weights"])
    assert not any("." in weight for weight in figure(at, GERMAN)["methods"][0]["weights"])
    assert "links" in " ".join(figure(at, GERMAN)["names"])


def test_the_link_opens_lime_with_the_same_samples():
    link = IDEA.link("100")
    assert link.page == "LIME"
    assert link.parameters["samples"] == "100"
    assert link.parameters["methods"] == ",".join(SHOWN)
    assert IDEA.computed_for("25") == str(MOST)
