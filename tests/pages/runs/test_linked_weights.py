"""The Benchmarks page: a link to own weights leads to no file outside the folders that are meant for them."""

import pytest

from masking.benchmarks.storage.store import Store
from pages.runs.form import classifier_in_spec
from pages.shell import uploads
from tests.pages.runs.runs_page import RunsPage


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


@pytest.fixture
def outside(tmp_path):
    """Files that are there, but not for this page: their names without endings."""
    for ending in (".safetensors", ".txt"):
        (tmp_path / f"outside{ending}").write_bytes(b"there")
    return tmp_path / "outside"


def test_names_in_links_are_checked_before_any_file_is_looked_at(store, outside):
    kept = uploads.put(b"kept")
    up = "../" * 20 + str(outside)[1:]
    for name in (
        f"@shelf:{outside}",
        f"@shelf:{up}",
        f"@shelf:{kept}@shelf:{outside}",
        "@shelf:",
        "@shelf:\0",
        "@shelf:.",
    ):
        with pytest.raises(ValueError, match="no longer kept on this machine"):
            classifier_in_spec(f"squeezenet1_1{name}")
    for name in (f"{outside}.safetensors", "os:getcwd", "timm/resnet18", ""):
        with pytest.raises(KeyError, match="there is no classifier"):
            classifier_in_spec(f"{name}@shelf:{kept}")
    for name in (str(outside), up):
        with pytest.raises(ValueError, match=r"no weights folder is set"):
            classifier_in_spec(f"squeezenet1_1@{name}")
    assert classifier_in_spec(f"squeezenet1_1@shelf:{kept}")["weights"].endswith(f"{kept}.safetensors")


def test_the_page_says_so_in_a_sentence(store, outside):
    page = RunsPage(model=f"squeezenet1_1@shelf:{outside}")
    assert "no longer kept on this machine" in page.errors[0]
    assert not any(str(outside) in code.value for code in page.at.code)
