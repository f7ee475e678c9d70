"""Settings, variables and names of version 0.1 are read; those that have a new name say so."""

import json
import warnings

import pytest

from tests.before.comparing import assert_same_table
from tests.before.files import BEFORE, OLD_UPLOADS, UPLOADS, unpack

LINKS = {link["name"]: link for link in json.loads((BEFORE / "links" / "links.json").read_text())}
KEPT_MASK = LINKS["a mask kept among the uploads"]
LEAF = "assets/scenes/005-leaf.png"
FILM = ("attribution-mask", LEAF, "--iterations", 3, "--device", "cpu")


def messages_in(caught: list[warnings.WarningMessage], *others: str) -> str:
    """Return the messages of warnings and other texts, one a line."""
    return "\n".join([*(str(warning.message) for warning in caught), *others])


def test_masking_toml_names_classifiers(command):
    assert "lab/net" in command("classifiers").split()
    output = command("compare", LEAF, "--patches", "0.5", "--classifier", "lab/net", "--methods", "greyout", "--json")
    assert json.loads(output)["manifest"]["classifier"] == "lab/net"
    assert {prediction["predicted"] for prediction in json.loads(output)["predictions"]} <= {"cat", "dog", "hat"}


def test_masking_toml_is_read_where_the_command_starts(command, machine, monkeypatch):
    monkeypatch.delenv("MASKING_SETTINGS")
    monkeypatch.chdir(machine)
    assert "lab/net" in command("classifiers").split()


@pytest.fixture
def old_uploads(monkeypatch):
    """Name the folder of uploads by the old variable only."""
    monkeypatch.delenv(UPLOADS)


@pytest.mark.usefixtures("old_uploads")
def test_the_old_variable_for_uploads_is_read(open_page):
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        page = open_page(KEPT_MASK["page"], KEPT_MASK["query"])
    assert page.mask == KEPT_MASK["mask"]


@pytest.mark.usefixtures("old_uploads")
def test_the_old_variable_for_uploads_names_the_new_one(open_page, capsys):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        page = open_page(KEPT_MASK["page"], KEPT_MASK["query"])
    output = messages_in(caught, *capsys.readouterr(), *page.messages)
    assert OLD_UPLOADS in output
    assert UPLOADS in output


def test_uploads_in_the_old_default_folder_are_read(open_page, tmp_path, monkeypatch):
    monkeypatch.delenv(UPLOADS)
    monkeypatch.delenv(OLD_UPLOADS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "missingness-explorer" / "shelf"
    folder.mkdir(parents=True)
    for path in (BEFORE / "uploads").glob("*.gz"):
        unpack(path, folder)
    page = open_page(KEPT_MASK["page"], KEPT_MASK["query"])
    assert page.mask == KEPT_MASK["mask"]


def test_an_old_attribution_name_names_the_new_one(command):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        printed = command(*FILM, "--attribution", "pgxi_code")
    assert "pgxi_released" in messages_in(caught, printed, command.errors)


def test_the_new_attribution_name_gives_what_the_old_one_gave(command, tmp_path):
    command(*FILM, "--attribution", "pgxi_released", "--out", tmp_path / "film.csv")
    before = (BEFORE / "exports" / "attribution-mask-pgxi.csv").read_text()
    assert_same_table((tmp_path / "film.csv").read_text(), before)
