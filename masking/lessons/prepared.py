"""Prepared states: pages of the dashboard in a certain state, which a lecturer shows one after the other.

A set of them is a TOML file in `assets/lessons` or in a folder of the lecturer's own; its name without the ending names
the set in links.

title = "Ten minutes"
description = "Eight ideas, one after the other."   # may be left out
language = "en"                                     # may be left out

[[state]]
title = "Half of it is hidden"
link = "/Compare?image=chelsea&mask=…"              # what "Copy link" gives, whole or from the page's name on
note = "Ask first: what will the network say?"      # for the lecturer; may be left out
text = "One picture, four ways of hiding"           # stands large above the figure; may be left out
"""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from masking.lessons.idea import Link
from masking.lessons.text import ENGLISH, languages
from masking.runtime.assets import ASSETS
from masking.runtime.door import one_line, show_name
from masking.runtime.file_bytes import read_file
from masking.runtime.paths import expand, quote_name
from masking.runtime.settings import load_settings
from masking.runtime.text_files import parse_table

SHIPPED = ASSETS / "lessons"
VARIABLE = "MASKING_LESSONS"
"""The folder of own sets; it goes before `folder` under `[lessons]` in the settings file."""
PRESENT, SET, SLIDE, LESSON = "present", "set", "slide", "lesson"
"""Parameters of links that belong to no page: presenting, the set, the number in it, and the way back to the lesson."""
OWN_PARAMETERS = frozenset({PRESENT, SET, SLIDE, LESSON})
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
LARGEST = 2**20
"""Bytes of a file."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OF_SET = {"title", "description", "language", "state"}
_OF_STATE = {"title", "link", "note", "text"}


@dataclass(frozen=True)
class Prepared:
    """A prepared state.

    Attributes:
        title: its heading.
        link: the page in that state.
        note: what the lecturer wants to say.
        text: stands large above the figure.
    """

    title: str
    link: Link
    note: str = ""
    text: str = ""


@dataclass(frozen=True)
class PreparedSet:
    """A set of prepared states; `is_own` tells a lecturer's own from those that come with the program."""

    name: str
    title: str
    states: tuple[Prepared, ...]
    description: str = ""
    language: str = ENGLISH
    is_own: bool = False

    @property
    def link(self) -> Link:
        """The link that opens the set."""
        return Link("Learn", {PRESENT: "1", SET: self.name})

    def link_to(self, number: int) -> Link:
        """Return the link that shows a state in presentation mode; the first has number 1."""
        link = self.states[number - 1].link
        spoken = {} if self.language == ENGLISH or "lang" in link.parameters else {"lang": self.language}
        return Link(link.page, {**link.parameters, **spoken, PRESENT: "1", SET: self.name, SLIDE: str(number)})


@dataclass(frozen=True)
class Sets:
    """All sets by name, and a sentence for each file that holds none."""

    sets: Mapping[str, PreparedSet] = field(default_factory=dict[str, PreparedSet])
    refusals: tuple[str, ...] = ()


def own_folder() -> Path | None:
    """Return the folder of the lecturer's own sets, from the variable or the settings; None if none is named.

    Raises:
        ValueError: the settings file is not valid; one sentence.
    """
    if folder := os.environ.get(VARIABLE):
        return expand(folder)
    return load_settings().lessons_folder


def all_sets(pages: Collection[str], host: str = "") -> Sets:
    """Return all sets; an own set goes before one of the same name that comes with the program.

    Args:
        pages: the dashboard's pages as addresses name them.
        host: by which name this dashboard is opened; links to others are refused.
    """
    refusals: list[str] = []
    files = [(path, False) for path in sorted(SHIPPED.glob("*.toml"))]
    try:
        if folder := own_folder():
            files += [(path, True) for path in _files_in(folder)]
    except ValueError as error:
        refusals.append(str(error))
    sets: dict[str, PreparedSet] = {}
    for path, is_own in files:
        try:
            sets[path.stem] = load_set(path, pages, host, is_own)
        except ValueError as error:
            refusals.append(str(error))
    return Sets(sets, tuple(refusals))


