"""What every measure promises, over the registry."""

import pytest

from masking.measures import MEASURES, deletion
from masking.measures.measure import measure


@pytest.mark.parametrize("name", MEASURES)
def test_measures_say_how_to_read_them(name):
    entry = MEASURES[name]
    assert entry.function.__name__ == name
    assert entry.better in {"higher", "lower"}
    assert entry.title
    assert entry.source
    assert entry.unit
    assert entry.meaning.endswith(".")


def test_what_is_expected_is_there():
    assert {"deletion", "insertion", "alignment", "rank_correlation", "surrogate_fit", "stability"} <= set(MEASURES)
    assert (MEASURES["deletion"].function, MEASURES["deletion"].better) == (deletion, "lower")


def test_one_name_is_one_measure():
    with pytest.raises(ValueError, match="two entries call themselves the measure 'deletion'"):
        measure("Again", "", "lower", "", "")(deletion)
