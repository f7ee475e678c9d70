import dataclasses

import pytest
import torch

from masking import attribution_masks, load_classifier
from masking.attribution.fading import input_share, logit_lead
from masking.datasets.gallery import open_sample

STEPS = 3


@pytest.fixture(scope="module")
def masks():
    classifier = load_classifier("cifar10/nib-vgg16-slim")
    images = torch.cat([classifier.prepare(open_sample(name)) for name in ("chelsea", "rocket")])
    return attribution_masks(classifier, images, ["cat", "frog"], "gxsi", STEPS)


def test_the_share_of_the_input_is_a_ratio_of_norms(masks):
    share = input_share(masks)
    assert share.shape == (STEPS + 1, 2)
    assert share[0].tolist() == [1, 1]
    whole, last = masks.normalised(0)[1].double(), masks.normalised(STEPS)[1].double()
    assert float(share[STEPS, 1]) == pytest.approx(float(last.norm() / whole.norm()))
    assert bool((share.diff(dim=0) < 0).all()), "each mask takes something away"


def test_an_input_of_the_mean_colour_has_nothing_to_lose(masks):
    grey = dataclasses.replace(masks, image=masks.mean.expand_as(masks.image))
    assert input_share(grey).abs().max() == 0


def test_a_lead_is_positive_where_the_target_is_the_answer(masks):
    lead = logit_lead(masks)
    assert torch.equal(lead > 0, masks.hits())
    logits = masks.logits.clone()
    logits[:] = 0
    logits[2, 0, masks.target[0]], logits[2, 0, (masks.target[0] + 1) % 10] = 5, 3.5
    assert float(logit_lead(dataclasses.replace(masks, logits=logits))[2, 0]) == 1.5
    logits[2, 0, (masks.target[0] + 2) % 10] = 7
    assert float(logit_lead(dataclasses.replace(masks, logits=logits))[2, 0]) == -2


def test_without_input_bias_logits_shrink_with_the_input(masks):
    """All logits of such a network are proportional to the strength of its input."""
    classifier = load_classifier("cifar10/nib-vgg16-slim")
    x = masks.normalised(0)
    with torch.inference_mode():
        whole, half = classifier.network(x), classifier.network(x / 2)
    torch.testing.assert_close(half, whole / 2, rtol=1e-3, atol=1e-4)