def load_set(path: Path, pages: Collection[str], host: str = "", is_own: bool = False) -> PreparedSet:
    """Read a set from its file.

    Raises:
        ValueError: the file holds no set; one sentence that names the file, the state and the remedy.
    """
    if not _NAME.fullmatch(path.stem):
        raise ValueError(
            f"{show_name(path.name)} cannot be named in a link; rename it with letters, digits and hyphens"
        )
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size, frozenset(pages), host, is_own)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read ({error.strerror}); check its permissions") from None


def read_link(text: str, pages: Collection[str], host: str = "") -> Link:
    """Return where a link leads.

    Args:
        text: what "Copy link" gives, or its part from the page's name on.
        pages: the dashboard's pages as addresses name them.
        host: by which name this dashboard is opened.

    Raises:
        ValueError: it leads to another host or to no page of the dashboard; one sentence without a subject.
    """
    try:
        parts = urlsplit(text.strip())
        other = parts.hostname or ""
        fields = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        raise ValueError("is no address; copy it again with “Copy link”") from None
    if parts.scheme not in {"", "http", "https"} or (parts.netloc and other not in {host, *THIS_MACHINE}):
        target = show_name(other or parts.scheme)
        raise ValueError(f"leads to {target}, not to this dashboard; keep only the part from the page's name on")
    page = parts.path.rpartition("/")[2]
    if page not in pages:
        raise ValueError(f"names the page {quote_name(page)}; there are {', '.join(sorted(filter(None, pages)))}")
    return Link(page, {key: value for key, value in fields if key not in OWN_PARAMETERS})


def _files_in(folder: Path) -> list[Path]:
    """Return the files of the lecturer's folder. Raises ValueError if it is not there."""
    if not folder.is_dir():
        raise ValueError(f"the folder of your own sets, {folder}, is not there; create it, or correct its name")
    return sorted(path for path in folder.glob("*.toml") if path.is_file())


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int, pages: frozenset[str], host: str, is_own: bool) -> PreparedSet:
    """Read a file, once for each time that it changes."""
    del changed
    if size > LARGEST:
        raise ValueError(f"{path.name} is larger than {LARGEST} bytes; a set holds links and short texts only")
    table = parse_table(read_file(path, "", LARGEST), show_name(path.name), "TOML")
    states = table.get("state")
    if not isinstance(states, list) or not states:
        raise ValueError(f"{path.name} has no states; add one that begins with [[state]]")
    _check_keys(table, _OF_SET, path.name)
    language = _text(table, "language", path.name, ENGLISH)
    if language not in languages():
        raise ValueError(
            f"{path.name} asks for the language {quote_name(language)}; there are {', '.join(languages())}"
        )
    rows = cast("list[Any]", states)
    prepared = tuple(_state(row, number, path.name, pages, host) for number, row in enumerate(rows, 1))
    title, description = _text(table, "title", path.name), _text(table, "description", path.name, "")
    return PreparedSet(path.stem, title, prepared, description, language, is_own)


def _state(row: Any, number: int, file: str, pages: frozenset[str], host: str) -> Prepared:
    where = f"{file}, state {number}"
    if not isinstance(row, dict):
        raise ValueError(f"{where} is no table; begin it with [[state]]")  # noqa: TRY004
    table = cast("dict[str, Any]", row)
    _check_keys(table, _OF_STATE, where)
    title = _text(table, "title", where)
    where = f"{where} (“{one_line(title, 80)}”)"
    try:
        link = read_link(_text(table, "link", where), pages, host)
    except ValueError as error:
        reason = str(error)
        raise ValueError(reason if reason.startswith(where) else f"{where}: its link {reason}") from None
    return Prepared(title, link, _text(table, "note", where, ""), _text(table, "text", where, ""))


def _check_keys(table: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := [key for key in table if key not in known]:
        raise ValueError(f"{where} has an entry {quote_name(unknown[0])}; it can have {', '.join(sorted(known))}")


def _text(table: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if value is None or (not value and default is None):
        raise ValueError(f'{where} has no {key}; add {key} = "…"')
    if not isinstance(value, str):
        raise ValueError(f"{where}: its {key} is no text; put it in quotes")  # noqa: TRY004
    return value
