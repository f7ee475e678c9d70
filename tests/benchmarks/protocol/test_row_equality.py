"""What a digest of rows covers, and how rows of two runs are compared."""

import pytest

from masking.benchmarks.protocol.row_equality import (
    TOLERANCE,
    compare_rows,
    discrete_columns,
    kind_of,
    rows_digest,
)

KEYS = ("method", "share")
ROWS = [
    {"image": 3, "method": "greyout", "share": 0.25, "predicted": 7, "right": 1, "entropy": 2.382827, "wordnet": None},
    {"image": 4, "method": "greyout", "share": 0.25, "predicted": 2, "right": None, "entropy": 0.5, "wordnet": None},
]


def changed(**values):
    return [{**ROWS[0], **values}, ROWS[1]]


def test_a_digest_covers_names_and_whole_numbers_and_the_numbers_of_the_condition():
    assert discrete_columns(ROWS, KEYS) == ["image", "method", "share", "predicted", "right"]


@pytest.mark.parametrize("values", [{"entropy": 2.382828}, {"entropy": None}, {"entropy": 9.0}, {"wordnet": 0.5}])
def test_a_measured_number_does_not_change_the_digest(values):
    assert rows_digest(changed(**values), KEYS) == rows_digest(ROWS, KEYS)


@pytest.mark.parametrize(
    "values",
    [{"predicted": 8}, {"right": 0}, {"right": None}, {"share": 0.26}, {"method": "noise"}, {"image": 5}, {"new": "a"}],
)
def test_everything_else_does(values):
    assert rows_digest(changed(**values), KEYS) != rows_digest(ROWS, KEYS)


def test_the_order_of_rows_does_not_matter_and_their_number_does():
    assert rows_digest(ROWS[::-1], KEYS) == rows_digest(ROWS, KEYS) != rows_digest(ROWS[1:], KEYS)


def test_the_old_kind_covers_numbers_at_four_decimals():
    old = rows_digest(ROWS, KEYS, kind=1)
    assert old == "c5a90f0af93425d10fc05d7666c3d0ac9c52bdc2eb8378316a47af3881c431ac"  # by version 0.2
    assert rows_digest(changed(entropy=2.382829), KEYS, kind=1) == old
    assert rows_digest(changed(entropy=2.3829), KEYS, kind=1) == rows_digest(changed(entropy=2.38286), KEYS, kind=1)
    assert rows_digest(changed(entropy=2.383), KEYS, kind=1) != old


@pytest.mark.parametrize(("environment", "kind"), [({}, 1), ({"rows_digest": 2}, 2), ({"rows_digest": ["x"]}, 1)])
def test_runs_of_earlier_programs_do_not_name_their_kind(environment, kind):
    assert kind_of(environment) == kind


def test_equal_rows_are_equal_within_the_tolerance():
    near = compare_rows(ROWS, changed(entropy=ROWS[0]["entropy"] + 0.9 * TOLERANCE)[::-1], KEYS)
    assert near.equal
    assert (near.rows, near.alone, near.beyond) == (2, 0, 0)
    assert near.largest == pytest.approx(0.9 * TOLERANCE)
    assert near.sentence.startswith("In the 2 rows that both runs have, all names and whole numbers are equal, ")


def test_large_numbers_are_compared_by_their_size():
    large, larger = (changed(entropy=value) for value in (50_000.0, 50_004.0))
    assert compare_rows(large, larger, KEYS).equal
    assert not compare_rows(large, changed(entropy=50_006.0), KEYS).equal


def test_differences_are_counted_for_each_column():
    other = compare_rows(ROWS, changed(predicted=8, right=0, entropy=2.4), KEYS)
    assert not other.equal
    assert (other.differing, other.beyond) == ({"predicted": 1, "right": 1}, 1)
    assert other.sentence == (
        "Of the 2 rows that both runs have, some differ: 1 in predicted, 1 in right, "
        "1 in other numbers by more than 0.0001."
    )


def test_a_missing_number_equals_no_number():
    assert compare_rows(ROWS, changed(entropy=None), KEYS).beyond == 1


def test_rows_of_one_run_alone_are_counted():
    alone = compare_rows(ROWS, ROWS[:1], KEYS)
    assert not alone.equal
    assert (alone.rows, alone.alone) == (1, 1)
    assert alone.sentence.startswith("1 row is in one run only; ")
