import csv
import io

import pytest

from masking.results.tables import to_csv


def test_a_table_by_hand():
    rows = [{"method": "blur, wide", "accuracy": 0.5}, {"method": "grey", "accuracy": None}]
    assert to_csv(rows) == 'method,accuracy\r\n"blur, wide",0.5\r\ngrey,\r\n'
    assert list(csv.DictReader(io.StringIO(to_csv(rows))))[1] == {"method": "grey", "accuracy": ""}


def test_columns_may_be_given_and_cells_missing():
    rows = [{"a": 1}, {"a": 2, "b": 3}]
    assert to_csv(rows, ("a", "b"), "\n") == "a,b\n1,\n2,3\n"
    with pytest.raises(ValueError, match="not in fieldnames"):
        to_csv(rows)


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_no_text_is_computed_by_a_spreadsheet(text):
    lines = csv.reader(io.StringIO(to_csv([{"a": text, "b": 1}]), newline=""))
    assert [*lines] == [["a", "b"], [f"'{text}", "1"]]
    assert next(csv.reader(io.StringIO(to_csv([{text: 1}]), newline=""))) == [f"'{text}"]


@pytest.mark.parametrize("number", [-1, -0.5, -1e-9, "-0.5", "+3", "-inf", "1e-5", "cat", "a=b", "layer-masking", ""])
def test_numbers_and_plain_words_stay_as_they_are(number):
    assert to_csv([{"a": number, "b": 1}]) == f"a,b\r\n{number},1\r\n"
