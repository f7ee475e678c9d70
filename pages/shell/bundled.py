"""Bundled files, and modules of the library that need nothing of it, for pages drawn before it is imported.

Importing the library takes seconds, because torch does.
"""

import sys
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def _find_package() -> Path:
    spec = find_spec("masking")
    return Path(str(spec.origin)).parent if spec else ROOT / "masking"


_PACKAGE = _find_package()
ASSETS = _PACKAGE / "_assets" if (_PACKAGE / "_assets").is_dir() else _PACKAGE.parent / "assets"
"""The folder of the bundled files, which `masking.runtime.assets` names too."""


@cache
def load_alone(module: str) -> Any:
    """Return a module of the library, such as `lessons/glossary`, without importing the packages that it lies in.

    It may import the standard library only.
    """
    name = f"_alone_{module.replace('/', '_')}"
    spec = spec_from_file_location(name, _PACKAGE / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    sys.modules[name] = loaded  # data classes look for their module there
    spec.loader.exec_module(loaded)
    return loaded
