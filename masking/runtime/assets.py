"""Where this code and its bundled files are: classifiers, scenes, finished runs and training configurations.

In a checkout, and after `pip install -e .`, the files lie in `assets/` beside the package. A wheel carries them inside.
"""

import os
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_IN_WHEEL = _PACKAGE / "_assets"

CHECKOUT: Path | None = None if _IN_WHEEL.is_dir() else _PACKAGE.parent
"""The folder of the checkout that this code runs from; None where it is installed from a wheel."""

ASSETS: Path = CHECKOUT / "assets" if CHECKOUT else _IN_WHEEL
"""The folder of the bundled files."""

DASHBOARD: Path = CHECKOUT or _PACKAGE / "_dashboard"
"""The folder of `app.py` and of the pages; it exists even where their packages are not installed."""


def bundled_file(path: Path) -> Path:
    """Return the bundled file for a path `assets/…` that the current folder lacks; return any other path unchanged."""
    if not path.exists() and path.parts[:1] == ("assets",):
        return ASSETS.joinpath(*path.parts[1:])
    return path


def python_path() -> dict[str, str]:
    """Return the PYTHONPATH under which a new process finds this code: a checkout goes first, a wheel adds nothing."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT or ""), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path} if path else {}
