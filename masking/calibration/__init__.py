"""Calibration: an affine map of the answers to masked images, fitted so that they name what the whole image is named.

It is called MCal (Sridhar, Xue and Wong, ICLR 2026). In reading order:

settings.py    the settings of a fit: shares, masks, form, ridge, seed
regression.py  the fit: multinomial logistic regression that stays near the identity
head.py        a fitted map, `CalibrationHead`, with the network and the masking method that it belongs to
head_store.py  heads in files: your own, and those that come with the project
"""

from masking.calibration.head import CalibrationHead, classifier_digest
from masking.calibration.head_store import explain_missing, find_head, heads_folder, require_head, save_head
from masking.calibration.settings import CalibrationSettings

__all__ = [
    "CalibrationHead",
    "CalibrationSettings",
    "classifier_digest",
    "explain_missing",
    "find_head",
    "heads_folder",
    "require_head",
    "save_head",
]
