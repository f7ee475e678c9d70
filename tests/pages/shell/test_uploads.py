import errno
import os
import threading
import time
from pathlib import Path

import pytest

from pages.shell import uploads
from pages.shell import visitor as visitors


def age(name, days):
    then = time.time() - days * 86400
    os.utime(uploads.folder() / name, (then, then))


def test_a_kept_upload_can_be_read_again():
    assert uploads.get(uploads.put(b"a mask")) == b"a mask"


def test_the_same_content_is_kept_once():
    assert uploads.put(b"a mask") == uploads.put(b"a mask")
    assert len(list(uploads.folder().iterdir())) == 1


@pytest.mark.parametrize("name", ["../masking.toml", "", ".", "/etc/passwd", "0" * 23, "0" * 25, "G" * 24, "0" * 24])
def test_other_names_give_a_sentence_and_no_file(name, folders):
    (folders / "masking.toml").write_text("secret")
    with pytest.raises(ValueError, match="no longer kept on this machine"):
        uploads.get(name)


def test_old_uploads_are_deleted_when_a_new_one_arrives():
    old, recent = uploads.put(b"old"), uploads.put(b"recent")
    age(old, uploads.LIFETIME_DAYS + 1)
    age(recent, uploads.LIFETIME_DAYS - 1)
    uploads.put(b"new")
    assert uploads.get(recent) == b"recent"
    with pytest.raises(ValueError, match="no longer kept"):
        uploads.get(old)


def test_uploading_again_keeps_an_upload_longer():
    old = uploads.put(b"old")
    age(old, uploads.LIFETIME_DAYS + 1)
    uploads.put(b"old")
    uploads.put(b"new")
    assert uploads.get(old) == b"old"


def test_reading_keeps_an_upload_longer():
    old = uploads.put(b"old")
    age(old, uploads.LIFETIME_DAYS + 1)
    uploads.get(old)
    uploads.put(b"new")
    assert uploads.get(old) == b"old"


@pytest.fixture
def limited(folders, monkeypatch):
    """Limits in bytes instead of MB; returns what writes them into the settings, and who uploads."""
    monkeypatch.setattr(uploads, "MEGABYTE", 1)
    monkeypatch.setattr(uploads, "_owners", uploads.UploadOwners())
    token = {}
    monkeypatch.setattr(visitors, "visitor", lambda: token["now"])

    def be(name, public=True, once=20, own=25, everybody=45):
        token["now"] = name
        (folders / "masking.toml").write_text(
            f"public = {str(public).lower()}\n[limits]\nupload_megabytes = {once}\n"
            f"uploads_per_visitor_megabytes = {own}\nuploads_megabytes = {everybody}\n"
        )

    return be


def kept(*names):
    return [(uploads.folder() / name).exists() for name in names]


def test_the_oldest_are_deleted_when_the_folder_is_full(limited):
    limited("me", public=False)
    first, second = uploads.put(b"a" * 10), uploads.put(b"b" * 10)
    age(first, 2)
    age(second, 1)
    third = uploads.put(b"c" * 10)
    assert uploads.get(second) == b"b" * 10
    assert uploads.get(third) == b"c" * 10
    with pytest.raises(ValueError, match="no longer kept"):
        uploads.get(first)


def test_on_a_public_server_only_ones_own_uploads_make_room(limited):
    limited("first")
    others = uploads.put(b"a" * 20)
    age(others, 0.9)
    limited("second")
    mine = uploads.put(b"b" * 20)
    age(mine, 1)
    newer = uploads.put(b"c" * 20)
    assert kept(others, mine, newer) == [True, False, True]


def test_a_full_server_refuses_those_who_have_nothing_to_give(limited):
    for name, letter in (("first", b"a"), ("second", b"b")):
        limited(name)
        uploads.put(letter * 20)
    limited("third")
    with pytest.raises(ValueError, match="of all visitors fill the 45 MB that this server keeps; try again"):
        uploads.put(b"c" * 20)
    assert len(list(uploads.folder().iterdir())) == 2


def test_on_a_full_server_what_nobody_has_used_for_a_day_makes_room(limited):
    """Somebody with many tabs, or a restart, must not close the door for two weeks."""
    limited("first")
    idle = uploads.put(b"a" * 20)
    limited("second")
    recent = uploads.put(b"b" * 20)
    uploads._owners = uploads.UploadOwners()  # a restart: what is there belongs to nobody
    age(idle, 1.01)
    age(recent, 0.99)
    limited("third")
    new = uploads.put(b"c" * 20)
    assert kept(idle, recent, new) == [False, True, True]
    limited("fourth")
    with pytest.raises(ValueError, match="of all visitors fill the 45 MB"):
        uploads.put(b"d" * 20)
    assert kept(recent, new) == [True, True]


def test_what_another_visitor_has_uploaded_too_stays(limited):
    limited("first")
    shared = uploads.put(b"a" * 20)
    limited("second")
    assert uploads.put(b"a" * 20) == shared
    with pytest.raises(ValueError, match="your uploads fill the 25 MB that each visitor has"):
        uploads.put(b"b" * 20)
    assert kept(shared) == [True]


@pytest.mark.parametrize(
    ("once", "own", "sentence"), [(9, 25, "at most 9 MB are taken at once"), (20, 9, "larger than all uploads may be")]
)
def test_an_upload_that_can_never_fit_is_refused_and_nothing_is_deleted(limited, once, own, sentence):
    limited("me")
    small = uploads.put(b"a")
    limited("me", once=once, own=own)
    with pytest.raises(ValueError, match=sentence):
        uploads.put(b"b" * 10)
    assert kept(small) == [True]


def test_what_a_killed_process_left_half_written_is_deleted():
    old, young = (uploads.folder() / f"{'0' * 24}.{letter * 32}" for letter in "ab")
    for path in (old, young):
        path.write_bytes(b"half")
    age(old.name, 2 / 24)
    uploads.put(b"new")
    assert kept(old.name, young.name) == [False, True]


def test_a_full_disk_gives_a_sentence_and_leaves_nothing(monkeypatch):
    old = uploads.put(b"old")
    age(old, uploads.LIFETIME_DAYS + 1)

    def fail(path, content):
        with open(path, "wb") as file:
            file.write(content[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(ValueError, match=r"cannot be kept on this machine \(No space left on device\); make room"):
        uploads.put(b"new")
    assert list(uploads.folder().iterdir()) == []


def test_a_second_path_has_an_ending_and_goes_with_the_first():
    name = uploads.put(b"weights")
    path = uploads.path_with_suffix(name, ".safetensors")
    assert path.read_bytes() == b"weights"
    assert uploads.path_with_suffix(name, ".safetensors") == path
    assert [each.path.name for each in uploads._files()] == [name]
    age(name, uploads.LIFETIME_DAYS + 1)
    uploads.put(b"new")
    assert not path.exists()
    for wrong in ("../a", "0" * 24):
        with pytest.raises(ValueError, match="no longer kept"):
            uploads.path_with_suffix(wrong, ".txt")


def test_many_can_upload_the_same_at_once():
    failed = []

    def put(number):
        try:
            for turn in range(20):
                uploads.put(b"turn %d" % turn)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=put, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(list(uploads.folder().iterdir())) == 20
