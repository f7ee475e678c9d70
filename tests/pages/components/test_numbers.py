import math

import pytest

from pages.components.numbers import bits, interval, number, percent, plus_minus


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-1.5, ".2f", "−1.50"),
        (1.5, "+.2f", "+1.50"),
        (-0.001, "+.2f", "0.00"),
        (0.0, "+.1f", "0.0"),
        (12345.678, "#.3g", "1.23e+04"),
        (math.nan, ".2f", "–"),
    ],
)
def test_numbers_have_true_minus_signs_and_zero_has_no_sign(value, form, text):
    assert number(value, form) == text


@pytest.mark.parametrize(("share", "digits", "text"), [(0.926, 1, "92.6 %"), (1, 0, "100 %"), (math.nan, 1, "–")])
def test_percentages(share, digits, text):
    assert percent(share, digits) == text


def test_bits_intervals_and_deviations():
    assert (bits(0.654), bits(math.nan)) == ("0.65 bits", "–")
    assert interval(-1, 2.5) == "−1.00 – 2.50"
    assert interval(0.98, 3.58, ".2f", "bits") == "0.98 – 3.58 bits"
    assert plus_minus((1, -2), (0.5, 0.25), "+.1f") == "+1.0, −2.0 (± 0.5, 0.2)"
    assert plus_minus((1, 2), (0.0, 1e-5), ".0f") == "1, 2"
