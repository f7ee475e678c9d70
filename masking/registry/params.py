"""A dataclass field that knows its range, unit and meaning; forms, options and link parameters follow from it."""

import dataclasses
import difflib
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from masking.registry.showing import show_value

_KEY = "param"
MOST_VALUES = 200
"""A parameter that takes several values takes at most so many; the rows of a run are as many for each image."""
CLOSE = 0.5
"""A misspelt choice is offered from this similarity on, 0 … 1; see `difflib`."""


@dataclass(frozen=True)
class Param:
    """One declared parameter, with all that a widget, a command line option or a link needs to know about it."""

    name: str
    default: Any
    meaning: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[Any, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def many(self) -> bool:
        """Whether the parameter takes several values, as a tuple; each has to be in range."""
        return isinstance(self.default, tuple)

    def check(self, value: Any) -> None:
        """Raise ValueError with one sentence if `value` is outside the declared range or choices."""
        if not self.many:
            self._check_entry(value)
            return
        if not isinstance(value, tuple) or not value:
            raise ValueError(f"{self.name} is {show_value(value)}; give one value or more, separated by commas")
        if len(value) > MOST_VALUES:
            raise ValueError(f"{self.name} holds {len(value):,} values; give at most {MOST_VALUES}")
        if twice := [entry for position, entry in enumerate(value) if entry in value[:position]]:
            raise ValueError(f"{self.name} holds {twice[0]} twice; name each value once")
        for entry in value:  # names may carry parameters of their own, such as greyout:grey=middle
            self._check_entry(entry.partition(":")[0] if self.choices and isinstance(entry, str) else entry)

    def _check_entry(self, value: Any) -> None:
        if self.choices and value not in self.choices and value not in self.renamed:
            names = list(map(str, self.choices))
            near = difflib.get_close_matches(str(value), names, n=1, cutoff=CLOSE)
            offer = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"{self.name} is {show_value(value)}; it must be one of {', '.join(names)}{offer}")
        low, high = -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
        if (low, high) == (-math.inf, math.inf):
            return
        try:
            inside = low <= value <= high
        except TypeError:
            raise ValueError(f"{self.name} is {show_value(value)}; give a number") from None
        if not inside:
            unit = f" {self.unit}" if self.unit else ""
            raise ValueError(
                f"{self.name} is {value}; it must be between {_format_limit(low)} and {_format_limit(high)}{unit}"
            )
        whole = isinstance(self.default[0] if self.many else self.default, int)
        if whole and not isinstance(value, numbers.Integral):
            raise ValueError(f"{self.name} is {value}; give a whole number")


def _format_limit(limit: float) -> str:
    """Return a limit as text, whole numbers with all their digits."""
    return str(int(limit)) if float(limit).is_integer() else f"{limit:g}"


def param(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    choices: Sequence[Any] = (),
    renamed: Mapping[str, str] | None = None,
) -> Any:
    """Declare a dataclass field with its meaning, inclusive range and unit; `renamed` maps old choices to new ones."""
    declared = Param("", default, meaning, low, high, unit, tuple(choices), dict(renamed or {}))
    return dataclasses.field(default=default, metadata={_KEY: declared})


def params(owner: Any) -> tuple[Param, ...]:
    """Return the declared parameters of a dataclass, or of one of its instances, in order."""
    return tuple(
        dataclasses.replace(each.metadata[_KEY], name=each.name)
        for each in dataclasses.fields(owner)
        if _KEY in each.metadata
    )


def param_values(instance: Any) -> dict[str, Any]:
    """Return the fields of a dataclass instance by name, for manifests; nothing for any other object."""
    if not dataclasses.is_dataclass(instance) or isinstance(instance, type):
        return {}
    return dataclasses.asdict(instance)


def check_params(instance: Any) -> None:
    """Check every declared parameter of `instance`; meant for `__post_init__`. Raises ValueError."""
    for declared in params(instance):
        declared.check(getattr(instance, declared.name))
