"""Partial convolution, the baseline of layer masking: the visible cells of a window get a higher weight."""

from dataclasses import dataclass
from typing import ClassVar

from masking.layers import Convolution
from masking.methods import METHODS, Style
from masking.methods.layer_masking import LayerMasking


@METHODS.register("partial_convolution")
@dataclass(frozen=True)
class PartialConvolution(LayerMasking):
    """Layer masking with other convolutions, in which the visible cells of a window replace its hidden ones."""

    title = "Partial convolution"
    meaning = "Every convolution leaves hidden pixels out and gives the visible ones a higher weight in return."
    source = "Liu et al., ECCV 2018, section 3.1; as a baseline in Balasubramanian & Feizi 2023"
    style = Style("#6684ff", "cross", "longdashdot")
    convolution: ClassVar[Convolution] = "partial"
    rounds: ClassVar = "window"  # pyright: ignore[reportIncompatibleVariableOverride] # no setting: nothing is padded
    diagonals: ClassVar = "equal"  # pyright: ignore[reportIncompatibleVariableOverride]
