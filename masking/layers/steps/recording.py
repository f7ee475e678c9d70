"""A network's steps, recorded while it runs once on an example.

Every function of PyTorch that the network calls becomes a step: what its modules call, and what hooks and replaced
`forward` methods call. Numbers that the network reads off shapes are part of the recording, so it holds for that shape
only. Parameters and buffers are read anew at every call.
"""

from __future__ import annotations

import operator
import random
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_unflatten

from masking.runtime.memory import out_of_memory

from .overwriting import OWN_TENSORS, USED_AGAIN, Extent
from .recorded_calls import ABOUT, Call, Modes, tensors_in, version
from .tensor_locations import Location, find_tensors
from .trace import Trace, first_line, further_inputs, steps_of

BY_VALUES = "decides by the values of activations"
RANDOM = "draws random numbers"
SCRIPT = "is TorchScript, whose operations cannot be seen"
OUTSIDE = "takes a tensor that was computed outside PyTorch's functions"

_UPDATE_STATISTICS = (F.batch_norm, F.instance_norm, torch.batch_norm, torch.instance_norm)
"""Operations that count as normalising by the statistics of the batch, for which their rules speak."""

_CALL = nn.Module._call_impl.__code__  # pyright: ignore[reportPrivateUsage, reportFunctionMemberAccess]


def record(network: nn.Module, image: Tensor) -> Trace:
    """Record the steps of a network while it runs on an image (n, channels, h, w).

    Returns:
        The trace; its refusals name what the recording cannot hold: decisions by values, maps that are overwritten
        and used again, and results that come from outside PyTorch's functions.

    Raises:
        RuntimeError: memory is short.
    """
    name = type(network).__name__
    if others := further_inputs(network):
        return Trace((), ((name, others),))
    for path, module in network.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            return Trace((), ((path or name, SCRIPT),))
    try:
        recorder = _Recorder(network, image)
        states = random.getstate(), str(np.random.get_state())
        output = recorder.run(network)
        if states != (random.getstate(), str(np.random.get_state())):
            return Trace((), ((name, RANDOM),))
        if recorder.unknown and not recorder.refusals:
            again = _Recorder(network, image.flip(0, 3) + 1)
            again.run(network)
            if not _alike(recorder.unknown, again.unknown):
                return Trace((), ((recorder.unknown_names[0], OUTSIDE),))
        return recorder.finished(output)
    except Exception as error:
        if isinstance(error, RuntimeError) and out_of_memory(error):
            raise
        size = "x".join(map(str, image.shape[1:]))
        return Trace((), ((name, f"fails on an example of size {size}: {first_line(error)}"),))


