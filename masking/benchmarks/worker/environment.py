"""What a worker's process needs to find the same code and the same store."""

import os
from pathlib import Path

from masking.benchmarks.storage.store import VARIABLE

REPOSITORY = Path(__file__).parents[3]


def environment(folder: Path | None = None) -> dict[str, str]:
    """Of a worker: this process's, with this code first on the path, and the store in `folder`."""
    found = dict(os.environ) if folder is None else {**os.environ, VARIABLE: str(folder.resolve())}
    found["PYTHONPATH"] = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    return found
