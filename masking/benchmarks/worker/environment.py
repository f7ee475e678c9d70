"""The environment with which a worker process finds the same code and the same store."""

import os
from pathlib import Path

from masking.runtime.assets import python_path
from masking.runtime.run_folder import VARIABLE


def worker_environment(folder: Path | None = None) -> dict[str, str]:
    """Return this process's environment, with this code first on the path and the store in `folder`, if given.

    A worker that crashes in compiled code writes where it was.
    """
    store = {} if folder is None else {VARIABLE: str(folder.resolve())}
    return {**os.environ, **store, **python_path(), "PYTHONFAULTHANDLER": "1"}
