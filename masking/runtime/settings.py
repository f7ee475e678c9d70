"""The operator's settings, from the file `masking.toml`.

public = true                     # strangers may visit: named data sets only, no weights by path, runs have owners
data_folders = ["~/pictures"]     # the dashboard reads data sets from below these folders only

[limits]                          # see `masking.runtime.limits`
images_per_run = 2000

[weights]
folder = "~/weights"              # the dashboard reads own weights from below this folder only

[[classifier]]                    # a classifier that every picker offers under its own name
name = "lab/squeezenet"
architecture = "squeezenet1_1"    # torchvision's, or timm/NAME; not needed if the file of weights says it
weights = "squeezenet1_1.pth"     # below the folder, or absolute; or "untrained"
categories = "imagenet.txt"       # one name per line; default ImageNet's

[[classifier]]                    # your own network; its code runs with the rights of the dashboard
name = "lab/own"
network = "my_package.models:build"  # module:function; the module lies beside this file, or is installed
arguments = { width = 0.5 }       # of that function
weights = "own.pth"               # not needed if the function loads them
categories = "classes.txt"
input_size = [64, 64]             # also mean, std, resize, interpolation, output

[[data]]                          # a data set; pickers choose its pictures by number
name = "CIFAR-10 test"
source = "jpeg_archive"           # or folder, listed, torchvision, silhouettes, as in `bench run --data`
path = "cifar10_test.npz"         # relative to this file, or absolute; then the source's other settings

[lessons]
folder = "~/lectures"             # your own sets of prepared states, see `masking.lessons.prepared`
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from masking.runtime.limits import Limits, read_limits
from masking.runtime.network_options import OPTION_NAMES, NetworkOptions, read_options
from masking.runtime.text_files import decode_text

FILE = "masking.toml"
VARIABLE = "MASKING_SETTINGS"
WEIGHTS = (".safetensors", ".pth", ".pt")
UNTRAINED = "untrained"
"""As weights: random ones under a fixed seed, a control to compare every result with."""

PLACES = {"path", "root"}
"""Settings of data sources that hold a path."""


@dataclass(frozen=True)
class OwnClassifier:
    """A classifier that the operator named.

    Attributes:
        name: the name in pickers and on the command line.
        architecture: torchvision's, `timm/NAME`, `module:function`, or empty if the file of weights describes itself.
        weights: a file, "untrained", or None for those that the architecture has.
        categories: a file with one class name per line.
        options: size and normalisation of the input, and what else the network needs.
    """

    name: str
    architecture: str
    weights: Path | str | None = None
    categories: Path | None = None
    options: NetworkOptions = field(default_factory=NetworkOptions)


@dataclass(frozen=True)
class OwnData:
    """A data set: the name of a source of pictures, and its settings."""

    name: str
    source: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What the operator has set.

    Attributes:
        weights_folder: the dashboard reads own weights from below it only; None: it reads none from disk.
        classifiers: own classifiers by name.
        data: own data sets by name.
        folder: the folder of the settings file, where modules of own networks are looked for; None without a file.
        lessons_folder: the folder of the lecturer's own sets of prepared states; None: there is none.
        public: whether people whom the operator does not know may use the dashboard.
        data_folders: the dashboard reads data sets from below these only, beside the named ones; None: from anywhere,
            on a public server from nowhere.
        limits: what visitors may take of the machine.
    """

    weights_folder: Path | None = None
    classifiers: dict[str, OwnClassifier] = field(default_factory=dict[str, OwnClassifier])
    data: dict[str, OwnData] = field(default_factory=dict[str, OwnData])
    folder: Path | None = None
    lessons_folder: Path | None = None
    public: bool = False
    data_folders: tuple[Path, ...] | None = None
    limits: Limits = field(default_factory=read_limits)

    def files(self, *suffixes: str) -> list[str]:
        """List the files with these endings below the weights folder, as paths relative to it."""
        folder = self.weights_folder
        if folder is None or not folder.is_dir():
            return []
        paths = (path for path in sorted(folder.rglob("*")) if path.suffix in suffixes and path.is_file())
        return [str(path.relative_to(folder)) for path in paths]

    def below(self, relative: str) -> Path:
        """Return a path below the weights folder.

        Raises:
            ValueError: there is no such folder, or the path leads out of it.
        """
        if self.weights_folder is None:
            raise ValueError(f"no weights folder is set; name one in {FILE} under [weights]")
        folder = self.weights_folder.resolve()
        path = (folder / relative).resolve()
        if not path.is_relative_to(folder):
            raise ValueError(f"{relative} is outside the weights folder; put the file below it")
        return path


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings from `path`, the MASKING_SETTINGS variable, or masking.toml here; without a file, all defaults.

    Raises:
        ValueError: the file is not valid; one sentence.
    """
    path = path or Path(os.environ.get(VARIABLE, FILE))
    if not path.exists():
        return Settings()
    try:
        table = tomllib.loads(decode_text(path.read_bytes(), "it"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}); repair it") from None
    except ValueError as error:
        raise ValueError(f"{path} is not valid TOML ({error}); repair it") from None
    try:
        root, lessons = _folder(table, "weights", path), _folder(table, "lessons", path)
        base = root or path.parent
        own = [_classifier(item, base, path) for item in table.get("classifier", [])]
        data = [_data(item, path.parent) for item in table.get("data", [])]
        public = _read_public(table)
        limits = read_limits(table.get("limits"), public)
        folders = _data_folders(table, path.parent)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} lacks or misspells {error}; see the example in docs/own-models.md") from None
    by_name = {classifier.name: classifier for classifier in own}
    if len(by_name) < len(own):
        raise ValueError(f"{path} names a classifier twice; give each its own name")
    data_by_name = {each.name: each for each in data}
    if len(data_by_name) < len(data):
        raise ValueError(f"{path} names a data set twice; give each its own name")
    return Settings(root, by_name, data_by_name, path.parent.resolve(), lessons, public, folders, limits)


def _read_public(table: dict[str, Any]) -> bool:
    public = table.get("public", False)
    if not isinstance(public, bool):
        raise ValueError(f"public is {public!r}; write true or false")  # noqa: TRY004
    return public


def _data_folders(table: dict[str, Any], base: Path) -> tuple[Path, ...] | None:
    folders = table.get("data_folders")
    if folders is None:
        return None
    if not isinstance(folders, list) or not all(isinstance(folder, str) and folder for folder in folders):
        raise ValueError(f'data_folders is {folders!r}; write a list of folders such as ["~/pictures"]')
    return tuple((base / Path(folder).expanduser()).resolve() for folder in folders)


def _folder(table: dict[str, Any], section: str, path: Path) -> Path | None:
    """Return the folder that a section names, relative to the file; None if it names none."""
    folder = table.get(section, {}).get("folder")
    return (path.parent / Path(folder).expanduser()).resolve() if folder else None


def _classifier(item: dict[str, Any], base: Path, file: Path) -> OwnClassifier:
    """Return an entry of the file. Raises ValueError with one sentence, or KeyError with the name that is missing."""
    name = str(item["name"])
    known = {"name", "architecture", "network", "weights", "categories", *OPTION_NAMES}
    if unknown := [key for key in item if key not in known]:
        raise ValueError(
            f"{file}: the classifier {name} has no setting {unknown[0]!r}; it has {', '.join(sorted(known))}"
        )
    if "network" in item and "architecture" in item:
        raise ValueError(f"{file}: the classifier {name} names an architecture and a network; leave one out")
    architecture = str(item.get("network") or item.get("architecture") or "")
    weights = item.get("weights") if architecture else item["weights"]
    if weights is not None and weights != UNTRAINED:
        weights = base / Path(weights).expanduser()
    categories = base / Path(item["categories"]).expanduser() if "categories" in item else None
    try:
        options = read_options({key: value for key, value in item.items() if key in OPTION_NAMES})
    except ValueError as error:
        raise ValueError(f"{file}: the classifier {name}: {error}") from None
    return OwnClassifier(name, architecture, weights, categories, options)


def _data(item: dict[str, Any], base: Path) -> OwnData:
    settings = {
        name: str((base / Path(value).expanduser()).resolve()) if name in PLACES else value
        for name, value in item.items()
        if name not in {"name", "source"}
    }
    return OwnData(item["name"], item["source"], settings)
