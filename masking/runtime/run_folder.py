"""The folder of runs and of what belongs to them."""

import os
from pathlib import Path

import platformdirs

from masking.runtime.paths import expand

VARIABLE = "MASKING_RUNS"


def runs_folder() -> Path:
    """Return the folder of runs and their logs: MASKING_RUNS, or the user's data folder."""
    folder = os.environ.get(VARIABLE)
    return expand(folder) if folder else platformdirs.user_data_path("missingness-explorer") / "runs"
