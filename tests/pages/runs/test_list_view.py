"""The Benchmarks page: the list of all runs, and runs side by side."""

import json

import pytest

from masking.benchmarks.analysis.statistics import compare_runs
from masking.benchmarks.storage.run import CANCELLED, RUNNING
from masking.benchmarks.storage.store import Store
from pages.runs.compare_view import distinct_labels
from tests.pages.runs.runs_page import RunsPage, begun, finished


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


@pytest.fixture
def three(store):
    """Ids of three runs: finished on the plain classifier, finished on the one trained with cutout, and cancelled."""
    plain = finished(store)
    cutout = finished(store, classifier={"name": "silhouettes/resnet-cutout"})
    cancelled = begun(
        store, 1, experiment="throughput", settings={"methods": ["blackout"], "shares": [0.5], "repeats": 1}
    )
    store.change(cancelled.id, CANCELLED, (RUNNING,))
    store.write(cutout.id, title="After cutout", tags=["paper"], note="odd")
    return [plain.id, cutout.id, cancelled.id]


def own(page: RunsPage, three: list[str]) -> list[str]:
    """Return the listed runs without those that come with the project."""
    return [name for name in page.run_ids if name in three]


def test_the_list_is_never_empty(store):
    page = RunsPage(view="runs")
    assert len(page.run_ids) >= 2
    name = page.run_ids[0]
    page.at.button(key=f"open-{name}").click()
    page.run()
    assert page.address == {"view": "run", "run": name}
    assert page.state == "Finished"
    assert page.charts


def test_runs_are_filtered_and_sorted(store, three):
    plain, cutout, cancelled = three
    page = RunsPage(view="runs")
    assert own(page, three) == [cancelled, cutout, plain]
    assert own(page.choose("sort", "oldest"), three) == [plain, cutout, cancelled]
    assert own(page.choose("sort", "title"), three) == [cutout, plain, cancelled]
    assert own(page.write("filter", "cutout PAPER"), three) == [cutout]
    assert page.address == {"view": "runs", "sort": "title", "filter": "cutout PAPER"}
    assert own(RunsPage(**page.address), three) == [cutout]
    assert own(page.write("filter", "no such thing"), three) == []
    assert page.infos == ["No run matches the filter."]
    assert own(page.write("filter", "").choose("state", "stopped"), three) == [cancelled]
    assert own(page.choose("state", "finished"), three) == [cutout, plain]


def test_selected_runs_get_tags(store, three):
    plain, cutout, _ = three
    page = RunsPage(view="runs").select(plain, cutout)
    assert "2 selected" in page.captions
    page.at.multiselect(key="tags-added").set_value(["paper", "talk"])
    page.run().press("Add")
    assert [store.run(name).tags for name in (plain, cutout)] == [("paper", "talk"), ("paper", "talk")]


def test_deleted_runs_come_back(store, three):
    plain, cutout, _ = three
    page = RunsPage(view="runs").select(plain, cutout).press("Delete")
    assert plain not in page.run_ids
    assert page.infos == ["2 runs are in the bin now."]
    page.press("Undo")
    assert {plain, cutout} <= set(page.run_ids)
    page.select(plain, cutout).press("Delete").choose("state", "bin")
    assert set(page.run_ids) == {plain, cutout}
    page.select(plain).press("Restore")
    assert page.run_ids == [cutout]
    assert "Empty the bin" not in [button.label for button in page.at.button]  # it asks first
    assert f"This deletes 1 run with {len(store.rows(store.run(cutout)))} rows for good." in page.captions
    page.press("Delete for good")
    assert page.infos == ["The bin is empty."]
    page.choose("state", "all")
    assert plain in page.run_ids
    with pytest.raises(KeyError):
        store.run(cutout)


def test_a_run_that_is_computed_is_not_deleted(store):
    run = begun(store, 1)
    page = RunsPage(view="runs").select(run.id).press("Delete")
    assert page.errors == [f"Run {run.id} is still being computed; cancel it first."]
    assert run.id in page.run_ids
    assert page.at.get("progress")


def test_runs_side_by_side_with_paired_differences(store, three):
    plain, cutout, _ = three
    page = RunsPage(view="runs").select(plain, cutout).press("Compare")
    assert set(page.address["runs"].split(",")) == {plain, cutout}
    page = RunsPage(runs=f"{plain},{cutout}")
    assert page.address == {"view": "compare", "runs": f"{plain},{cutout}"}
    assert "These runs differ in: classifier (silhouettes/resnet, silhouettes/resnet-cutout)." in page.captions
    assert len(page.charts) == 4  # two methods, curves and differences
    runs = [store.run(name) for name in (plain, cutout)]
    expected = compare_runs(runs, {run.id: store.rows(run) for run in runs}, against=plain)
    accuracy = [row for row in expected if row["outcome"] == "accuracy"]
    for method, shown in zip(("blackout", "layer_masking"), page.tables(), strict=True):
        values = [f"{row['value']:+.3f}" for row in accuracy if row["method"] == method]
        assert shown == {"silhouettes/resnet-cutout": values}
    assert "Paired over the images that both runs have (4), with 95 % intervals." in page.captions
    assert page.at.get("download_button")


