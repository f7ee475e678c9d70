import os
from pathlib import Path

import pytest

from masking.runtime.settings import Settings, load_settings

WHOLE = """
[weights]
folder = "weights"
[[classifier]]
name = "lab/squeezenet"
architecture = "squeezenet1_1"
weights = "squeeze.pth"
categories = "names.txt"
[[classifier]]
name = "lab/resnet"
architecture = "resnet18"
weights = "/elsewhere/resnet.safetensors"
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "masking.toml"
        path.write_text(text)
        return path

    return write


def test_without_a_file_all_is_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MASKING_SETTINGS", raising=False)
    assert load_settings() == Settings()


def test_paths_are_relative_to_the_weights_folder(written, tmp_path):
    settings = load_settings(written(WHOLE))
    assert settings.weights_folder == tmp_path / "weights"
    own = settings.classifiers["lab/squeezenet"]
    assert (own.architecture, own.weights) == ("squeezenet1_1", tmp_path / "weights" / "squeeze.pth")
    assert own.categories == tmp_path / "weights" / "names.txt"
    other = settings.classifiers["lab/resnet"]
    assert (other.weights, other.categories) == (Path("/elsewhere/resnet.safetensors"), None)


def test_the_environment_may_name_the_file(written, monkeypatch):
    monkeypatch.setenv("MASKING_SETTINGS", str(written(WHOLE)))
    assert set(load_settings().classifiers) == {"lab/squeezenet", "lab/resnet"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[weights", "is not valid TOML"),
        ("[[classifier]]\nname = 'a'", "lacks or misspells 'weights'"),
        ("[weights]\nfolder = 5", "lacks or misspells"),
        ("weights = 5", "lacks or misspells"),
        ('[[data]]\nname = "a"\nsource = "folder"\n' * 2, "names a data set twice"),
        ("classifier = 'resnet18'", "lacks or misspells"),
    ],
)
def test_a_broken_file_is_refused_with_one_sentence(written, text, sentence):
    path = written(text)
    with pytest.raises(ValueError, match=sentence) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "masking.toml"
    path.write_bytes(b"\xff\xfe[weights]")
    with pytest.raises(ValueError, match=r"masking\.toml is not valid TOML"):
        load_settings(path)
    with pytest.raises(ValueError, match="cannot be read"):
        load_settings(tmp_path)


NETWORK = """
[[classifier]]
name = "lab/own"
network = "my_package.models:build"
arguments = { width = 0.5 }
weights = "untrained"
categories = "names.txt"
input_size = [64, 48]
mean = 0.5
[[classifier]]
name = "lab/timm"
architecture = "timm/resnet18"
"""


def test_own_networks_have_options_and_their_modules_lie_beside_the_file(written, tmp_path):
    settings = load_settings(written(NETWORK))
    own = settings.classifiers["lab/own"]
    assert (own.architecture, own.weights) == ("my_package.models:build", "untrained")
    assert own.options == {"arguments": {"width": 0.5}, "input_size": (64, 48), "mean": (0.5,)}
    assert own.categories == tmp_path / "names.txt"
    assert (settings.classifiers["lab/timm"].weights, settings.folder) == (None, tmp_path)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("inputsize = 64", "the classifier a has no setting 'inputsize'; it has architecture, arguments"),
        ("input_size = 'big'", "the classifier a: input_size is 'big'"),
        ("architecture = 'resnet18'", "the classifier a names an architecture and a network; leave one out"),
        ("[[classifier]]\nname = 'a'\nnetwork = 'c:d'", "names a classifier twice; give each its own name"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(written, line, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_settings(written(f"[[classifier]]\nname = 'a'\nnetwork = 'm:f'\n{line}\n"))


@pytest.fixture
def below(tmp_path):
    folder = tmp_path / "weights"
    (folder / "more").mkdir(parents=True)
    for name in ("a.pth", "more/b.safetensors", "names.txt"):
        (folder / name).touch()
    (tmp_path / "secret.pth").touch()
    return Settings(folder)


def test_files_are_listed_by_ending(below):
    assert below.files(".pth", ".safetensors") == ["a.pth", "more/b.safetensors"]
    assert below.files(".txt") == ["names.txt"]
    assert Settings(Path("/nowhere")).files(".pth") == []
    assert Settings().files(".pth") == []


def test_files_below_the_folder_are_found(below):
    assert below.below("more/b.safetensors").is_file()
    assert below.below("more/../a.pth").is_file()


@pytest.mark.parametrize("path", ["../secret.pth", "more/../../secret.pth", "/etc/passwd", ".."])
def test_no_path_leaves_the_folder(below, path):
    with pytest.raises(ValueError, match="is outside the weights folder; put the file below it"):
        below.below(path)


def test_no_link_leaves_the_folder(below, tmp_path):
    os.symlink(tmp_path / "secret.pth", below.weights_folder / "link.pth")
    os.symlink(tmp_path, below.weights_folder / "door")
    for path in ("link.pth", "door/secret.pth"):
        with pytest.raises(ValueError, match="outside the weights folder"):
            below.below(path)


def test_a_linked_folder_is_its_own_inside(below, tmp_path):
    os.symlink(below.weights_folder, tmp_path / "alias")
    assert Settings(tmp_path / "alias").below("a.pth").is_file()


def test_without_a_folder_nothing_is_below():
    with pytest.raises(ValueError, match=r"no weights folder is set; name one in masking\.toml"):
        Settings().below("a.pth")


def test_data_sets_lie_where_the_file_is(written, tmp_path):
    settings = load_settings(
        written(
            '[[data]]\nname = "Mine"\nsource = "jpeg_archive"\npath = "set.npz"\n'
            '[[data]]\nname = "Pets"\nsource = "torchvision"\nset = "pets"\nroot = "/elsewhere"\ndownload = false\n'
        )
    )
    mine, pets = settings.data.values()
    assert (mine.name, mine.source, mine.settings) == ("Mine", "jpeg_archive", {"path": str(tmp_path / "set.npz")})
    assert pets.settings == {"set": "pets", "root": "/elsewhere", "download": False}


def test_a_data_set_without_a_source_is_refused(written):
    with pytest.raises(ValueError, match=r"lacks or misspells 'source'; see the example in docs/own-models\.md"):
        load_settings(written('[[data]]\nname = "Mine"\n'))
