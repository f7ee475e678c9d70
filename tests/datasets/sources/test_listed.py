"""CSV files that list pictures."""

import pytest

from masking.datasets.sources import SOURCES
from masking.datasets.sources.labels import UNKNOWN
from tests.datasets.sources.files import red, reds_and_labels, toy_classifier


def test_a_list(tmp_path):
    for value in (10, 20, 30):
        red(value).save(tmp_path / f"{value}.png")
    lines = ["path,label", "30.png,guitar", f"{tmp_path / '10.png'},0", "20.png,"]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    pictures = SOURCES["listed"](str(tmp_path / "list.csv")).open()
    assert reds_and_labels(pictures, toy_classifier(), [0, 1, 2]) == ([30, 10, 20], [3, 0, UNKNOWN])
    assert pictures.facts == {"list": str(tmp_path / "list.csv"), "files": 3}


def test_a_line_without_a_path_is_refused(tmp_path):
    (tmp_path / "list.csv").write_text("label,path\ncat,a.png\ncat\n")
    with pytest.raises(ValueError, match=r"picture 2 of .*list\.csv has no path; complete its line"):
        SOURCES["listed"](str(tmp_path / "list.csv")).open()


def test_a_listed_file_that_is_missing_is_named(tmp_path):
    (tmp_path / "list.csv").write_text("path\ngone.png\n")
    source = SOURCES["listed"](str(tmp_path / "list.csv")).open()
    with pytest.raises(ValueError, match=r"there is no file .*gone\.png"):
        source.item(0)
