"""The start of the tests of the mask editor: a photograph under a box in the middle."""

import io

import numpy as np
from PIL import Image

from masking import Mask

SIZE = (128, 128)
START = Mask.box(SIZE, 42, 42, 42, 42)


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(buffer, "PNG")
    return buffer.getvalue()
