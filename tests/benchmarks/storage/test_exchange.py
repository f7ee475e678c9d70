"""Runs as files: there and back, merged from parts, and as tables, pages and LaTeX."""

import io
import json
from dataclasses import replace

import pyarrow.parquet
import pytest

from masking.benchmarks.analysis.report import (
    export_run,
    facts_of,
    render_file,
    to_csv,
    to_latex,
    to_parquet,
)
from masking.benchmarks.analysis.series import series_of
from masking.benchmarks.analysis.statistics import summarise
from masking.benchmarks.protocol.experiment import METHOD, Key
from masking.benchmarks.storage import exchange, run_file
from masking.benchmarks.storage.exchange import SHIPPED, import_shipped_runs, merge, read_run, write_run
from masking.benchmarks.storage.run import CANCELLED, FINISHED, INCOMPLETE
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on


@pytest.fixture
def finished(store, spec):
    return work_on(store, store.add(spec(), title="A & B <i>").id)


@pytest.fixture
def elsewhere(tmp_path):
    with Store(tmp_path / "elsewhere") as made:
        yield made


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_there_and_back(store, finished, elsewhere, tmp_path, name):
    store.write(finished.id, tags=["one"], note="look")
    finished = store.run(finished.id)
    write_run(store, finished, tmp_path / name)
    imported = read_run(elsewhere, tmp_path / name)
    assert elsewhere.rows(imported) == store.rows(finished)
    assert [shard[:-1] for shard in elsewhere.shards(imported)] == [shard[:-1] for shard in store.shards(finished)]
    assert {shard[-1] for shard in elsewhere.shards(imported)} == {""}  # machines stay unnamed
    for field in (
        "id",
        "spec",
        "digest",
        "title",
        "state",
        "environment",
        "tags",
        "note",
        "created",
        "images",
        "seconds",
    ):
        assert getattr(imported, field) == getattr(finished, field), field
    elsewhere.delete(imported.id)
    assert read_run(elsewhere, tmp_path / name).deleted  # what is in the bin stays there
    write_run(elsewhere, imported, tmp_path / f"again-{name}")
    assert run_file.read_document(tmp_path / f"again-{name}") == exchange.read_document(tmp_path / name)


def test_a_run_that_was_going_on_comes_in_as_cancelled_and_resumes(store, spec, elsewhere, tmp_path, finished):
    run = store.add(spec())
    store.claim(run.id, "running", ("queued",))
    store.write(run.id, shards=4, images=10)
    first = [row for row in store.rows(finished) if row["image"] < 3]
    store.commit(run, 0, first, 1, 1)
    write_run(store, store.run(run.id), tmp_path / "a.json")
    imported = read_run(elsewhere, tmp_path / "a.json")
    assert (imported.state, imported.done) == (CANCELLED, 1)
    imported = work_on(elsewhere, imported.id)
    assert elsewhere.rows(imported) == store.rows(finished)


def parts_of(store, spec, tmp_path, count=3):
    paths = []
    for number in range(1, count + 1):
        run = work_on(store, store.add(spec(), part=f"{number}/{count}").id)
        assert run.state == FINISHED
        assert run.progress == 1
        paths.append(tmp_path / f"part-{number}.json.gz")
        write_run(store, run, paths[-1])
    return paths


def test_parts_of_several_machines_make_the_whole(store, spec, elsewhere, tmp_path, finished):
    paths = parts_of(store, spec, tmp_path)
    merged = merge(elsewhere, paths, "whole")
    assert (merged.state, merged.title, merged.done, merged.part) == (FINISHED, "whole", 4, "1/1")
    assert elsewhere.rows(merged) == store.rows(finished)
    with pytest.raises(ValueError, match=r"part-1\.json\.gz is part 1/3 again"):
        merge(elsewhere, [*paths, paths[0]])


