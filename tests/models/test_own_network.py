"""Networks that a function of the operator makes, by the name `module:function`."""

import itertools
import sys
import textwrap

import pytest
import safetensors.torch
import torch
from torch import nn

from masking import Classifier, load_classifier
from masking.models.own_network import is_own_network, source_digest
from masking.models.zoo import load_named
from masking.runtime.named_networks import remember_network
from masking.runtime.settings import OwnClassifier, Settings

NAMES = ["ash", "elm", "oak"]
SOURCE = """
    import torch
    from torch import nn
    from masking import Classifier

    class Net(nn.Module):
        def __init__(self, width=4, classes=3):
            super().__init__()
            self.conv = nn.Conv2d(3, width, 3)
            self.head = nn.Linear(width, classes)

        def forward(self, x):
            return self.head(self.conv(x).relu().mean((2, 3)))

    def build(width=4): return Net(width)
    def needs(width): return Net(width)
    def classifier(): return Classifier.from_network(Net(), ["x", "y", "z"], input_size=(24, 32))
    def raises(): raise RuntimeError("the GPU\\nis gone")
    def leaves(): raise SystemExit(3)
    def number(): return 5
    def klass(): return Net
    network = Net()
"""
_numbers = itertools.count()


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module into the current folder; return its name, which no other test uses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text=SOURCE, folder=""):
        name = f"own_module_{next(_numbers)}"
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.py").write_text(textwrap.dedent(text))
        return name

    return write


def load(name, **options):
    return load_classifier(name, None, NAMES, input_size=(24, 24), **options)


def test_a_function_makes_the_network(module):
    name = module()
    classifier = load(f"{name}:build")
    assert (classifier.name, classifier.categories, classifier.input_size) == (f"{name}:build", tuple(NAMES), (24, 24))
    image = torch.rand(2, 3, 24, 24)
    network = sys.modules[name].Net()
    network.load_state_dict(
        {key.split("network.")[-1]: value for key, value in classifier.network.state_dict().items()}
    )
    assert torch.allclose(classifier(image), network(classifier.normalise(image)), atol=1e-5)


def test_arguments_reach_the_function_and_random_weights_are_the_same_every_time(module):
    name = module()
    first, second, wider = (load(f"{name}:build", arguments={"width": width}) for width in (4, 4, 6))
    image = torch.rand(1, 3, 24, 24)
    assert torch.equal(first(image), second(image))
    assert first.weights_digest == second.weights_digest
    assert first.weights_digest != wider.weights_digest


def test_what_a_module_prints_does_not_mix_with_answers(module, capsys):
    load(f"{module('print(5)' + textwrap.dedent(SOURCE))}:build")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "5\n")


def test_size_and_normalisation_are_those_that_are_given(module):
    classifier = load_classifier(
        f"{module()}:build", None, NAMES, input_size=(24, 32), mean=(0.5,), std=(0.25,), resize=40,
        interpolation="bicubic",
    )  # fmt: skip
    assert (classifier.input_size, classifier.resize, classifier.interpolation) == ((24, 32), 40, "bicubic")
    assert classifier.mean.flatten().tolist() == [0.5, 0.5, 0.5]
    assert classifier.std.flatten().tolist() == [0.25, 0.25, 0.25]


def test_a_function_may_return_a_classifier(module):
    name = module()
    classifier = load_classifier(f"{name}:classifier")
    assert (classifier.name, classifier.categories, classifier.input_size) == (
        f"{name}:classifier",
        ("x", "y", "z"),
        (24, 32),
    )
    with pytest.raises(ValueError, match="returns a Classifier with its own weights and categories"):
        load(f"{name}:classifier")


def test_weights_from_a_file_are_fitted(module, tmp_path):
    name = module()
    load(f"{name}:build")
    state = sys.modules[name].Net().state_dict()
    safetensors.torch.save_file(state, tmp_path / "own.safetensors")
    classifier = load_classifier(f"{name}:build", tmp_path / "own.safetensors", NAMES, input_size=(24, 24))
    assert any(torch.equal(value, state["head.weight"]) for value in classifier.network.state_dict().values())
    assert classifier.name == f"{name}:build (own.safetensors)"
    safetensors.torch.save_file(sys.modules[name].Net(width=5).state_dict(), tmp_path / "wide.safetensors")
    with pytest.raises(ValueError, match=r"wide\.safetensors does not fit"):
        load_classifier(f"{name}:build", tmp_path / "wide.safetensors", NAMES, input_size=(24, 24))


def test_the_digest_follows_tensors_arguments_and_code(module, tmp_path):
    name = module()
    before = load(f"{name}:build")
    untouched = source_digest(f"{name}:build", {}, before.network)
    assert untouched == source_digest(f"{name}:build", {}, before.network)
    assert untouched != source_digest(f"{name}:needs", {}, before.network)
    file = tmp_path / f"{name}.py"
    file.write_text(file.read_text().replace(".relu()", ".relu().square()"))
    assert source_digest(f"{name}:build", {}, before.network) != untouched
    del sys.modules[name]
    assert load(f"{name}:build").weights_digest != before.weights_digest


