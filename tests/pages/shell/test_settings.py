"""While the operator's settings are broken, no page is shown."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shell import frame
from pages.shell.settings import broken_settings, is_public, operator_settings
from tests.pages.compare_page import ROOT

PAGES = list(frame.pages().values())


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_file_takes_the_place_of_every_page(folders, page):
    (folders / "masking.toml").write_text("public = true\npubic = 1")
    at = AppTest.from_file(ROOT / page, default_timeout=60).run()
    assert not at.exception
    assert [error.value for error in at.error] == [
        "masking.toml: the file has no setting 'pubic'; did you mean public?"
    ]
    assert not at.button
    assert not at.selectbox
    assert len(at.title) == 0


def test_a_missing_file_that_is_named_takes_the_place_of_the_page(folders):
    (folders / "masking.toml").unlink()
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    assert len(at.error) == 1
    assert "cannot be read" in at.error[0].value
    assert str(folders) not in at.error[0].value


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("source = 'foldr'", "there is no data source 'foldr'; did you mean folder or masked_folder?"),
        ("source = 'folder'\npaht = 'a'", "has no setting 'paht'; did you mean path?"),
        ("source = 'torchvision'\nroot = 'a'\ndownload = 'yes'", "download is 'yes'; give yes or no"),
        ("source = 'silhouettes'\nworld = 'moon'", "world is 'moon'; it must be one of"),
        ("source = 'jpeg_archive'\npath = 'a'\nx = 1", "has no setting 'x'"),
    ],
)
def test_a_data_set_that_could_never_be_opened_breaks_the_settings(folders, lines, sentence):
    (folders / "masking.toml").write_text(f"[[data]]\nname = 'Mine'\n{lines}\n")
    assert sentence in broken_settings()
    assert "the data set Mine" in broken_settings()
    assert is_public()
    with pytest.raises(ValueError, match="the data set Mine"):
        operator_settings()


def test_settings_that_are_valid_break_nothing(folders):
    (folders / "masking.toml").write_text("[[data]]\nname = 'Mine'\nsource = 'folder'\npath = 'gone'\n")
    assert broken_settings() == ""
    assert not is_public()
