"""How the settings file is read: every key is known, every value is of the right kind, or one sentence refuses it."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from masking.registry import near_names
from masking.runtime.limits import read_limits
from masking.runtime.network_options import OPTION_NAMES, read_options
from masking.runtime.paths import quote_name, resolve
from masking.runtime.settings_keys import KEYS, TOP
from masking.runtime.settings_values import UNTRAINED, OwnClassifier, OwnData, Settings

Named = TypeVar("Named", OwnClassifier, OwnData)
PATHS = frozenset({"path", "root", "masks"})
"""Settings of data sources that hold a path."""
LONGEST_NAME = 200
MOST_ENTRIES = 500
"""Classifiers and data sets that a file may name, of each kind."""


def parse_settings(table: Mapping[str, Any], folder: Path) -> Settings:
    """Return the settings of a file.

    Args:
        table: what the file holds.
        folder: the file's folder, which relative paths start from.

    Raises:
        ValueError: a key is unknown or missing, or a value is of another kind; one sentence without the file's name.
    """
    _check_keys(table, [*(key.name for key in KEYS[TOP]), *(name for name in KEYS if name != TOP)], "")
    public = _flag(table.get("public", False), "public")
    weights, lessons = (_section_folder(table, name, folder) for name in ("weights", "lessons"))
    base = weights or folder
    classifiers = [_classifier(entry, base) for entry in _entries(table, "classifier")]
    data = [_data(entry, folder) for entry in _entries(table, "data")]
    return Settings(
        weights_folder=weights,
        classifiers=_by_name(classifiers, "classifier"),
        data=_by_name(data, "data set"),
        folder=folder.resolve(),
        lessons_folder=lessons,
        public=public,
        data_folders=_folders(table["data_folders"], "data_folders", folder) if "data_folders" in table else None,
        limits=read_limits(table.get("limits"), public),
    )


def _check_keys(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raise ValueError for an unknown key; one that belongs above the sections is told where it goes."""
    for name in table:
        if name in known:
            continue
        if where and name in (key.name for key in KEYS[TOP]):
            raise ValueError(f"{where} has no setting {name!r}; move it above all sections")
        raise ValueError(f"{where or 'the file'} has no setting {quote_name(name)}; {near_names(name, list(known))}")


def _section_folder(table: Mapping[str, Any], name: str, base: Path) -> Path | None:
    """Return the folder that a section names; None if it names none."""
    section = table.get(name, {})
    if not isinstance(section, Mapping):
        raise ValueError(f"{name} is {quote_name(section)}; write a section [{name}]")  # noqa: TRY004
    _check_keys(section, [key.name for key in KEYS[name]], f"[{name}]")
    return _folder(section["folder"], f"[{name}] folder", base) if "folder" in section else None


def _entries(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the tables of a section that may stand several times."""
    entries = table.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError(f"{name} is {quote_name(entries)}; begin each entry with [[{name}]]")
    if len(entries) > MOST_ENTRIES:
        raise ValueError(f"there are {len(entries):,} entries [[{name}]]; keep at most {MOST_ENTRIES}")
    return entries


def _by_name(entries: list[Named], what: str) -> dict[str, Named]:
    by_name = {entry.name: entry for entry in entries}
    if len(by_name) < len(entries):
        raise ValueError(f"the file names a {what} twice; give each its own name")
    return by_name


def _classifier(entry: Mapping[str, Any], base: Path) -> OwnClassifier:
    name = _name(entry, "classifier")
    where = f"the classifier {name}"
    _check_keys(entry, [key.name for key in KEYS["classifier"]], where)
    if "network" in entry and "architecture" in entry:
        raise ValueError(f"{where} names an architecture and a network; leave one out")
    texts = {
        key: _text(entry[key], f"{where}: {key}")
        for key in ("network", "architecture", "weights", "categories")
        if key in entry
    }
    architecture = texts.get("network") or texts.get("architecture") or ""
    if not architecture and "weights" not in texts:
        raise ValueError(f"{where} lacks weights; name a file, or an architecture that has its own")
    weights = texts.get("weights")
    try:
        options = read_options({key: value for key, value in entry.items() if key in OPTION_NAMES})
        return OwnClassifier(
            name,
            architecture,
            weights if weights in (None, UNTRAINED) else resolve(weights, base),
            resolve(texts["categories"], base) if "categories" in texts else None,
            options,
        )
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _data(entry: Mapping[str, Any], base: Path) -> OwnData:
    name = _name(entry, "data")
    where = f"the data set {name}"
    if "source" not in entry:
        raise ValueError(f"{where} lacks source; name its kind, such as folder")
    source = _text(entry["source"], f"{where}: source")
    settings: dict[str, Any] = {}
    for key, value in entry.items():
        if key in PATHS:
            settings[key] = str(_path(value, f"{where}: {key}", base))
        elif key not in {"name", "source"}:
            settings[key] = _scalar(value, f"{where}: {key}")
    return OwnData(name, source, settings)


def _name(entry: Mapping[str, Any], section: str) -> str:
    """Return the name of an entry: one line that a list and a link can hold."""
    if "name" not in entry:
        raise ValueError(f'an entry [[{section}]] lacks a name; write name = "…"')
    name = _text(entry["name"], f"a name under [[{section}]]")
    if len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise ValueError(
            f"a name under [[{section}]] is {quote_name(name)}; write at most {LONGEST_NAME} letters in one line, "
            "without blanks around them"
        )
    return name


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{where} is {quote_name(value)}; write true or false")  # noqa: TRY004, a wrong value of a file
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where} is {quote_name(value)}; write a text in quotes")
    return value


def _scalar(value: Any, where: str) -> bool | int | float | str:
    if not isinstance(value, bool | int | float | str) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{where} is {quote_name(value)}; write a text, a number, true or false")
    return value


def _path(value: Any, where: str, base: Path) -> Path:
    text = _text(value, where)
    try:
        return resolve(text, base)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _folder(value: Any, where: str, base: Path) -> Path:
    """Return a folder; it may be missing for now, but it is neither a file nor the whole machine."""
    folder = _path(value, where, base)
    if folder == folder.parent:
        raise ValueError(f"{where} is {quote_name(value)}, the whole machine; name a folder in it")
    try:
        is_file = folder.exists() and not folder.is_dir()
    except OSError as error:
        raise ValueError(f"{where} {quote_name(value)} cannot be read ({error.strerror}); correct it") from None
    if is_file:
        raise ValueError(f"{where} is {quote_name(value)}, a file; name the folder that holds it")
    return folder


def _folders(values: Any, where: str, base: Path) -> tuple[Path, ...]:
    if not isinstance(values, list):
        raise ValueError(f'{where} is {quote_name(values)}; write a list of folders such as ["~/pictures"]')  # noqa: TRY004
    return tuple(_folder(value, where, base) for value in values)
