import os
import threading
import time

import pytest

from pages.shell import uploads as shelf


def age(name, days):
    then = time.time() - days * 86400
    os.utime(shelf.folder() / name, (then, then))


def test_what_was_put_is_found_again():
    assert shelf.get(shelf.put(b"a mask")) == b"a mask"


def test_the_same_content_is_kept_once():
    assert shelf.put(b"a mask") == shelf.put(b"a mask")
    assert len(list(shelf.folder().iterdir())) == 1


@pytest.mark.parametrize("name", ["../masking.toml", "", ".", "/etc/passwd", "0" * 23, "0" * 25, "G" * 24, "0" * 24])
def test_other_names_give_a_sentence_and_no_file(name, folders):
    (folders / "masking.toml").write_text("secret")
    with pytest.raises(ValueError, match="no longer kept on this machine"):
        shelf.get(name)


def test_what_nobody_put_for_long_is_cleared_when_something_new_arrives():
    old, recent = shelf.put(b"old"), shelf.put(b"recent")
    age(old, shelf.LIFETIME_DAYS + 1)
    age(recent, shelf.LIFETIME_DAYS - 1)
    shelf.put(b"new")
    assert shelf.get(recent) == b"recent"
    with pytest.raises(ValueError, match="no longer kept"):
        shelf.get(old)


def test_putting_again_prolongs_the_stay():
    old = shelf.put(b"old")
    age(old, shelf.LIFETIME_DAYS + 1)
    shelf.put(b"old")
    shelf.put(b"new")
    assert shelf.get(old) == b"old"


def test_asking_prolongs_the_stay():
    old = shelf.put(b"old")
    age(old, shelf.LIFETIME_DAYS + 1)
    shelf.get(old)
    shelf.put(b"new")
    assert shelf.get(old) == b"old"


def test_the_oldest_go_when_the_shelf_is_full(monkeypatch):
    monkeypatch.setattr(shelf, "LARGEST_TOTAL", 25)
    first, second = shelf.put(b"a" * 10), shelf.put(b"b" * 10)
    age(first, 2)
    age(second, 1)
    third = shelf.put(b"c" * 10)
    assert shelf.get(second) == b"b" * 10
    assert shelf.get(third) == b"c" * 10
    with pytest.raises(ValueError, match="no longer kept"):
        shelf.get(first)


def test_many_may_put_the_same_at_once():
    failed = []

    def put(number):
        try:
            for turn in range(20):
                shelf.put(b"turn %d" % turn)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=put, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(list(shelf.folder().iterdir())) == 20
