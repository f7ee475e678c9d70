"""A store of runs and run files that version 0.1 wrote: they open, count the same, go on and leave again."""

import gzip
import json
import re
import warnings

import pytest

from masking.benchmarks.protocol.row_equality import rows_digest
from tests.before.comparing import assert_alike, modern, numbers_in
from tests.before.files import BEFORE

PATCHES, FILMS, CUT_SHORT = "00e0520e", "05491c5f", "e525a44c"
SHOWN = {run: json.loads((BEFORE / "runs" / f"show-{run}.json").read_text()) for run in (PATCHES, FILMS)}
"""The output of `bench show --json` for each finished run."""
FILES = {PATCHES: ("part-1.json.gz", "part-2.json.gz"), FILMS: (f"run-{FILMS}.json.gz",)}
"""The files with all rows of each."""


def rows_of_files(*paths):
    """The rows in these files, and the columns that make a condition."""
    rows, keys = [], []
    for path in paths:
        content = path.read_bytes()
        document = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
        columns, keys = document["columns"], document["run"]["keys"]
        rows += [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return rows, keys


WHOLE = {run: rows_of_files(*(BEFORE / "runs" / name for name in names)) for run, names in FILES.items()}
"""The rows of each finished run, and their keys."""


@pytest.fixture
def rows_of(command, machine):
    """Return the rows of a run of the store."""

    def export(run):
        command("bench", "export", run, machine / f"{run}.json")
        return rows_of_files(machine / f"{run}.json")[0]

    return export


def names_and_whole_numbers(run, rows):
    """The digest of what version 0.1 computed alike: it did not round rendered scenes, so numbers differ a little."""
    return rows_digest(rows, WHOLE[run][1])


@pytest.fixture
def empty_store(machine, monkeypatch):
    """Keep runs in a store that holds none."""
    monkeypatch.setenv("MASKING_RUNS", str(machine / "empty"))


@pytest.fixture(autouse=True)
def _old_names():
    """Ignore the warnings about old attribution names, which test_environment.py tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_every_run_is_listed(command):
    runs = {run["run"]: run for run in json.loads(command("bench", "list", "--json"))}
    assert {name: (run["title"], run["state"], run["images"]) for name, run in runs.items()} == {
        PATCHES: ("Patches before", "finished", 6),
        FILMS: ("Films before", "finished", 6),
        CUT_SHORT: ("Films cut short", "cancelled", 3),
    }
    assert runs[CUT_SHORT]["spec_digest"] == SHOWN[FILMS]["spec_digest"]


@pytest.mark.parametrize("run", [PATCHES, FILMS])
def test_a_run_has_the_same_rows_and_numbers(show, run):
    facts = show(run)
    for name in ("title", "state", "images", "spec_digest", "rows"):
        assert facts[name] == SHOWN[run][name], name
    assert_alike(*(json.loads(modern(json.dumps(shown["numbers"]))) for shown in (facts, SHOWN[run])))


def test_a_run_cut_short_goes_on_and_keeps_its_rows(command, show, rows_of):
    before = rows_of(CUT_SHORT)
    command("bench", "resume", CUT_SHORT)
    facts, after = show(CUT_SHORT), rows_of(CUT_SHORT)
    assert facts["state"] == "finished"
    assert facts["rows_digest_scope"].startswith("It is of the old kind: ")
    assert 0 < len(before) < len(after)
    assert [row for row in after if row["image"] in {old["image"] for old in before}] == before
    rows, keys = WHOLE[FILMS]
    assert [[row[name] for name in ("image", *keys)] for row in after] == [
        [row[name] for name in ("image", *keys)] for row in rows
    ]


@pytest.mark.usefixtures("empty_store")
def test_a_run_file_comes_in(command, show):
    assert command("bench", "import", BEFORE / "runs" / f"run-{FILMS}.json.gz").strip() == FILMS
    assert show(FILMS)["rows"] == SHOWN[FILMS]["rows"]
    assert show(FILMS)["spec_digest"] == SHOWN[FILMS]["spec_digest"]


@pytest.mark.usefixtures("empty_store")
def test_parts_of_a_run_become_one(command, show):
    output = command("bench", "merge", *(BEFORE / "runs" / f"part-{number}.json.gz" for number in (1, 2)))
    assert show(output.partition(":")[0])["rows"] == SHOWN[PATCHES]["rows"]


@pytest.mark.usefixtures("empty_store")
def test_a_spec_file_computes_the_same_rows(command, rows_of):
    command("bench", "run", BEFORE / "runs" / "spec.toml")
    (run,) = json.loads(command("bench", "list", "--json"))
    assert names_and_whole_numbers(PATCHES, rows_of(run["run"])) == names_and_whole_numbers(PATCHES, WHOLE[PATCHES][0])
    assert run["spec_digest"] == SHOWN[PATCHES]["spec_digest"]


@pytest.mark.usefixtures("empty_store")
def test_the_old_command_line_computes_the_same_rows(command, rows_of):
    words = SHOWN[PATCHES]["command"].split()
    assert words[:4] == ["python", "-m", "masking", "bench"]
    command(*words[3:])
    (run,) = json.loads(command("bench", "list", "--json"))
    assert names_and_whole_numbers(PATCHES, rows_of(run["run"])) == names_and_whole_numbers(PATCHES, WHOLE[PATCHES][0])
    assert run["spec_digest"] == SHOWN[PATCHES]["spec_digest"]


def test_a_run_leaves_as_it_came(command, machine):
    command("bench", "export", FILMS, machine / "films.json")
    command("bench", "import", machine / "films.json")
    command("bench", "export", FILMS, machine / "again.json")
    assert json.loads((machine / "films.json").read_text()) == json.loads((machine / "again.json").read_text())


def numbers_in_cells(page: str) -> list[float]:
    """Return every number in a cell of a table that holds a number or an interval, and nothing else."""
    number = r"-?\d+\.?\d*(?:e-?\d+)?"
    cells = re.findall(rf"<td[^>]*>({number}(?: – {number})?)</td>", page.replace("−", "-"))
    return [float(text) for cell in cells for text in cell.split(" – ")]


def test_the_report_has_the_same_numbers(command, machine):
    command("bench", "export", PATCHES, machine / "run.html")
    pages = machine / "run.html", BEFORE / "report" / "run.html"
    now, before = (numbers_in_cells(page.read_text()) for page in pages)
    assert len(before) > 50
    assert_alike(now, before)
    assert PATCHES in (machine / "run.html").read_text()


def test_the_latex_tables_have_the_same_numbers(command, machine):
    command("bench", "export", PATCHES, machine / "run.tex")
    now, before = (
        [numbers_in(line) for line in path.read_text().splitlines() if "&" in line]
        for path in (machine / "run.tex", BEFORE / "report" / "run.tex")
    )
    assert_alike(now, before)
