"""Concordance against a literal oracle of the paper's definition."""

import math

import pytest
import torch

from masking import BENCHMARKS, METHODS, load_classifier
from masking.attribution import compute_features
from masking.benchmarks.experiments.concordance import shrink_into_corner
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.masks.mask import Mask
from masking.measures import concordance_error


def cosine(a, b):
    """The cosine of two lists of numbers, written out."""
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / (math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b)))


def test_it_is_the_difference_of_two_cosines():
    shown, whole = torch.randn(2, 6, 2, 5, generator=torch.Generator().manual_seed(0))
    expected = [
        abs(cosine(*s) - cosine(*w)) for s, w in zip(shown.double().tolist(), whole.double().tolist(), strict=True)
    ]
    assert concordance_error(shown, whole).tolist() == pytest.approx(expected, abs=1e-12)
    by_hand = concordance_error(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
    assert by_hand.item() == pytest.approx(1)


def test_lengths_do_not_matter_and_nothing_is_finite():
    pair = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    assert concordance_error(pair * torch.tensor([[5.0], [0.1]]), pair).item() == pytest.approx(0, abs=1e-7)
    assert concordance_error(torch.zeros(2, 3), torch.zeros(2, 3)).item() == 0


@pytest.mark.parametrize("shape", [(3, 4), (2,), (1, 5)])
def test_features_that_are_no_pairs_are_refused(shape):
    with pytest.raises(ValueError, match=r"needs features \(…, 2, d\) of pairs"):
        concordance_error(torch.zeros(shape), torch.zeros(shape))


def test_a_shrunken_picture_lies_in_the_corner_and_alone_is_shown():
    image = torch.rand(1, 3, 8, 12)
    small, mask = shrink_into_corner(image, 0.5)
    assert mask.keep[0, 0].nonzero().amax(0).tolist() == [3, 5]
    assert not (small * ~mask.keep).any()
    assert small[..., :4, :6].mean() == pytest.approx(float(image.mean()), abs=0.02)
    whole, everything = shrink_into_corner(image, 1.0)
    assert everything.keep.all()
    assert torch.equal(whole, image)


@pytest.mark.parametrize("name", ["greyout", "layer_masking"])
def test_the_experiment_against_the_definition(name):
    classifier = load_classifier("silhouettes/resnet")
    images = torch.rand(3, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    experiment = BENCHMARKS["concordance"](methods=(name,), sides=(0.5, 1.0))
    batch = ImageBatch(images, torch.zeros(3, dtype=torch.long), (4, 7, 9))
    rows = {(row["image"], row["side"]): row["concordance_error"] for row in experiment.rows(classifier, batch, id)}
    method, full = METHODS[name](), Mask.full((128, 128))
    for position, index in enumerate((4, 7, 9)):
        features = []
        for other in (position, (position + 1) % 3):
            image = images[other : other + 1]
            small = torch.nn.functional.interpolate(image.double(), (64, 64), mode="bilinear", antialias=True)
            small = ((small * 255).round() / 255).float()  # the levels of a picture file
            canvas, keep = torch.rand(1, 3, 128, 128), torch.zeros(1, 1, 128, 128, dtype=torch.bool)
            canvas[..., :64, :64], keep[..., :64, :64] = small, True
            shown = compute_features(classifier, canvas, Mask(keep), method)[0].tolist()
            features.append((shown, compute_features(classifier, image, full, method)[0].tolist()))
        (a, whole_a), (b, whole_b) = features
        assert rows[index, 0.5] == pytest.approx(abs(cosine(a, b) - cosine(whole_a, whole_b)), abs=1e-5)
        assert rows[index, 1.0] == pytest.approx(0, abs=1e-6)


def test_an_image_that_is_alone_has_no_pair():
    batch = ImageBatch(torch.rand(1, 3, 128, 128), torch.zeros(1, dtype=torch.long), (0,))
    assert BENCHMARKS["concordance"]().rows(load_classifier("silhouettes/resnet"), batch, id) == []
