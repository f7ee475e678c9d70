"""Paths of this machine are nobody's business on a public server: sentences there name files without their folders."""

import re
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PureWindowsPath

from pages.shell import uploads
from pages.shell.settings import is_public, operator_settings

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


def hide_paths(text: str, roots: tuple[str, ...] = ()) -> str:
    """Return a text in which every absolute path is only its last name.

    Args:
        text: a sentence; paths in quotes may hold blanks.
        roots: folders of this machine, recognised with blanks in them where no quotes stand, too.
    """
    text = _QUOTED.sub(lambda match: f"{match[1]}{_last_name(match[2])}{match[3]}", text)
    for root in roots:
        text = re.sub(rf"{re.escape(root)}(?:/[^{_ENDS}]*)?(?!\w)", lambda match: _last_name(match[0]), text)
    for pattern in (_FILE_ADDRESS, _WINDOWS, _UNIX):
        text = pattern.sub(lambda match: _replacement(match[0]), text)
    return text


def _replacement(path: str) -> str:
    """Return the last name of a path; a slash alone, or before a number, is none."""
    return path if not path.strip("/~\\") or path.strip("/").isdigit() else _last_name(path)


def _last_name(path: str) -> str:
    return PureWindowsPath(path.rstrip("/\\")).name or "…"


def _roots() -> tuple[str, ...]:
    """Return folders of this machine that may stand in sentences, the longest first."""
    return _roots_of(tuple(map(str, _folders())))


@lru_cache(maxsize=4)
def _roots_of(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({folder for folder in folders if folder.count("/") > 1}, key=len, reverse=True))


def _folders() -> Iterator[Path]:
    from masking.runtime.run_folder import runs_folder

    yield from (Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir()), uploads.folder(), runs_folder())
    try:
        settings = operator_settings()
    except ValueError:
        return
    yield from filter(None, (settings.folder, settings.weights_folder, settings.lessons_folder))
    yield from settings.data_folders or ()
    for classifier in settings.classifiers.values():
        yield from (path.parent for path in (classifier.weights, classifier.categories) if isinstance(path, Path))
    for data in settings.data.values():
        yield from (Path(str(data.settings[key])) for key in ("path", "root") if key in data.settings)
