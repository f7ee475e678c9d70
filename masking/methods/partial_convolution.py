"""Partial convolution: layer masking's baseline, which weights up what each window still sees."""

from dataclasses import dataclass
from typing import ClassVar

from masking.layers import Convolution
from masking.methods import METHODS
from masking.methods.layer_masking import LayerMasking


@METHODS.register("partial_convolution")
@dataclass(frozen=True)
class PartialConvolution(LayerMasking):
    """Layer masking with other convolutions: the visible cells of a window stand for its hidden ones."""

    title = "Partial convolution"
    meaning = (
        "Hidden pixels are left out of every convolution, whose visible ones are weighted up to make good for them."
    )
    source = "Liu et al., ECCV 2018, section 3.1; as a baseline in Balasubramanian & Feizi 2023"
    convolution: ClassVar[Convolution] = "partial"
