"""Attributions: how much each part of an image matters for an answer.

In reading order:

attribution.py       the base class `Attribution` and the verb `attribute`
targets.py           the class to explain, by index or name
gradient.py, gradient_times_input.py, integrated_gradients.py, guided_backpropagation.py, deeplift.py, occlusion.py
                     the attributions; absolute_input.py and random_control.py are controls
hookable.py          a copy of a network for tools that attach hooks
attribution_mask.py  the verb `attribution_masks`; iterations.py is its result, controls.py its controls
min_max.py           from a heat to a mask
frames.py            films of the iterations: an animation or a sheet
mask_sentences.py    the iterations in sentences; fading.py says how far the masks fade the input
lime_explainer.py    the verb `lime`; lime_explanation.py is its result, lime_surrogate.py its regression, lime_files.py
                     its files
lime_settings.py     how it samples and fits; lime_designs.py draws the samples, lime_stability.py says when to stop
lasso.py             the choice of a few segments for LIME
segment_answers.py   answers to an image with different segments hidden
ablation.py          explanations judged by hiding segments; cross_evaluation.py does so under several methods
linear_features.py   whether features are linear in the segments shown
heat_overlay.py      heat drawn over its picture; segment_drawing.py draws segments with outlines as SVG

>>> heat = attribute(classifier, "photograph.jpg", attribution="gxsi")
>>> explanation = lime(classifier, "photograph.jpg", "layer_masking")
>>> print(explanation.category, explanation.r2, explanation.order[:3])
"""

from masking.attribution.ablation import Ablation, AblationVerdict, ablate, judge
from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat, attribute
from masking.attribution.attribution_mask import MaskSettings, attribution_masks
from masking.attribution.controls import CONTROLS, Control, noise_image, run_control, untrained, wrong_labels
from masking.attribution.cross_evaluation import CrossEvaluation, cross_evaluate
from masking.attribution.heat_overlay import overlay
from masking.attribution.iterations import AttributionMasks
from masking.attribution.lime_explainer import lime, segment_image
from masking.attribution.lime_explanation import LimeExplanation
from masking.attribution.lime_settings import LimeSettings
from masking.attribution.linear_features import Linearity, compute_features, measure_linearity

__all__ = [
    "ATTRIBUTIONS",
    "CONTROLS",
    "Ablation",
    "AblationVerdict",
    "Attribution",
    "AttributionMasks",
    "Control",
    "CrossEvaluation",
    "Heat",
    "LimeExplanation",
    "LimeSettings",
    "Linearity",
    "MaskSettings",
    "ablate",
    "attribute",
    "attribution_masks",
    "compute_features",
    "cross_evaluate",
    "judge",
    "lime",
    "measure_linearity",
    "noise_image",
    "overlay",
    "run_control",
    "segment_image",
    "untrained",
    "wrong_labels",
]
