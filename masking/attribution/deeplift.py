"""DeepLIFT: how a difference from the mean colour propagates to the logit."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.hookable import LINEAR, MAX_POOLS, RELUS, Hookable, first_not, hush_captum
from masking.models.classifier import Classifier


@ATTRIBUTIONS.register("deeplift")
@dataclass(frozen=True)
class DeepLift(Attribution):
    """Captum's rescale rule, compared with a picture in the mean colour, on a copy of the graph."""

    title = "DeepLIFT"
    meaning = "What each value adds to the class's logit, compared with a picture in the mean colour."
    source = "Shrikumar, Greenside & Kundaje 2017 (arXiv 1704.02685), rescale rule"
    relative_cost = "three to eight forward passes"
    complete = True

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, or a sentence with the first operation that DeepLIFT has no rule for."""
        cannot = f"DeepLIFT cannot be computed for {classifier.name}"
        if classifier.family == "vit":
            return f"{cannot}: it is a transformer, and there are rules for convolutional networks only"
        try:
            strange = first_not(classifier.network, LINEAR, RELUS, MAX_POOLS, size=classifier.input_size)
        except NotImplementedError as error:
            return f"{cannot}: it {error}"
        return f"{cannot}: there is no rule for {strange}" if strange else None

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        from captum.attr import DeepLift as Captum

        del original
        hush_captum()
        with torch.enable_grad():
            network = Hookable(classifier.network, x)
            x = x.detach().requires_grad_()
            return Heat(Captum(network).attribute(x, baselines=torch.zeros_like(x), target=target))
