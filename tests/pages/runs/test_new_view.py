"""The Benchmarks page: a new run, and one that is under way, stopped or finished."""

import os

import pytest

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.process_identity import myself
from masking.benchmarks.storage.run import CANCELLED, FAILED, RUNNING
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker import queue
from masking.benchmarks.worker.warm_worker import WarmWorker
from masking.datasets.sources import SOURCES
from pages.runs import store as runs
from tests.pages.runs.runs_page import RunsPage, advance, begun


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


@pytest.fixture
def launched(monkeypatch):
    """The ids of the runs whose worker would be started; this process stands in for it."""
    run_ids: list[str] = []

    def start(order, warm_worker):
        assert warm_worker is runs.warm_worker()
        run_ids.append(order.run)
        return myself()

    monkeypatch.setattr(queue, "_start_worker", start)
    return run_ids


@pytest.fixture
def warmed(monkeypatch):
    """The workers that would be warmed; no process is started."""
    workers: list[WarmWorker] = []
    monkeypatch.setattr(WarmWorker, "warm", lambda worker: workers.append(worker))
    return workers


# --- a new run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("experiment", BENCHMARKS)
def test_every_experiment_has_a_form_that_asks_for_its_defaults(store, launched, experiment):
    page = RunsPage(experiment=experiment, count="3")
    assert page.errors == []
    page.press("Start")
    assert store.run(launched[0]).spec == spec_from({"experiment": experiment, "count": 3})


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_a_form(store, source):
    page = RunsPage(data=source)
    assert page.errors == []
    assert page.address == ({} if source == "silhouettes" else {"data": source})


def test_start_makes_the_run_that_the_form_asks_for(store, launched):
    page = RunsPage(count="6", seed="3")
    page.choose("patch_removal.methods", ["greyout", "noise"]).write("patch_removal.shares", "0.5, 1")
    command = page.command
    page.write("run-title", "Mine").press("Start")
    run = store.run(launched[0])
    assert (run.title, run.spec.count, run.spec.seed) == ("Mine", 6, 3)
    assert run.spec.settings["methods"] == ["greyout", "noise"]
    assert run.spec.settings["shares"] == [0.5, 1.0]
    assert page.address == {"view": "run", "run": run.id}
    assert page.progress[0].startswith(f"Starting worker {os.getpid()} · ")
    for word in ("methods=greyout,noise", "shares=0.5,1.0", "--count 6", "--seed 3"):
        assert word in command


def test_a_worker_gets_ready_where_a_run_can_be_started(store, launched, warmed):
    page = RunsPage()
    assert warmed == [runs.warm_worker()]
    page.press("Start")
    run = begun(store, 1)
    RunsPage(run=run.id)
    assert len(warmed) == 1  # nobody needs another
    store.change(run.id, CANCELLED, (RUNNING,))
    RunsPage(run=run.id)
    assert len(warmed) == 1  # it could not begin: the device computes the run that was started
    store.cancel(launched[0])
    RunsPage(run=run.id)
    assert warmed == [runs.warm_worker()] * 2


def test_a_link_restores_the_form(store):
    page = RunsPage(experiment="linearity", **{"linearity.parts": "3,5", "linearity.methods": "blackout"})
    assert "--set methods=blackout --set parts=3,5" in page.command
    other = RunsPage(**page.address)
    assert other.command == page.command


def test_a_method_may_carry_its_own_setting(store):
    page = RunsPage(**{"patch_removal.methods": "greyout:grey=middle"})
    assert page.errors == page.warnings == []
    assert "methods=greyout:grey=middle" in page.command


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("patch_removal.shares", "0, 1.5", "Shares is 1.5; it must be between 0 and 1."),
        ("patch_removal.shares", "half", "Shares is 'half'; give a number."),
        ("patch_removal.shares", " ", "Shares is (); give one value or more, separated by commas."),
        ("patch_removal.shares", "0.5, 0.5", "Shares holds 0.5 twice; name each value once."),
    ],
)
def test_bad_settings_show_one_sentence(store, key, text, sentence):
    page = RunsPage(**{"patch_removal.patch": "8"})
    fields = page.fields
    page.write("run-title", "Mine").write(key, text)
    assert page.errors == [sentence]
    assert page.fields == fields
    assert page.disabled("Start")
    assert page.beside(key) == [sentence]
    assert (page.at.text_input(key=key).value, page.at.text_input(key="run-title").value) == (text, "Mine")
    page.write(key, "0.5")
    assert page.errors == []
    assert not page.disabled("Start")
    assert "--set patch=8" in page.command


def test_several_bad_settings_each_show_their_error_in_place(store):
    page = RunsPage(experiment="linearity").write("linearity.parts", "0").choose("linearity.methods", [])
    assert page.beside("linearity.parts") != page.beside("linearity.methods")
    assert len(page.errors) == 2


def test_settings_that_no_method_takes_show_an_error_below_the_form(store):
    fields = RunsPage().fields
    page = RunsPage(**{"patch_removal.methods": "greyout:grey=purple"})
    assert len(page.errors) == 1
    assert "purple" in page.errors[0]
    assert page.fields == fields
    assert page.disabled("Start")


def test_a_link_with_a_bad_setting_warns_until_dismissed(store):
    page = RunsPage(**{"patch_removal.shares": "abc"}).run()
    assert "patch_removal.shares is 'abc', which is not possible" in page.warnings[0]
    assert not page.disabled("Start")
    assert page.press("Dismiss").warnings == []


