"""The Benchmarks page: the list of all runs, and runs side by side."""

import pytest

from masking.benchmarks.analysis.statistics import compare_runs
from masking.benchmarks.storage.run import CANCELLED, RUNNING
from masking.benchmarks.storage.store import Store
from tests.pages.runs.runs_page import RunsPage, begun, finished


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


@pytest.fixture
def three(store):
    """Finished on the plain classifier; finished on the one trained with cutout; cancelled, of another experiment."""
    one = finished(store)
    two = finished(store, classifier={"name": "silhouettes/resnet-cutout"})
    three = begun(store, 1, experiment="throughput", settings={"methods": ["blackout"], "shares": [0.5], "repeats": 1})
    store.change(three.id, CANCELLED, (RUNNING,))
    store.write(two.id, title="After cutout", tags=["paper"], note="odd")
    return [one.id, two.id, three.id]


def own(page: RunsPage, three: list[str]) -> list[str]:
    """The listed runs but for those that come with the project."""
    return [name for name in page.listed if name in three]


def test_the_list_is_never_empty(store):
    page = RunsPage(view="runs")
    assert len(page.listed) >= 2
    name = page.listed[0]
    page.at.button(key=f"open-{name}").click()
    page.run()
    assert page.address == {"view": "run", "run": name}
    assert page.state == "Finished"
    assert page.charts


def test_runs_are_filtered_and_sorted(store, three):
    one, two, last = three
    page = RunsPage(view="runs")
    assert own(page, three) == [last, two, one]
    assert own(page.choose("sort", "oldest"), three) == [one, two, last]
    assert own(page.choose("sort", "title"), three) == [two, one, last]
    assert own(page.write("filter", "cutout PAPER"), three) == [two]
    assert page.address == {"view": "runs", "sort": "title", "filter": "cutout PAPER"}
    assert own(RunsPage(**page.address), three) == [two]
    assert own(page.write("filter", "no such thing"), three) == []
    assert page.infos == ["No run matches the filter."]
    assert own(page.write("filter", "").choose("state", "stopped"), three) == [last]
    assert own(page.choose("state", "finished"), three) == [two, one]


def test_selected_runs_get_tags(store, three):
    one, two, _ = three
    page = RunsPage(view="runs").select(one, two)
    assert "2 selected" in page.captions
    page.at.multiselect(key="tags-added").set_value(["paper", "talk"])
    page.run().press("Add")
    assert [store.run(name).tags for name in (one, two)] == [("paper", "talk"), ("paper", "talk")]


def test_deleted_runs_come_back(store, three):
    one, two, _ = three
    page = RunsPage(view="runs").select(one, two).press("Delete")
    assert one not in page.listed
    assert page.infos == ["2 runs are in the bin now."]
    page.press("Undo")
    assert {one, two} <= set(page.listed)
    page.select(one, two).press("Delete").choose("state", "bin")
    assert set(page.listed) == {one, two}
    page.select(one).press("Restore")
    assert page.listed == [two]
    assert "Empty the bin" not in [button.label for button in page.at.button]  # it asks first
    assert f"This deletes 1 run with {len(store.rows(store.run(two)))} rows for good." in page.captions
    page.press("Delete for good")
    assert page.infos == ["The bin is empty."]
    page.choose("state", "all")
    assert one in page.listed
    with pytest.raises(KeyError):
        store.run(two)


def test_a_run_that_is_computed_is_not_deleted(store):
    run = begun(store, 1)
    page = RunsPage(view="runs").select(run.id).press("Delete")
    assert page.errors == [f"Run {run.id} is still being computed; cancel it first."]
    assert run.id in page.listed
    assert page.at.get("progress")


def test_runs_side_by_side_with_paired_differences(store, three):
    one, two, _ = three
    page = RunsPage(view="runs").select(one, two).press("Compare")
    assert set(page.address["runs"].split(",")) == {one, two}
    page = RunsPage(runs=f"{one},{two}")
    assert page.address == {"view": "compare", "runs": f"{one},{two}"}
    assert "These runs differ in: classifier (silhouettes/resnet, silhouettes/resnet-cutout)." in page.captions
    assert len(page.charts) == 4  # two methods, curves and differences
    runs = [store.run(name) for name in (one, two)]
    expected = compare_runs(runs, {run.id: store.rows(run) for run in runs}, against=one)
    accuracy = [row for row in expected if row["outcome"] == "accuracy"]
    for method, shown in zip(("blackout", "layer_masking"), page.tables(), strict=True):
        values = [f"{row['value']:+.3f}" for row in accuracy if row["method"] == method]
        assert shown == {f"silhouettes/resnet-cutout · {two[:4]}": values}
    assert "Paired over the images that both runs have (4), with 95 % intervals." in page.captions
    assert page.at.get("download_button")


def test_what_cannot_be_compared_is_told(store, three):
    one, _, last = three
    assert "Choose two or more runs" in RunsPage(runs=one).infos[0]
    assert "Patch removal and Throughput; compare runs of one" in RunsPage(runs=f"{one},{last}").infos[0]
    page = RunsPage(runs=f"{one},ffffffff")
    assert "the runs ffffffff, which are not here" in page.warnings[0]
    other = finished(store, seed=1)
    page = RunsPage(runs=f"{one},{other.id}")
    assert "These runs differ in: seed (0, 1)." in page.captions
    assert f"Runs {one} and {other.id} used different pictures or seeds" in page.infos[0]
    assert len(page.charts) == 2


def test_settings_that_differ_are_named_with_short_values(store, three):
    one, _, _ = three
    other = finished(store, settings={"methods": ["blackout"], "shares": [0.5], "patch": 8})
    page = RunsPage(runs=f"{one},{other.id}").choose("outcome", "class_entropy")
    assert "These runs differ in: methods, shares, patch (16, 8)." in page.captions
    assert page.link.endswith("outcome=class_entropy")


def test_the_bin_is_emptied_of_what_was_told_only(store, three):
    one, two, _ = three
    store.delete(one)
    page = RunsPage(view="runs", state="bin")
    store.delete(two)  # by somebody else, after this page told what is in it
    assert page.press("Delete for good").listed == [two]


def test_back_and_forward_lead_through_the_views(store, three):
    one, _, _ = three
    page = RunsPage(view="runs", sort="oldest")
    page.at.button(key=f"open-{one}").click()
    page.run()
    assert page.address == {"view": "run", "run": one}
    page.choose("outcome", "predictive_entropy")
    page.back(view="runs", sort="oldest")
    assert own(page, three) == three
    assert page.address == {"view": "runs", "sort": "oldest"}
    page.back(view="run", run=one)
    assert page.state == "Finished"
    assert page.address == {"view": "run", "run": one}
    page.back()
    assert not page.disabled("Start")
    assert page.address == {}


def test_a_view_comes_back_with_its_address_and_the_menu_keeps_the_view(store, three):
    page = RunsPage(view="runs", sort="title", filter="removal").choose("view", "new").choose("view", "runs")
    assert page.address == {"view": "runs", "sort": "title", "filter": "removal"}
    page.at.query_params.clear()
    page.go("pages/1_Compare.py")
    page.at.query_params.clear()
    page.go(page.page)
    assert page.address == {"view": "runs", "sort": "title", "filter": "removal"}
    page.choose("view", "run")
    assert page.address == {"view": "run", "run": three[-1]}
