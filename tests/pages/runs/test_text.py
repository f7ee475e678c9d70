"""Times and lines in words."""

import pytest

from masking.benchmarks.worker.waiting import Turn
from pages.runs.progress import MOST_NAMED, shorten_list
from pages.runs.text import rough_duration, waiting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "40 s"), (95, "1 min 35 s"), (2159, "36 min"), (3600, "1 h 0 min"), (18600, "5 h 10 min")],
)
def test_an_estimate_claims_no_seconds_after_minutes(seconds, words):
    assert rough_duration(seconds) == words


def test_a_position_with_and_without_an_estimate():
    assert waiting(Turn(3, 40.2)) == "Third in line, about 40 s"
    assert waiting(Turn(12, 2159.0)) == "Number 12 in line, about 36 min"
    assert waiting(Turn(1, None)) == "First in line"


def test_a_long_line_is_named_in_part():
    names = [str(number) for number in range(79)]
    assert shorten_list(names) == ["0", "1", "2", "and 76 more"]
    assert shorten_list(names[:MOST_NAMED]) == names[:MOST_NAMED]
