"""A network as a graph of operations, by torch.fx; remembered per network, which itself stays untouched."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor, fx, nn


@dataclass(frozen=True)
class Trace:
    """The operations of one forward pass.

    graph: the operations in order. last_uses: which results are needed for the last time at a node.
    constants: tensors that the forward pass makes itself. modules: what the network consisted of.
    """

    graph: fx.Graph
    last_uses: dict[fx.Node, list[fx.Node]]
    constants: dict[str, Tensor]
    modules: list[type[nn.Module]]


_traces: WeakKeyDictionary[nn.Module, Trace] = WeakKeyDictionary()
_tracing = threading.Lock()  # torch.fx patches nn.Module while it traces, and may not do that twice at once


def traced(network: nn.Module) -> Trace:
    """The network's graph, made anew if its modules have changed since.

    Raises:
        NotImplementedError: its forward pass takes decisions that depend on activations.
    """
    modules = [type(module) for module in network.modules()]
    with _tracing:
        trace = _traces.get(network)
        if trace is None or trace.modules != modules:
            trace = _traces[network] = _trace(network, modules)
        return trace


def _trace(network: nn.Module, modules: list[type[nn.Module]]) -> Trace:
    tracer = _Tracer()
    try:
        graph = tracer.trace(network)
    except Exception as error:
        cause = str(error).strip().split("\n")[0]
        raise NotImplementedError(
            f"{type(network).__name__} cannot be drawn as a graph of operations by torch.fx: {cause}"
        ) from error
    inputs = [node.name for node in graph.nodes if node.op == "placeholder" and not node.args]
    if len(inputs) > 1:
        raise NotImplementedError(f"{type(network).__name__} takes more than an image: {', '.join(inputs)}")
    for node in graph.nodes:
        if node.op == "call_method" and node.target == "view":
            node.target = "reshape"  # the same, for any memory layout: activations come in channels_last
    return Trace(graph, _last_uses(graph), tracer.constants, modules)


def _last_uses(graph: fx.Graph) -> dict[fx.Node, list[fx.Node]]:
    last_uses: dict[fx.Node, list[fx.Node]] = {node: [] for node in graph.nodes}
    seen: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        for used in node.all_input_nodes:
            if used not in seen:
                seen.add(used)
                last_uses[node].append(used)
    return last_uses


class _Tracer(fx.Tracer):
    """Traces one network from one thread: others run their own meanwhile, and the network gets no new attributes."""

    proxy_buffer_attributes = True  # or buffers would be frozen into the graph at their present values

    def __init__(self) -> None:
        super().__init__()
        self.constants: dict[str, Tensor] = {}
        self._thread = threading.get_ident()

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def create_arg(self, a: Any) -> Any:
        if isinstance(a, Tensor) and not isinstance(a, nn.Parameter):
            name = f"constant_{len(self.constants)}"
            self.constants[name] = a
            return self.create_node("get_attr", name, (), {})
        return super().create_arg(a)
