"""Experiments from outside the package: Python files that register some."""

import hashlib
import importlib.util
import os
import sys
from pathlib import Path


def load_plugins(paths: tuple[str, ...]) -> None:
    """Run each of these files once, so that its experiments are registered. Files are programs: load only trusted ones.

    Raises:
        ValueError: a file does not exist, or it fails; one sentence.
    """
    for path in map(Path, paths):
        _load_plugin(Path(os.path.realpath(path.expanduser())))


def plugin_digests(paths: tuple[str, ...]) -> dict[str, str]:
    """Return the sha256 (hex) of each file by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in map(Path, paths)}


def _load_plugin(path: Path) -> None:
    name = f"masking_plugin_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return
    readable = path.suffix == ".py" and path.is_file()
    module_spec = importlib.util.spec_from_file_location(name, path) if readable else None
    if module_spec is None or module_spec.loader is None:
        raise ValueError(f"the plugin {path} is not an existing Python file; check the path")
    module = sys.modules[name] = importlib.util.module_from_spec(module_spec)
    try:
        module_spec.loader.exec_module(module)
    except (SyntaxError, UnicodeError) as error:
        del sys.modules[name]
        line = getattr(error, "lineno", None)
        raise ValueError(f"the plugin {path} is no Python program{f' (line {line})' if line else ''}; fix it") from None
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ValueError(f"the plugin {path} fails ({type(error).__name__}: {error}); fix it") from None
