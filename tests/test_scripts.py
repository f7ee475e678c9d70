"""Every script of benchmarks/ and studies/ starts as its header says, and computes where a tiny count is enough."""

import ast
import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted(path for folder in ("benchmarks", "studies") for path in (ROOT / folder).glob("[!_]*.py"))
DATA, WEIGHTS = "DATA", "FILE.safetensors"
NEVER_TINY = {
    "benchmarks/first_page.py": "it starts dashboards and needs a Chromium",
    "benchmarks/stroke.py": "it needs a running dashboard and a Chromium",
    "studies/object_masks.py": "it needs onnxruntime and a network that is not in the project",
}

TINY = [
    "benchmarks/attribution_cost.py --networks nib_vgg13_6 --batches 1 --rounds 1 --out OUT",
    "benchmarks/layer_masking.py --networks squeezenet1_1 --batches 1 --repeats 1 --many '' --no-memory --threads 1"
    " --out OUT",
    "benchmarks/lime_speed.py --networks squeezenet1_1 --samples 4 --batch 4 --rounds 1 --threads 1 --out OUT",
    "benchmarks/runner_overhead.py time --count 2 --block 2 --rounds 1 --out OUT",
    "benchmarks/runner_overhead.py memory --count 2 --block 2 --out OUT",
    "studies/architectures.py --only test_resnet --out OUT",
    "studies/attribution_masks.py FILE.safetensors --data DATA --count 10 --attributions gxsi --iterations 1"
    " --control-iterations 1 --equal-count 1 --out OUT",
    "studies/calibration.py scenes --networks silhouettes/resnet --methods blackout --count 2 --objects 16"
    " --explained 1 --samples 4 --out OUT",
    "studies/cards.py silhouettes/resnet --scenes 2 --own-scenes 2",
    "studies/improvements.py DATA --only resnet20 --small 4 --fitted 1 --shares 0.5 --no-places --out OUT",
    "studies/concordance.py DATA --network silhouettes/resnet --methods greyout --count 2 --out OUT",
    "studies/fit_heads.py --only silhouettes/vit --methods blackout --count 12 --out NEW",
    "studies/joins.py DATA --count 8 --places 1 --out OUT",
    "studies/label_films.py --networks cifar10/nib-vgg16-slim --pictures 1 --iterations 1 --attributions random"
    " --summary OUT --out OUT",
    "studies/leakage.py --scenes 8 --fewer 2 --out OUT",
    "studies/leakage_coverage.py --repeats 2 --resamples 20 --only '97% one answer, names' --out OUT",
    "studies/lime_quality.py photographs DATA --count 1 --samples 4 --seeds 1 --steps 0 --threads 1 --out OUT",
    "studies/lime_quality.py scenes --count 1 --samples 4 --seeds 1 --steps 0 --threads 1 --out OUT",
    "studies/lime_sampling.py measure DATA --network resnet20 --count 1 --samples 8 --out OUT",
    "studies/nets.py FILE.safetensors --out OUT",
    "studies/padding.py DATA --count 2 --small 2 --explained 1 --small-explained 1 --samples 4 --out OUT",
    "studies/photographs.py DATA --count 2 --shares 0.5 --out OUT",
    "studies/shape_bias.py --network silhouettes/resnet --methods greyout --count 4 --out OUT",
    "studies/untrained_masks.py --data DATA --count 10 --networks 2 --shapes nib_vgg13_6:width=0.05,head=8 --out OUT",
]


def name_of(path):
    return str(path.relative_to(ROOT))


def header_commands(path):
    """The commands that a script's header shows, as words that begin with the script's path."""
    header = ast.get_docstring(ast.parse(path.read_text("utf-8")), clean=False)
    lines = header.replace("\\\n", " ").splitlines()
    commands = [shlex.split(line)[2:] for line in lines if line.startswith("    python -m ")]
    return [[f"{module.replace('.', '/')}.py", *words] for module, *words in commands]


def start(words, monkeypatch):
    """Run a script as `python words …` does, in this process, which has read the libraries already."""
    monkeypatch.setattr(sys, "argv", list(map(str, words)))
    monkeypatch.setattr(sys, "path", [str((ROOT / words[0]).parent), *(path for path in sys.path if path != str(ROOT))])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(ROOT / words[0]), run_name="__main__")
    assert not left.value.code


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_every_script_takes_what_its_header_says(path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    commands = header_commands(path)
    assert commands
    for words in commands:
        assert words[0] == name_of(path)
        options = {word for word in words if word.startswith("--")}
        command = [word for word in words[1:] if re.fullmatch(r"[a-z]+", word)][:1]
        start([words[0], *command, "--help"], monkeypatch)
        assert options - set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) == set()


@pytest.mark.parametrize("line", TINY, ids=lambda line: " ".join(re.findall(r"^[\w/.]+|(?<= )[a-z]+(?= )", line)[:2]))
def test_every_script_computes_a_little(line, request, tmp_path, monkeypatch):
    out = tmp_path / "out.json"
    known = {"OUT": out, "NEW": tmp_path / "new", WEIGHTS: ROOT / "assets" / "cifar10-nib-vgg16-slim.safetensors"}
    if DATA in line:
        known[DATA] = request.getfixturevalue("sample_data")
    monkeypatch.chdir(tmp_path)
    start([known.get(word, word) for word in shlex.split(line)], monkeypatch)
    assert "OUT" not in line or out.stat().st_size > 0


def test_no_script_is_forgotten():
    tried = {shlex.split(line)[0] for line in TINY}
    assert {name_of(path) for path in SCRIPTS} == tried | NEVER_TINY.keys()


def test_a_script_finds_the_installed_library_from_another_folder(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(ROOT / "studies" / "cards.py"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
