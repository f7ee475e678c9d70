import os
import re
from pathlib import Path

import pytest

from masking.runtime import settings as settings_module
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


LONG = "x" * 5000
CLASSIFIER, DATA = (
    "[[classifier]]\nname = 'a'\narchitecture = 'resnet18'\n",
    "[[data]]\nname = 'a'\nsource = 'folder'\n",
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[weights", "is not valid TOML"),
        ("x = " + "[" * 5000, "lie too deep in each other"),
        ("x = " + "9" * 5000, "is not valid TOML"),
        ("pubic = true", "the file has no setting 'pubic'; did you mean public?"),
        ("[limits]\npublic = true", "has no setting 'public'"),
        ("[weights]\nfolder = 'a'\npublic = true", "[weights] has no setting 'public'; move it above all sections"),
        ("[weights]\nfoldr = 'a'", "[weights] has no setting 'foldr'; did you mean folder?"),
        (f"'{LONG}' = 1", "the file has no setting"),
        ("public = 1", "public is 1; write true or false"),
        ("public = 'true'", "public is 'true'"),
        ("public = nan", "public is nan"),
        ("weights = 5", "weights is 5; write a section [weights]"),
        ("[[weights]]\nfolder = 'a'", "write a section [weights]"),
        ("[weights]\nfolder = 5", "[weights] folder is 5; write a text in quotes"),
        ("[weights]\nfolder = ''", "[weights] folder is ''"),
        ("[weights]\nfolder = '/'", "[weights] folder is '/', the whole machine"),
        ("[weights]\nfolder = 'masking.toml'", "[weights] folder is 'masking.toml', a file"),
        ("[weights]\nfolder = '~nosuchuser9/x'", "a user unknown here"),
        ('[weights]\nfolder = "a\\u0000b"', "holds a NUL character"),
        (f"[weights]\nfolder = '{LONG}'", "is too long for a file system"),
        ("[lessons]\nfolder = '/'", "[lessons] folder is '/', the whole machine"),
        ("[lessons]\nfolder = ['a']", "[lessons] folder is ['a']"),
        ("data_folders = 'a'", "data_folders is 'a'; write a list of folders"),
        ("data_folders = [1]", "data_folders is 1"),
        ("data_folders = ['/']", "data_folders is '/', the whole machine"),
        ("data_folders = ['~nosuchuser9']", "a user unknown here"),
        ("limits = []", "limits is []; write a section [limits]"),
        ("limits = 0", "limits is 0; write a section [limits]"),
        ("[limits]\nimages = 3", "[limits] has no setting 'images'; did you mean images_per_run?"),
        ("[limits]\nworkers = 0", "[limits] workers is 0; write a whole number from 1 to 64"),
        ("[limits]\nworkers = 1.5", "workers is 1.5"),
        ("[limits]\nworkers = nan", "workers is nan"),
        ("[limits]\nworkers = true", "workers is True"),
        ("[limits]\nworkers = '2'", "workers is '2'"),
        (f"[limits]\nworkers = 0x{'f' * 5000}", "workers is a number of very many digits"),
        ("classifier = 'resnet18'", "classifier is 'resnet18'; begin each entry with [[classifier]]"),
        ("[classifier]\nname = 'a'", "begin each entry with [[classifier]]"),
        ("[[classifier]]\nname = 'a'", "the classifier a lacks weights"),
        ("[[classifier]]\narchitecture = 'a'", "an entry [[classifier]] lacks a name"),
        ("[[classifier]]\nname = 5", "a name under [[classifier]] is 5"),
        (f"[[classifier]]\nname = '{LONG}'", "write at most 200 letters in one line"),
        ('[[classifier]]\nname = "a\\nb"', "write at most 200 letters in one line"),
        (f"{CLASSIFIER}weights = 5", "the classifier a: weights is 5"),
        (f"{CLASSIFIER}weights = '~nosuchuser9/a.pth'", "the classifier a: the path '~nosuchuser9/a.pth'"),
        (f"{CLASSIFIER}categories = '{LONG}'", "is too long for a file system"),
        (f"{CLASSIFIER}mean = nan", "the classifier a: mean is nan"),
        (f"{CLASSIFIER}input_size = 100000", "the classifier a: input_size is 100000; write at most 2048 pixels"),
        (f"{CLASSIFIER}resize = 0x{'f' * 5000}", "resize is a number of very many digits"),
        (f"{DATA}{DATA}", "names a data set twice"),
        ("[data]\nname = 'a'", "begin each entry with [[data]]"),
        ("[[data]]\nname = 'a'", "the data set a lacks source"),
        (f"{DATA}path = 5", "the data set a: path is 5"),
        (f"{DATA}path = '~nosuchuser9'", "the data set a: path: the path"),
        (f"{DATA}count = nan", "the data set a: count is nan"),
        (f"{DATA}day = 1979-05-27", "write a text, a number, true or false"),
    ],
    ids=lambda text: text[:40],
)
def test_a_broken_file_is_refused_with_one_sentence(written, text, sentence):
    path = written(text)
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 500


def test_a_file_that_is_named_has_to_be_there(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "misspelt.toml"))
    with pytest.raises(ValueError, match="cannot be read"):
        load_settings()


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(name):
    with pytest.raises(ValueError, match=r"the settings file .+ cannot be read"):
        load_settings(Path(name))


def test_a_file_that_disappears_does_not_open_the_server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MASKING_SETTINGS", raising=False)
    (tmp_path / "masking.toml").write_text("public = true")
    assert load_settings().public
    (tmp_path / "masking.toml").unlink()
    with pytest.raises(ValueError, match="cannot be read"):
        load_settings()
    (tmp_path / "masking.toml").symlink_to(tmp_path / "gone")
    with pytest.raises(ValueError, match="cannot be read"):
        load_settings()


def test_the_file_is_read_once_until_it_changes(written, monkeypatch):
    path = written("public = true")
    first = load_settings(path)
    with monkeypatch.context() as blocked:
        blocked.setattr(settings_module, "_read_or_refuse", None)
        assert load_settings(path) is first
    written("public = false")
    assert not load_settings(path).public
    written("public = maybe")
    for _ in range(2):
        with pytest.raises(ValueError, match="is not valid TOML"):
            load_settings(path)
    written("public = true")
    assert load_settings(path) == first


def test_a_public_server_has_lower_limits_unless_the_file_names_others(written):
    limits = load_settings(written("public = true\n[limits]\nqueued_runs = 7")).limits
    assert (limits.images_per_run, limits.queued_runs) == (2_000, 7)
    assert load_settings(written("")).limits.images_per_run == 10_000_000


def test_data_folders_are_relative_to_the_file(written, tmp_path):
    folders = load_settings(written("data_folders = ['sets', '/elsewhere']")).data_folders
    assert folders == (tmp_path.resolve() / "sets", Path("/elsewhere"))
    assert load_settings(written("data_folders = []")).data_folders == ()
    assert load_settings(written("")).data_folders is None


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
        ("inputsize = 64", "the classifier a has no setting 'inputsize'; did you mean input_size"),
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
    with pytest.raises(ValueError, match="the data set Mine lacks source; name its kind, such as folder"):
        load_settings(written('[[data]]\nname = "Mine"\n'))
