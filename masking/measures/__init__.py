"""Measures: pure functions from predictions to numbers.

In reading order:

measure.py                what a measure says about itself: title, unit, better direction, source
estimate.py               a measured number with its confidence interval
entropy.py                predictive entropy and class entropy
masked_image_accuracy.py  MIA: accuracy on masked images
pair_information.py       mutual information of a table of label pairs, as counted and corrected
leakage_interval.py       the interval of a leakage, from predictors of known leakage
leakage.py                how many bits predictions reveal about the true class
few_answers.py            bits of a handful of answers, from how many are right
readout.py                the class that all probabilities together reveal
faithfulness.py           deletion, insertion, separation: does the answer follow the explanation?
agreement.py              do two explanations of one image agree?
object_alignment.py       does the explanation lie on the object?
linearity.py              is the classifier linear in the parts that are present?
concordance.py            do two pictures stay as similar when they are shrunk and the rest is missing?
fill_values.py            the values of hidden pixels that a fill showed the model
"""

from masking.measures.agreement import rank_correlation, sign_agreement, stability, top_overlap
from masking.measures.concordance import concordance_error
from masking.measures.entropy import class_entropy, predictive_entropy
from masking.measures.estimate import Estimate, rate, reliance_error
from masking.measures.faithfulness import deletion, insertion, lost, separation
from masking.measures.few_answers import answer_bits
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
    "answer_bits",
    "class_entropy",
    "concordance_error",
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
