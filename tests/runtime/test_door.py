"""One guard for all parsers, files that are no ordinary ones, and names that are long or odd."""

import os

import pytest

from masking.runtime.door import InputError, guard, one_line, show_name
from masking.runtime.file_bytes import read_file
from masking.runtime.text_files import parse_table, parse_toml


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("a"), "a"),
        (RecursionError("maximum recursion depth exceeded"), "it is nested too deeply"),
        (MemoryError(), "it needs more memory than there is"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
            "it needs more memory than there is",
        ),
        (SyntaxError("two\nlines"), "two"),
        (OSError(2, "No such file or directory"), "No such file or directory"),
        (TypeError(), "TypeError"),
    ],
)
def test_any_error_of_a_parser_becomes_the_sentence(error, reason):
    with (
        pytest.raises(InputError, match=r"^a\.png is none") as caught,
        guard("a.png is none ({reason}); save it again"),
    ):
        raise error
    assert str(caught.value) == f"a.png is none ({reason}); save it again"


def test_a_sentence_passes_the_doors_around_it():
    with (
        pytest.raises(InputError, match=r"^the inner one; repair it$"),
        guard("the outer one"),
        guard("the middle one"),
    ):
        raise InputError("the inner one; repair it")


def test_what_ends_the_program_passes_every_door():
    with pytest.raises(KeyboardInterrupt), guard("no"):
        raise KeyboardInterrupt


def test_names_are_shown_as_they_are_unless_they_are_long_or_odd():
    assert show_name("/a/b c/é.png") == "/a/b c/é.png"
    assert show_name("a\nb") == r"'a\nb'"
    assert len(show_name("x" * 5000)) < 200
    assert one_line("a\nb\x1b[31m") == r"a\nb\x1b[31m"
    assert one_line("begin " + "x" * 5000 + " end").startswith("begin x")
    assert one_line("begin " + "x" * 5000 + " end").endswith("x end")
    assert len(one_line("x" * 5000)) <= 600


@pytest.mark.parametrize("kind", ["device", "pipe", "folder", "loop", "large", "gone", "nobody"])
def test_what_is_no_ordinary_file_is_refused_at_once(kind, tmp_path):
    made = {name: tmp_path / name for name in ("pipe", "folder", "loop", "large", "gone")}
    os.mkfifo(made["pipe"])
    made["folder"].mkdir()
    made["loop"].symlink_to("loop")
    made["large"].write_bytes(bytes(101))
    paths = {**made, "device": "/dev/zero", "nobody": "~nobody-of-this-name/a"}
    with pytest.raises(InputError if kind != "nobody" else ValueError, match=r"^[^\n]*; \w[^\n]*$"):
        read_file(paths[kind], "list", most=100)


def test_a_file_of_exactly_the_most_bytes_is_read(tmp_path):
    (tmp_path / "a").write_bytes(bytes(100))
    assert len(read_file(tmp_path / "a", "list", most=100)) == 100


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"[" * 100_000, "JSON", "it is nested too deeply"),
        (b"[" * 200 + b"]" * 200, "JSON", "it is nested too deeply"),
        (b"a = " + b"[" * 5000, "TOML", "its values lie too deep in each other"),
        (b"a" + b".a" * 20_000 + b" = 1", "TOML", "a name in it has too many parts"),
        (b"9" * 5000, "JSON", "Exceeds the limit"),
        (b"a = 0x" + b"f" * 5000, "TOML", "it has a number that is too large"),
        (b"[NaN]", "JSON", "it has a number that is not finite"),
        (b"a = inf", "TOML", "it has a number that is not finite"),
        (b"\xff\xfe", "TOML", "it is not UTF-8 text"),
        (b"{", "JSON", "Expecting property name"),
    ],
)
def test_documents_that_nobody_can_read_are_refused_in_one_sentence(data, kind, reason):
    with pytest.raises(InputError, match=rf"^a.toml is not valid {kind} \({reason}[^\n]*; correct it$"):
        parse_table(data, "a.toml", kind)


def test_dots_in_texts_and_comments_are_no_names():
    text = f'a.b = "{"." * 500}"  # {"." * 500}\nc = """\n{"..." * 50}\n"""\nd = \'{"." * 100}\''
    assert parse_toml(text)["a"] == {"b": "." * 500}
