"""Methods without and with calibration: the numbers are those of the study, and the intervals decide what is said."""

import json
from pathlib import Path

import pytest

from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.calibration_table import calibration_parts, certain
from masking.lessons.parts import Note, RowsTable
from masking.lessons.study_facts import FILE, copy_calibration, copy_padding, study_facts

RESULTS = Path(__file__).parents[2] / "studies" / "results"
ENGLISH = load_text()
CHANCE = 1 / 16


def pair(plain, calibrated, more):
    """A measure without calibration and with it, and the difference with its interval."""
    return {"plain": [plain] * 3, "calibrated": [calibrated, calibrated - 0.1, calibrated + 0.1], "more": more}


def facts(right_answer=CHANCE, left=2.0, **more):
    """One network with one method; `more` replaces differences by measure."""
    rise, fall, same = [0.2, 0.1, 0.3], [-0.2, -0.3, -0.1], [0.0, -0.1, 0.1]
    measures = {
        "class_entropy_bits": pair(2.0, 2.2, rise), "accuracy": pair(0.5, 0.5, same), "bits": pair(3.0, left, fall),
        "reliance_error": pair(0.5, 0.3, fall),
    }  # fmt: skip
    measures = {name: {**each, "more": more.get(name, each["more"])} for name, each in measures.items()}
    return {"pictures": 8, "scenes": 9, "right_answer": right_answer, "methods": {"blackout": measures}}


def said(given, text=ENGLISH):
    """The sentences below the table."""
    return next(part.text for part in calibration_parts(given, 16, "python", text) if isinstance(part, Note))


def test_the_numbers_are_those_of_the_studies():
    stored = json.loads(FILE.read_text("utf-8"))
    calibration, padding = (json.loads((RESULTS / f"{name}.json").read_text("utf-8")) for name in stored["commands"])
    measured = copy_calibration(calibration)
    assert stored["calibration"]
    for network, numbers in stored["calibration"].items():
        assert numbers == measured[network]
    names = [name for name in padding["networks"] if name.partition(" ")[0] == stored["padding"]["network"]]
    assert stored["padding"] == copy_padding(padding, names)


def test_a_study_that_was_not_run_is_named():
    with pytest.raises(ValueError, match=r"has none of squeezenet; run studies/padding\.py first"):
        copy_padding({"networks": {}}, ["squeezenet"])


def test_only_differences_whose_interval_excludes_zero_are_named():
    methods = facts()["methods"]
    assert certain(methods, "class_entropy_bits", 1) == ["blackout"]
    assert certain(methods, "class_entropy_bits", -1) == certain(methods, "accuracy", 1) == []
    assert certain(methods, "bits", -1) == ["blackout"]
    text = said(facts())
    assert "more varied under Blackout." in text
    assert "no more of them right" in text
    assert "The hole tells less under Blackout." in text
    worse = said(facts(accuracy=[-0.2, -0.3, -0.1]))
    assert "fewer of them right under Blackout." in worse


@pytest.mark.parametrize(("bits", "words"), [(2.0, "still tells up to 2.00 of 4 bits"), (0.05, "no hole surely tells")])
def test_what_the_holes_still_tell_is_said(bits, words):
    assert words in said(facts(left=bits))


def test_where_the_background_tells_the_class_the_error_stands_in_place_of_the_leak():
    given = facts(right_answer=0.97)
    (row,) = next(part.rows for part in calibration_parts(given, 16, "", ENGLISH) if isinstance(part, RowsTable))
    assert row["Error with the object hidden (points)"] == "50.0 → 30.0"
    assert "closer to the truth under Blackout" in said(given)
    assert "The hole" not in said(given)


def test_nothing_is_shown_of_a_network_that_was_not_measured():
    assert calibration_parts(None, 16, "", ENGLISH) == ()


def test_what_the_lesson_says_of_weaknesses_was_measured():
    padding, methods = study_facts()["padding"], study_facts()["calibration"]["silhouettes/resnet"]["methods"]
    assert padding["more"][2] < 0, "neighbour fill is not surely worse than layer masking on photographs"
    assert methods["neighbour_fill"]["bits"]["plain"][1] > methods["layer_masking"]["bits"]["plain"][2]
    readable = methods["blackout"]["readable_bits"]
    assert readable["calibrated"][1] > 0.9 * readable["plain"][0]
    assert methods["blackout"]["accuracy"]["calibrated"][2] < methods["layer_masking"]["accuracy"]["plain"][1]
    idea = IDEAS["trust"]
    tables = [
        part for part in idea.draw("resnet", stored_facts(idea, "resnet"), ENGLISH).parts if isinstance(part, RowsTable)
    ]
    cells = {row["Method"]: row["Measured"] for row in tables[0].rows}
    assert f"{100 * padding['neighbour_fill'][0]:.1f} % right" in cells["Neighbour fill"]
    assert f"{readable['calibrated'][0]:.2f} bits" in cells["Calibrated (MCal)"]
    assert len(tables[1].rows) == len(methods)


@pytest.mark.parametrize("right_answer", [CHANCE, 0.97])
def test_germans_read_german(right_answer):
    for more in ([0.2, 0.1, 0.3], [-0.2, -0.3, -0.1], [0.0, -0.1, 0.1]):
        given = facts(right_answer, **dict.fromkeys(("class_entropy_bits", "accuracy", "bits", "reliance_error"), more))
        assert "calibration" not in said(given, load_text("de"))
        assert " under " not in said(given, load_text("de"))
