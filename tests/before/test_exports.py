"""Exports of the command line are what they were before."""

import json
import warnings

import pytest

from tests.before.comparing import assert_alike, assert_same_table, modern
from tests.before.files import BEFORE

COMMANDS = json.loads((BEFORE / "exports" / "commands.json").read_text())


@pytest.mark.parametrize("made", COMMANDS, ids=[made["file"] for made in COMMANDS])
def test_a_command_writes_what_it_wrote_before(command, tmp_path, made):
    out = tmp_path / made["file"]
    with warnings.catch_warnings():
        if "renamed" in made:
            warnings.simplefilter("ignore")
        printed = command(*(out if word == "OUT" else word for word in made["command"]))
    now = out.read_text() if out.exists() else printed
    before = (BEFORE / "exports" / made["file"]).read_text()
    if out.suffix == ".csv":
        assert_same_table(modern(now), modern(before))
    else:
        assert_alike(json.loads(now), json.loads(before))


@pytest.mark.parametrize(("file", "options"), [("run.csv", ()), ("numbers.csv", ("--numbers",))])
def test_an_old_run_is_exported_as_the_same_table(command, tmp_path, file, options):
    command("bench", "export", "00e0520e", tmp_path / file, *options)
    assert_same_table((tmp_path / file).read_text(), (BEFORE / "report" / file).read_text())
