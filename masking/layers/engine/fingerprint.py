"""Whether a network is still the one it was: its modules, hooks, attributes and methods, compared at every call.

Weights are not compared, because steps read them anew; their precision is.
"""

from __future__ import annotations

import functools
import operator
import weakref
from collections.abc import Hashable
from enum import Enum
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules import module as nn_module

_PLAIN = frozenset((
    int, float, bool, str, bytes, complex, type(None), slice, range, type(...), torch.dtype, torch.device,
    torch.memory_format,
))  # fmt: skip
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_BOOKKEEPING = frozenset((
    "_parameters", "_buffers", "_modules", "_non_persistent_buffers_set", "_backward_pre_hooks", "_backward_hooks",
    "_is_full_backward_hook", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_forward_pre_hooks_with_kwargs", "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks", "_is_hf_initialized", "_compiled_call_impl",
))  # fmt: skip
_GLOBAL_HOOKS: tuple[Any, ...] = (
    nn_module._global_forward_hooks,  # pyright: ignore[reportPrivateUsage]
    nn_module._global_forward_pre_hooks,  # pyright: ignore[reportPrivateUsage]
)
_LIBRARIES = ("torch", "torchvision", "timm", "transformers")
_DEPTH = 6


class Snapshot:
    """What a network consisted of at one moment.

    Most modules hold plain settings only; their attributes are compared by identity, which takes about a microsecond
    per module. Functions and objects are looked into. Nothing here keeps the network alive.

    Args:
        network: the network.
        volatile: names of attributes that the network changes when it runs, which are left out.
    """

    def __init__(self, network: nn.Module, volatile: frozenset[str] = frozenset()) -> None:
        modules = modules_of(network)
        self.volatile = volatile
        self._modules = modules[1:]
        self._settings = [_settings(module, volatile) for module in modules]
        self._tensors = _precisions(modules)
        self._classes = tuple(map(type, modules))
        self._others = self._look_into(modules)

    def holds(self, network: nn.Module) -> bool:
        """Return whether nothing has changed since, except the values of tensors."""
        modules = modules_of(network)
        if len(modules) != len(self._settings) or any(map(operator.is_not, modules[1:], self._modules)):
            return False
        for module, settings in zip(modules, self._settings, strict=True):
            state = module.__dict__
            if settings is not None and (state != settings or state["_forward_hooks"] or state["_forward_pre_hooks"]):
                return False
        return (
            self._classes == tuple(map(type, modules))
            and self._tensors == _precisions(modules)
            and all(reference() is not None for reference in self._others.objects)
            and self._others.entries == self._look_into(modules).entries
        )

    def _look_into(self, modules: list[nn.Module]) -> _Contents:
        reader = _Reader(_BOOKKEEPING | self.volatile)
        for hooks in _GLOBAL_HOOKS:
            reader.add(hooks, 0)
        for kind in dict.fromkeys(self._classes):
            reader.add_class(kind)
        for module, settings in zip(modules, self._settings, strict=True):
            if settings is None:
                reader.add_attributes(module)
        return reader.contents()


class _Contents(NamedTuple):
    """Values as they are and objects by identity; the latter must be alive, so that no other object has theirs.

    held: objects that cannot be referred to weakly.
    """

    entries: tuple[Any, ...]
    objects: tuple[weakref.ref[Any], ...]
    held: tuple[Any, ...]


def _settings(module: nn.Module, volatile: frozenset[str]) -> dict[str, Any] | None:
    """Return a copy of a module's attributes, or None if it holds more than plain settings."""
    state = module.__dict__
    plain = all(
        type(value) in _PLAIN
        or (type(value) is tuple and all(type(entry) in _PLAIN for entry in value))
        or (name in _BOOKKEEPING or (name in _HOOKS and not value))
        for name, value in state.items()
    )
    return dict(state) if plain and volatile.isdisjoint(state) else None


def modules_of(network: nn.Module) -> list[nn.Module]:
    """Return the network and all modules in it, each once; this is faster than its own `modules`."""
    modules, seen = [network], {id(network)}
    for module in modules:  # which grows
        for child in module.__dict__["_modules"].values():
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                modules.append(child)
    return modules


def _precisions(modules: list[nn.Module]) -> list[Hashable]:
    return [
        entry
        for module in modules
        for held in (module._parameters, module._buffers)  # pyright: ignore[reportPrivateUsage]
        if held
        for name, tensor in held.items()
        for entry in (name, None if tensor is None else tensor.dtype)
    ]


def is_altered(network: nn.Module) -> bool:
    """Return whether hooks, or methods replaced in single modules, change what a drawing of the network would show."""
    return any(_GLOBAL_HOOKS) or any(
        module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module)  # pyright: ignore[reportPrivateUsage]
        for module in network.modules()
    )


def changed_attributes(before: dict[str, Any], after: dict[str, Any]) -> frozenset[str]:
    """Return the names of the attributes that differ between two results of `attributes`."""
    return frozenset(
        name.rpartition(" ")[2] for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def attributes(network: nn.Module) -> dict[str, Any]:
    """Return every attribute of every module as a fingerprint sees it, by the module's path and its own name."""
    entries: dict[str, Any] = {}
    for path, module in network.named_modules():
        for name, value in vars(module).items():
            if name not in _BOOKKEEPING:
                reader = _Reader(frozenset())
                reader.add(value, 0)
                entries[f"{path} {name}"] = tuple(reader.entries)
    return entries


class _Reader:
    def __init__(self, skipped: frozenset[str]) -> None:
        self.entries: list[Hashable] = []
        self._skipped = skipped
        self._seen: set[int] = set()
        self._objects: list[weakref.ref[Any]] = []
        self._held: list[Any] = []

    def contents(self) -> _Contents:
        return _Contents(tuple(self.entries), tuple(self._objects), tuple(self._held))

    def add_attributes(self, module: nn.Module) -> None:
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
        if kind in _PLAIN:
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
        elif isinstance(value, list | tuple | set | frozenset):
            self.entries += (kind, len(value))
            for entry in value if isinstance(value, list | tuple) else sorted(value, key=repr):
                self.add(entry, depth + 1)
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
            for name, entry in list(getattr(value, "__dict__", {}).items()):
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
            self._globals(function.__code__, function.__globals__)

    def _globals(self, code: CodeType, names: dict[str, Any]) -> None:
        for name in code.co_names:
            value = names.get(name)
            if type(value) in _PLAIN:
                self.entries += (name, value)
            elif isinstance(value, list | dict | tuple):
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


@functools.cache
def _of_library(module: str) -> bool:
    return module.partition(".")[0] in {*_LIBRARIES, "builtins", "abc", "collections", "typing"}
