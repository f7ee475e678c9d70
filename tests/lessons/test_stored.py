import json

import pytest

from masking.lessons import all_ideas, stored_facts
from masking.lessons.stored import STORED, TOLERANCE, command_of, difference, store

IDEAS = all_ideas()


@pytest.mark.parametrize(
    ("stored", "computed", "said"),
    [
        ({"a": 0.5}, {"a": 0.5 + TOLERANCE / 2}, ""),
        ({"a": 0.5}, {"a": 0.5 + 3 * TOLERANCE}, "a is 0.5"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a b 1 is 2 as stored, and 3 here"),
        ({"a": 100.0}, {"a": 100.1}, ""),
        ({"a": 1.0}, {"a": 1}, ""),
        ({"a": "cat"}, {"a": "dog"}, "a is cat as stored, and dog here"),
        ({"a": 1}, {"b": 1}, "the facts have other entries"),
        ({"a": [1, 2]}, {"a": [1]}, "a has 2 entries, and 1 here"),
        ({"a": None}, {"a": 0.0}, "a is None as stored, and 0.0 here"),
        ({"a": True}, {"a": False}, "a is True as stored, and False here"),
    ],
)
def test_a_difference_is_said_in_words(stored, computed, said):
    assert difference(stored, computed).startswith(said)
    assert bool(difference(stored, computed)) == bool(said)


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea.name)
def test_facts_are_stored_for_every_value_of_the_control_with_their_command(idea):
    for at in idea.control.values:
        assert stored_facts(idea, at)
    content = json.loads((STORED / f"{idea.name}.json").read_text("utf-8"))
    assert content["command"] == command_of(idea)
    assert set(content["facts"]) == {idea.computed_for(at) for at in idea.control.values}


def test_what_is_not_stored_is_refused_with_the_command():
    with pytest.raises(KeyError, match=r"at 51; run `python docs/make_lesson\.py facts hiding`"):
        stored_facts(IDEAS[0], "51")


def test_stored_numbers_are_short_and_equal_to_the_computed_ones(monkeypatch, tmp_path):
    idea, facts = IDEAS[0], {"n": 3, "name": "cat", "share": 1 / 3, "list": [2 / 3, {"x": 1e-9 / 3}]}
    monkeypatch.setattr("masking.lessons.stored.STORED", tmp_path)
    monkeypatch.setattr(type(idea), "compute", lambda self, key, on_step: facts)
    file = store(idea)
    try:
        stored = stored_facts(idea, idea.control.start)
        assert stored["share"] == 0.33333
        assert stored["name"] == "cat"
        assert not difference(stored, facts)
    finally:
        store.__globals__["_stored"].cache_clear()
    assert file.parent == tmp_path
