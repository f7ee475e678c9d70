"""Experiments from outside the package: any Python file that registers some."""

import hashlib
import importlib.util
import sys
from pathlib import Path


def load_plugins(paths: tuple[str, ...]) -> None:
    """Run these files once each, so that what they register is there. They are programs: only load what you trust.

    Raises:
        ValueError: a file that is not there, or that fails; one sentence.
    """
    for path in map(Path, paths):
        _load(path.expanduser().resolve())


def plugin_digests(paths: tuple[str, ...]) -> dict[str, str]:
    """sha256 (hex) of these files, by their names."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in map(Path, paths)}


def _load(path: Path) -> None:
    name = f"masking_plugin_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return
    found = importlib.util.spec_from_file_location(name, path) if path.suffix == ".py" and path.is_file() else None
    if found is None or found.loader is None:
        raise ValueError(f"the plugin {path} is no Python file that is there; check the path")
    module = sys.modules[name] = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ValueError(f"the plugin {path} fails ({type(error).__name__}: {error}); mend it") from None
