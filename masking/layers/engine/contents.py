"""What a network computes with beside its tensors: attributes, captured variables, globals, methods.

Values are read as they are, objects and functions by their identity and contents. Two readings are equal if nothing
that was read has changed.
"""

from __future__ import annotations

import functools
import sys
import weakref
from argparse import Namespace
from collections import deque
from collections.abc import Hashable
from enum import Enum
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

PLAIN = frozenset((
    int, float, bool, str, bytes, complex, type(None), slice, range, type(...), torch.dtype, torch.device,
    torch.memory_format,
))  # fmt: skip
_LIBRARIES = ("torch", "torchvision", "timm", "transformers", "numpy", "einops")
_NAMESPACES = (Namespace, SimpleNamespace)
_CONTAINERS = (list, dict, tuple, set, deque, np.ndarray)
_INSTALLED = frozenset(("site-packages", "dist-packages"))
_READ_BYTES = 65536
_DEPTH = 6


class Contents(NamedTuple):
    """Values as they are and objects by identity; the latter must be alive, so that no other object has theirs.

    held: objects that cannot be referred to weakly.
    """

    entries: tuple[Any, ...]
    objects: tuple[weakref.ref[Any], ...]
    held: tuple[Any, ...]


class Reader:
    """Reads values one after the other.

    Args:
        skipped: names of the attributes of modules that are left out.
    """

    def __init__(self, skipped: frozenset[str]) -> None:
        self.entries: list[Hashable] = []
        self._skipped = skipped
        self._seen: set[int] = set()
        self._objects: list[weakref.ref[Any]] = []
        self._held: list[Any] = []

    def contents(self) -> Contents:
        """Return what has been read."""
        return Contents(tuple(self.entries), tuple(self._objects), tuple(self._held))

    def add_attributes(self, module: nn.Module) -> None:
        """Add the attributes of a module, but for the skipped ones."""
        for name, value in list(vars(module).items()):
            if name not in self._skipped:
                self.entries.append(name)
                self.add(value, 0)

    def name(self, value: Any) -> bool:
        """Add an object by its identity; return whether it is there for the first time."""
        identity = id(value)
        self.entries.append(identity)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        try:
            self._objects.append(weakref.ref(value))
        except TypeError:  # such as a generator; there are few
            self._held.append(value)
        return True

    def add(self, value: Any, depth: int) -> None:
        """Add a value: plain ones as they are, containers by their contents, others by identity and contents."""
        kind: type = type(value)
        if kind in PLAIN:
            self.entries.append(value)
        elif isinstance(value, Tensor):
            self.entries += (kind, value.shape, value.dtype, value.device)
        elif depth > _DEPTH:
            self.entries.append(kind)
        elif isinstance(value, dict):
            self.entries += (kind, len(value))
            for key, entry in list(value.items()):
                self.add(key, depth + 1)
                self.add(entry, depth + 1)
        elif isinstance(value, list | tuple | deque | set | frozenset):
            self.entries += (kind, len(value))
            for entry in sorted(value, key=repr) if isinstance(value, set | frozenset) else list(value):
                self.add(entry, depth + 1)
        elif isinstance(value, np.ndarray):
            self.entries += (kind, value.shape, value.dtype, value.tobytes() if value.nbytes <= _READ_BYTES else None)
        elif isinstance(value, MethodType):
            self.add(value.__func__, depth + 1)
            self.add(value.__self__, depth + 1)
        elif isinstance(value, functools.partial):
            self.add((value.func, value.args, value.keywords), depth + 1)
        elif isinstance(value, nn.Module | type | Enum | BuiltinFunctionType):
            self.name(value)
        elif self.name(value):
            self._contents(value, depth)

    def _contents(self, value: Any, depth: int) -> None:
        if isinstance(value, FunctionType):
            self._function(value, depth)
        else:
            self.add_class(kind := type(value))
            self.entries.append(kind.__name__)
            for name, entry in (*getattr(value, "__dict__", {}).items(), *_slots(value)):
                self.entries.append(name)
                self.add(entry, depth + 1)

    def _function(self, function: FunctionType, depth: int) -> None:
        """Add what a function computes with beside its arguments: captured variables, defaults and plain globals."""
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents, depth + 1)
            except ValueError:  # not filled yet
                self.entries.append(None)
        self.add(function.__defaults__, depth + 1)
        if not _of_library(function.__module__):
            self._globals(function.__code__, function.__globals__, depth + 1)

    def _globals(self, code: CodeType, names: dict[str, Any], depth: int) -> None:
        """Add the globals that a function names, and those that its inner functions do."""
        for name in code.co_names:
            value = names.get(name)
            if not isinstance(value, ModuleType):
                self._global(name, value, depth)
            elif not _is_foreign(value.__name__):
                for attribute in code.co_names:
                    self._global(attribute, vars(value).get(attribute), depth)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._globals(constant, names, depth)

    def _global(self, name: str, value: Any, depth: int) -> None:
        """Add what a name stands for: settings, the attributes of own objects and classes, and own functions."""
        kind: type = value if isinstance(value, type) else type(value)
        if kind in PLAIN or isinstance(value, _CONTAINERS):
            self._setting(name, value)
        elif isinstance(value, FunctionType):
            if depth < _DEPTH and not _is_foreign(value.__module__) and self.name(value):
                self._function(value, depth)
        elif (kind in _NAMESPACES or not _is_foreign(kind.__module__)) and self.name(value):
            classes = [
                item for owner in kind.__mro__ if not _is_foreign(owner.__module__) for item in vars(owner).items()
            ]
            own = () if isinstance(value, type) else (*getattr(value, "__dict__", {}).items(), *_slots(value))
            for attribute, entry in (*classes, *own):
                self._setting(attribute, entry)

    def _setting(self, name: str, value: Any) -> None:
        if type(value) in PLAIN:
            self.entries += (name, value)
        elif isinstance(value, _CONTAINERS):
            self.add(value, _DEPTH - 2)

    def add_class(self, kind: type) -> None:
        """Add the methods and attributes of classes outside the libraries; of those inside, `forward`."""
        for ancestor in kind.__mro__[:-1]:
            if _of_library(ancestor.__module__):
                if forward := vars(ancestor).get("forward"):
                    self.name(forward)
                continue
            if not self.name(ancestor):
                continue
            for name, value in list(vars(ancestor).items()):
                if not name.startswith("__") or name == "__call__":
                    self.add(value, 1)


def _slots(value: Any) -> list[tuple[str, Any]]:
    names = (name for kind in type(value).__mro__ for name in kind.__dict__.get("__slots__", ()))
    return [(name, getattr(value, name)) for name in names if not name.startswith("__") and hasattr(value, name)]


@functools.cache
def _is_foreign(module: str) -> bool:
    """Return whether a module belongs to Python or to an installed package, whose settings nobody changes."""
    if _of_library(module) or module.partition(".")[0] in sys.stdlib_module_names:
        return True
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return not _INSTALLED.isdisjoint(Path(file).parts)


@functools.cache
def _of_library(module: str) -> bool:
    return module.partition(".")[0] in {*_LIBRARIES, "builtins", "abc", "collections", "typing"}
