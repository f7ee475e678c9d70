import pytest

from pages.mask_editor.canvas import MOST_STROKES, Strokes


def sent(taken, *numbers):
    return {"drawn": {"session": taken.session, "strokes": [{"number": number} for number in numbers]}}


def test_each_stroke_is_taken_once():
    taken = Strokes()
    assert [stroke["number"] for stroke in taken.take(sent(taken, 1, 2))] == [1, 2]
    assert [stroke["number"] for stroke in taken.take(sent(taken, 1, 2, 3))] == [3]
    assert taken.take(sent(taken, 1, 2, 3)) == []


def test_strokes_of_an_earlier_server_are_not_repeated():
    assert Strokes().take(sent(Strokes(), 1)) == []


@pytest.mark.parametrize(
    "strokes", [None, 5, {"a": 1}, "ab", [None, 7, "a"], [{}], [{"number": "9"}], [{"number": None}]]
)
def test_what_is_no_stroke_is_passed_over(strokes):
    taken = Strokes()
    assert taken.take({"drawn": {"session": taken.session, "strokes": strokes}}) == []


@pytest.mark.parametrize("canvas", [None, {}, {"drawn": None}, {"drawn": 7}, {"drawn": {}}])
def test_a_canvas_that_has_not_answered_yet_changes_nothing(canvas):
    assert Strokes().take(canvas) == []


def test_more_strokes_than_a_hand_draws_are_passed_over_for_good():
    taken = Strokes()
    message = sent(taken, *range(1, 1000))
    assert len(taken.take(message)) == MOST_STROKES
    assert taken.take(message) == []
