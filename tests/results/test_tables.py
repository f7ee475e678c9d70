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
