"""Short names of classes."""

import pytest

from masking.models.class_names import short_names


def test_the_first_synonym_without_its_id():
    categories = (
        "n02510455 giant panda, panda, panda bear",
        "tench, Tinca tinca",
        "star",
        "n01440764",
        " n01443537: x ",
    )
    assert short_names(categories) == ("giant panda", "tench", "star", "n01440764", "x")


def test_shared_synonyms_stay_whole():
    assert short_names(("crane, bird", "crane, machine", "cat, puss")) == ("crane, bird", "crane, machine", "cat")


@pytest.mark.parametrize("categories", [(",",), (", ,",), ("a,",), ("a_b",)])
def test_odd_names_stay_something(categories):
    assert short_names(categories)[0].strip()
