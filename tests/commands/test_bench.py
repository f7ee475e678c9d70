"""`missingness bench`: every command, its exit code, and one line for bad input."""

import json
import sys

import pytest

from masking.__main__ import BAD_INPUT, main
from masking.benchmarks.analysis.row_digest import digest_of_run
from masking.benchmarks.storage.store import FILE
from masking.benchmarks.worker.launch import command_line
from masking.commands.bench import CANCELLED, FAILED


@pytest.fixture
def run(store, monkeypatch, capsys):
    """Runs a command line; its exit code, stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["masking", "bench", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code or 0, *capsys.readouterr()

    return run


@pytest.fixture
def brightness(plugin):
    return ("run", "brightness", "--plugin", plugin, "--count", 6, "--block", 2, "--device", "cpu")


def test_a_run_reports_its_events_and_its_results(run, store, brightness, tmp_path):
    code, out, _ = run(*brightness, "--set", "levels=1,3", "--title", "mine", "--out", tmp_path / "a.csv", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["event"] for line in lines] == ["queued", "running", "shard", "shard", "shard", "finished"]
    assert [line["done"] for line in lines] == [0, 0, 1, 2, 3, 3]
    (stored,) = store.runs()
    assert (stored.title, stored.spec.settings["levels"]) == ("mine", [1.0, 3.0])
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 13
    shown = json.loads(run("show", stored.id[:4], "--json")[1])
    assert shown["rows"] == digest_of_run(stored, store.rows(stored))
    assert shown["command"] == command_line(stored)
    assert {row["outcome"] for row in shown["numbers"]} == {"brightness", "bright"}
    assert "run " + stored.id in run("show", stored.id)[1]
    assert run("list")[1].split()[:3] == [stored.id, "finished", "3/3"]
    assert json.loads(run("list", "--json")[1])[0]["run"] == stored.id
    store.add(stored.spec, title="a title that is longer than most of them are")
    first, second = run("list")[1].splitlines()
    assert first.index(stored.spec.classifier.name) == second.index(stored.spec.classifier.name)
    code, out, _ = run("compare", stored.id, "--json")
    assert (code, {row["against"] for row in json.loads(out)}) == (0, {1.0})


def test_the_printed_command_computes_the_same_rows(run, store, brightness):
    import shlex

    run(*brightness, "--set", "levels=2", "--seed", 7)
    (first,) = store.runs()
    assert run(*shlex.split(command_line(first))[4:])[0] == 0
    second = store.runs()[0]
    assert second.spec == first.spec
    assert store.rows(second) == store.rows(first)
    code, out, _ = run("compare", first.id, second.id)
    assert code == 0
    assert first.id in out


def test_times_are_shown_without_a_digest(run, store):
    settings = ("--set", "methods=blackout", "--set", "shares=0.5", "--set", "repeats=1")
    assert run("run", "throughput", *settings, "--count", 4, "--block", 2, "--device", "cpu")[0] == 0
    (stored,) = store.runs()
    output = run("show", stored.id)[1]
    assert "times differ from run to run; n counts batches of 2 images; command: python" in output
    assert digest_of_run(stored, store.rows(stored))[:16] not in output


def test_a_spec_in_a_file(run, store, spec, tmp_path):
    (tmp_path / "a.json").write_text(spec(count=2, block=2).to_json())
    assert run("run", tmp_path / "a.json")[0] == 0
    assert store.runs()[0].done == 1
    for option, value in (("set", "levels=1"), ("count", 2), ("classifier", "silhouettes/vit"), ("device", "cpu")):
        code, _, err = run("run", tmp_path / "a.json", f"--{option}", value)
        assert code == BAD_INPUT
        assert f"is the whole specification; change it there instead of with --{option}" in err


def test_parts_on_several_machines(run, store, brightness, tmp_path):
    for part in (1, 2):
        assert run(*brightness, "--shard", f"{part}/2", "--out", tmp_path / f"{part}.json.gz")[0] == 0
    code, out, _ = run("merge", tmp_path / "1.json.gz", tmp_path / "2.json.gz", "--out", tmp_path / "whole.json")
    assert code == 0
    assert out.endswith(": 3 shards\n")
    code, out, _ = run("merge", tmp_path / "2.json.gz")
    assert "2 shards are missing" in out
    assert run("resume", out[:8])[0] == 0
    assert store.run(out[:8]).done == 3
    assert run("import", tmp_path / "whole.json")[1].strip() in {stored.id for stored in store.runs()}


def test_exit_codes(run, store, brightness, spec):
    code, _, err = run(*brightness, "--set", "wrong=raises")
    assert code == FAILED
    assert "failed: RuntimeError: the lamp is broken" in err
    waiting = store.add(spec()).id
    assert run("cancel", waiting)[0] == 0
    assert store.run(waiting).state == "cancelled"
    assert CANCELLED not in {0, FAILED, BAD_INPUT}


def test_ctrl_c_cancels_and_resume_goes_on(run, store, brightness, monkeypatch):
    from masking.benchmarks.specification.loaded_spec import LoadedSpec

    compute = LoadedSpec.compute

    def interrupted(self, shard, report_forward_passes):
        if shard == 1:
            raise KeyboardInterrupt
        return compute(self, shard, report_forward_passes)

    monkeypatch.setattr(LoadedSpec, "compute", interrupted)
    code, _, err = run(*brightness)
    (stored,) = store.runs()
    assert code == CANCELLED
    assert f"`bench resume {stored.id}` continues it" in err
    assert stored.done == 1
    monkeypatch.setattr(LoadedSpec, "compute", compute)
    assert run("resume", stored.id)[0] == 0
    assert store.run(stored.id).done == 3


def test_every_experiment_is_listed_with_its_settings(run):
    from masking import BENCHMARKS

    experiments = json.loads(run("experiments", "--json")[1])
    assert set(experiments) == set(BENCHMARKS)
    assert experiments["patch_removal"]["settings"]["patch"]["default"] == 16
    assert "--set patch=16" in run("experiments")[1]


BAD = {
    "experiment": (("run", "patch"), "there is no experiment 'patch'; did you mean patch_removal"),
    "setting": (("run", "patch_removal", "--set", "share=0"), "there is no setting 'share'; did you mean shares"),
    "value": (("run", "patch_removal", "--set", "shares=x"), "shares is 'x'; give a number"),
    "no value": (("run", "patch_removal", "--set", "shares"), "write NAME=VALUE"),
    "range": (("run", "patch_removal", "--set", "shares=2"), "shares is 2.0; it must be between 0 and 1"),
    "place": (("run", "patch_removal", "--set", "model.name=x"), "sets nothing; write NAME=VALUE"),
    "twice": (("run", "patch_removal", "--set", "shares=0.5,0.5"), "shares holds 0.5 twice; name each value once"),
    "method twice": (("run", "patch_removal", "--set", "methods=greyout,greyout"), "methods holds greyout twice"),
    "data": (("run", "patch_removal", "--data", "silhouete"), "did you mean silhouettes"),
    "of the data": (("run", "patch_removal", "--set", "data.world=x"), "world is 'x'"),
    "count": (("run", "patch_removal", "--count", "0"), "count: input should be greater than or equal to 1"),
    "part": (("run", "patch_removal", "--shard", "5/4"), "the part is '5/4'"),
    "folder": (
        ("run", "patch_removal", "--out", "gone/a.csv"),
        "there is no folder gone to write a.csv to; make it first",
    ),
    "ending": (("run", "patch_removal", "--out", "a.doc"), "choose such an ending"),
    "plugin": (("run", "x", "--plugin", "gone.py"), "gone.py is not an existing Python file"),
    "classifier": (("run", "patch_removal", "--classifier", "silhouettes/resnt"), "did you mean silhouettes/resnet"),
    "own weights": (("run", "patch_removal", "--weights", "a.pth"), "silhouettes/resnet has its own weights"),
    "weights": (
        ("run", "patch_removal", "--classifier", "resnet18", "--weights", "gone.pth"),
        "the weights file gone.pth cannot be read (there is no such file)",
    ),
    "described": (("run", "patch_removal", "--classifier", "gone.safetensors"), "the weights file gone.safetensors"),
    "device": (("run", "patch_removal", "--device", "cuda:77"), "there is no device 'cuda:77' here"),
    "path": (("run", "patch_removal", "--data", "folder", "--set", "data.path=gone"), "the folder 'gone' does not"),
    "no path": (("run", "patch_removal", "--data", "listed"), "the image list '' does not exist"),
    "engine": (("run", "patch_removal", "--engine", "locl"), "did you mean local"),
    "spec": (("run", "gone.toml"), "the spec gone.toml cannot be read"),
    "no run": (("show", "zz"), "no run begins with 'zz'"),
    "import": (("import", "gone.json"), "the run file gone.json cannot be read"),
}


@pytest.mark.parametrize(("arguments", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_one_line(run, store, arguments, sentence):
    code, out, err = run(*arguments)
    assert (code, out) == (BAD_INPUT, "")
    assert err.startswith("missingness: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert store.runs() == []


def test_a_run_of_one_condition_has_nothing_to_compare(run, store, brightness):
    run(*brightness, "--set", "levels=1")
    code, out, err = run("compare", store.runs()[0].id, "--along", "level")
    assert (code, out) == (BAD_INPUT, "")
    assert err == "missingness: level is 1.0 in all rows; there is nothing to compare it with\n"


def test_an_empty_store_says_so_and_parts_are_named(run, store, brightness):
    assert run("list")[1] == f"there are no runs yet in {store.folder}; `bench run` starts one\n"
    run(*brightness, "--shard", "2/3", "--title", "mine")
    assert "mine, part 2/3" in run("list")[1]


def test_a_finished_run_can_neither_be_resumed_nor_cancelled(run, store, brightness):
    run(*brightness)
    (stored,) = store.runs()
    for command in ("resume", "cancel"):
        code, _, err = run(command, stored.id)
        assert code == BAD_INPUT
        assert f"run {stored.id} is finished; there is nothing to {command}" in err


def test_a_store_that_is_damaged_in_the_middle_is_refused_in_one_line(run, store, brightness):
    run(*brightness)
    store.close()
    file = store.folder / FILE
    content = bytearray(file.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    file.write_bytes(content)
    code, out, err = run("list")
    assert (code, out) == (BAD_INPUT, "")
    assert err.startswith(f"missingness: {file} is damaged (")
    assert err.count("\n") == 1


def test_a_damaged_run_is_named_beside_the_list(run, store, brightness):
    run(*brightness)
    run(*brightness)
    good, bad = (stored.id for stored in store.runs())
    store.write(bad, spec="{}")
    code, out, problems = run("list")
    assert (code, out.split()[0], len(out.splitlines())) == (0, good, 1)
    assert problems.startswith(f"run {bad} cannot be read (its spec is damaged")
    assert run("show", bad)[0] == BAD_INPUT


def test_a_run_whose_plugin_nobody_named_here_is_shown_without_running_it(run, store, brightness, tmp_path):
    run(*brightness)
    (stored,) = store.runs()
    program, mark = tmp_path / "lamp.py", tmp_path / "started"
    program.write_text(f"with open({str(mark)!r}, 'w') as mark: mark.write('x')\n")
    spec = stored.spec.model_copy(update={"experiment": "lamp", "plugins": (str(program),)})
    store.write(stored.id, spec=spec.model_dump_json())
    code, out, _ = run("show", stored.id)
    assert code == 0
    assert f"`bench export` writes the rows: the plugin {program} was never run from this store" in out
    assert digest_of_run(stored, store.rows(stored))[:16] in out
    assert json.loads(run("show", stored.id, "--json")[1])["numbers"] == []
    assert run("export", stored.id, tmp_path / "rows.csv")[0] == 0
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 13
    for refused in (("export", stored.id, tmp_path / "a.html"), ("compare", stored.id), ("resume", stored.id)):
        assert run(*refused)[0] == BAD_INPUT
    assert not mark.exists()
    run("show", stored.id, "--plugin", program)
    assert mark.exists()
