"""Whether a network is still the one it was: its modules, hooks, attributes and methods, compared at every call.

Weights are not compared, because steps read them anew; their precision is.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable
from typing import Any

from torch import nn
from torch.nn.modules import module as nn_module

from .contents import PLAIN, Contents, Reader

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

    def _look_into(self, modules: list[nn.Module]) -> Contents:
        reader = Reader(_BOOKKEEPING | self.volatile)
        for hooks in _GLOBAL_HOOKS:
            reader.add(hooks, 0)
        for kind in dict.fromkeys(self._classes):
            reader.add_class(kind)
        for module, settings in zip(modules, self._settings, strict=True):
            if settings is None:
                reader.add_attributes(module)
        return reader.contents()


def _settings(module: nn.Module, volatile: frozenset[str]) -> dict[str, Any] | None:
    """Return a copy of a module's attributes, or None if it holds more than plain settings."""
    state = module.__dict__
    plain = all(
        type(value) in PLAIN
        or (type(value) is tuple and all(type(entry) in PLAIN for entry in value))
        or (name in _BOOKKEEPING or (name in _HOOKS and not value))
        for name, value in state.items()
    )
    return dict(state) if plain and volatile.isdisjoint(state) else None


def modules_of(network: nn.Module) -> list[nn.Module]:
    """Return the network and all modules in it, each once; this is faster than its own `modules`."""
    modules, seen = [network], {id(network)}
    for module in modules:  # which grows
        for child in module.__dict__.get("_modules", {}).values():  # none are seen in what torch.jit has traced
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
                reader = Reader(frozenset())
                reader.add(value, 0)
                entries[f"{path} {name}"] = tuple(reader.entries)
    return entries
