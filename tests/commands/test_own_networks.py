"""Own networks on the command line, and runs with them: whose code runs, and that it is found again."""

import json
import sys
from itertools import count

import pytest

from masking.benchmarks.storage.exchange import read_run, write_run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import command_line
from masking.benchmarks.worker.runner import work_on
from masking.models.zoo import load_classifier
from tests.commands.refusals import refused_in_one_line

MODULE = """
from pathlib import Path
from torch import nn
with Path(r"{trace}").open("a") as file:
    file.write("x")

def build():
    return nn.Sequential(
        nn.Conv2d(3, {classes}, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
"""
_numbers = count()
SHORT = (
    "--count",
    4,
    "--block",
    2,
    "--device",
    "cpu",
    "--set",
    "shares=0.5",
    "--set",
    "methods=blackout,layer_masking",
)


@pytest.fixture
def own(files, tmp_path, monkeypatch):
    """A module of its own for each test, in the current folder, with its class names; what it leaves when it runs."""
    name, names = f"lab_module_{next(_numbers)}", load_classifier("silhouettes/resnet").categories
    (files / "classes.txt").write_text("\n".join(names))
    trace = tmp_path / "it-ran"
    (files / f"{name}.py").write_text(MODULE.format(trace=trace, classes=len(names)))
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return f"{name}:build", trace


def options(name):
    return ("--classifier", name, "--categories", "classes.txt", "--input-size", "32", "--mean", "0.5", "--std", "0.25")


def forget(name):
    sys.modules.pop(name.partition(":")[0])


def test_commands_take_an_own_network(run, own):
    name, _ = own
    code, out, err = run("compare", "picture.png", "--patches", 0.5, *options(name), "--json")
    assert (code, err) == (0, "")
    manifest = json.loads(out)["manifest"]
    assert manifest["classifier"] == name
    assert run("lime", "picture.png", "--samples", 50, *options(name))[0] == 0
    assert run("attribution-mask", "picture.png", "--iterations", 1, *options(name))[0] == 0
    assert run("leakage", "--scenes", 4, "--methods", "blackout", *options(name))[0] == 0


def test_a_run_finds_its_network_again_from_another_folder(run, own, files, tmp_path, monkeypatch):
    name, trace = own
    assert run("bench", "run", "patch_removal", *SHORT, *options(name))[0] == 0
    with Store() as store:
        (first,) = store.runs()
        assert (first.spec.classifier.input_size, first.spec.classifier.mean) == ((32, 32), (0.5,))
        assert f"--classifier {name}" in command_line(first)
        assert "--input-size 32x32 --mean 0.5 --std 0.25" in command_line(first)
        forget(name)
        monkeypatch.chdir(tmp_path)
        model = first.spec.classifier.model_copy(update={"categories": str(files / "classes.txt")})
        second = work_on(store, store.add(first.spec.model_copy(update={"classifier": model})).id)
        assert (second.stored_state, second.error) == ("finished", "")
        assert store.rows(second) == store.rows(first)
    assert trace.read_text() == "xx"


def test_a_run_whose_code_has_changed_is_not_resumed(run, own, files):
    name, _ = own
    assert run("bench", "run", "patch_removal", *SHORT, *options(name))[0] == 0
    with Store() as store:
        (first,) = store.runs()
        store.write(first.id, state="cancelled")
        file = files / f"{name.partition(':')[0]}.py"
        file.write_text(file.read_text().replace("ReLU", "GELU"))
        forget(name)
        ended = work_on(store, first.id)
        assert ended.stored_state == "failed"
        assert "the weights or the code of" in ended.error
        assert "have changed since run" in ended.error


def test_a_run_from_elsewhere_does_not_run_code_that_nobody_named_here(run, own, files, tmp_path, monkeypatch):
    name, trace = own
    assert run("bench", "run", "patch_removal", *SHORT, *options(name))[0] == 0
    with Store() as store:
        (first,) = store.runs()
        write_run(store, first, tmp_path / "from-elsewhere.json")
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "other"))
    forget(name)
    before = trace.read_text()
    document = json.loads((tmp_path / "from-elsewhere.json").read_text())
    document["run"]["state"] = "cancelled"
    (tmp_path / "from-elsewhere.json").write_text(json.dumps(document))
    with Store() as store:
        ended = work_on(store, read_run(store, tmp_path / "from-elsewhere.json").id)
        assert ended.stored_state == "failed"
        assert "would run code, and nobody has named it on this machine" in ended.error
        for weights in (None, "untrained"):
            model = first.spec.classifier.model_copy(update={"weights": weights})
            with pytest.raises(ValueError, match="nobody has named it"):
                model.load("cpu")
            with pytest.raises(ValueError, match="nobody has named it"):
                model.check()
    assert trace.read_text() == before
    settings = files / "settings.toml"
    settings.write_text(f'[[classifier]]\nname = "lab/own"\nnetwork = "{name}"\n')
    try:
        with Store() as store:
            assert work_on(store, ended.id).stored_state == "finished"
    finally:
        settings.write_text("")


def test_a_spec_file_may_name_an_own_network(run, own, files):
    name, _ = own
    model = f'{{ name = "{name}", categories = "classes.txt", input_size = 32 }}'
    settings = 'settings = { shares = [0.5], methods = ["blackout"] }\ncount = 2\ndevice = "cpu"\n'
    (files / "spec.toml").write_text(f'experiment = "patch_removal"\n{settings}classifier = {model}\n')
    assert run("bench", "run", "spec.toml")[0] == 0
    refused_in_one_line(*run("bench", "run", "spec.toml", "--input-size", "64"), "instead of with --input-size")


BAD = {
    "module": (("--classifier", "gone_module:build"), "there is no module gone_module"),
    "spelling": (("--classifier", "folder/module.py:build"), "write an own network as module:function"),
    "timm": (("--classifier", "timm/resnet19"), "did you mean timm/resnet"),
    "size": (("--classifier", "squeezenet1_1", "--weights", "untrained", "--input-size", "big"), "input_size is 'big'"),
    "mean": (("--classifier", "silhouettes/resnet", "--mean", "0.5"), "silhouettes/resnet has its own mean"),
}


@pytest.mark.parametrize(("arguments", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_opened_is_refused_in_one_line(run, arguments, sentence):
    refused_in_one_line(*run("compare", "picture.png", "--patches", 0.5, *arguments), sentence)


def test_timm_is_listed_on_request(run):
    assert "timm/resnet50" in run("classifiers", "--timm", "resnet5*")[1].split()
    assert json.loads(run("classifiers", "--timm", "resnet50", "--json")[1]) == ["timm/resnet50"]
