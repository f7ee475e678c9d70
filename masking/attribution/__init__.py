"""Attributions: which parts of an image the answer came from.

>>> heat = attribute(classifier, "photograph.jpg", attribution="gxsi")
>>> explanation = lime(classifier, "photograph.jpg", "layer_masking")
>>> print(explanation.category, explanation.r2, explanation.order[:3])
"""

from masking.attribution.ablation import Ablation, Verdict, ablate, judge
from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat, attribute
from masking.attribution.attribution_mask import attribution_masks
from masking.attribution.controls import CONTROLS, Control, control, noise_image, untrained, wrong_labels
from masking.attribution.cross_evaluation import CrossEvaluation, cross_evaluate
from masking.attribution.heat_overlay import overlay
from masking.attribution.iterations import AttributionMasks, MaskSettings
from masking.attribution.lime_explainer import lime, segment_image
from masking.attribution.lime_explanation import LimeExplanation, LimeSettings
from masking.attribution.linear_features import Linearity, features, linearity

__all__ = [
    "ATTRIBUTIONS",
    "CONTROLS",
    "Ablation",
    "Attribution",
    "AttributionMasks",
    "Control",
    "CrossEvaluation",
    "Heat",
    "LimeExplanation",
    "LimeSettings",
    "Linearity",
    "MaskSettings",
    "Verdict",
    "ablate",
    "attribute",
    "attribution_masks",
    "control",
    "cross_evaluate",
    "features",
    "judge",
    "lime",
    "linearity",
    "noise_image",
    "overlay",
    "segment_image",
    "untrained",
    "wrong_labels",
]
