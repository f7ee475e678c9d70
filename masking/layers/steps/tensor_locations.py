"""Where the tensors of a network live, so that a recording reads them anew at every call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any, NamedTuple

from torch import Tensor, nn

_DEPTH = 4
"""How deep lists and mappings are searched for tensors."""


class Location(NamedTuple):
    """Where a tensor is: the path of its module, then attribute and keys."""

    module: str
    keys: tuple[Any, ...]

    @property
    def name(self) -> str:
        """A name such as "layer1.conv.weight"."""
        return ".".join(map(str, (self.module, *self.keys) if self.module else self.keys))

    def read(self, network: nn.Module) -> Any:
        """Return the tensor that is there now."""
        module = network.get_submodule(self.module)
        return reduce(_entry, self.keys[1:], getattr(module, self.keys[0]))


def find_tensors(network: nn.Module) -> dict[int, tuple[Tensor, Location]]:
    """Return parameters, buffers and tensors in attributes, lists and mappings of modules, by identity."""
    locations: dict[int, tuple[Tensor, Location]] = {}
    for path, module in network.named_modules():
        for keys, tensor in _tensors(module):
            locations.setdefault(id(tensor), (tensor, Location(path, keys)))
    return locations


def _tensors(module: nn.Module) -> Iterator[tuple[tuple[Any, ...], Tensor]]:
    for held in (module._parameters, module._buffers):  # pyright: ignore[reportPrivateUsage]
        for name, tensor in held.items():
            if tensor is not None:
                yield (name,), tensor
    for name, value in vars(module).items():
        if name not in {"_parameters", "_buffers", "_modules"}:
            yield from _within((name,), value)


def _within(keys: tuple[Any, ...], value: Any) -> Iterator[tuple[tuple[Any, ...], Tensor]]:
    if isinstance(value, Tensor):
        yield keys, value
    elif len(keys) < _DEPTH and type(value) in (list, tuple):
        for index, entry in enumerate(value):
            yield from _within((*keys, index), entry)
    elif len(keys) < _DEPTH and isinstance(value, dict) and not keys[0].endswith("_hooks"):
        for key, entry in list(value.items()):
            yield from _within((*keys, key), entry)


def _entry(value: Any, key: Any) -> Any:
    return value[key]
