"""Where the settings file is. It needs the standard library only, so that pages can ask before torch is imported."""

import os
from pathlib import Path

FILE = "masking.toml"
VARIABLE = "MASKING_SETTINGS"


def settings_path() -> Path:
    """Return the path of the settings file: what the variable MASKING_SETTINGS says, or masking.toml here."""
    return Path(os.environ.get(VARIABLE) or FILE)


def expects_settings() -> bool:
    """Return whether there is something to read: a file that is not empty, or one that is named and missing."""
    path = settings_path()
    try:
        return not path.is_file() or path.stat().st_size > 0 if os.environ.get(VARIABLE) else os.path.lexists(path)
    except (OSError, ValueError):
        return True
