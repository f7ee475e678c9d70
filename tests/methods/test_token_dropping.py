"""Token dropping against an explicit forward pass, image by image and patch by patch."""

import pytest
import torch
from torch import nn
from torchvision.models import VisionTransformer, resnet18, swin_t
from torchvision.models.vision_transformer import ConvStemConfig

from masking import METHODS, Classifier, Mask

SIZE, PATCH, SIDE = 64, 16, 4


def vit(**settings) -> Classifier:
    network = VisionTransformer(
        SIZE, PATCH, num_layers=2, num_heads=2, hidden_dim=32, mlp_dim=64, num_classes=10, **settings
    )
    nn.init.normal_(network.heads.head.weight)
    nn.init.normal_(network.class_token)
    return Classifier("vit", network.double(), "abcdefghij", (SIZE, SIZE), family="vit")


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.fixture
def classifier() -> Classifier:
    return vit().double()


def dropping(**parameters):
    return METHODS["token_dropping"](**parameters)


def slow(classifier: Classifier, image, mask: Mask, dropped: set[tuple[int, int]]):
    """One image (1, 3, 64, 64): each patch by itself, hidden pixels zero after normalisation, then the blocks."""
    network, tokens = classifier.network, []
    pixels = (image - classifier.mean) / classifier.std * mask.keep
    positions = network.encoder.pos_embedding[0]
    tokens.append(network.class_token[0, 0] + positions[0])
    for row in range(SIDE):
        for column in range(SIDE):
            if (row, column) not in dropped:
                patch = pixels[0, :, row * PATCH : (row + 1) * PATCH, column * PATCH : (column + 1) * PATCH]
                weight, bias = network.conv_proj.weight, network.conv_proj.bias
                tokens.append((weight * patch).sum((1, 2, 3)) + bias + positions[1 + row * SIDE + column])
    x = torch.stack(tokens)[None]
    for block in network.encoder.layers:
        x = block(x)
    return network.heads(network.encoder.ln(x)[:, 0])


def together(*masks: Mask) -> Mask:
    return Mask(torch.cat([mask.keep for mask in masks]))


TOP = Mask.box(SIZE, 0, 0, PATCH, SIZE)
CASES = {
    "nothing": (Mask.full(SIZE), set()),
    "everything": (Mask.empty(SIZE), {(row, column) for row in range(SIDE) for column in range(SIDE)}),
    "one patch": (Mask.box(SIZE, 16, 32, PATCH, PATCH), {(1, 2)}),
    "the first row": (TOP, {(0, column) for column in range(SIDE)}),
    "half of two patches": (Mask.box(SIZE, 8, 16, 8, 32), {(0, 1), (0, 2)}),
    "less than half of a patch": (Mask.box(SIZE, 8, 16, 8, 15), set()),
    "a whole, a half and less": (Mask.box(SIZE, 40, 0, 24, 20), {(3, 0), (2, 0)}),
}


@pytest.mark.parametrize(("mask", "dropped"), CASES.values(), ids=CASES)
def test_equals_the_explicit_forward(classifier, mask, dropped):
    image = torch.rand(1, 3, SIZE, SIZE, dtype=torch.float64)
    expected = slow(classifier, image, mask, dropped)
    torch.testing.assert_close(dropping().logits(classifier, image, mask), expected, atol=1e-9, rtol=1e-9)


def test_a_batch_of_different_lengths_is_its_images_one_by_one(classifier):
    masks = together(*(mask for mask, _ in CASES.values()))
    images = torch.rand(len(masks), 3, SIZE, SIZE, dtype=torch.float64)
    logits = dropping().logits(classifier, images, masks)
    for i, (mask, dropped) in enumerate(CASES.values()):
        torch.testing.assert_close(logits[i : i + 1], slow(classifier, images[i : i + 1], mask, dropped))


@pytest.mark.parametrize(
    ("hidden", "threshold", "tokens"),
    [
        (0, 0.0, 16), (1, 0.0, 15), (1, 0.5, 16), (7, 0.5, 16), (8, 0.5, 15), (15, 1.0, 16), (16, 1.0, 15),
        (3, 0.1875, 15), (2, 0.1875, 16),
    ],
)  # fmt: skip
def test_threshold(hidden, threshold, tokens):
    kept = dropping(threshold=threshold).kept(_first(hidden), (4, 4))
    assert kept.sum() == tokens
    assert kept.shape == (1, 16)


def _first(hidden: int) -> Mask:
    """Hides that many pixels of the second patch of 4x4 in the first row of a 16x16 mask."""
    keep = torch.ones(1, 1, 16, 16, dtype=torch.bool)
    keep[0, 0, :4, 4:8] = (torch.arange(16) >= hidden).view(4, 4)
    return Mask(keep)


