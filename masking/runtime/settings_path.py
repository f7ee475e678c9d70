"""Where the settings file is. It needs the standard library only, so that pages can ask before torch is imported."""

import os
from pathlib import Path

FILE = "masking.toml"
VARIABLE = "MASKING_SETTINGS"


def settings_path() -> Path:
    """Return the path of the settings file: what the variable MASKING_SETTINGS says, or masking.toml here."""
    return Path(os.environ.get(VARIABLE) or FILE)


def expects_settings() -> bool:
    """Return whether there is a settings file, or something that names one."""
    return bool(os.environ.get(VARIABLE)) or os.path.lexists(FILE)
