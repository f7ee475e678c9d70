import io

import numpy as np
import pytest
import torch
from PIL import Image

from masking.segments.label_map import label_map

LABELS = np.array([[3, 3, 9], [3, 700, 700]])
EXPECTED = [[0, 0, 1], [0, 2, 2]]


def png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def palette():
    picture = Image.fromarray((LABELS % 256).astype(np.uint8))
    picture.putpalette([0] * 768)  # all entries look the same
    return picture


COLOURS = np.stack([LABELS % 256, LABELS // 256, np.full_like(LABELS, 7)], -1).astype(np.uint8)
GIVEN = {
    "tensor": torch.from_numpy(LABELS),
    "array": LABELS.astype(np.uint16),
    "negative": torch.from_numpy(LABELS - 500),
    "npy": npy(LABELS),
    "16-bit": png(Image.fromarray(LABELS.astype(np.uint16))),
    "palette": png(palette()),
    "colours": png(Image.fromarray(COLOURS)),
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_segments_are_numbered_from_zero(given):
    segments = label_map(given, (2, 3))
    assert segments.tolist() == EXPECTED
    assert segments.dtype == torch.int64


def test_two_values_are_two_segments():
    assert label_map(png(Image.fromarray(LABELS == 3)), (2, 3)).tolist() == [[1, 1, 0], [1, 0, 0]]


def test_a_path_will_do(tmp_path):
    (tmp_path / "labels.npy").write_bytes(GIVEN["npy"])
    assert label_map(tmp_path / "labels.npy", (2, 3)).tolist() == EXPECTED
    assert label_map(str(tmp_path / "labels.npy"), (2, 3)).tolist() == EXPECTED
    with pytest.raises(ValueError, match=r"gone.npy cannot be read \(No such file or directory\); check the path"):
        label_map(tmp_path / "gone.npy", (2, 3))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (LABELS.astype(float), r"the label map is float64 of shape \(2, 3\); give whole numbers"),
        (LABELS[None], r"the label map is int64 of shape \(1, 2, 3\)"),
        (LABELS.T, r"the label map is 3x2 but the image is 2x3 \(height x width\); make it that size"),
        (b"hello", "the label map is neither a PNG nor a .npy file; save it as one of these"),
        (GIVEN["colours"][:12], "the label map is not a PNG picture; save it as one"),
        (GIVEN["npy"][:-5], "the label map is not a whole .npy file of numbers; save it again"),
        (npy(np.array([[print, 3]], dtype=object)), "the label map is not a whole .npy file of numbers"),
        (GIVEN["colours"][:-30], "the label map cannot be read to its end"),
    ],
    ids=["floats", "three dimensions", "size", "no picture", "broken", "short", "code", "damaged"],
)
def test_what_is_no_label_map_gets_a_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        label_map(given, (2, 3))
