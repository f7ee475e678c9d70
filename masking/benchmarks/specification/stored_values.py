"""The values of a stored spec: of the right types, whether or not what they name still exists."""

import json
import math
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masking.runtime.door import one_line, reason_of

LONGEST = 10_000
"""Characters of the longest text in a stored spec, in its environment or in a row."""
DEEPEST = 20
"""Lists and objects inside each other."""

_Text = Annotated[str, Field(max_length=LONGEST)]
_Values = dict[_Text, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class _Data(_Strict):
    source: _Text
    settings: _Values


class _Classifier(_Strict):
    name: _Text
    weights: _Text | None = None
    categories: _Text | None = None
    input_size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


class _Spec(_Strict):
    experiment: _Text
    settings: _Values
    data: _Data
    classifier: _Classifier
    count: Annotated[int, Field(ge=1, le=10_000_000)]
    first: Annotated[int, Field(ge=0, le=2**53)]
    seed: Annotated[int, Field(ge=0, le=2**53)]
    block: Annotated[int, Field(ge=1, le=4096)]
    device: _Text
    plugins: list[_Text]


def read_stored_values(text: str) -> dict[str, Any]:
    """Return the values of a stored spec. Raises ValueError, in a sentence, for one that has other types."""
    try:
        _Spec.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(f"its spec is damaged ({first_error(error)})") from None
    try:
        values = json.loads(text)
        check_plain(values)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its spec is damaged ({reason_of(error)})") from None
    return values


def first_error(error: ValidationError) -> str:
    """Return in a few words what is wrong first, and where."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{one_line('.'.join(map(str, first['loc'])), 100)}: {one_line(first['msg'], 200)}"


def check_plain(value: Any, depth: int = 0) -> None:
    """Raise ValueError for endless or huge numbers, huge texts, and values that are nested too deeply."""
    if depth > DEEPEST:
        raise ValueError("its values are nested too deeply")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it has a number that is not finite")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("it has a number that is too large")
    if isinstance(value, str) and (len(value) > LONGEST or (not value.isascii() and _has_half_character(value))):
        raise ValueError("it has a text that is too long or no text")
    if isinstance(value, dict | list):
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            check_plain(part, depth + 1)


def _has_half_character(text: str) -> bool:
    return any(0xD800 <= ord(character) < 0xE000 for character in text)
