"""Registries of named entries: each file of a package registers its own."""

import difflib
import importlib
import pkgutil
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import TypeVar

from masking.registry.showing import show_value

Entry = TypeVar("Entry")


MANY = 12
"""A sentence lists at most this many names."""


def near_names(name: str, names: list[str]) -> str:
    """Return a part of a sentence that offers the nearest of `names`, or the first ones if none is near."""
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"choose from {', '.join(names[:MANY])}" + (f" and {len(names) - MANY} more" if len(names) > MANY else "")


class Registry(Mapping[str, Entry]):
    """A read-only mapping from name to entry, filled by importing the files of one package.

    Entries register themselves with a decorator:

        @METHODS.register("blackout")
        class Blackout(Fill): ...

    A name that is used twice raises an error at import; an unknown name raises one that offers near names. Other
    installed packages add entries if they name one of their modules under the registry's entry point group. An entry
    that has been renamed is still found under its old name, a key of `renamed`; `current_name` warns of it.
    """

    def __init__(self, kind: str, package: str, group: str = "", renamed: Mapping[str, str] | None = None):
        self.kind = kind
        self._package = package
        self._group = group
        self.renamed = dict(renamed or {})
        self._entries: dict[str, Entry] = {}
        self._loaded = False
        self._loading = threading.RLock()

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """Decorate an entry to register it under `name`; the decorator raises ValueError if the name is taken."""

        def file(entry: Entry) -> Entry:
            if name in self._entries:
                raise ValueError(f"two entries call themselves the {self.kind} {show_value(name)}; rename one")
            self._entries[name] = entry
            return entry

        return file

    def _load(self) -> dict[str, Entry]:
        with self._loading:  # other threads wait until everything is there
            if not self._loaded:
                self._loaded = True  # before importing: an entry may look its own registry up
                try:
                    package = importlib.import_module(self._package)
                    for module in pkgutil.iter_modules(package.__path__):
                        importlib.import_module(f"{self._package}.{module.name}")
                    for point in entry_points(group=self._group) if self._group else ():
                        point.load()
                except BaseException:
                    self._loaded = False  # half a registry is none
                    raise
        return self._entries

    def current_name(self, name: str) -> str:
        """Return the name of an entry today; an old name gives a FutureWarning, any other comes back as it is."""
        if name not in self.renamed:
            return name
        current = self.renamed[name]
        message = f"the {self.kind} {name!r} is called {current!r} now; the old name is read until version 0.3"
        warnings.warn(message, FutureWarning, stacklevel=2)
        return current

    def name_of(self, value: object) -> str:
        """Return the name under which the class of `value` is registered, or its class's name in small letters."""
        kind = type(value)
        return next((name for name, entry in self.items() if entry is kind), kind.__name__.lower())

    def __getitem__(self, name: str) -> Entry:
        entries = self._load()
        name = self.renamed.get(name, name)
        if name not in entries:
            raise KeyError(f"there is no {self.kind} {show_value(name)}; {near_names(name, list(entries))}")
        return entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())
