"""Integrated gradients: gradients along the path from the mean colour to the image."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.gradient import input_gradient
from masking.models.classifier import Classifier
from masking.registry.params import param

AT_ONCE = 16
"""Inputs per pass at least: several steps at once keep the cores busy and take little memory."""


@ATTRIBUTIONS.register("integrated_gradients")
@dataclass(frozen=True)
class IntegratedGradients(Attribution):
    """Captum's implementation, with Gauss–Legendre nodes, from a picture in the mean colour."""

    steps: int = param(50, "gradients along the path; more come closer to the integral", low=1, high=1000)

    title = "Integrated gradients"
    meaning = "What each value adds to the class's logit, summed along the path from the mean colour to the picture."
    source = "Sundararajan, Taly & Yan 2017 (arXiv 1703.01365), section 3"
    relative_cost = "as many forward and backward passes as steps"
    complete = True

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        from captum.attr import IntegratedGradients as Captum

        del original
        input_gradient(classifier, x[:1], target[:1])  # raises the error if there is no gradient
        with torch.enable_grad():
            heat = Captum(classifier.network).attribute(
                x.detach().requires_grad_(),
                baselines=torch.zeros_like(x),
                target=target,
                n_steps=self.steps,
                internal_batch_size=max(len(x), AT_ONCE),
            )
        return Heat(heat)
