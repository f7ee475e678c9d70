import os
import threading
import time

import pytest

from pages.shell import uploads


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


def test_the_oldest_are_deleted_when_the_folder_is_full(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_TOTAL", 25)
    first, second = uploads.put(b"a" * 10), uploads.put(b"b" * 10)
    age(first, 2)
    age(second, 1)
    third = uploads.put(b"c" * 10)
    assert uploads.get(second) == b"b" * 10
    assert uploads.get(third) == b"c" * 10
    with pytest.raises(ValueError, match="no longer kept"):
        uploads.get(first)


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