def test_what_parts_lack_can_be_resumed(store, spec, elsewhere, tmp_path, finished):
    paths = parts_of(store, spec, tmp_path)
    merged = merge(elsewhere, paths[:2])
    assert (merged.state, merged.done) == (INCOMPLETE, 3)
    merged = work_on(elsewhere, merged.id)
    assert elsewhere.rows(merged) == store.rows(finished)


def test_parts_that_do_not_belong_together_are_refused(store, spec, tmp_path, finished):
    first, *_ = parts_of(store, spec, tmp_path)
    write_run(store, work_on(store, store.add(spec(levels=[3.0])).id), tmp_path / "other.json")
    with pytest.raises(ValueError, match=r"other.json was computed from another spec"):
        merge(store, [first, tmp_path / "other.json"])
    document = run_file.read_document(first)
    document["columns"]["value"][0] += 1
    (tmp_path / "changed.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match=r"changed.json contradicts another part in shard 0"):
        merge(store, [first, tmp_path / "changed.json"])
    document["run"]["environment"]["weights"] = "others"
    (tmp_path / "weights.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="with other weights"):
        merge(store, [first, tmp_path / "weights.json"])
    with pytest.raises(ValueError, match="there is nothing to merge"):
        merge(store, [])


def test_the_runs_that_come_with_the_project_can_be_read(elsewhere):
    shipped = import_shipped_runs(elsewhere)
    assert len(shipped) >= 2
    assert import_shipped_runs(elsewhere) == shipped
    for run in shipped:
        assert run.state == FINISHED
        assert run.spec.digest == run.digest
        assert run.done == run.shards
        assert summarise(run.spec.make_experiment(), elsewhere.rows(run))
        assert render_file(elsewhere, run, ".html")


# --- tables and figures ----------------------------------------------------------------------------------------------


def test_tables_hold_every_row(store, finished, tmp_path):
    rows = store.rows(finished)
    lines = to_csv(rows).splitlines()
    assert lines[0] == "image,level,value,bright"
    assert len(lines) == 1 + len(rows)
    table = pyarrow.parquet.read_table(io.BytesIO(render_file(store, finished, ".parquet")))
    assert table.to_pylist() == rows
    about = json.loads(table.schema.metadata[b"missingness-explorer"])
    assert about == json.loads(json.dumps(facts_of(finished)))
    export_run(store, finished, tmp_path / "n.csv", aggregated=True)
    assert (tmp_path / "n.csv").read_text().splitlines()[0] == "level,outcome,n,value,low,high"


@pytest.mark.parametrize("suffix", [".parquet", ".html", ".tex", ".csv"])
def test_every_file_is_tidied_as_a_whole(store, finished, suffix):
    """A public server leaves the folders of its machine out of every file, also out of what no reader shows."""
    store.write(finished.id, title="seen in /srv/secret")
    run = replace(store.run(finished.id), environment={"data": {"path": "/srv/secret/ä"}})
    content = render_file(store, run, suffix, tidy=lambda text: text.replace("/srv/secret", "…"))
    assert b"secret" not in content
    if suffix == ".parquet":
        facts = json.loads(pyarrow.parquet.read_table(io.BytesIO(content)).schema.metadata[b"missingness-explorer"])
        assert facts["environment"] == {"data": {"path": "…/ä"}}


def test_a_column_that_the_first_row_lacks_is_in_every_table():
    rows = [{"image": 0, "level": 1.0}, {"image": 1, "level": 2.0, "late": 3}]
    assert to_csv(rows).splitlines() == ["image,level,late", "0,1.0,", "1,2.0,3"]
    assert pyarrow.parquet.read_table(io.BytesIO(to_parquet(rows, {}))).to_pylist()[1] == rows[1]


def test_the_page_needs_nothing_and_escapes_what_it_shows(store, finished):
    text = render_file(store, finished, ".html").decode()
    assert "A &amp; B &lt;i&gt;" in text
    assert "<i>" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert text.count("<svg viewBox") == 1
    assert "--set levels=1.0,2.0" in text


def test_reports_call_methods_by_their_titles(store):
    read_run(store, SHIPPED / "patch-removal.json.gz")
    (run,) = store.runs()
    page = render_file(store, run, ".html").decode().partition("<h2>The command that")[0]
    for text in (page, render_file(store, run, ".tex").decode()):
        assert "Layer masking" in text
        assert "layer_masking" not in text.replace("\\_", "_")


def test_names_are_shown_with_their_settings():
    assert METHOD.display_value("greyout:grey=middle") == "Greyout (grey=middle)"
    assert Key("order", "Order", "").display_value("least_salient") == "Least salient"


def test_latex_has_a_table_for_each_outcome_drawn(store, finished):
    text = render_file(store, finished, ".tex").decode()
    assert text.count("\\begin{table}") == text.count("\\end{tabular}") == 1
    experiment = finished.spec.make_experiment()
    value = series_of(experiment, experiment.curves[0], "brightness", None, summarise(experiment, store.rows(finished)))
    assert f"{value['1'][0].value:.3f}" in text
    assert "\\caption{Brightness (0 \\dots{} 10), n = 10, with 95 \\% intervals.}" in text
    assert finished.digest in text


def test_latex_says_how_many_images_where_they_differ(store, finished):
    experiment = finished.spec.make_experiment()
    aggregates = summarise(experiment, store.rows(finished)[1:])
    assert ", n = 9 to 10, with" in to_latex(experiment, aggregates, facts_of(finished))


HOSTILE = "\"><script>x</script>'\\input{/etc/passwd}^~|&%$#_{}\n\\end{tabular}"
"""A name that HTML, a spreadsheet or LaTeX would take for a command."""


def test_names_are_no_commands_in_any_file(store, tmp_path):
    document = run_file.read_document(SHIPPED / "patch-removal.json.gz")
    column = document["columns"]["method"]
    document["columns"]["method"] = [HOSTILE if name == column[0] else "=1+1" for name in column]
    run = document["run"]
    run |= {"title": HOSTILE, "device": HOSTILE, "tags": [HOSTILE], "note": HOSTILE}
    run["spec"]["classifier"]["name"] = HOSTILE
    run["spec"]["data"] = {"source": HOSTILE, "settings": {HOSTILE: HOSTILE}}
    run["environment"] = {HOSTILE: {HOSTILE: HOSTILE}}
    store.put(document, exchange._numbered_rows(_without_repeats(document)))
    stored = store.run(run["id"])
    page = render_file(store, stored, ".html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    tex = render_file(store, stored, ".tex").decode()
    assert "\\input" not in tex
    assert tex.count("\\end{tabular}") == tex.count("\\begin{tabular}")
    assert "\\textbackslash{}input\\{/etc/passwd\\}\\textasciicircum{}\\textasciitilde{}\\textbar{}" in tex
    for numbers in (False, True):
        table = render_file(store, stored, ".csv", numbers).decode()
        assert "'=1+1" in table
        assert ",=1+1" not in table
        assert not table.startswith("=")


def _without_repeats(document):
    """Return a document without the later rows of one image and condition."""
    keys = ["image", *document["run"]["keys"]]
    seen, places = set(), []
    for index in range(len(document["shard_of_row"])):
        condition = tuple(document["columns"][key][index] for key in keys)
        places += [] if condition in seen else [index]
        seen.add(condition)
    columns = {name: [values[index] for index in places] for name, values in document["columns"].items()}
    return document | {"columns": columns, "shard_of_row": [document["shard_of_row"][index] for index in places]}


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".tex"])
def test_a_run_without_rows_is_refused(store, spec, suffix):
    with pytest.raises(ValueError, match="wait for the first shard"):
        render_file(store, store.add(spec()), suffix)


def test_an_unknown_file_ending_is_refused(store, finished, tmp_path):
    with pytest.raises(ValueError, match="choose such an ending"):
        export_run(store, finished, tmp_path / "a.doc")
