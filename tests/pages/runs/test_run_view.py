"""The Benchmarks page: a run that has numbers, what its link keeps, and its files."""

import io
import json

import pandas
import pytest

from masking.benchmarks.analysis.row_digest import digest_of_run
from masking.benchmarks.analysis.statistics import summarise
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.run import RUNNING
from masking.benchmarks.storage.store import Store
from pages.runs import run_view as runs_one
from tests.pages.runs.runs_page import RunsPage, finished


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


def test_a_finished_run_shows_its_numbers_and_where_they_come_from(store):
    run = finished(store)
    page = RunsPage(run=run.id)
    assert page.state == "Finished"
    rows = summarise(run.spec.make_experiment(), store.rows(run))
    shown = page.tables()[0]
    accuracy = [row for row in rows if row["outcome"] == "accuracy"]
    assert shown == {
        title: [f"{row['value']:.3f}" for row in accuracy if row["method"] == method]
        for title, method in (("Blackout", "blackout"), ("Layer masking", "layer_masking"))
    }
    page.choose("outcome", "predictive_entropy")
    assert page.tables()[0] != shown
    assert page.address == {"view": "run", "run": run.id, "outcome": "predictive_entropy"}
    code = "\n".join(block.value for block in page.at.code)
    for text in ("--count 4", '"experiment": "patch_removal"', run.environment["weights"], "worker"):
        assert text in code
    assert digest_of_run(run, store.rows(run))[:16] in page.captions


def test_a_link_to_a_run_keeps_its_outcome(store):
    run = finished(store)
    page = RunsPage(run=run.id).choose("outcome", "predictive_entropy")
    assert page.address == {"view": "run", "run": run.id, "outcome": "predictive_entropy"}
    other = RunsPage(**page.address)
    assert other.address == page.address
    assert other.tables() == page.tables()
    assert other.at.selectbox(key="outcome").value == "predictive_entropy"


def test_typed_text_is_shown_as_typed(store):
    run = finished(store)
    title, note = "# a*b*c $x$ :red[q] 50% _u_ <b>", "# big\n$y$ <i>"
    store.write(run.id, title=title, note=note, tags=["`t`", "<u>"])
    page = RunsPage(run=run.id)
    assert page.title == "# a*b*c $x$ :red[q] 50% _u_ <b>"
    note_text = page.part("mx-note").text
    for text in ("# big\n$y$ <i>", "`t`", "<u>"):
        assert text in note_text
    assert not [caption for caption in page.at.caption if "big" in caption.value]
    label = RunsPage(view="runs").at.button(key=f"open-{run.id}").label
    assert label.startswith(r"**\# a\*b\*c \$x\$ \:red\[q\] 50\% \_u\_ \<b\>** ·")


def test_a_part_of_a_run_says_so(store):
    run = store.add(spec_from({"experiment": "patch_removal", "count": 4, "block": 2}), part="1/3")
    page = RunsPage(run=run.id)
    assert page.title == "Patch removal, part 1 of 3"
    page.at.session_state["view"] = "runs"
    page.run()
    assert "· part 1 of 3" in next(block.value for block in page.at.get("html") if "of 4 images" in block.value)


def test_times_are_not_called_reproducible(store):
    settings = {"methods": ["blackout"], "shares": [0.5], "repeats": 1}
    run = finished(store, experiment="throughput", settings=settings)
    page = RunsPage(run=run.id)
    assert "2 blocks of 2 images; bands" in page.captions
    assert "times differ from run to run" in page.captions
    for untrue in ("the same rows", "Digest", "gives the same", "4 images;"):
        assert untrue not in page.captions
    store.change(run.id, RUNNING, ("finished",))
    store.write(run.id, pid=2**22 + 1, pid_started=1.0, ticks=1)
    page = RunsPage(run=run.id)
    assert "Resume computes the rest; times differ from run to run" in page.warnings[0]


