"""The operator's settings, from the file `masking.toml`.

public = true                     # strangers may visit: named data sets only, no weights by path, runs have owners
data_folders = ["~/pictures"]     # the dashboard reads data sets from below these only, and the named ones

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

`masking.runtime.settings_keys` says what each key means.
"""

import os
import threading
from pathlib import Path
from typing import Any

from masking.runtime.paths import quote_name
from masking.runtime.settings_file import parse_settings
from masking.runtime.settings_path import FILE, VARIABLE, settings_path
from masking.runtime.settings_values import UNTRAINED, OwnClassifier, OwnData, Settings
from masking.runtime.text_files import decode_text, parse_toml

__all__ = ["FILE", "UNTRAINED", "VARIABLE", "OwnClassifier", "OwnData", "Settings", "load_settings"]

LARGEST = 2**20
"""Bytes of a settings file."""
_State = tuple[int, ...]


class SettingsReader:
    """The settings, read once for each time that their file changes."""

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[_State, Settings | str]] = {}
        self._lock = threading.Lock()

    def read(self, path: Path) -> Settings:
        """Return the settings of a file that exists, or did when this process began.

        Raises:
            ValueError: it is not valid, or not there any longer; one sentence.
        """
        path = Path(os.path.abspath(path))
        with self._lock:
            try:
                state = _state_of(path)
            except ValueError:
                self._kept.pop(path, None)
                raise
            kept = self._kept.get(path)
            if kept is None or kept[0] != state:
                kept = self._kept[path] = state, _read_or_refuse(path)
        if isinstance(kept[1], str):
            raise ValueError(kept[1])  # noqa: TRY004, the sentence of a file that was refused
        return kept[1]


def _state_of(path: Path) -> _State:
    """Return what changes when a file does. Raises ValueError where there is no file to read."""
    shown = quote_name(path)
    try:
        state = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be one"
        raise ValueError(
            f"the settings file {shown} cannot be read ({reason}); put it there, or start without {VARIABLE}"
        ) from None
    if not path.is_file():
        raise ValueError(f"the settings file {shown} cannot be read (it is no file); name a file")
    if state.st_size > LARGEST:
        raise ValueError(f"the settings file {shown} has {state.st_size:,} bytes; keep it below {LARGEST:,}")
    return state.st_ino, state.st_mtime_ns, state.st_ctime_ns, state.st_size


def _read_or_refuse(path: Path) -> Settings | str:
    """Return the settings of a file, or the sentence that refuses it."""
    try:
        table: dict[str, Any] = parse_toml(decode_text(path.read_bytes(), "it"))
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}); repair it"
    except RecursionError:
        return f"{path} is not valid TOML (its values lie too deep in each other); repair it"
    except ValueError as error:
        return f"{path} is not valid TOML ({' '.join(str(error).split())[:200]}); repair it"
    try:
        return parse_settings(table, path.parent)
    except ValueError as error:
        return f"{path}: {error}"


_reader = SettingsReader()
_seen: set[Path] = set()
"""Files in their folders that this process has taken its settings from; a server stays as closed as it began."""


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings from `path`, the MASKING_SETTINGS variable, or masking.toml here.

    Without any of these, all is default. A file that was there when this process first looked has to stay.

    Raises:
        ValueError: the file is not valid, or a file that is named is not there; one sentence.
    """
    if path is None and not os.environ.get(VARIABLE):
        own = Path(FILE).absolute()
        if not os.path.lexists(own) and own not in _seen:
            return Settings()
        _seen.add(own)
        return _reader.read(own)
    return _reader.read(path or settings_path())
