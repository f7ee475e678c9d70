import os

import pytest

from masking.runtime import weights_folder
from masking.runtime.settings import Settings
from masking.runtime.weights_folder import FolderListing


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("a.pth", "more/b.pth", ".c.pth", ".hidden/d.pth"):
        (tmp_path / name).touch()
    return tmp_path


def test_files_are_listed_by_their_paths_without_hidden_ones(folder):
    assert FolderListing().files(folder) == ("a.pth", "more/b.pth")
    assert FolderListing().files(folder / "gone") == ()


def test_a_folder_is_scanned_once_until_it_changes_or_a_minute_has_passed(folder, monkeypatch):
    listing, clock, scans = FolderListing(), [0.0], []
    walk = os.walk
    monkeypatch.setattr(weights_folder.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(weights_folder.os, "walk", lambda path: scans.append(path) or walk(path))
    for _ in range(3):
        listing.files(folder)
    assert len(scans) == 1
    (folder / "new.pth").touch()
    os.utime(folder, (1, 1))
    assert "new.pth" in listing.files(folder)
    (folder / "more" / "newer.pth").touch()
    assert "more/newer.pth" not in listing.files(folder)
    clock[0] += weights_folder.KEPT_SECONDS + 1
    assert "more/newer.pth" in listing.files(folder)
    assert len(scans) == 3


@pytest.mark.parametrize(("name", "value"), [("MOST_ENTRIES", 2), ("MOST_SECONDS", -1.0)])
def test_a_folder_with_too_much_in_it_is_refused_once(folder, monkeypatch, name, value):
    monkeypatch.setattr(weights_folder, name, value)
    monkeypatch.setattr("masking.runtime.settings_values.weights_files", FolderListing())
    settings = Settings(folder)
    with pytest.raises(ValueError, match="holds too many files to look through"):
        settings.files(".pth")
    monkeypatch.setattr(weights_folder.os, "walk", None)
    with pytest.raises(ValueError, match="holds too many files to look through"):
        settings.files(".pth")


def test_links_that_lead_in_a_circle_end(folder):
    (folder / "more" / "round").symlink_to(folder)
    assert FolderListing().files(folder) == ("a.pth", "more/b.pth")
