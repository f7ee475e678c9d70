"""A rule as the interpreter calls it: one spelling of arguments, ordinary maps, and refusals in one sentence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from masking.layers.maps.masked import WAITING, Extreme, Masked
from masking.layers.rules import Run

from .spelling import Operation, canonical_arguments


def never(*_: Any, **__: Any) -> bool:
    """Return False."""
    return False


def always(*_: Any, **__: Any) -> bool:
    """Return True."""
    return True


def fine(*_: Any, **__: Any) -> None:
    """Return None: nothing speaks against the operation."""
    return


@dataclass(frozen=True)
class Rule:
    """How an operation treats masked activations; all functions take the operation, then its arguments.

    Attributes:
        compute: computes the result from arguments in canonical spelling.
        ending: whether the result may be an ordinary tensor, as behind a pool over the whole map.
        objection: why it cannot be computed, or None. Like `ending` it is called before anything is computed, with
            placeholders for activations.
        accepts: the kinds of waiting maps that `compute` takes as they are; others are settled first.
    """

    compute: Run
    ending: Callable[..., bool] = never
    objection: Callable[..., str | None] = fine
    accepts: tuple[type, ...] = ()

    def apply(self, run: Run, *args: Any, **kwargs: Any) -> Any:
        """Compute the result of a call.

        Raises:
            NotImplementedError: it has no masked counterpart; the reason says why.
        """
        for value in (*args, *kwargs.values()):
            if isinstance(value, _NEEDS_A_LOOK):
                args = tuple(map(self._settled, args))
                kwargs = {name: self._settled(value) for name, value in kwargs.items()}
                if not _holds_a_map((*args, *kwargs.values())):
                    return run(*args, **kwargs)
                break
        if kwargs:
            args, kwargs = canonical_arguments(args, kwargs)
        return self.compute(run, *args, **kwargs)

    def ends(self, run: Run, *args: Any, **kwargs: Any) -> bool:
        """Return whether the result may be an ordinary tensor."""
        args, kwargs = canonical_arguments(args, kwargs)
        return self.ending(run, *args, **kwargs)

    def refusal(self, run: Run, *args: Any, **kwargs: Any) -> str | None:
        """Return why a call cannot be computed, or None."""
        args, kwargs = canonical_arguments(args, kwargs)
        if "out" in kwargs:
            return "writes its result into another tensor; use the result instead of out="
        try:
            _signature(self.compute).bind(run, *args, **kwargs)
        except TypeError as error:
            return f"is called in a way that layer masking does not know: {error}"
        return self.objection(run, *args, **kwargs)

    def _settled(self, value: Any) -> Any:
        if isinstance(value, list | tuple) and not isinstance(value, Extreme):
            items = [self._settled(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        return value.settled() if isinstance(value, WAITING) and type(value) not in self.accepts else value


def _holds_a_map(values: Any) -> bool:
    return any(_holds_a_map(v) if isinstance(v, list | tuple) else isinstance(v, Masked) for v in values)


_NEEDS_A_LOOK = (*WAITING, list, tuple)

Rules = Mapping[Operation, Rule]


@cache
def _signature(function: Run) -> inspect.Signature:
    return inspect.signature(function)
