"""The magnitude of the input: a control that does not use the network."""

from dataclasses import dataclass

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.models.classifier import Classifier


@ATTRIBUTIONS.register("absolute_input")
@dataclass(frozen=True)
class AbsoluteInput(Attribution):
    """How far each value of the unmasked image lies from the mean colour."""

    title = "|Input| (control)"
    meaning = "How far each value lies from the mean colour; it depends neither on the network nor on the class."
    source = "a control of this project: what contrast alone gives"
    relative_cost = "none"
    signed = False

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        del classifier, x, target
        return Heat(original.abs())
