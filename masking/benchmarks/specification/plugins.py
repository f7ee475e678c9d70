"""Experiments from outside the package: Python files that register some."""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from masking.runtime.paths import expand

Known = frozenset[tuple[str, str]]
"""Plugins that a person has named: the absolute path of each with the sha256 (hex) of its content."""


def load_plugins(paths: Iterable[str], known: Known | None = None) -> None:
    """Run each of these files once, so that its experiments are registered. Files are programs: load only trusted ones.

    Args:
        paths: the files.
        known: the only ones that may run; None where a person has just named these files.

    Raises:
        ValueError: a file does not exist, it is not among the known ones, or it fails; one sentence.
    """
    for path in paths:
        _load_plugin(Path(_full_path(path)), known)


def plugin_digests(paths: Iterable[str]) -> dict[str, str]:
    """Return the sha256 (hex) of each file by its name."""
    return {path.name: _digest(path.read_bytes()) for path in map(Path, paths)}


def known_plugins(paths: Iterable[str]) -> Known:
    """Return these files, as they are now, for `load_plugins`. Raises ValueError for one that does not exist."""
    return frozenset((full, _digest(_read(Path(full)))) for full in map(_full_path, paths))


def _full_path(path: str) -> str:
    return os.path.realpath(expand(path))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(path: Path) -> bytes:
    try:
        if path.suffix == ".py" and path.is_file():
            return path.read_bytes()
    except (OSError, ValueError):
        pass
    raise ValueError(f"the plugin {path} is not an existing Python file; check the path")


def _load_plugin(path: Path, known: Known | None) -> None:
    name = f"masking_plugin_{_digest(str(path).encode('utf-8', 'surrogateescape'))[:12]}"
    if name in sys.modules:
        return
    content = _read(path)
    if known is not None and (str(path), _digest(content)) not in known:
        raise ValueError(
            f"the plugin {path} was never run from this store, or has changed since; if you trust it, name it with "
            "--plugin, as in `bench show RUN --plugin FILE`"
        )
    module = sys.modules[name] = ModuleType(name)
    module.__file__ = str(path)
    try:
        exec(compile(content, path, "exec"), module.__dict__)  # noqa: S102, the very bytes that were looked at
    except (SyntaxError, UnicodeError) as error:
        del sys.modules[name]
        line = getattr(error, "lineno", None)
        raise ValueError(f"the plugin {path} is no Python program{f' (line {line})' if line else ''}; fix it") from None
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ValueError(f"the plugin {path} fails ({type(error).__name__}: {error}); fix it") from None