def test_runs_are_called_by_what_tells_them_apart(store, three):
    plain, cutout, _ = map(store.run, three)
    seeds = [plain, finished(store, seed=1)]
    twins = [plain, finished(store)]
    assert list(distinct_labels([plain, cutout]).values()) == ["silhouettes/resnet", "silhouettes/resnet-cutout"]
    assert list(distinct_labels(seeds).values()) == ["seed 0", "seed 1"]
    assert list(distinct_labels(twins).values()) == [run.id for run in twins], "in full"
    mixed = list(distinct_labels([*seeds, cutout]).values())
    assert len(set(mixed)) == 3
    assert not any(run.id in label for label in mixed for run in (*seeds, cutout))


def test_runs_that_cannot_be_compared_get_a_sentence(store, three):
    plain, _, cancelled = three
    assert "Choose two or more runs" in RunsPage(runs=plain).infos[0]
    assert "Patch removal and Throughput; compare runs of one" in RunsPage(runs=f"{plain},{cancelled}").infos[0]
    page = RunsPage(runs=f"{plain},ffffffff")
    assert "the runs 'ffffffff', which are not here" in page.warnings[0]
    other = finished(store, seed=1)
    page = RunsPage(runs=f"{plain},{other.id}")
    assert "These runs differ in: seed (0, 1)." in page.captions
    assert f"The runs {plain} and {other.id} used different seeds (0 and 1)" in page.infos[0]
    assert page.infos[0].endswith("Only their curves are shown.")
    assert len(page.charts) == 2


def test_settings_that_differ_are_named_with_short_values(store, three):
    plain, _, _ = three
    other = finished(store, settings={"methods": ["blackout"], "shares": [0.5], "patch": 8})
    page = RunsPage(runs=f"{plain},{other.id}").choose("outcome", "class_entropy")
    assert "These runs differ in: methods, shares, patch (16, 8)." in page.captions
    assert page.address["outcome"] == "class_entropy"


def test_emptying_the_bin_deletes_only_the_runs_that_were_shown(store, three):
    plain, cutout, _ = three
    store.delete(plain)
    page = RunsPage(view="runs", state="bin")
    store.delete(cutout)  # by another session, after this page showed what is in it
    assert page.press("Delete for good").run_ids == [cutout]


def test_back_and_forward_lead_through_the_views(store, three):
    plain, _, _ = three
    page = RunsPage(view="runs", sort="oldest")
    page.at.button(key=f"open-{plain}").click()
    page.run()
    assert page.address == {"view": "run", "run": plain}
    page.choose("outcome", "predictive_entropy")
    page.back(view="runs", sort="oldest")
    assert own(page, three) == three
    assert page.address == {"view": "runs", "sort": "oldest"}
    page.back(view="run", run=plain)
    assert page.state == "Finished"
    assert page.address == {"view": "run", "run": plain}
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


def damage(store, run, **columns):
    """Write columns past every check, as a store of an earlier version may have them."""
    for name, value in columns.items():
        store._connection.execute(f"UPDATE runs SET {name} = ? WHERE id = ?", (value, run))


DAMAGES = {
    "experiment": {"spec": '{"experiment": {}}'},
    "spec": {"spec": "["},
    "environment": {"environment": '{"labels": {"unknown": 1, "examples": 3}}'},
    "keys": {"keys": "3"},
    "created": {"created": 1e300},
    "part": {"part": "x"},
}


def test_damaged_runs_do_not_hide_the_others(store):
    good, several = finished(store), finished(store)
    broken = {}
    for name, columns in DAMAGES.items():
        broken[name] = finished(store).id
        damage(store, broken[name], **columns)
    damage(store, several.id, shards=10**12)  # absurd, but it can be shown
    page = RunsPage(view="runs", sort="title")
    assert {good.id, several.id} <= set(page.run_ids)
    assert not set(broken.values()) & set(page.run_ids)
    assert sorted(text[:12] for text in page.warnings) == sorted(f"Run {run}" for run in broken.values())
    for address in ({"run": good.id}, {"view": "compare", "runs": f"{good.id},{several.id}"}, {"view": "new"}):
        assert RunsPage(**address).errors == []
    assert "cannot be read" in RunsPage(run=broken["keys"]).errors[0]
    page.at.button(key=f"damaged-{broken['keys']}").click()
    page.run()
    assert len(page.warnings) == len(broken) - 1


def test_rows_of_another_experiment_are_shown_as_rows(store):
    run = finished(store)
    measured = json.dumps(dict.fromkeys([*store.rows(run)[0]][3:], "a"))
    store._connection.execute("UPDATE rows SET measured = ? WHERE run = ?", (measured, run.id))
    page = RunsPage(run=run.id)
    assert page.errors == []
    assert "are not those of its experiment" in page.infos[0]
    assert any('"patch_removal"' in code.value for code in page.at.code)
