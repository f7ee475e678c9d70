import os
from pathlib import Path

import pytest

from masking.runtime.paths import LONGEST_NAME, expand, quote_name, resolve


def test_home_is_expanded(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert expand("~/a b") == Path("/home/me/a b")
    assert expand(Path("~")) == Path("/home/me")
    assert expand("a/~b") == Path("a/~b")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("~nosuchuser9/x", "begins with '~nosuchuser9', a user unknown here; write it out"),
        ("a\0b", "holds a NUL character"),
        ("a\ud800", "holds half a character"),
        ("a" * (LONGEST_NAME + 1), "is too long"),
        ("a/" * 3000, "is too long"),
        ("ä" * 200, "is too long"),
        (5, "the path is 5; write it in quotes"),
        (None, "the path is None"),
        (["a"], "write it in quotes"),
    ],
)
def test_what_cannot_be_a_path_is_refused_in_one_sentence(path, sentence):
    for read in (expand, resolve):
        with pytest.raises(ValueError, match=sentence) as caught:
            read(path)
        assert len(str(caught.value)) < 300
        assert "\n" not in str(caught.value)


def test_the_longest_names_pass():
    assert expand("a" * LONGEST_NAME).name == "a" * LONGEST_NAME


def test_links_are_followed_and_circles_refused(tmp_path):
    os.symlink(tmp_path / "b", tmp_path / "a")
    os.symlink(tmp_path / "a", tmp_path / "b")
    os.symlink(tmp_path, tmp_path / "home")
    assert resolve("home/x", tmp_path) == tmp_path.resolve() / "x"
    with pytest.raises(ValueError, match="cannot be followed"):
        resolve("a/x", tmp_path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"'a\nb'"),
        (Path("a b"), "'a b'"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_names_are_quoted_in_one_line(name, shown):
    assert quote_name(name) == shown


def test_numbers_that_python_does_not_write_are_named():
    assert quote_name(16**5000) == "a number of very many digits"


def test_long_names_are_shortened():
    assert quote_name("a" * 50 + "b" * 5000 + "c" * 50, 20) == f"'{'a' * 10}…{'c' * 9}'"
    assert len(quote_name([*range(5000)])) < 100
