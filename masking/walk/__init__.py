"""The walk: one image through a network, layer by layer, untouched, filled and layer-masked side by side.

>>> walked = walk(classifier, image, mask)
>>> print(walked.sentence)
"""

from masking.walk.look import FILLED, MASKED, PLAIN, Look, Statistics
from masking.walk.result import Layer, Walk
from masking.walk.walking import INPUT, look_at, refusal, walk

__all__ = ["FILLED", "INPUT", "MASKED", "PLAIN", "Layer", "Look", "Statistics", "Walk", "look_at", "refusal", "walk"]
