"""What whoever runs the dashboard or the command line settled in `masking.toml`.

[weights]
folder = "~/weights"              # own weights are only ever read from below here in the dashboard

[[classifier]]                    # a classifier with its own name in every picker
name = "lab/squeezenet"
architecture = "squeezenet1_1"    # left out where the file says it, as those of `missingness train` do
weights = "squeezenet1_1.pth"     # below the folder, or absolute
categories = "imagenet.txt"       # one name a line; ImageNet's when left out

[[data]]                          # a data set whose pictures can be chosen by their number
name = "CIFAR-10 test"
source = "jpeg_archive"           # or folder, listed, torchvision, silhouettes; `bench run --data` takes the same
path = "cifar10_test.npz"         # and the source's other settings; from where this file is, or absolute
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
"""Settings of data sources that say where something is."""


@dataclass(frozen=True)
class OwnClassifier:
    """A torchvision architecture with weights from a file; without the former, the file describes itself."""

    name: str
    architecture: str
    weights: Path
    categories: Path | None = None


@dataclass(frozen=True)
class OwnData:
    """A data set: one of the sources that benchmarks know, and its settings."""

    name: str
    source: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """The weights folder (None: the dashboard takes none from disk), the named own classifiers and data sets."""

    weights_folder: Path | None = None
    classifiers: dict[str, OwnClassifier] = field(default_factory=dict[str, OwnClassifier])
    data: dict[str, OwnData] = field(default_factory=dict[str, OwnData])

    def files(self, *suffixes: str) -> list[str]:
        """Files with these endings below the weights folder, as paths relative to it."""
        folder = self.weights_folder
        if folder is None or not folder.is_dir():
            return []
        found = (path for path in sorted(folder.rglob("*")) if path.suffix in suffixes and path.is_file())
        return [str(path.relative_to(folder)) for path in found]

    def below(self, relative: str) -> Path:
        """A path below the weights folder. Raises ValueError when there is no folder, or it would leave it."""
        if self.weights_folder is None:
            raise ValueError(f"no weights folder is set; name one in {FILE} under [weights]")
        folder = self.weights_folder.resolve()
        path = (folder / relative).resolve()
        if not path.is_relative_to(folder):
            raise ValueError(f"{relative} is outside the weights folder; put the file below it")
        return path


def load_settings(path: Path | None = None) -> Settings:
    """Settings from `path`, the MASKING_SETTINGS variable, or masking.toml here; all defaults without a file.

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
        raise ValueError(f"{path} cannot be read ({error.strerror}); mend it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid TOML ({error}); mend it") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} lacks or misspells {error}; see the example in README") from None
    return Settings(root, own, data)


def _data(item: dict[str, Any], base: Path) -> OwnData:
    settings = {
        name: str((base / Path(value).expanduser()).resolve()) if name in PLACES else value
        for name, value in item.items()
        if name not in {"name", "source"}
    }
    return OwnData(item["name"], item["source"], settings)
