"""One number from many images: against formulas, and against how often the truth is inside."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from masking.benchmarks.protocol.aggregate import CLASS_ENTROPY, LEAKED_BITS, MEAN, RELIANCE_ERROR, SHARE
from masking.measures import class_entropy, leaked_bits, leaked_bits_difference, rate, reliance_error

VALUES = st.lists(st.integers(0, 4), min_size=2, max_size=40).map(lambda v: np.array(v, dtype=float))


@given(VALUES)
def test_the_value_is_within_its_interval(values):
    hits = (values > 2).astype(float)
    for estimate in (MEAN.estimate(values), SHARE.estimate(hits), CLASS_ENTROPY.estimate(values)):
        assert estimate.low <= estimate.value <= estimate.high
    assert values.min() <= MEAN.estimate(values).low
    assert CLASS_ENTROPY.estimate(values).value == pytest.approx(class_entropy(torch.from_numpy(values).long()))
    assert SHARE.estimate(hits) == rate(int(hits.sum()), len(hits))


@given(VALUES, st.randoms(use_true_random=False))
def test_a_difference_is_that_of_the_values_and_turns_round(values, random):
    other = np.array(random.choices([0.0, 1.0, 2.0, 3.0], k=len(values)))
    for by, first, second in (
        (MEAN, values, other),
        (SHARE, (values > 1).astype(float), (other > 1).astype(float)),
        (CLASS_ENTROPY, values, other),
    ):
        change, back = by.difference((first,), (second,)), by.difference((second,), (first,))
        assert change.value == pytest.approx(by.estimate(first).value - by.estimate(second).value)
        assert change.value == pytest.approx(-back.value)
        assert change.low <= change.value <= change.high
        if by is SHARE:
            assert (change.low, change.high) == pytest.approx((-back.high, -back.low))


def test_no_difference_is_not_certain_for_shares():
    ones = np.ones(20)
    change = SHARE.difference((ones,), (ones,))
    assert change.value == 0
    assert change.low < -0.05
    assert change.high > 0.05


@pytest.mark.parametrize("p", [0.5, 0.9])
def test_intervals_hold_the_truth_about_as_often_as_they_say(p):
    generator = np.random.default_rng(1)
    held = {"mean": 0, "pairs": 0}
    trials = 300
    for _ in range(trials):
        first, second = (generator.random((2, 60)) < [[p], [p - 0.2]]).astype(float)
        held["pairs"] += 0.2 in SHARE.difference((first,), (second,))
        held["mean"] += math.exp(0.125) in MEAN.estimate(np.exp(generator.normal(0, 0.5, 60)))
    assert 0.90 <= held["mean"] / trials <= 0.99
    assert 0.91 <= held["pairs"] / trials <= 1


def test_one_image_has_no_interval():
    estimate = MEAN.estimate(np.array([0.3]))
    assert (estimate.low, estimate.high) == (-math.inf, math.inf)


def test_leakage_and_reliance_are_the_library_s():
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 4, 64).astype(float)
    first, second = truth.copy(), generator.integers(0, 4, 64).astype(float)
    labels = [torch.from_numpy(column).long() for column in (truth, first, second)]
    assert LEAKED_BITS.estimate(truth, first) == leaked_bits(labels[0], labels[1])
    assert LEAKED_BITS.difference((truth, first), (truth, second)) == leaked_bits_difference(*labels)
    hits, right = (generator.random(50) < 0.7).astype(float), np.full(50, 0.5)
    assert RELIANCE_ERROR.estimate(hits, right) == reliance_error(rate(int(hits.sum()), 50), 0.5)
    more = RELIANCE_ERROR.difference((np.ones(50), right), (hits, right))
    assert more.value == pytest.approx(0.5 - abs(hits.mean() - 0.5))
    assert 0 < more.low <= more.value <= more.high
