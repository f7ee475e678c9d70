"""The notebook runs from its first cell to its last, and every result shows itself."""

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "examples" / "first_steps.ipynb"
SECONDS = 300
SHOWN = {
    "load-picture": "image/png",
    "predict": "text/html",
    "mask": "image/png",
    "compare": "image/png",
    "lime": "text/html",
    "lime-other": "text/html",
    "film": "text/html",
    "film-other": "text/html",
    "leakage": "text/html",
}
"""By the id of a cell: what a notebook shows of its result, beside the plain text."""
FEWER = {"lime": ("samples=300", "samples=60"), "lime-other": ("samples=300", "samples=60"),
         "film": ("iterations=5", "iterations=2"), "film-other": ("iterations=5", "iterations=2"),
         "leakage": (", 64)", ", 16)")}  # fmt: skip
"""By the id of a cell: the number that makes it long, and a smaller one."""


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def cells(stored, tmp_path_factory):
    """The cells by id, run in a kernel whose own files lie in a folder of the tests."""
    folder, shortened = tmp_path_factory.mktemp("notebook"), deepcopy(stored)
    for cell in shortened.cells:
        if cell.id in FEWER:
            number, smaller = FEWER[cell.id]
            assert cell.source.count(number) == 1
            cell.source = cell.source.replace(number, smaller)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, str(folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        client = NotebookClient(shortened, timeout=SECONDS, resources={"metadata": {"path": str(folder)}})
        return {cell.id: cell for cell in client.execute().cells}


def test_it_is_stored_without_outputs(stored):
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


@pytest.mark.parametrize("name", SHOWN)
def test_a_result_shows_itself(cells, name):
    *_, output = cells[name].outputs
    assert SHOWN[name] in output.data


def test_the_cells_say_what_they_are_about(cells):
    def html(name):
        return cells[name].outputs[-1].data["text/html"]

    assert "leaf" in html("predict")
    assert "leaf" in cells["sentence"].outputs[0].text
    assert "under Layer masking" in html("lime")
    assert "under Greyout" in html("lime-other")
    assert "mask made for “mug”" in html("film-other")
    assert "16 scenes" in html("leakage")


def test_no_cell_complains(cells):
    streams = [
        output for cell in cells.values() for output in cell.get("outputs", []) if output.get("name") == "stderr"
    ]
    assert streams == []
