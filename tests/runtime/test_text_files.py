"""Text files are UTF-8, with or without the marks that editors put in front."""

import json

import pytest

from masking.benchmarks.specification.spec import read_spec
from masking.runtime.settings import load_settings
from masking.runtime.text_files import decode_text, read_text
from masking.training.recipe import read_recipe

MARK = b"\xef\xbb\xbf"


def test_marks_are_no_part_of_a_text():
    assert decode_text(MARK + b"cat\n" + MARK + b"dog", "it") == "cat\ndog"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_is_refused(encoding):
    with pytest.raises(ValueError, match="it is not UTF-8 text but UTF-16 or none at all; save it as UTF-8"):
        decode_text("cat".encode(encoding), "it")


def test_latin_text_is_refused():
    with pytest.raises(ValueError, match="it is not UTF-8 text; save it as UTF-8"):
        decode_text("café".encode("latin-1"), "it")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"the list .*gone cannot be read \(No such file"):
        read_text(tmp_path / "gone", "list")


# --- every file that people write ------------------------------------------------------------------------------------


def test_settings_may_begin_with_a_mark(tmp_path):
    (tmp_path / "masking.toml").write_bytes(MARK + b'[weights]\r\nfolder = "weights"\r\n')
    assert load_settings(tmp_path / "masking.toml").weights_folder == tmp_path / "weights"


@pytest.mark.parametrize("name", ["spec.toml", "spec.json"])
def test_a_spec_may_begin_with_a_mark(tmp_path, name):
    text = 'experiment = "linearity"\r\n' if name.endswith("toml") else json.dumps({"experiment": "linearity"})
    (tmp_path / name).write_bytes(MARK + text.encode())
    assert read_spec(tmp_path / name).experiment == "linearity"


def test_a_recipe_may_begin_with_a_mark(tmp_path):
    (tmp_path / "recipe.toml").write_bytes(MARK + b"[world]\r\n[data]\r\n")
    with pytest.raises(ValueError, match=r"has both \[world\] and \[data\]"):
        read_recipe(tmp_path / "recipe.toml")


@pytest.mark.parametrize("read", [read_recipe, read_spec, load_settings])
def test_a_picture_is_none_of_them(tmp_path, read):
    (tmp_path / "a.toml").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(ValueError, match=r"none at all"):
        read(tmp_path / "a.toml")