REFUSED = {
    "gone:build": "there is no module gone for gone:build; put it beside masking.toml or into the current folder",
    "NAME.py:build": "there is no module NAME.py for NAME.py:build; write NAME:build",
    "NAME:biuld": "NAME has no biuld; did you mean build",
    "NAME:raises": r"NAME:raises fails \(RuntimeError: the GPU is gone\); repair that function",
    "NAME:leaves": r"NAME:leaves fails \(SystemExit: 3\)",
    "NAME:number": "NAME:number returns an int; return a torch.nn.Module",
    "NAME:klass": "NAME:klass returns the class Net; return an instance of it",
    "NAME:network": "NAME:network is a Net; name a function that returns the network",
    "NAME:needs": r"NAME:needs\(width\) cannot be called with the arguments none .* arguments = \{ … \}",
}


@pytest.mark.parametrize(("name", "sentence"), REFUSED.items(), ids=REFUSED)
def test_what_makes_no_network_is_refused_in_one_sentence(module, name, sentence):
    own = module()
    with pytest.raises(ValueError, match=sentence.replace("NAME", own)) as caught:
        load(name.replace("NAME", own))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import not_there_at_all", "needs the package not_there_at_all, which is not installed"),
        ("1 / 0", "cannot be imported .ZeroDivisionError"),
        ("def build(:", "cannot be imported .SyntaxError"),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused(module, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        load(f"{module(text)}:build")


@pytest.mark.parametrize("name", ["my/models:build", "models:", ":build", "my models:build"])
def test_other_spellings_are_no_networks(name):
    assert not is_own_network(name)
    with pytest.raises(KeyError, match="write an own network as module:function"):
        load_classifier(name)


def test_options_that_a_kind_does_not_take_are_refused(module):
    with pytest.raises(ValueError, match="squeezenet1_1 takes no arguments; it takes input_size"):
        load_classifier("squeezenet1_1", "untrained", arguments={"width": 2})
    with pytest.raises(ValueError, match="squeezenet1_1 takes no transform_input"):
        load_classifier("squeezenet1_1", "untrained", transform_input=True)
    with pytest.raises(ValueError, match=r"silhouettes/resnet has its own mean; name a torchvision architecture"):
        load_classifier("silhouettes/resnet", mean=(0.5,))


# --- whose code may run -----------------------------------------------------------------------------------------------

TRAP = """
    from pathlib import Path
    Path("it-ran").touch()
    from torch import nn
    def build(): return nn.Sequential(nn.Conv2d(3, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
"""


def test_a_name_from_elsewhere_imports_nothing(module, tmp_path):
    name = f"{module(TRAP)}:build"
    with pytest.raises(ValueError, match="would run code, and nobody has named it on this machine; name it in"):
        load_named(name, Settings())
    assert not (tmp_path / "it-ran").exists()


def test_settings_name_code_and_find_it_beside_their_file(module, tmp_path):
    name = f"{module(folder='lab')}:build"
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    own = OwnClassifier("lab/own", name, None, tmp_path / "names.txt", {"input_size": (24, 24)})
    settings = Settings(None, {"lab/own": own}, folder=tmp_path / "lab")
    assert load_named("lab/own", settings).name == "lab/own"
    for given, words in (
        ({"weights": "untrained"}, "leave out weights, or"),
        ({"input_size": 24}, "leave out input size, or"),
        ({"categories": "names.txt", "mean": (0.5,)}, "leave out categories and mean, or"),
    ):
        with pytest.raises(ValueError, match=f"lab/own is described in the settings file; {words} change the file"):
            load_named("lab/own", settings, **given)


def test_the_command_line_remembers_the_code_that_it_ran_and_its_folder(module, tmp_path):
    name = f"{module(folder='project')}:build"
    remember_network(name, tmp_path / "project")
    remember_network("other:build", tmp_path)
    classifier = load_named(name, Settings(), categories=_written(tmp_path), input_size=(24, 24))
    assert classifier.categories == tuple(NAMES)


def test_a_damaged_list_of_names_counts_as_empty(module, tmp_path):
    remember_network("other:build", tmp_path)
    (tmp_path / "runs" / "networks.json").write_text("{[")
    with pytest.raises(ValueError, match="nobody has named it"):
        load_named("other:build", Settings())


def _written(folder):
    (folder / "classes.txt").write_text("\n".join(NAMES))
    return str(folder / "classes.txt")


def test_a_classifier_of_a_bare_network_needs_no_function():
    network = nn.Sequential(nn.Conv2d(3, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert Classifier.from_network(network, NAMES, input_size=(24, 24)).categories == tuple(NAMES)
