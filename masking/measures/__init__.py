"""Measures: pure functions from predictions to numbers."""

from masking.measures.entropy import class_entropy, predictive_entropy
from masking.measures.estimate import Estimate, rate, reliance_error
from masking.measures.leakage import leaked_bits, leaked_bits_difference

__all__ = [
    "Estimate",
    "class_entropy",
    "leaked_bits",
    "leaked_bits_difference",
    "predictive_entropy",
    "rate",
    "reliance_error",
]
