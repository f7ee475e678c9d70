"""Paths of this machine are nobody's business on a public server: sentences there name files without their folders."""

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from pages.shell import uploads
from pages.shell.settings import is_public, operator_settings

if TYPE_CHECKING:
    from masking.runtime.settings import Settings

_ENDS = r"\s'\"“”‘’`,;()\[\]{}<>|*?"
_NAME = rf"[^{_ENDS}/\\]+"
_QUOTED = re.compile(r"""(['"`“‘])(?=~|/|\\\\|[A-Za-z]:[\\/]|file:)([^'"`”’\n]+)(['"`”’])""")
_FILE_ADDRESS = re.compile(rf"\bfile:[^{_ENDS}]+")
_UNIX = re.compile(rf"(?:(?<![\w.~/\\%<:])/+|(?<![\w.~/\\%<])/(?!/)|(?<![\w/~])~[\w.-]*/+)(?:{_NAME}/+)*(?:{_NAME})?")
_WINDOWS = re.compile(rf"(?<!\w)(?:[A-Za-z]:[\\/]|\\\\)(?:[^{_ENDS}]*)")


def without_server_paths(text: str) -> str:
    """Return a sentence as visitors may read it: on a public server without the folders of this machine.

    On a dashboard of one's own, and in sentences without paths, nothing changes.
    """
    hidden = hide_paths(text)
    return text if hidden == text or not is_public() else hide_paths(text, _roots())


def document_without_server_paths(text: str) -> str:
    """Return a document as visitors may download it: on a public server without the folders of this machine.

    Only folders that the settings and the environment name are left out: a document may hold anything else with slashes
    in it, such as pictures in letters.
    """
    return _roots().sub(lambda match: _last_name(match[0]), text) if is_public() else text


def root_pattern(roots: Iterable[str]) -> re.Pattern[str]:
    """Return what recognises paths below folders of this machine where no quotes stand; the folders may hold blanks."""
    longest_first = sorted((root for root in set(roots) if root.count("/") > 1), key=len, reverse=True)
    folders = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"(?:{folders})(?:/[^{_ENDS}]*)?(?!\w)")


def hide_paths(text: str, roots: re.Pattern[str] | None = None) -> str:
    """Return a text in which every absolute path is only its last name.

    Args:
        text: a sentence; paths in quotes may hold blanks.
        roots: the pattern of `root_pattern`.
    """
    text = _QUOTED.sub(lambda match: f"{match[1]}{_last_name(match[2])}{match[3]}", text)
    if roots is not None:
        text = roots.sub(lambda match: _last_name(match[0]), text)
    for pattern in (_FILE_ADDRESS, _WINDOWS, _UNIX):
        text = pattern.sub(lambda match: _replacement(match[0]), text)
    return text


def _replacement(path: str) -> str:
    """Return the last name of a path; a slash alone, or before a number, is none."""
    return path if not path.strip("/~\\") or path.strip("/").isdigit() else _last_name(path)


def _last_name(path: str) -> str:
    return PureWindowsPath(path.rstrip("/\\")).name or "…"


def _roots() -> re.Pattern[str]:
    """Return the pattern of the folders of this machine that may stand in sentences."""
    try:
        settings = operator_settings()
    except ValueError:
        settings = None
    if not _latest or _latest[0] is not settings:
        _latest[:] = settings, root_pattern(map(str, _folders(settings)))
    return _latest[1]


_latest: list[Any] = []
"""The settings that the pattern was made from, and the pattern."""


def _folders(settings: "Settings | None") -> Iterator[Path]:
    from masking.runtime.run_folder import runs_folder

    yield from (Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir()), uploads.folder(), runs_folder())
    if settings is None:
        return
    yield from filter(None, (settings.folder, settings.weights_folder, settings.lessons_folder))
    yield from settings.data_folders or ()
    for classifier in settings.classifiers.values():
        yield from (path.parent for path in (classifier.weights, classifier.categories) if isinstance(path, Path))
    for data in settings.data.values():
        yield from (Path(str(data.settings[key])) for key in ("path", "root", "masks") if data.settings.get(key))
