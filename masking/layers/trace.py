"""A network as a graph of operations, by torch.fx; cached per network, which stays unchanged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from operator import attrgetter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from torch import Tensor, fx, nn


class Step(NamedTuple):
    """One operation of a forward pass.

    operation: a module, a function or the name of a tensor method; None for inputs and parameters. run: calls it
    (for a parameter, finds it in the network). done: the results that no later step needs.
    """

    node: fx.Node
    operation: Any
    run: Callable[..., Any]
    done: tuple[fx.Node, ...]

    @property
    def title(self) -> str:
        """A title such as "layer1_0_conv1 (Conv2d)"."""
        kind = type(self.operation) if isinstance(self.operation, nn.Module) else self.operation
        return f"{self.node.name} ({getattr(kind, '__name__', kind)})"


class Trace(NamedTuple):
    """The steps of a forward pass in order, and the modules that the network had when it was traced.

    programs: what others derive from the steps and cache with them.
    """

    steps: tuple[Step, ...]
    modules: list[nn.Module]
    programs: dict[Hashable, Any]


_traces: WeakKeyDictionary[nn.Module, Trace] = WeakKeyDictionary()
_tracing = threading.Lock()  # torch.fx patches nn.Module while it traces, and must not do so twice at once


def traced(network: nn.Module) -> Trace:
    """Return the network's trace, made again if one of its modules has been replaced since.

    Raises:
        NotImplementedError: the forward pass depends on activations in ways that no graph can express, or takes
            more than an image.
    """
    modules = list(network.modules())[1:]  # without the network, because the cache must not keep it alive
    with _tracing:
        trace = _traces.get(network)
        if trace is None or trace.modules != modules:
            trace = _traces[network] = Trace(_steps(network), modules, {})
        return trace


def _steps(network: nn.Module) -> tuple[Step, ...]:
    tracer = _Tracer()
    try:
        graph = tracer.trace(network)
    except Exception as error:
        cause = f"{type(error).__name__}: {error}".partition("\n")[0].partition(". ")[0]
        raise NotImplementedError(f"cannot be drawn as a graph of operations by torch.fx: {cause}") from error
    required = [node.name for node in graph.nodes if node.op == "placeholder" and not node.args]
    if len(required) > 1:
        raise NotImplementedError(f"takes more than an image: {', '.join(required)}")
    done = _last_uses(graph)
    return tuple(Step(node, *_operation(node, network, tracer.constants), done[node]) for node in graph.nodes)


def _operation(node: fx.Node, network: nn.Module, constants: dict[str, Tensor]) -> tuple[Any, Callable[..., Any]]:
    target: Any = node.target
    if node.op == "call_module":
        module = network.get_submodule(target)
        return module, module
    if node.op == "call_function":
        return target, target
    if node.op == "call_method":
        name = "reshape" if target == "view" else target  # the same, in any memory layout
        return name, lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)
    if target in constants:
        return None, lambda _: constants[target]
    return None, attrgetter(target)


def _last_uses(graph: fx.Graph) -> dict[fx.Node, tuple[fx.Node, ...]]:
    last_uses: dict[fx.Node, tuple[fx.Node, ...]] = {}
    seen: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        last_uses[node] = tuple(used for used in node.all_input_nodes if used not in seen)
        seen.update(node.all_input_nodes)
    return last_uses


class _Tracer(fx.Tracer):
    """Traces one network from one thread; other threads can run it meanwhile, and it gets no new attributes."""

    proxy_buffer_attributes = True  # otherwise the graph would hold the present values of buffers

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
