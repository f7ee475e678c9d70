"""A network as a list of steps: drawn by torch.fx without computing anything, or recorded while it runs once.

Steps have one form, whichever way they were made. `draw` is in this file, `record` in recording.py; the network stays
as it is in both.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from torch import Tensor, fx, nn

from .overwriting import redirect_overwritten
from .tensor_locations import Location, find_tensors


class Step(NamedTuple):
    """One operation of a forward pass.

    operation: a module, a function or the name of a tensor method; None for inputs and parameters. run: calls it
    (for a parameter, finds it in the network; for the output, puts it into its form). done: the results that no later
    step needs.
    """

    node: fx.Node
    operation: Any
    run: Callable[..., Any]
    done: tuple[fx.Node, ...]

    @property
    def title(self) -> str:
        """A title such as "layer1_0_conv1 (Conv2d)"; a part of attention also names the layer of attention."""
        kind = type(self.operation) if isinstance(self.operation, nn.Module) else self.operation
        around = [layer for layer in self.node.meta.get("nn_module_stack", {}).values() if layer[0] != self.node.target]
        attention = [f"{layer.__name__} {path}" for path, layer in around if "att" in layer.__name__.lower()]
        within = f", inside {attention[-1]}" if attention else ""
        return f"{self.node.name} ({getattr(kind, '__name__', kind)}{within})"


class Trace(NamedTuple):
    """The steps of a forward pass in order, and what in it cannot be followed, as (name, reason).

    Without steps, a reason says why there are none. numbers: the tensors of the network from which a recording has
    read numbers, with their values; the recording holds as long as they have them.
    """

    steps: tuple[Step, ...]
    refusals: tuple[tuple[str, str], ...] = ()
    numbers: tuple[tuple[Location, Tensor], ...] = ()


def image_nodes(steps: Iterable[Step]) -> frozenset[fx.Node]:
    """Return the nodes whose results depend on the image; those of others depend on weights alone."""
    depends: set[fx.Node] = set()
    for step in steps:
        if step.node.op == "placeholder" or not depends.isdisjoint(step.node.all_input_nodes):
            depends.add(step.node)
    return frozenset(depends)


_drawing = threading.RLock()  # torch.fx patches nn.Module while it traces, and must not do so twice at once


def draw(network: nn.Module) -> Trace:
    """Draw the network's steps by torch.fx, which runs its code on placeholders.

    What hooks on modules and on the network do is not drawn, and conditions are drawn one way only. Compare the
    steps with the network before relying on them.
    """
    name = type(network).__name__
    if others := further_inputs(network):
        return Trace((), ((name, others),))
    with _drawing:
        tracer = _Tracer()
        before = [(held, dict(held)) for module in network.modules() for held in _holders(module)]
        try:
            graph = tracer.trace(network)
        except Exception as error:
            return Trace((), ((name, f"cannot be drawn as a graph of operations by torch.fx: {first_line(error)}"),))
        finally:
            for held, values in before:
                _take_back_placeholders(held, values)
    own = find_tensors(network)
    constants = {name: _reader(tensor, own) for name, tensor in tracer.constants.items()}
    runs = {node: _operation(node, network, constants) for node in graph.nodes}
    refusals = redirect_overwritten(graph, {node: operation for node, (operation, _) in runs.items()})
    return Trace(steps_of(graph, runs), tuple(refusals))


def further_inputs(network: nn.Module) -> str | None:
    """Return a sentence on the inputs that a network needs beside its image, or None."""
    try:
        parameters = inspect.signature(network.forward).parameters.values()
    except (TypeError, ValueError):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [p.name for p in parameters if p.default is p.empty and p.kind in (*positional, p.KEYWORD_ONLY)]
    return f"takes more than an image: {', '.join(required)}" if len(required) > 1 else None


def steps_of(graph: fx.Graph, runs: Mapping[fx.Node, tuple[Any, Callable[..., Any]]]) -> tuple[Step, ...]:
    """Return the steps of a graph, given the operation of each node and how to run it."""
    done = _last_uses(graph)
    return tuple(Step(node, *runs[node], done[node]) for node in graph.nodes)


def first_line(error: BaseException) -> str:
    """Return the kind and the first sentence of an error, in one line."""
    return f"{type(error).__name__}: {error}".partition("\n")[0].partition(". ")[0]


def call_method(name: str) -> Callable[..., Any]:
    """Return a function that calls a tensor's method of that name."""
    return lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)


def _reader(tensor: Tensor, own: Mapping[int, tuple[Tensor, Location]]) -> Callable[[nn.Module], Any]:
    """Return a function that reads a tensor where the network holds it, or the tensor if it holds it nowhere."""
    known = own.get(id(tensor))
    return (lambda _: tensor) if known is None else known[1].read


def _operation(
    node: fx.Node, network: nn.Module, constants: Mapping[str, Callable[..., Any]]
) -> tuple[Any, Callable[..., Any]]:
    target: Any = node.target
    if node.op == "call_module":
        module = network.get_submodule(target)
        return module, module
    if node.op == "call_function":
        return target, target
    if node.op == "call_method":
        name = "reshape" if target == "view" else target  # the same, in any memory layout
        return name, call_method(name)
    if node.op == "output":
        return None, lambda value: value
    if target in constants:
        return None, constants[target]
    return None, attrgetter(target)


def _holders(module: nn.Module) -> Iterator[dict[Any, Any]]:
    """Yield the attributes of a module, its buffers, and the mappings among its attributes."""
    yield vars(module)
    yield from (value for value in vars(module).values() if isinstance(value, dict))


def _take_back_placeholders(held: dict[Any, Any], values: dict[Any, Any]) -> None:
    """Undo what the network's own code has kept of a drawing: attributes that hold placeholders."""
    for name, value in list(held.items()):
        if isinstance(value, fx.Proxy):
            if name in values:
                held[name] = values[name]
            else:
                del held[name]


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
