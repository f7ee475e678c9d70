import pytest

from masking import Mask
from masking.masks.shares import share_text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.5, 1, "50.0 %"),
        (0, 1, "0.0 %"),
        (1, 1, "100.0 %"),
        (1, 0, "100 %"),
        (1 - 1e-6, 1, "more than 99.9 %"),
        (1 - 1e-6, 2, "more than 99.99 %"),
        (0.996, 0, "more than 99 %"),
        (0.9994, 1, "99.9 %"),
        (1e-6, 1, "less than 0.1 %"),
        (0.004, 0, "less than 1 %"),
        (0.0006, 1, "0.1 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share, digits, text):
    assert share_text(share, digits) == text


def test_a_mask_that_leaves_a_pixel_does_not_hide_everything():
    almost = ~Mask.box(224, 0, 0, 1, 1)
    assert share_text(almost.hidden_share) == "more than 99.9 %"
    assert share_text((~almost).hidden_share) == "less than 0.1 %"
    assert share_text(Mask.empty(224).hidden_share) == "100.0 %"
