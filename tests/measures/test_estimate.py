import pytest

from masking.measures.estimate import Estimate, rate, reliance_error


def test_wilsons_interval_by_hand():
    # Newcombe 1998, table I: 81 of 263.
    estimate = rate(81, 263)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.3080, 0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize("trials", [1, 7, 20, 512])
def test_nothing_and_everything_keep_an_honest_interval(trials):
    nothing, everything = rate(0, trials), rate(trials, trials)
    assert nothing.low == nothing.value == 0
    assert everything.high == everything.value == 1
    assert nothing.high == pytest.approx(1 - everything.low)
    assert nothing.high == pytest.approx(3.8415 / (trials + 3.8415), abs=1e-4)  # z² / (n + z²)


def test_more_trials_narrow_it_and_more_confidence_widens_it():
    wide, narrow, sure = rate(30, 100), rate(300, 1000), rate(30, 100, confidence=0.99)
    assert sure.low < wide.low < narrow.low < 0.3 < narrow.high < wide.high < sure.high


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (3, 2), (-1, 4)])
def test_no_rate_of_nothing(hits, trials):
    with pytest.raises(ValueError, match=f"{hits} hits in {trials} trials give no rate"):
        rate(hits, trials)


def test_a_right_answer_within_the_interval_may_be_no_error_at_all():
    assert reliance_error(Estimate(0.10, 0.05, 0.20), 0.0625) == Estimate(pytest.approx(0.0375), 0.0, 0.1375)


@pytest.mark.parametrize("right", [0.0625, 0.9])
def test_a_right_answer_outside_it_is_as_far_as_its_ends(right):
    error = reliance_error(Estimate(0.5, 0.4, 0.6), right)
    assert error.value == pytest.approx(abs(0.5 - right))
    assert [error.low, error.high] == pytest.approx(sorted([abs(0.4 - right), abs(0.6 - right)]))
    assert error.low < error.value < error.high
