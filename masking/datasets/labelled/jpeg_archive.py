"""One .npz file with encoded pictures end to end: small, quick to open, and no code in it."""

import io
import itertools
import zipfile

import numpy as np
from PIL import Image

from masking.datasets.labelled import LABELLED, Part, Pictures, pictures, square

KEYS = ("data", "offsets", "labels", "classes")


@LABELLED.register("jpeg_archive")
def jpeg_archive(part: Part) -> Pictures:
    """Pictures of a .npz file, decoded once.

    In it are `data` uint8 (all JPEG or PNG files end to end), `offsets` int64 (n + 1), `labels` (n,) and `classes`,
    their names; picture i is data[offsets[i]:offsets[i + 1]].
    """
    try:
        with np.load(part.place, allow_pickle=False) as file:
            data, offsets, labels, classes = (file[key] for key in KEYS)
    except OSError as error:
        raise ValueError(f"{part.place} cannot be read ({error.strerror or error}); check the path") from None
    except (ValueError, KeyError, zipfile.BadZipFile):
        raise ValueError(f"{part.place} is no archive of pictures; it needs {', '.join(KEYS)}") from None
    if len(offsets) != len(labels) + 1 or offsets[-1] > len(data):
        raise ValueError(f"{part.place} is cut short: {len(offsets)} offsets for {len(labels)} labels; copy it again")
    spans = itertools.pairwise(offsets.tolist())
    try:
        images = [square(Image.open(io.BytesIO(data[start:end].tobytes())), part.size) for start, end in spans]
    except OSError:
        raise ValueError(f"{part.place} holds pictures that cannot be read; copy it again") from None
    return pictures(images, labels.astype(int).tolist(), classes.tolist(), part.place)
