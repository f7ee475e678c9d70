"""What a worker's process needs to find the same code and the same store."""

import os
from pathlib import Path

from masking.benchmarks.storage.store import VARIABLE
from masking.runtime.assets import CHECKOUT


def python_path() -> dict[str, str]:
    """Return the PYTHONPATH under which a new process finds this code: a checkout goes first, a wheel adds nothing."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT or ""), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path} if path else {}


def environment(folder: Path | None = None) -> dict[str, str]:
    """Of a worker: this process's, with this code first on the path, and the store in `folder`."""
    found = dict(os.environ) if folder is None else {**os.environ, VARIABLE: str(folder.resolve())}
    return found | python_path()
