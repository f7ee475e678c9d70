"""Measures and what they say about themselves, for tables and tooltips: unit, better direction, source."""

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
        function: the function that measures.
        title: its name in headings.
        unit: its unit and range.
        better: whether higher or lower values are better.
        meaning: one sentence for users.
        source: paper and section.
    """

    function: Callable[..., Any]
    title: str
    unit: str
    better: Better
    meaning: str
    source: str


MEASURES: Registry[Measure] = Registry("measure", "masking.measures")


def measure(title: str, unit: str, better: Better, meaning: str, source: str) -> Callable[[Function], Function]:
    """Decorate a function to register it in `MEASURES` under its name; arguments as the attributes of `Measure`."""

    def file(function: Function) -> Function:
        MEASURES.register(function.__name__)(Measure(function, title, unit, better, meaning, source))
        return function

    return file
