"""Measures: pure functions from predictions to numbers."""

from masking.measures.agreement import rank_correlation, sign_agreement, stability, top_overlap
from masking.measures.entropy import class_entropy, predictive_entropy
from masking.measures.estimate import Estimate, rate, reliance_error
from masking.measures.faithfulness import deletion, insertion, lost, separation
from masking.measures.leakage import leaked_bits, leaked_bits_difference
from masking.measures.linearity import linearity_cosine, linearity_error, surrogate_fit
from masking.measures.masked_image_accuracy import mia
from masking.measures.measure import MEASURES, Measure
from masking.measures.object_alignment import alignment, object_overlap

__all__ = [
    "MEASURES",
    "Estimate",
    "Measure",
    "alignment",
    "class_entropy",
    "deletion",
    "insertion",
    "leaked_bits",
    "leaked_bits_difference",
    "linearity_cosine",
    "linearity_error",
    "lost",
    "mia",
    "object_overlap",
    "predictive_entropy",
    "rank_correlation",
    "rate",
    "reliance_error",
    "separation",
    "sign_agreement",
    "stability",
    "surrogate_fit",
    "top_overlap",
]
