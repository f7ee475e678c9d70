"""Controls without scripts: what the style sheet needs is in the markup, and no name breaks out of it."""

import re

from masking.results.html_controls import (
    flip_picture,
    flip_style,
    follow_control,
    follow_kinds,
    follow_style,
    radio_group,
)

EVIL = '"><script>alert("&")</script>'


def test_every_choice_has_an_id_and_one_is_checked():
    group = radio_group("at", "Share", {"10": "10 %", EVIL: EVIL}, "10")
    assert re.findall('id="(at-10)" value="10"( checked)?', group) == [("at-10", " checked")]
    assert group.count("<input") == group.count("<label>") == 2
    assert group.count("checked") == 1
    assert "<script" not in group
    assert "checked" not in radio_group("at", "Share", {"10": "10 %"})


def test_a_followed_class_is_shown_in_every_figure_by_a_rule_of_its_own():
    names = ["cat", "maze"]
    assert follow_kinds(names, ["maze"]) == {"cat": "class-0", "maze": "class-1 more"}
    ids = re.findall('id="([^"]*)"', follow_control(names, "Follow", "none"))
    assert ids == ["follow-none", "follow-0", "follow-1"]
    for number in range(len(names)):
        assert f"main:has(#follow-{number}:checked) .bar.class-{number} {{ display: flex" in follow_style(names)


def test_a_picture_that_turns_has_a_control_with_a_name_and_the_whole_one_is_stored_once():
    flip = flip_picture('<img src="data:,">', EVIL)
    assert '<input type="checkbox" aria-label="Show the whole picture: &quot;&gt;&lt;script' in flip
    assert flip_style("AAAA").count("AAAA") == 1
