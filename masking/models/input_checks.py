"""What a classifier takes: checks of its input size, its normalisation and the values of images."""

import math
import operator
import reprlib
from collections.abc import Sequence
from typing import Any, get_args

from torch import Tensor
from torchvision.transforms import InterpolationMode

from masking.models.family import Family

OVERSHOOT = 0.01
"""Values may lie this far outside of [0, 1], as after resizing a tensor with bicubic interpolation."""


def check_size(size: Sequence[int]) -> tuple[int, int]:
    """Return (h, w) as two integers.

    Raises:
        ValueError: other than two positive integers.
    """
    try:
        height, width = map(operator.index, size)
    except (TypeError, ValueError):
        raise ValueError(f"the input size is {size!r}; give height and width in pixels, such as (224, 224)") from None
    if min(height, width) < 1:
        raise ValueError(f"the input size is {height}x{width}; give height and width in pixels, such as (224, 224)")
    return height, width


def check_normalisation(mean: Sequence[float], std: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation for red, green and blue.

    Args:
        mean: three numbers in [0, 1], or one for all.
        std: three numbers above 0, or one for all.

    Raises:
        ValueError: other numbers, or another count.
    """
    means, stds = _triple(mean, "mean"), _triple(std, "std")
    if not all(0 <= value <= 1 for value in means):
        raise ValueError(f"the mean is {tuple(means)}; images lie in [0, 1], so divide mean and std for 0 … 255 by 255")
    if not all(value > 0 and math.isfinite(value) for value in stds):
        raise ValueError(f"the std is {tuple(stds)}; give numbers above 0")
    return means, stds


def check_categories(names: Any) -> tuple[str, ...]:
    """Return the class names of a classifier as a tuple; raise ValueError for anything but a sequence of texts."""
    try:
        categories: tuple[Any, ...] = tuple(names)
    except TypeError:
        categories = ()
    if not categories or not all(isinstance(name, str) for name in categories):
        raise ValueError(f"the categories are {reprlib.repr(names)}; give a list with one name per class")
    return categories


def check_family(family: Family) -> Family:
    """Return the family of a network; raise ValueError if there is none of that name."""
    if family not in get_args(Family):
        raise ValueError(f"there is no family {family!r}; choose from {', '.join(get_args(Family))}")
    return family


def check_interpolation(name: str) -> str:
    """Return the name of an interpolation; raise ValueError if torchvision knows none of that name."""
    names = [mode.value for mode in InterpolationMode]
    if name not in names:
        raise ValueError(f"there is no interpolation {name!r}; choose from {', '.join(names)}")
    return name


def _triple(values: Sequence[float], name: str) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        raise ValueError(f"the {name} is {values!r}; give three numbers, one each for red, green and blue") from None
    if len(numbers) not in {1, 3}:
        raise ValueError(
            f"the {name} has {len(numbers)} numbers; give three, one each for red, green and blue, or one for all"
        )
    return numbers * (3 // len(numbers))


def check_values(image: Tensor) -> None:
    """Raise ValueError unless all values of an image (n, 3, h, w) lie in [0, 1]; small overshoots are let through."""
    if not image.numel():
        return
    low, high = (value.item() for value in image.detach().aminmax())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("the image holds NaN or infinite values; give numbers in [0, 1]")
    if low < -OVERSHOOT or high > 1 + OVERSHOOT:
        is_bytes = low >= 0 and 2 < high <= 255
        remedy = "divide it by 255" if is_bytes else "do not normalise it, since the classifier does"
        raise ValueError(f"the image has values from {low:.3g} to {high:.3g} but they have to lie in [0, 1]; {remedy}")


def check_answers(logits: Tensor, name: str) -> Tensor:
    """Return logits (n, classes) unchanged; `name` is that of the classifier.

    Raises:
        ValueError: NaN or infinite numbers among them, so that there is no prediction.
    """
    if logits.isfinite().all():
        return logits
    raise ValueError(f"the logits of {name} are NaN or infinite; check its weights")
