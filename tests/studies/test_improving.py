"""Variations of layer masking: they keep its invariants, and do what they are named after."""

import pytest
import torch
from torch import nn

from masking import Classifier, Mask, layer_masked
from masking.layers import Masked
from masking.layers.maps.neighbours import rings_around
from masking.models.small_resnet import small_resnet
from studies.improving.answers import STATISTICS, FittedPictures, averages, masked_answers, plain_answers
from studies.improving.cell_statistics import Kinds, whole_moments
from studies.improving.rims import reweighed, weighted_rims

SIDE = 32


@pytest.fixture(scope="module")
def classifier():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Classifier("toy", small_resnet(5, (8, 16), (1, 1)).eval(), "abcde", (SIDE, SIDE))


@pytest.fixture(scope="module")
def images():
    return torch.rand(6, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def masks():
    return Mask(torch.cat([Mask.random_patches(SIDE, 0.5, 8, seed=i).keep for i in range(6)]))


def all_answers(classifier, images, masks):
    fitted = FittedPictures(classifier, torch.rand(8, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2)))
    other_masks = Mask(torch.cat([Mask.random_patches(SIDE, 0.5, 8, seed=10 + i).keep for i in range(8)]))
    answers = plain_answers(classifier, images, masks)
    for each in STATISTICS:
        answers |= each.answers(classifier, images, masks, each.fit(fitted, other_masks))
    return answers | averages(answers)


def test_hidden_pixels_matter_to_no_variation(classifier, images, masks):
    answers = all_answers(classifier, images, masks)
    others = all_answers(classifier, torch.where(masks.keep, images, 1 - images), masks)
    assert len(answers) > 14
    for name, logits in answers.items():
        assert torch.equal(logits, others[name]), name
    for name in answers.keys() - {"default"}:
        assert not torch.equal(answers[name], answers["default"]), name


def test_default_is_layer_masking_and_nothing_hidden_is_the_plain_network(classifier, images, masks):
    with torch.inference_mode():
        expected = layer_masked(classifier.network)(classifier.normalise(images), masks.keep)
        plain = classifier(images)
    torch.testing.assert_close(masked_answers(classifier, images, masks)["visible"], expected)
    for name, logits in all_answers(classifier, images, Mask(torch.ones_like(masks.keep))).items():
        if not name.startswith("mean of"):
            torch.testing.assert_close(logits, plain, msg=name)


@pytest.mark.parametrize("statistics", STATISTICS, ids=lambda each: each.name)
def test_corrected_cells_have_the_moments_of_whole_pictures(classifier, images, masks, statistics):
    engine, x = layer_masked(classifier.network), classifier.normalise(images)
    correction = statistics.fit(FittedPictures(classifier, images), masks)
    name = next(iter(correction.masked))
    seen = {}

    def watch(step, result):
        correction.apply(step, result, masks.keep)
        if step == name:
            places = torch.stack(Kinds().of(result, masks.keep)).sum(0)
            values = result.values.movedim(1, -1)[places[:, 0] > 0]
            seen[name] = values.mean(0), values.std(0, correction=0)

    with torch.inference_mode():
        engine(x, masks.keep, watch)
        whole = whole_moments(engine, x)[name]
    gap = (correction.masked[name].mean[-1] - whole.mean).abs().max()
    left = (seen[name][0] - whole.mean).abs().max()
    if statistics.mix == 1:
        torch.testing.assert_close(seen[name][0], whole.mean, atol=1e-4, rtol=1e-3)
    else:
        assert 1e-3 < left < gap
    if statistics.mix == 1 and not statistics.kinds.edges:
        torch.testing.assert_close(seen[name][1], whole.deviation, atol=1e-4, rtol=1e-3)


def test_kinds_of_cells_follow_the_visible_share_under_them():
    keep = torch.zeros(2, 1, 4, 4, dtype=torch.bool)
    keep[0, :, :2] = True  # the upper cells are whole
    keep[0, :, 2, 0] = True  # one of four pixels
    keep[1] = True  # nothing hidden: no cell is of any kind
    maps = []
    network = nn.Sequential(nn.Conv2d(1, 1, 2, 2)).eval()
    with torch.no_grad():
        layer_masked(network)(torch.zeros(2, 1, 4, 4), keep, lambda _, result: maps.append(result))
    result = next(each for each in reversed(maps) if isinstance(each, Masked))
    few, _, many = Kinds((1 / 3, 2 / 3)).of(result, keep)
    assert few[:, 0].tolist() == [[[0, 0], [1, 0]], [[0, 0], [0, 0]]]
    assert many[:, 0].tolist() == [[[1, 1], [0, 0]], [[0, 0], [0, 0]]]


def test_rims_weigh_diagonal_neighbours_less():
    visible = torch.tensor([[[1, 1, 0], [1, 0, 0], [0, 0, 0]]]).bool()
    ring = reweighed(rings_around(visible, 1)[0], 3, 0.5)
    first = ring.weights[ring.starts[ring.cells.tolist().index(4)] :][:3]
    torch.testing.assert_close(first, torch.tensor([0.2, 0.4, 0.4]))  # above left, above, left


def test_equal_weights_are_the_default(classifier, images, masks):
    with weighted_rims(1.0):
        answers = masked_answers(classifier, images, masks)["visible"]
    torch.testing.assert_close(answers, masked_answers(classifier, images, masks)["visible"])
