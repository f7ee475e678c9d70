import json

import pytest

from pages.shell.errors import error_sentence
from pages.shell.server_paths import (
    document_without_server_paths,
    hide_paths,
    root_pattern,
    without_server_paths,
)

ROOTS = root_pattern(["/srv/our data"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/sets/a.npz cannot be read", "a.npz cannot be read"),
        ("the file '/srv/my data/x y.png' is gone", "the file 'x y.png' is gone"),
        ('"/srv/a/b.png" is gone', '"b.png" is gone'),
        ("/srv/our data/c.png cannot be read", "c.png cannot be read"),
        ("no such file: /srv/our data", "no such file: our data"),
        ("~/x/y.pth is damaged", "y.pth is damaged"),
        ("~root/y.pth is damaged", "y.pth is damaged"),
        ("C:\\Users\\me\\a.png is gone", "a.png is gone"),
        ("C:/Users/me/a.png is gone", "a.png is gone"),
        ("\\\\host\\share\\x.png is gone", "x.png is gone"),
        ("file:///srv/a/b.png is gone", "b.png is gone"),
        ("//srv/share/x is gone", "x is gone"),
        ("error:/srv/x/y.npz is bad", "error:y.npz is bad"),
        ("path=/srv/x, root=/y/z/", "path=x, root=z"),
        ("(/srv/x/y.png) and [/srv/z.png]", "(y.png) and [z.png]"),
        ("['/a/b/c.png', PosixPath('/d/e')]", "['c.png', PosixPath('e')]"),
        ("/srv/a:b/c.txt is gone", "c.txt is gone"),
        ("/srv/a.png; /srv/b.png.", "a.png; b.png."),
        ("/proc/self/environ is no picture", "environ is no picture"),
    ],
)
def test_only_the_last_name_of_a_path_is_left(text, shown):
    assert hide_paths(text, ROOTS) == shown
    assert hide_paths(shown, ROOTS) == shown


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.org/a/b?c=d and docs/own-models.md",
        "pixels are in [0, 1], so divide by 255: [0, 255]/255 is 1/2 and/or h/w",
        "silhouettes/resnet has its own weights",
        "a / b, / and ~ are no paths",
        "../masking.toml is outside the weights folder",
    ],
)
def test_other_slashes_stay(text):
    assert hide_paths(text, ROOTS) == text


def test_paths_are_hidden_on_a_public_server_only(folders):
    text = f"the settings file {folders}/masking.toml cannot be read"
    assert without_server_paths(text) == text
    (folders / "masking.toml").write_text("public = true")
    assert without_server_paths(text) == "the settings file masking.toml cannot be read"
    assert error_sentence(ValueError(text)) == "The settings file masking.toml cannot be read."


def test_paths_are_hidden_while_the_settings_are_broken(folders):
    (folders / "masking.toml").write_text("[weights")
    assert without_server_paths("/srv/x is gone") == "x is gone"


def test_named_folders_with_blanks_are_hidden_without_quotes(folders):
    data = f"{folders}/our sets/set.npz"
    (folders / "masking.toml").write_text(
        f"public = true\n[[data]]\nname = 'a'\nsource = 'jpeg_archive'\npath = '{data}'"
    )
    assert without_server_paths(f"{data} is damaged") == "set.npz is damaged"


def test_documents_lose_only_the_folders_that_the_settings_name(folders):
    entry = f"[[data]]\nname = 'a'\nsource = 'folder'\npath = '{folders}/sets/pets'"
    (folders / "masking.toml").write_text(f"public = true\n{entry}")
    document = json.dumps({"path": f"{folders}/sets/pets", "picture": "data:image/png;base64,iVBOR+/abc/def=="})
    assert json.loads(document_without_server_paths(document)) == json.loads(document) | {"path": "pets"}
    (folders / "masking.toml").write_text(entry)
    assert document_without_server_paths(document) == document
