"""Each masking method without and with calibration (MCal), as a table and in sentences that the intervals decide."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from masking.lessons.parts import Note, Part, RowsTable
from masking.lessons.text import Text, join_words
from masking.methods import METHODS

WITH_PATCHES = ("class_entropy_bits", "accuracy")
LEAK, ERROR = "bits", "reliance_error"
Facts = Mapping[str, Any]


def calibration_parts(facts: Facts | None, classes: int, command: str, text: Text) -> tuple[Part, ...]:
    """Return the table and what it says; nothing where nothing was measured.

    The hole's bits are a leak only where nothing else tells the class. Where the background does, the distance from the
    right accuracy stands in their place.

    Args:
        facts: of one network, from `study_facts`.
        classes: of the network.
        command: the command that measures them.
        text: the words.
    """
    if facts is None:
        return ()
    methods, limit = facts["methods"], text.number(math.log2(classes), 0)
    measures = (*WITH_PATCHES, LEAK if facts["right_answer"] <= 1 / classes else ERROR)
    rows = [_row(name, measured, measures, limit, text) for name, measured in methods.items()]
    sentences = [text("trust.calibration.intro"), *(_sentence(measure, methods, text) for measure in measures)]
    if LEAK in measures:
        sentences.append(_leak_sentence(methods, limit, text))
    numbers = {"pictures": text.number(facts["pictures"], 0), "scenes": text.number(facts["scenes"], 0)}
    source = text("trust.calibration.source", command=command, **numbers)
    return RowsTable(rows, text("trust.calibration.caption")), Note(" ".join(sentences)), Note(source)


def certain(methods: Facts, measure: str, sign: int) -> list[str]:
    """Return the methods whose measure surely rises (`sign` 1) or falls (−1): the interval excludes 0."""
    ends = {name: sorted(sign * end for end in measured[measure]["more"][1:]) for name, measured in methods.items()}
    return [name for name, (low, _) in ends.items() if low > 0]


def _sentence(measure: str, methods: Facts, text: Text) -> str:
    """Return under which methods a measure surely rises and falls."""
    parts: list[str] = []
    for direction, sign in (("rises", 1), ("falls", -1)):
        if names := certain(methods, measure, sign):
            parts.append(text(f"trust.calibration.{measure}.{direction}", methods=_titles(names, text)))
    return " ".join(parts) or text(f"trust.calibration.{measure}.stays")


def _leak_sentence(methods: Facts, limit: str, text: Text) -> str:
    """Return how much the holes still tell under the method that tells most."""
    worst = max(methods, key=lambda name: methods[name][LEAK]["calibrated"][0])
    bits, low, _ = methods[worst][LEAK]["calibrated"]
    key = "trust.calibration.worst" if low > 0 else "trust.calibration.nothing"
    return text(key, method=METHODS[worst].title, bits=text.number(bits), limit=limit)


def _row(name: str, measured: Facts, measures: Sequence[str], limit: str, text: Text) -> dict[str, str]:
    """Return one method's line."""
    cells = {text("trust.columns.method"): METHODS[name].title}
    for measure in measures:
        plain, calibrated = (_format(measure, measured[measure][kind][0], text) for kind in ("plain", "calibrated"))
        cells[text(f"trust.calibration.{measure}.column", limit=limit)] = f"{plain} → {calibrated}"
    return cells


def _format(measure: str, value: float, text: Text) -> str:
    if measure == "accuracy":
        return text.percent(value, 1)
    return text.number(100 * value, 1) if measure == ERROR else text.number(value)


def _titles(names: Iterable[str], text: Text) -> str:
    return join_words([METHODS[name].title for name in names], text("trust.and"))