def test_data_that_is_not_there_makes_no_run(store, launched):
    page = RunsPage(data="folder", **{"folder.path": "/nowhere"}).press("Start")
    assert page.errors == ["The folder '/nowhere' does not exist; give its path."]
    page = RunsPage(experiment="reliance_error", data="folder", **{"folder.path": "."}).press("Start")
    assert len(page.errors) == 1
    assert launched == []


def test_a_bad_link_names_what_is_missing(store):
    page = RunsPage(experiment="alchemy", count="0", view="sideways")
    assert "the experiment 'alchemy', which is not here" in page.warnings[0]
    assert "count is '0', which is not possible" in page.warnings[0]
    assert "the view 'sideways'" in page.warnings[0]


def test_an_estimate_is_tried_here_and_now(store):
    page = RunsPage(count="50", **{"patch_removal.methods": "blackout", "patch_removal.shares": "0.5"})
    page.press("Estimate time").settle()
    assert page.infos[0].startswith("About ")
    assert "measured on" in page.infos[0]
    assert page.write("patch_removal.shares", "0.25").infos == []  # it was of other settings


def test_an_estimate_that_fails_says_why(store):
    page = RunsPage(data="folder").press("Estimate time").settle()
    assert page.errors == ["The folder '' does not exist; give its path."]


# --- one run -----------------------------------------------------------------------------------


def test_a_running_run_shows_its_progress_and_a_growing_curve(store):
    run = begun(store, 1)
    page = RunsPage(run=run.id)
    assert page.state == "Running"
    assert page.progress[0].startswith("2 of 4 images, ")
    assert page.cells.count({"mx-done"}) == 1
    assert page.cells.count({"mx-flight"}) == 1
    assert len(page.charts) == 5
    store.write(run.id, flight=run.forwards // 2)
    page.run()
    assert page.share_in_flight == "50%"
    assert "value: 75" in str(page.at.get("progress")[0].proto)
    advance(store, run, 1)
    assert page.run().progress[0].startswith("4 of 4 images, ")
    page.press("Cancel")
    assert store.run(run.id).state == "cancelling"
    assert "Cancelling" in page.progress[0]
    store.change(run.id, CANCELLED, ("cancelling",))
    page.run()
    assert page.infos == ["Cancelled; 2 of 2 blocks are saved."]


def test_a_run_shows_progress_before_its_first_block_is_saved(store):
    run = begun(store, 0)
    store.write(run.id, flight=12)
    page = RunsPage(run=run.id)
    assert page.progress[0].startswith("Computing the first block, 2 of 4 images: 12 forward passes so far")
    assert not page.charts


def test_a_run_waits_for_those_ahead(store):
    first = begun(store, 0)
    second = begun(store, 0)
    store.change(second.id, "queued", (RUNNING,))
    page = RunsPage(run=second.id)
    assert page.progress[0].startswith("Waiting for cpu to be free")
    assert f"Ahead of this one: Patch removal · silhouettes/resnet · seed 0 · {first.id}" in page.captions.replace(
        "\\", ""
    )
    page.press("Cancel")
    assert page.state == "Cancelled", "at once, because it has not begun"


def test_progress_is_counted_in_one_place(store):
    page = RunsPage(run=begun(store, 1).id)
    assert page.progress[0].startswith("2 of 4 images")
    assert "4 images · seed 0" in page.part("mx-run").text
    assert " of 4 images" not in page.part("mx-run").text


def test_an_interrupted_run_says_so_and_resumes(store, launched):
    run = begun(store, 1)
    store.write(run.id, pid=2**22 + 1, pid_started=1.0, ticks=1)
    store.log_file(run.id).parent.mkdir(parents=True)
    store.log_file(run.id).write_text('{"event": "shard"}\nKilled by a passer-by\n')
    page = RunsPage(run=run.id)
    assert page.state == "Interrupted"
    assert "ended without a message" in page.warnings[0]
    assert "; 1 of 2 blocks are saved. Resume computes the rest" in page.warnings[0]
    assert any("Killed by a passer-by" in code.value for code in page.at.code)
    page.press("Resume")
    assert launched == [run.id]


def test_a_run_that_no_worker_took_can_be_resumed(store, launched, monkeypatch):
    run = store.add(spec_from({"experiment": "patch_removal", "count": 4}))
    monkeypatch.setattr("masking.benchmarks.storage.run.STARTING", -1.0)
    page = RunsPage(run=run.id)
    assert page.state == "Interrupted"
    assert page.warnings[0].startswith("No worker came; ")
    assert "nothing has been computed yet" in page.warnings[0]
    page.press("Resume")
    assert launched == [run.id]


def test_a_failed_run_shows_its_error(store):
    run = begun(store, 0)
    store.change(run.id, FAILED, (RUNNING,), "the lamp is broken; mend it")
    page = RunsPage(run=run.id)
    assert page.errors == ["The lamp is broken; mend it. 0 of 2 blocks are saved."]
    assert not page.charts


def test_a_calibrated_method_can_be_fitted_beside_the_form(store, folders, monkeypatch):
    monkeypatch.setenv("MASKING_HEADS", str(folders / "heads"))
    page = RunsPage(model="silhouettes/resnet", **{"patch_removal.methods": "blackout,calibrated:of=noise"}).settle()
    assert any("Calibrated noise cannot be used" in line.value for line in page.at.markdown)
    page.press("Start")
    assert any("No calibration of noise" in error for error in page.errors)
    page.at.text_input(key="fit.shares").set_value("0.5")
    page.choose("fit-count", 16).press("Fit").settle()
    assert "Calibrated noise was fitted to 16 pictures" in page.captions