def test_a_run_whose_plugin_is_gone_still_has_its_rows(store):
    run = finished(store)
    lost = store.run(run.id).spec.model_copy(update={"experiment": "alchemy", "plugins": ("/nowhere/alchemy.py",)})
    store.write(run.id, spec=lost.model_dump_json())
    page = RunsPage(run=run.id)
    assert page.errors == []
    assert page.infos == [
        "The curves cannot be drawn, but the rows are here: The plugin /nowhere/alchemy.py is not an existing Python "
        "file; check the path."
    ]
    assert {button.label for button in page.at.get("download_button")} == {"Rows CSV", "Parquet", "JSON"}
    offered = {label: data() for label, data, _, _ in runs_one.files(store.run(run.id)) if label in runs_one.ROWS}
    assert len(pandas.read_csv(io.BytesIO(offered["Rows CSV"]))) == len(store.rows(run))
    assert len(pandas.read_parquet(io.BytesIO(offered["Parquet"]))) == len(store.rows(run))
    assert json.loads(offered["JSON"])["run"]["id"] == run.id
    assert any('"alchemy"' in block.value for block in page.at.code)


def test_a_run_from_elsewhere_does_not_start_its_plugin(store, tmp_path):
    run = finished(store)
    program, mark = tmp_path / "lamp.py", tmp_path / "started"
    program.write_text(f"with open({str(mark)!r}, 'w') as mark: mark.write('x')\n")
    for experiment in ("lamp", "patch_removal"):
        spec = store.run(run.id).spec.model_copy(update={"experiment": experiment, "plugins": (str(program),)})
        store.write(run.id, spec=spec.model_dump_json())
        page = RunsPage(run=run.id)
        RunsPage(view="compare", runs=f"{run.id},{run.id}")
        assert not mark.exists()
        assert page.errors == []
        offered = {button.label for button in page.at.get("download_button")}
        assert {"Rows CSV", "Parquet", "JSON"} <= offered
        assert ("Numbers CSV" in offered) == (experiment == "patch_removal")  # whose code is here
        assert [("lamp.py was never run from this store" in info) for info in page.infos] == [True] * (not page.charts)


def test_a_single_order_has_no_heading(store):
    run = finished(store)
    page = RunsPage(run=run.id)
    assert not [block.value for block in page.at.get("html") if "<caption>Order" in block.value]
    assert "**Order: Random**" not in [text.value for text in page.at.markdown]


def test_a_finished_run_can_be_downloaded(store):
    run = finished(store)
    page = RunsPage(run=run.id)
    rows = store.rows(run)
    given = {button.label: button.proto for button in page.at.get("download_button")}
    assert set(given) == {"Numbers CSV", "Rows CSV", "Parquet", "Report", "LaTeX", "JSON"}
    offered = {label: data() for label, data, _, _ in runs_one.files(run)}
    assert len(pandas.read_csv(io.BytesIO(offered["Rows CSV"]))) == len(rows)
    assert len(pandas.read_csv(io.BytesIO(offered["Numbers CSV"]))) == len(summarise(run.spec.make_experiment(), rows))
    assert len(pandas.read_parquet(io.BytesIO(offered["Parquet"]))) == len(rows)
    assert json.loads(offered["JSON"])["run"]["id"] == run.id
    assert b"<svg" in offered["Report"]
    assert b"toprule" in offered["LaTeX"]


def test_title_tags_and_note_are_kept(store):
    run = finished(store)
    page = RunsPage(run=run.id).write(f"title-{run.id}", " First try ")
    page.at.multiselect(key=f"tags-{run.id}").set_value(["paper", "resnet"])
    page.at.text_area(key=f"note-{run.id}").set_value("odd at 0.5")
    page.run()
    kept = store.run(run.id)
    assert (kept.title, kept.tags, kept.note) == ("First try", ("paper", "resnet"), "odd at 0.5")
    page.write(f"title-{run.id}", "  ")
    assert store.run(run.id).title == "First try"


def test_a_link_to_a_run_that_is_not_here_says_so(store):
    page = RunsPage(run="ffffffff")
    assert len(page.errors) == 1
    assert "no run begins with 'ffffffff'" in page.errors[0].lower()
