"""Numbers in links are short, or they are no numbers: Python refuses to read thousands of digits."""

import pytest

from pages.shell.digits import number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("999999", 999_999), ("1000000", None), ("9" * 5000, None), ("", None), ("-1", None),
     ("1.0", None), (" 1", None), ("٣", None), ("²", None), ("1_0", None)],
)  # fmt: skip
def test_a_number_is_read_and_anything_else_is_none(text, number):
    assert number_in(text) == number