class _Recorder(TorchFunctionMode):
    """Writes down each function of PyTorch that this thread calls, as a node of a graph.

    A result carries its node as an attribute of the tensor; tensors of the network get none.
    """

    def __init__(self, network: nn.Module, image: Tensor) -> None:
        super().__init__()
        self.unknown: list[Tensor] = []
        self.unknown_names: list[str] = []
        self._image = image
        self._graph = fx.Graph()
        self._runs: dict[fx.Node, tuple[Any, Callable[..., Any]]] = {}
        self.refusals: dict[str, str] = {}
        self._own = find_tensors(network)
        self._own_memory = {_memory(tensor) for tensor, _ in self._own.values()}
        self._modules: dict[int, tuple[str, nn.Module]] = {
            id(module): (path, module) for path, module in network.named_modules()
        }
        self._name = type(network).__name__
        self._constants: dict[int, tuple[Tensor, fx.Node]] = {}
        self._numbers: list[tuple[Location, Tensor]] = []
        self._origins: dict[fx.Node, str] = {}  # "image" or "network", or "" if a result depends on neither
        self._writes: dict[int, list[tuple[int, Extent, fx.Node]]] = {}
        self._count = 0
        self._outside = Modes.now(image.device.type)

    def run(self, network: nn.Module) -> Any:
        """Run the network on the image, and write down what it calls."""
        with torch.inference_mode(mode=False), torch.enable_grad():
            image = self._image.detach().clone()
            self._mark(image, self._add(self._graph.placeholder("image"), None, _unchanged, "image"))
            self._outside = Modes.now(image.device.type)
            with self:
                return network(image)

    def finished(self, output: Any) -> Trace:
        """Return the trace; its last step gives the output the form that the network gives it."""
        leaves, form = tree_flatten(output)
        strange: list[Any] = [leaf for leaf in leaves if not isinstance(leaf, Tensor | int | float | str | None)]
        if strange:
            self.refusals[self._name] = f"returns {type(strange[0]).__name__}, not tensors"
            leaves = []
        node = self._graph.output(tuple(self._argument(leaf) for leaf in leaves))
        self._runs[node] = None, partial(_formed, form)
        return Trace(steps_of(self._graph, self._runs), tuple(self.refusals.items()), tuple(self._numbers))

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run a function, and write it down."""
        del types
        kwargs = kwargs or {}
        call = Call.of(func, args, kwargs)
        before = [(tensor, version(tensor)) for tensor in tensors_in((args, kwargs))]
        modes = Modes.now(self._outside.device)
        with torch.no_grad() if before else nullcontext():  # gradients would keep all maps alive
            result = func(*args, **kwargs)
        if call.name in ABOUT and not isinstance(result, Tensor):
            return result
        if call.operation is None:
            self._replace(call)
            return result
        written = call.written(before)
        if not written and any(result is tensor for tensor, _ in before):
            return result  # such as the dropout of a network in evaluation mode
        origin = self._origin([tensor for tensor, _ in before])
        if origin == "image" and call.shaped_by_values():
            self._refuse(call.title, BY_VALUES)
        if call.is_random():
            self._refuse(call.title, RANDOM)
        if not written and next(tensors_in(result), None) is None:
            self._read_number(call, origin)
            return result
        self._count += 1
        node = self._record(call, origin, modes)
        for tensor in written:
            self._overwrite(tensor, node, call, result)
        return self._marked(result, node, written, modes)

    def _replace(self, call: Call) -> None:
        """Follow `x.data = y`; other attributes of tensors hold no activations."""
        if call.name == "data =":
            target, value = call.args
            if id(target) in self._own or id(target) in self._constants:
                self._refuse("data", OWN_TENSORS)
            else:
                self._mark(target, self._read(value))

    def _origin(self, given: list[Tensor]) -> str:
        origins = {self._origins[self._read(tensor)] for tensor in given}
        return next((origin for origin in ("image", "network") if origin in origins), "")

    def _read_number(self, call: Call, origin: str) -> None:
        """Remember or refuse a result that is no tensor: the recording holds the number, whatever values are later."""
        if origin == "image":
            self._refuse(call.title, f"{BY_VALUES} ({call.title})")
        elif origin == "network":
            given = list(tensors_in((call.args, call.kwargs)))
            if not all(id(tensor) in self._own for tensor in given):
                self._refuse(call.title, "takes a number out of weights that the network computes")
            self._numbers += [(self._own[id(t)][1], t.detach().clone()) for t in given if id(t) in self._own]

    def _record(self, call: Call, origin: str, modes: Modes) -> fx.Node:
        path, module = self._module()
        is_layer = module is not None and type(module).__module__.startswith("torch.nn.modules")
        title = path if path and is_layer else f"{path}.{call.title}" if path else call.title
        kind = "call_method" if isinstance(call.operation, str) else "call_function"
        args: Any = self._argument(call.args)
        node = self._graph.create_node(kind, call.operation, args, self._argument(call.kwargs), title.replace(".", "_"))
        node.meta["module_path"] = title
        return self._add(node, call.operation, modes.around(call.run, self._outside), origin)

    def _add(self, node: fx.Node, operation: Any, run: Callable[..., Any], origin: str) -> fx.Node:
        self._runs[node] = operation, run
        self._origins[node] = origin
        return node

    def _argument(self, value: Any) -> Any:
        """Return an argument with the nodes of its tensors."""
        if isinstance(value, Tensor):
            return self._read(value)
        if isinstance(value, tuple | list):
            entries = [self._argument(entry) for entry in value]
            return entries if isinstance(value, list) else tuple(entries)
        if isinstance(value, dict):
            return {key: self._argument(entry) for key, entry in value.items()}
        if isinstance(value, slice):
            return slice(*map(self._argument, (value.start, value.stop, value.step)))
        return value

    def _read(self, tensor: Tensor) -> fx.Node:
        """Return the node that the present values of a tensor come from."""
        recorder, node, since = getattr(tensor, "_recorded", (None, None, 0))
        if recorder is not self or node is None:
            if id(tensor) not in self._constants:
                self._constants[id(tensor)] = tensor, self._constant(tensor)
            return self._constants[id(tensor)][1]
        for count, written, by in self._writes.get(_memory(tensor), ()):
            if count > since and written == Extent.of(tensor):
                self._mark(tensor, by)
                node = by
            elif count > since and Extent.of(tensor).overlaps(written):
                self._refuse(by.name, USED_AGAIN)
        return node

    def _constant(self, tensor: Tensor) -> fx.Node:
        if id(tensor) in self._own:
            location = self._own[id(tensor)][1]
            node = self._graph.create_node("get_attr", location.name, name=location.name.replace(".", "_"))
            return self._add(node, None, location.read, "network")
        self.unknown.append(tensor)
        self.unknown_names.append(self._module()[0] or self._name)
        node = self._graph.create_node("get_attr", f"constant_{len(self.unknown)}")
        return self._add(node, None, lambda _: tensor, "")

    def _overwrite(self, tensor: Tensor, node: fx.Node, call: Call, result: Any) -> None:
        if id(tensor) in self._constants or _memory(tensor) in self._own_memory:
            if call.operation not in _UPDATE_STATISTICS:
                self._refuse(call.title, OWN_TENSORS)
        elif result is not tensor and call.operation is not operator.setitem:
            self._refuse(call.title, "changes one of its arguments in place and returns something else")
        else:
            self._writes.setdefault(_memory(tensor), []).append((self._count, Extent.of(tensor), node))
            self._mark(tensor, node)

    def _marked(self, result: Any, node: fx.Node, written: list[Tensor], modes: Modes) -> Any:
        """Mark the tensors of a result with their nodes."""
        if isinstance(result, Tensor):
            if not any(result is tensor for tensor in written):
                self._mark(result, node)
            return result
        parts: list[Any] = list(result) if isinstance(result, tuple | list) else []
        for index, part in enumerate(parts):
            if isinstance(part, Tensor):
                picked = self._record(_PICK, self._origins[node], modes)
                picked.args = (node, index)
                self._mark(part, picked)
        return result

    def _mark(self, tensor: Tensor, node: fx.Node) -> None:
        tensor._recorded = (self, node, self._count)  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]

    def _module(self) -> tuple[str, nn.Module | None]:
        """Return the path of the module that is computing, and the module."""
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        while frame is not None:
            if frame.f_code is _CALL and (known := self._modules.get(id(frame.f_locals["self"]))):
                return known
            frame = frame.f_back
        return "", None

    def _refuse(self, operation: str, reason: str) -> None:
        path, _ = self._module()
        self.refusals.setdefault(f"{path or self._name} ({operation.strip('_')})", reason)


_PICK = Call("getitem", operator.getitem, operator.getitem, (), {})


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _alike(first: list[Tensor], second: list[Tensor]) -> bool:
    return len(first) == len(second) and all(
        a.shape == b.shape and torch.equal(a, b) for a, b in zip(first, second, strict=True)
    )


def _unchanged(value: Any) -> Any:
    return value


def _formed(form: Any, leaves: Any) -> Any:
    return tree_unflatten(leaves, form)
