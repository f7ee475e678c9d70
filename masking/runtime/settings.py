"""The operator's settings, from the file `masking.toml`.

[weights]
folder = "~/weights"              # the dashboard reads own weights from below this folder only

[[classifier]]                    # a classifier that every picker offers under its own name
name = "lab/squeezenet"
architecture = "squeezenet1_1"    # not needed if the file says it, as those of `missingness train` do
weights = "squeezenet1_1.pth"     # below the folder, or absolute
categories = "imagenet.txt"       # one name per line; default ImageNet's

[[data]]                          # a data set; pickers choose its pictures by number
name = "CIFAR-10 test"
source = "jpeg_archive"           # or folder, listed, torchvision, silhouettes, as in `bench run --data`
path = "cifar10_test.npz"         # relative to this file, or absolute; then the source's other settings
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "masking.toml"
VARIABLE = "MASKING_SETTINGS"
WEIGHTS = (".safetensors", ".pth", ".pt")
PLACES = {"path", "root"}
"""Settings of data sources that hold a path."""


@dataclass(frozen=True)
class OwnClassifier:
    """A torchvision architecture with weights from a file; if the architecture is empty, the file describes itself."""

    name: str
    architecture: str
    weights: Path
    categories: Path | None = None


@dataclass(frozen=True)
class OwnData:
    """A data set: the name of a source of pictures, and its settings."""

    name: str
    source: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """The weights folder (None: the dashboard reads none from disk), own classifiers and own data sets by name."""

    weights_folder: Path | None = None
    classifiers: dict[str, OwnClassifier] = field(default_factory=dict[str, OwnClassifier])
    data: dict[str, OwnData] = field(default_factory=dict[str, OwnData])

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
        table = tomllib.loads(path.read_text("utf-8"))
        folder = table.get("weights", {}).get("folder")
        root = (path.parent / Path(folder).expanduser()).resolve() if folder else None
        base = root or path.parent
        own = {
            item["name"]: OwnClassifier(
                item["name"],
                item.get("architecture", ""),
                base / Path(item["weights"]).expanduser(),
                base / Path(item["categories"]).expanduser() if "categories" in item else None,
            )
            for item in table.get("classifier", [])
        }
        data = {item["name"]: _data(item, path.parent) for item in table.get("data", [])}
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}); repair it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid TOML ({error}); repair it") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} lacks or misspells {error}; see the example in docs/own-models.md") from None
    return Settings(root, own, data)


def _data(item: dict[str, Any], base: Path) -> OwnData:
    settings = {
        name: str((base / Path(value).expanduser()).resolve()) if name in PLACES else value
        for name, value in item.items()
        if name not in {"name", "source"}
    }
    return OwnData(item["name"], item["source"], settings)
