"""Bits of a few answers, against the definition of mutual information and an exact interval from scipy."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import binom, binomtest

from masking.measures import answer_bits, leaked_bits

CLASSES = 16


def information(share: float, classes: int = CLASSES) -> float:
    """Mutual information of true and named class by its definition, for wrong answers that are all alike."""
    joint = np.full((classes, classes), (1 - share) / (classes - 1))
    np.fill_diagonal(joint, share)
    joint /= classes
    independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    return float((joint[seen] * np.log2(joint[seen] / independent[seen])).sum())


def carried(share: float, classes: int = CLASSES) -> float:
    return information(share, classes) if share > 1 / classes else 0.0


@pytest.mark.parametrize(("answers", "classes"), [(5, 16), (10, 16), (15, 16), (5, 2), (1, 3)])
def test_value_and_interval_are_those_of_the_share_carried_through_the_definition(answers, classes):
    for right in range(answers + 1):
        bits = answer_bits(right, answers, classes)
        share = binomtest(right, answers).proportion_ci(0.95, "exact")
        assert bits.value == pytest.approx(carried(right / answers, classes), abs=1e-9)
        assert bits.low == pytest.approx(carried(share.low, classes), abs=1e-9)
        assert bits.high == pytest.approx(carried(share.high, classes), abs=1e-9)
        assert 0 <= bits.low <= bits.value <= bits.high <= math.log2(classes) + 1e-12


@pytest.mark.parametrize("share", [1 / CLASSES, 0.2, 0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("answers", [5, 15])
def test_the_interval_holds_the_true_bits_in_95_percent_of_all_games_or_more(share, answers):
    truth = carried(share)
    held = sum(
        binom.pmf(right, answers, share)
        for right in range(answers + 1)
        if answer_bits(right, answers, CLASSES).low - 1e-9 <= truth <= answer_bits(right, answers, CLASSES).high + 1e-9
    )
    assert held >= 0.95


def test_more_answers_narrow_the_interval_and_more_right_ones_carry_more():
    widths = [answer_bits(n, n, CLASSES).high - answer_bits(n, n, CLASSES).low for n in (5, 10, 15)]
    assert widths == sorted(widths, reverse=True)
    values = [answer_bits(right, 15, CLASSES).value for right in range(1, 16)]
    assert values == sorted(set(values))
    wide, narrow = answer_bits(3, 5, CLASSES, 0.99), answer_bits(3, 5, CLASSES, 0.8)
    assert wide.low < narrow.low
    assert narrow.high < wide.high


def test_five_answers_are_too_few_for_the_bits_of_pairs():
    objects = torch.arange(5)
    all_right, all_wrong = leaked_bits(objects, objects), leaked_bits(objects, objects.roll(1))
    assert all_right == all_wrong, "as pairs, five right answers and five wrong ones are alike"
    assert all_right.value == pytest.approx(0, abs=1e-9)
    assert answer_bits(5, 5, CLASSES).low > answer_bits(0, 5, CLASSES).value


@pytest.mark.parametrize(("right", "answers", "classes"), [(6, 5, 16), (-1, 5, 16), (0, 0, 16), (1, 5, 1)])
def test_what_cannot_be_counted_is_refused(right, answers, classes):
    with pytest.raises(ValueError, match=f"{right} right of {answers} answers among {classes} classes"):
        answer_bits(right, answers, classes)
