"""Attributions: which parts of an image the answer came from.

>>> explanation = lime(classifier, "photograph.jpg", "layer_masking")
>>> print(explanation.category, explanation.r2, explanation.order[:3])
"""

from masking.attribution.explanation import LimeExplanation, LimeSettings
from masking.attribution.lime import lime

__all__ = ["LimeExplanation", "LimeSettings", "lime"]
