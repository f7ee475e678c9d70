"""Verdicts against the rule in words: hidden and named is a leak, visible and lost is a harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.results.verdict import REMAINS, WORDS, ClassName, Kind, judge, verdict_sentences, with_article

TIGER_CAT, EGYPTIAN_CAT = ClassName("tiger cat", "cat"), ClassName("Egyptian cat", "cat")
MAZE, STAR, BIRD, BOTTLE = (ClassName(name, name) for name in ("maze", "star", "bird", "bottle"))


@pytest.mark.parametrize(
    ("answer", "visible", "nothing_left", "kind"),
    [
        (TIGER_CAT, 0.0, False, Kind.LEAK),
        (EGYPTIAN_CAT, 0.0, False, Kind.LEAK),
        (MAZE, 0.0, False, Kind.GUESS),
        (TIGER_CAT, 1.0, False, Kind.KEPT),
        (EGYPTIAN_CAT, 0.5, False, Kind.KEPT),
        (MAZE, 0.5, False, Kind.HARM),
        (TIGER_CAT, None, False, Kind.SAME),
        (MAZE, None, False, Kind.OTHER),
        (TIGER_CAT, REMAINS / 2, False, Kind.SAME),
        (MAZE, REMAINS / 2, False, Kind.OTHER),
        (TIGER_CAT, 0.0, True, Kind.NOTHING),
        (MAZE, None, True, Kind.NOTHING),
        (MAZE, 1.0, True, Kind.NOTHING),
    ],
)
def test_the_kinds(answer, visible, nothing_left, kind):
    verdict = judge(TIGER_CAT, answer, visible, nothing_left=nothing_left)
    assert verdict.kind is kind
    assert verdict.word == WORDS[kind]


def test_what_shows_through_is_no_leak_and_no_guess():
    for answer, kind in ((STAR, Kind.SAME), (BIRD, Kind.OTHER)):
        assert judge(STAR, answer, 0.0, shows_through=True).kind is kind
    assert judge(STAR, STAR, 0.0, shows_through=True).text == (
        "The answer is still “star”; some of the hidden part shows through."
    )
    assert judge(STAR, STAR, 1.0, shows_through=True).kind is Kind.KEPT
    assert judge(STAR, BIRD, 0.5, shows_through=True).kind is Kind.HARM
    assert judge(STAR, BIRD, 0.0, nothing_left=True, shows_through=True).kind is Kind.NOTHING
    verdicts = {"blackout": judge(STAR, STAR, 0.0), "blur": judge(STAR, STAR, 0.0, shows_through=True)}
    assert verdict_sentences(STAR, verdicts) == (
        "Nothing of the star is visible. Blackout still says “star”: a leak, read from the shape of the hole or from "
        "its surroundings. Blur still says “star”. Under blur some of the hidden part shows through."
    )


@pytest.mark.parametrize(
    ("original", "answer", "visible", "nothing_left", "text"),
    [
        (STAR, STAR, 0.0, False, "Nothing of the star is visible, but it is named: the hole or its surroundings told."),
        (STAR, BIRD, 0.0, False, "The star is hidden, and “bird” is a guess, as it should be."),
        (TIGER_CAT, MAZE, 0.62, False, "62 % of the cat is visible, but the answer is “maze”."),
        (STAR, STAR, 1.0, False, "All of the star is visible, and it is still “star”."),
        (
            TIGER_CAT, EGYPTIAN_CAT, 0.5, False,
            "50 % of the cat is visible, and it is still a cat (“Egyptian cat” instead of “tiger cat”).",
        ),
        (STAR, BOTTLE, 0.0, True, "“bottle” is what this network says when it sees no object."),
        (TIGER_CAT, TIGER_CAT, None, False, "The answer is still a cat (“tiger cat”)."),
        (TIGER_CAT, MAZE, None, False, "The answer is “maze” instead of a cat (“tiger cat”)."),
    ],
)  # fmt: skip
def test_one_verdict_in_words(original, answer, visible, nothing_left, text):
    assert judge(original, answer, visible, nothing_left=nothing_left).text == text


def sentences(original, visible, /, nothing=(), **answers):
    verdicts = {
        title.replace("_", " "): judge(original, answer, visible, nothing_left=title in nothing)
        for title, answer in answers.items()
    }
    return verdict_sentences(original, verdicts)


def test_a_hidden_object():
    assert sentences(STAR, 0.0, blackout=STAR, greyout=BIRD, layer_masking=BOTTLE) == (
        "Nothing of the star is visible. Blackout still says “star”: a leak, read from the shape of the hole or from "
        "its surroundings. Greyout says “bird” and layer masking says “bottle”: guesses, as they should be."
    )
    assert sentences(STAR, 0.0, greyout=BIRD).endswith("Greyout says “bird”: a guess, as it should be.")


def test_a_visible_object():
    assert sentences(TIGER_CAT, 0.5, blackout=MAZE, greyout=MAZE, layer_masking=EGYPTIAN_CAT, blur=TIGER_CAT) == (
        "50 % of the cat is visible. Layer masking still says a cat (“Egyptian cat” instead of “tiger cat”) and blur "
        "still says a cat (“tiger cat”). Blackout and greyout say “maze”: harm, for the object is there to see."
    )


def test_an_unknown_object_gets_no_judgement():
    text = sentences(TIGER_CAT, None, blackout=MAZE, layer_masking=EGYPTIAN_CAT)
    assert text == (
        "Layer masking still says a cat (“Egyptian cat” instead of “tiger cat”). "
        "Blackout says “maze” instead of a cat (“tiger cat”)."
    )


def test_nothing_visible_and_no_method():
    text = sentences(STAR, 0.0, nothing=("layer_masking",), blackout=STAR, layer_masking=BOTTLE)
    assert text.endswith(
        "Layer masking sees nothing at all: “bottle” is what this network says when it sees no object."
    )
    assert sentences(STAR, None) == (
        "The network says “star” to the whole picture. Choose a masking method to compare."
    )


NAMES = st.sampled_from([TIGER_CAT, EGYPTIAN_CAT, MAZE, STAR])


@given(
    original=NAMES,
    answers=st.dictionaries(
        st.sampled_from(["blackout", "greyout", "noise"]), st.tuples(NAMES, st.booleans()), min_size=1
    ),
    visible=st.none() | st.floats(0, 1),
)
def test_every_method_is_named_once(original, answers, visible):
    verdicts = {title: judge(original, name, visible, nothing_left=left) for title, (name, left) in answers.items()}
    text = verdict_sentences(original, verdicts).lower()
    assert all(text.count(title) == 1 for title in verdicts)
    judging = {Kind.LEAK, Kind.GUESS, Kind.HARM, Kind.KEPT}
    assert visible is not None or not judging & {verdict.kind for verdict in verdicts.values()}


def test_articles():
    assert [with_article(noun) for noun in ("cat", "ape", "elephant")] == ["a cat", "an ape", "an elephant"]
