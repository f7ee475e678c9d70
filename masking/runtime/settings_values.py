"""What the operator has set, as the settings file says it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from masking.runtime.limits import Limits, read_limits
from masking.runtime.network_options import NetworkOptions
from masking.runtime.paths import expand, quote_name
from masking.runtime.settings_path import FILE
from masking.runtime.weights_folder import weights_files

UNTRAINED = "untrained"
"""As weights: random ones under a fixed seed, a control to compare every result with."""


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
        data_folders: the dashboard reads data sets from below these only, beside the named ones; None: from anywhere. A
            public server reads the named ones only.
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
        """List the files with these endings below the weights folder, as paths relative to it.

        Raises:
            ValueError: the folder holds too much to look through; one sentence.
        """
        files = weights_files.files(self.weights_folder) if self.weights_folder else ()
        return [path for path in files if path.endswith(suffixes)]

    def below(self, relative: str) -> Path:
        """Return a path below the weights folder.

        Raises:
            ValueError: there is no such folder, or the path leads out of it.
        """
        if self.weights_folder is None:
            raise ValueError(f"no weights folder is set; name one in {FILE} under [weights]")
        folder = self.weights_folder.resolve()
        path = (folder / expand(relative)).resolve()
        if not path.is_relative_to(folder):
            raise ValueError(f"{quote_name(relative)} is outside the weights folder; put the file below it")
        return path
