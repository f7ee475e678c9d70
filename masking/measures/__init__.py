"""Measures: pure functions from predictions to numbers."""

from masking.measures.entropy import class_entropy, predictive_entropy

__all__ = ["class_entropy", "predictive_entropy"]
