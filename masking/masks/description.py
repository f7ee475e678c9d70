"""What a mask hides, in words: the alternative text of its picture."""

from masking.masks.mask import Mask
from masking.masks.shares import share_text


def describe(mask: Mask) -> str:
    """Return how much of the picture the first mask hides, and where."""
    hidden = ~mask.keep[0, 0].cpu()
    if not hidden.any():
        return "Nothing is hidden."
    if hidden.all():
        return "The whole picture is hidden."
    down, across = (
        _extent([int(position) for position in hidden.any(axis).nonzero()], size)
        for axis, size in ((1, mask.size[0]), (0, mask.size[1]))
    )
    return f"{share_text(mask.hidden_share)} is hidden, from {across} of the width and {down} of the height."


def _extent(positions: list[int], size: int) -> str:
    return f"{100 * positions[0] / size:.0f} % to {100 * (positions[-1] + 1) / size:.0f} %"
