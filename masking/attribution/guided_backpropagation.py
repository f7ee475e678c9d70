"""Guided backpropagation: a gradient for which every ReLU passes only positive parts back."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.hookable import Hookable, activations, hush_captum
from masking.models.classifier import Classifier


@ATTRIBUTIONS.register("guided_backpropagation")
@dataclass(frozen=True)
class GuidedBackpropagation(Attribution):
    """Captum's implementation, on a copy of the graph whose ReLUs are modules; not multiplied by the input."""

    title = "Guided backpropagation"
    meaning = "A gradient for which every ReLU passes only positive parts back."
    source = "Springenberg et al. 2015 (arXiv 1412.6806), section 3.4"
    relative_cost = "one forward and one backward pass"

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, or a sentence that the network has no ReLU, or also other activations."""
        cannot = f"guided backpropagation is defined for ReLU and cannot be computed for {classifier.name}"
        try:
            in_order = activations(classifier.network, classifier.input_size)
        except NotImplementedError as error:
            return f"{cannot}: it {error}"
        if not in_order:
            return f"{cannot}: it has no ReLU"
        other = next((title for title, is_relu in in_order if not is_relu), None)
        return f"{cannot}: it has {other}" if other else None

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        from captum.attr import GuidedBackprop

        del original
        hush_captum()
        with torch.enable_grad():
            network = Hookable(classifier.network, x)
            x = x.detach().requires_grad_()
            return Heat(GuidedBackprop(network).attribute(x, target=target))
