"""What a measure says of itself: its unit, and which direction is better. Tables and tooltips are drawn from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from masking.registry import Registry

Function = TypeVar("Function", bound=Callable[..., Any])
Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measure:
    """A function from answers to a number, and how to read that number.

    Attributes:
        function: the measure itself.
        title: as headings name it.
        unit: with its range.
        better: the direction in which an explanation, or a method, is better.
        meaning: one sentence.
        source: paper and section.
    """

    function: Callable[..., Any]
    title: str
    unit: str
    better: Better
    meaning: str
    source: str


MEASURES: Registry[Measure] = Registry("measure", "masking.measures")


def measure(title: str, unit: str, better: Better, source: str) -> Callable[[Function], Function]:
    """Decorator that files a function in `MEASURES` under its name; its meaning is its docstring's first line."""

    def file(function: Function) -> Function:
        meaning = (function.__doc__ or "").strip().partition("\n")[0]
        MEASURES.register(function.__name__)(Measure(function, title, unit, better, meaning, source))
        return function

    return file
