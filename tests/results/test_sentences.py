from math import log2

import pytest

from masking.results.sentences import entropy_text, join_names, percent_text


def test_lists_read_well():
    assert [join_names(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("bits", "classes", "text"),
    [(0.651, 16, "0.65 of 4 bits"), (3.0, 1000, "3.00 of 9.97 bits"), (-1e-9, 2, "0.00 of 1 bits")],
)
def test_an_entropy_stands_beside_its_limit(bits, classes, text):
    assert entropy_text(bits, log2(classes)) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.719, "71.9 %"), (0, "0.0 %"), (1, "100.0 %"), (0.0004, "< 0.1 %"), (0.99996, "> 99.9 %")]
)
def test_a_short_percentage_never_says_all_or_nothing_falsely(share, text):
    assert percent_text(share) == text
