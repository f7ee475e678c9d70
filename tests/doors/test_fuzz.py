"""Hostile inputs through every door; `python -m benchmarks.hardening.fuzz` has thousands, these are a few hundred."""

import random
from functools import partial

import pytest

from benchmarks.hardening import bombs, command_lines
from benchmarks.hardening.door import Door
from benchmarks.hardening.doors import DOORS
from benchmarks.hardening.fuzz import Counts, add, shares
from benchmarks.hardening.outcome import LONGEST, InputOutcome, fault_of, observe

OF_EACH = 6
READ = ("pictures", "masks", "label maps", "texts of masks", "categories", "options of networks", "classes", "runs")
READ += ("specifications, JSON", "stored specifications", "prepared links", "paths", "methods", "archives", "lists")
"""Doors whose valid inputs are whole; those of the others are parts, or become TOML when they are damaged."""


def outcomes_of(name, inputs, folder):
    """What became of inputs of a door."""
    return [observe(partial(DOORS[name].read, data, folder)) for data in inputs]


def faults(outcomes):
    return [outcome.words for outcome in outcomes if outcome.kind == "fault"]


@pytest.mark.parametrize("name", DOORS)
def test_what_is_damaged_is_read_or_refused_in_one_sentence(name, tmp_path):
    dice = random.Random(name)
    assert faults(outcomes_of(name, [DOORS[name].damaged(dice) for _ in range(OF_EACH)], tmp_path)) == []


@pytest.mark.parametrize("name", ["safetensors", "prepared links", "classes", "methods", "paths", "texts of masks"])
def test_what_somebody_might_think_of_is_read_or_refused_in_one_sentence(name, tmp_path):
    families = [data for data in DOORS[name].families() if len(data) < 10**6]
    assert len(families) > 20
    assert faults(outcomes_of(name, families[::2], tmp_path)) == []


@pytest.mark.parametrize("name", READ)
def test_the_doors_read_what_is_valid(name, tmp_path):
    assert "value" in {outcome.kind for outcome in outcomes_of(name, DOORS[name].valid(), tmp_path)}


def test_headers_of_arrays_are_refused_in_one_sentence(tmp_path):
    outcomes = outcomes_of("label maps", bombs.array_bombs()[::4], tmp_path)
    assert {outcome.kind for outcome in outcomes} == {"value", "sentence"}


def test_command_lines_are_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))
    command_lines.fill_folder(tmp_path)
    dice = random.Random(0)
    outcomes: list[InputOutcome] = []
    for number in range(8):
        words = ["methods", *command_lines.words_of(number, dice)[1:]]
        command_lines.write_wrong_files(tmp_path, dice)
        outcomes.append(observe(partial(command_lines.run_here, words, tmp_path)))
    assert [outcome.words for outcome in outcomes if outcome.kind == "fault"] == []


# --- the fuzzing itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence", ["", " ", "two\nlines", "x" * (LONGEST + 1), "Traceback (most recent call last)", "a\0"]
)
def test_what_is_no_sentence_is_a_fault(sentence):
    def refuse() -> None:
        raise ValueError(sentence)

    assert fault_of(sentence)
    assert observe(refuse).kind == "fault"


def test_errors_of_parsers_are_faults_and_sentences_are_none():
    def fail() -> None:
        raise RecursionError("maximum recursion depth exceeded")

    def refuse() -> None:
        raise ValueError("a.png is not a picture; save it again")

    assert observe(fail).kind == "fault"
    assert observe(refuse) == InputOutcome(
        "sentence", "a.png is not a picture; save it again", *_costs(observe(refuse))
    )
    assert observe(lambda: 5).kind == "value"


def _costs(outcome: InputOutcome) -> tuple[float, float]:
    return pytest.approx(outcome.seconds, abs=1), pytest.approx(outcome.megabytes, abs=10)


def test_faults_slow_inputs_and_large_ones_are_counted():
    counts = Counts()
    assert not add(counts, ("a", 0), InputOutcome("value", "", 0.1, 20))
    assert "took 6.0 s" in add(counts, ("a", 1), InputOutcome("sentence", "no", 6, 20))
    assert "took 900 MB" in add(counts, ("a", 2), InputOutcome("value", "", 1, 900))
    assert "TypeError" in add(counts, ("a", 3), InputOutcome("fault", "TypeError", 1, 9))
    assert (counts.inputs, counts.values, counts.sentences, counts.faults) == (4, 2, 1, 1)
    assert (counts.over_seconds, counts.over_megabytes, counts.most_seconds) == (1, 1, 6)


def test_every_door_gets_its_share():
    assert shares({"a": 1.0, "b": 2.0, "c": 0.01}, 300) == {"a": 100, "b": 200, "c": 1}
    assert isinstance(next(iter(DOORS.values())), Door)
