"""What a file of weights says about its own classifier: values of the right types, and none that could cost much."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from masking.models import ARCHITECTURES
from masking.models.family import Family
from masking.runtime.door import InputError, one_line, show_name
from masking.runtime.text_files import check_numbers

MOST_CLASSES = 100_000
LARGEST_INPUT = 512
"""The longest side of an input in pixels; `missingness train` makes none that is longer."""
_DEPTHS = ("depth", "blocks")
"""Arguments of architectures that say how many layers there are."""

_Name = Annotated[str, Field(max_length=1000)]
_Pixels = Annotated[int, Field(ge=1, le=LARGEST_INPUT)]
_Channels = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=1, max_length=3)]
_Number = Annotated[int, Field(ge=0, le=4096)] | Annotated[float, Field(ge=0, le=4096)]
_Argument = bool | _Number | _Name | Annotated[list[_Number], Field(max_length=100)]


class _Partial(BaseModel):
    """The facts that any file may hold."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

    categories: Annotated[list[_Name], Field(max_length=MOST_CLASSES)] = []


class _Whole(BaseModel):
    """The facts that describe a classifier."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

    architecture: _Name
    arguments: Annotated[dict[_Name, _Argument], Field(max_length=100)]
    categories: Annotated[list[_Name], Field(min_length=1, max_length=MOST_CLASSES)]
    name: _Name
    mean: _Channels
    std: _Channels
    family: Family
    resize: _Pixels
    input_size: Annotated[list[_Pixels], Field(min_length=2, max_length=2)]

    @field_validator("architecture")
    @classmethod
    def _is_known(cls, architecture: str) -> str:
        if architecture not in ARCHITECTURES:
            raise ValueError(f"there is no {show_name(architecture)}")
        return architecture

    @field_validator("arguments")
    @classmethod
    def _is_no_deeper_than_its_file(cls, arguments: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        tensors: Any = info.context
        for name in _DEPTHS:
            value = arguments.get(name, 0)
            if sum(value if isinstance(value, list) else [0 if isinstance(value, str) else value]) > tensors:
                raise ValueError(f"its {name} is more than its tensors are")
        return arguments


def check_description(description: Any, name: str, tensors: int) -> dict[str, Any]:
    """Return what a file says about its classifier, {} for nothing.

    Args:
        description: plain values.
        name: how errors call the file.
        tensors: how many it holds.

    Raises:
        InputError: it is no description, or has a value of another type or out of range; one sentence.
    """
    try:
        check_numbers(description)
        is_whole = isinstance(description, dict) and "architecture" in description
        (_Whole if is_whole else _Partial).model_validate(description, context=tensors)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = one_line(".".join(map(str, first["loc"])), 60)
        reason = f"{field}: {first['msg']}" if field else first["msg"]
    except (ValueError, TypeError) as error:
        reason = str(error)
    else:
        return description
    raise InputError(f"{name} describes its classifier wrongly ({one_line(reason, 200)}); train it again, or repair it")