def test_thresholds_that_binary_numbers_cannot_hold():
    for hidden in range(101):
        keep = torch.ones(1, 1, 10, 10, dtype=torch.bool)
        keep.view(-1)[:hidden] = False
        assert dropping(threshold=hidden / 100).kept(Mask(keep), (10, 10)).item() == (hidden == 0)


def test_hidden_pixels_of_kept_patches_do_not_matter(classifier):
    mask = Mask.box(SIZE, 8, 16, 8, 15)
    image = torch.rand(1, 3, SIZE, SIZE)
    other = torch.where(mask.keep, image, torch.rand_like(image))
    ours, theirs = (dropping().logits(classifier, picture, mask) for picture in (image, other))
    assert torch.equal(ours, theirs)
    assert not torch.allclose(ours, classifier(image))


def test_positions_matter(classifier):
    """One and the same patch seen at two places gives two answers: position travels with it."""
    image = torch.rand(1, 3, PATCH, PATCH).repeat(1, 1, SIDE, SIDE)
    here, there = (dropping().logits(classifier, image, ~Mask.box(SIZE, top, 16, PATCH, PATCH)) for top in (0, 32))
    assert (here - there).abs().max() > 1e-3


def test_gradients_reach_visible_pixels_of_kept_patches(classifier):
    image = torch.rand(2, 3, SIZE, SIZE, requires_grad=True)
    masks = together(TOP, Mask.box(SIZE, 0, 0, SIZE, 40))
    (gradient,) = torch.autograd.grad(dropping().logits(classifier, image, masks)[:, 0].sum(), image)
    assert (gradient[~masks.keep.expand_as(gradient)] == 0).all()
    assert (gradient[0, :, PATCH:] != 0).any()
    assert (gradient[1, :, :, 32:48] == 0).all(), "a dropped patch has no visible pixel either"
    assert (gradient[1, :, :, 48:] != 0).any()


@pytest.mark.parametrize(
    "settings",
    [{"representation_size": 8}, {"conv_stem_configs": [ConvStemConfig(8, 3, 4), ConvStemConfig(16, 3, 4)]}],
    ids=["representation", "convolutional stem"],
)
def test_other_shapes_of_the_same_network(settings):
    classifier, image = vit(**settings).double(), torch.rand(2, 3, SIZE, SIZE)
    nothing = dropping().logits(classifier, image, Mask.full(SIZE))
    torch.testing.assert_close(nothing, classifier(image))
    repainted = torch.where(TOP.keep, image, 0.3)
    assert torch.equal(dropping().logits(classifier, image, TOP), dropping().logits(classifier, repainted, TOP))


def test_a_vit_of_224_pixels_with_nothing_hidden_is_the_plain_network():
    network = VisionTransformer(224, 16, num_layers=2, num_heads=12, hidden_dim=96, mlp_dim=192, num_classes=10)
    nn.init.normal_(network.heads.head.weight)
    classifier, image = Classifier("vit", network, "abcdefghij", family="vit"), torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        plain = classifier(image)
    torch.testing.assert_close(dropping().logits(classifier, image, Mask.full(224)), plain, atol=1e-5, rtol=1e-5)
    half = dropping().logits(classifier, image, Mask.random_patches(224, 0.5, 16))
    assert (half - plain).abs().max() > 1e-3


class Extended(VisionTransformer):
    def forward(self, x):
        return super().forward(x) + 1


@pytest.mark.parametrize(
    ("classifier", "reason"),
    [
        (Classifier("resnet", resnet18(weights=None, num_classes=2), "ab"), "resnet: it is a ResNet; the known"),
        (
            Classifier("swin_t", swin_t(weights=None, num_classes=2), "ab", family="vit"),
            "swin_t: it is a SwinTransformer, whose windows",
        ),
        (
            Classifier("more", Extended(32, 16, 1, 2, 8, 8, num_classes=2), "ab", (32, 32), family="vit"),
            "more: it is a Extended; the known",
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_refused_in_a_sentence(classifier, reason):
    sentence = dropping().supports(classifier)
    assert reason in sentence
    assert "\n" not in sentence
    with pytest.raises(ValueError, match=r"^token dropping "):
        dropping().logits(classifier, torch.rand(1, 3, 32, 32), Mask.full(32))


def test_another_size_is_refused_in_a_sentence(classifier):
    with pytest.raises(ValueError, match=r"^the image is 32x64 .* but vit takes 64x64 only; resize it$"):
        dropping().logits(classifier, torch.rand(1, 3, 32, 64), Mask.full((32, 64)))


def test_without_any_patch_it_is_blind(classifier):
    image, crumb = torch.rand(1, 3, SIZE, SIZE).double(), ~Mask.box(SIZE, 0, 0, 4, 4)
    masks = Mask(torch.cat([Mask.empty(SIZE).keep, crumb.keep, Mask.full(SIZE).keep]))
    assert dropping().blind(classifier, image, masks).tolist() == [True, True, False]
    assert dropping(threshold=1.0).blind(classifier, image, masks).tolist() == [True, False, False]
