"""Links may give a class by its name; a number stays an index."""

import pytest
import streamlit as st

from pages.pickers.target_class import linked_class
from tests.pages.lime.lime_page import LimePage

CLASSES = ("cat", "crane, bird", "crane, machine", "10")
OPTIONS = ("predicted", *map(str, range(len(CLASSES))))


@pytest.mark.parametrize(
    ("linked", "expected"),
    [
        ("cat", {"cat": "0"}),
        ("CAT", {"CAT": "0"}),
        ("crane, bird", {"crane, bird": "1"}),
        ("crane", {}),
        ("violin", {}),
        ("2", {}),
        ("10", {}),
        ("predicted", {}),
        ("", {}),
    ],
)
def test_a_class_in_a_link(monkeypatch, linked, expected):
    monkeypatch.setattr(st, "query_params", {"target": linked})
    assert linked_class("target", OPTIONS, CLASSES) == expected


def test_a_page_opens_with_the_class_that_a_link_names(bundled):
    page = LimePage(image="scene-007", methods="greyout", target=bundled.categories[3].upper())
    assert not page.errors
    assert page.at.selectbox(key="target").value == "3"
    assert page.address["target"] == "3"
