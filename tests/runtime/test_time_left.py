"""Estimates of the time that work will still take."""

import pytest

from masking.runtime.time_left import TimeLeft


class Clock:
    """A clock that tests move."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def reported(*steps, total=None):
    """Return an estimate after steps of these seconds, each a share of `total` steps."""
    clock = Clock()
    estimate = TimeLeft(clock)
    for done, seconds in enumerate(steps, start=1):
        clock.now += seconds
        estimate.report(done / (total or len(steps)))
    return estimate, clock


def test_the_slow_first_step_does_not_count():
    estimate, _ = reported(90, 1, 1, 1, total=100)
    assert estimate.seconds == pytest.approx(96)


@pytest.mark.parametrize("steps", [(), (90,), (90, 1)])
def test_too_few_steps_give_no_estimate(steps):
    assert reported(*steps, total=100)[0].seconds is None


def test_one_slow_step_does_not_disturb_it():
    assert reported(5, 1, 1, 40, 1, 1, total=10)[0].seconds == pytest.approx(4)


def test_the_latest_steps_count():
    assert reported(*[9] * 40, *[1] * 20, total=100)[0].seconds == pytest.approx(40)


def test_it_counts_down_between_reports_and_then_says_nothing():
    estimate, clock = reported(5, 1, 1, total=5)
    assert estimate.seconds == pytest.approx(2)
    clock.now += 1.5
    assert estimate.seconds == pytest.approx(0.5)
    clock.now += 1
    assert estimate.seconds is None


def test_the_end_and_a_new_beginning():
    estimate, clock = reported(5, 1, 1)
    assert estimate.seconds == 0
    estimate.report(0.1)  # other work under the same name
    assert estimate.seconds is None
    for share in (0.2, 0.2, 0.3):  # a share that stays is no step
        clock.now += 1
        estimate.report(share)
    assert estimate.seconds == pytest.approx(7 * 1.5)


def test_steps_of_different_size():
    clock = Clock()
    estimate = TimeLeft(clock)
    for share, seconds in ((0.1, 60), (0.2, 2), (0.6, 8), (0.7, 2)):
        clock.now += seconds
        estimate.report(share)
    assert estimate.seconds == pytest.approx(6)
