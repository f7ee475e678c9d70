"""The Benchmarks page: a link to own weights leads to no file outside the folders that are meant for them."""

import errno
from pathlib import Path

import pytest

from masking.benchmarks.specification.spec import ModelSpec, Spec
from masking.benchmarks.storage.store import Store
from pages.runs.form import classifier_in_spec, keep_uploads
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


def spec_with(kept):
    return Spec(experiment="patch_removal", classifier=ModelSpec(**classifier_in_spec(f"squeezenet1_1@shelf:{kept}")))


def test_a_link_alone_copies_nothing_beside_the_runs_and_a_start_does(store, folders):
    kept = uploads.put(b"weights")
    RunsPage(model=f"squeezenet1_1@shelf:{kept}")
    copies = folders / "runs" / "uploads"
    assert not copies.exists()
    spec = spec_with(kept)
    assert spec.classifier.weights == str(uploads.folder() / f"{kept}.safetensors")
    for _ in range(2):
        started = keep_uploads(spec)
        assert started.classifier.weights == str(copies / f"{kept}.safetensors")
        assert [path.read_bytes() for path in copies.iterdir()] == [b"weights"]
    assert keep_uploads(started) == started


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(store, folders, monkeypatch):
    spec = spec_with(uploads.put(b"weights"))

    def fail(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(ValueError, match=r"cannot be kept beside the runs \(No space left on device\)"):
        keep_uploads(spec)
    assert list((folders / "runs" / "uploads").iterdir()) == []
