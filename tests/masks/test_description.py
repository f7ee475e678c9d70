import pytest

from masking import Mask
from masking.masks.description import describe

FOUR = "12.5 % is hidden, from 0 % to 25 % of the width and 25 % to 75 % of the height."


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        (Mask.full(8), "Nothing is hidden."),
        (Mask.empty(8), "The whole picture is hidden."),
        (
            Mask.box((8, 4), 2, 0, 4, 1),
            FOUR,
        ),
    ],
)
def test_an_alternative_text_says_how_much_is_hidden_and_where(mask, text):
    assert describe(mask) == text
