"""Token dropping in vision transformers of timm and HuggingFace, against attention that cannot see what is dropped."""

from functools import partial
from types import MethodType

import pytest
import torch
from timm.layers import RelPosBias
from timm.models.beit import Beit
from timm.models.mlp_mixer import MlpMixer
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import Block
from timm.models.vision_transformer import VisionTransformer as TimmTransformer
from timm.models.vision_transformer_hybrid import HybridEmbed
from timm.models.vision_transformer_relpos import RelPosBlock, VisionTransformerRelPos
from timm.models.xcit import Xcit
from torch import nn
from torchvision.models import VisionTransformer, resnet18
from transformers import BeitConfig, BeitForImageClassification, SwinConfig, SwinForImageClassification

from masking.layers.token_families import patch_transformer
from masking.layers.tokens import logits_of_patches
from tests.layers.attention_oracle import logits_by_hidden_attention
from tests.layers.transformer_networks import CLASSES, EXAMPLES, LogitsOf, of_timm, randomised


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def patches_of(example) -> int:
    rows, columns = (size // side for size, side in zip(example.size, example.patch, strict=True))
    return rows * columns


def sample(example, images=4):
    """Images, and kept patches: all, half of them twice, one."""
    count = patches_of(example)
    kept = torch.zeros(images, count, dtype=torch.bool)
    for row, number in enumerate((count, count // 2, 1, count // 2)):
        kept[row, torch.randperm(count)[:number]] = True
    return torch.randn(images, 3, *example.size, dtype=torch.float64), kept


def dropped(network, x, kept):
    with torch.inference_mode():
        return logits_of_patches(network, patch_transformer(network), x, kept)


@pytest.fixture(params=EXAMPLES.values(), ids=EXAMPLES)
def example(request):
    return request.param


def test_equals_attention_that_sees_no_dropped_patch(example):
    network = randomised(example.build())
    assert patch_transformer(network).patch == example.patch
    x, kept = sample(example)
    logits = dropped(network, x, kept)
    expected = logits_by_hidden_attention(network, x, kept, example.prefix)
    torch.testing.assert_close(logits, expected, atol=1e-9, rtol=1e-9)
    with torch.inference_mode():
        plain = network(x)
    torch.testing.assert_close(logits[0], plain[0], atol=1e-12, rtol=1e-12)
    assert (logits[1:] - plain[1:]).abs().amax(1).min() > 1e-4, "dropping must matter"


def test_nothing_hidden_is_the_plain_network_bit_for_bit(example):
    network = randomised(example.build())
    x = torch.randn(2, 3, *example.size, dtype=torch.float64)
    with torch.inference_mode():
        assert torch.equal(dropped(network, x, torch.ones(2, patches_of(example), dtype=torch.bool)), network(x))


def test_nothing_kept_is_finite_and_independent_of_the_image(example):
    network = randomised(example.build())
    x, kept = sample(example)
    kept[1] = kept[3] = False
    logits = dropped(network, x, kept)
    assert logits.isfinite().all()
    torch.testing.assert_close(logits[1], logits[3], atol=1e-12, rtol=1e-12)


def test_the_network_is_left_as_it_was(example):
    network = randomised(example.build())
    modules, attributes = list(network.modules()), [dict(vars(module)) for module in network.modules()]
    dropped(network, *sample(example))
    assert list(network.modules()) == modules
    assert [dict(vars(module)) for module in network.modules()] == attributes


def test_hidden_patches_do_not_matter_bit_for_bit(example):
    network = randomised(example.build())
    x, kept = sample(example)
    grid = [size // side for size, side in zip(example.size, example.patch, strict=True)]
    hidden = (~kept).view(4, 1, *grid).repeat_interleave(example.patch[0], 2).repeat_interleave(example.patch[1], 3)
    other = torch.where(hidden, torch.randn_like(x), x)
    assert torch.equal(dropped(network, x, kept), dropped(network, other, kept))


# --- networks around and beside them ---------------------------------------------------------------------------------


def test_hooks_of_the_embedding_count():
    network = randomised(of_timm(TimmTransformer)())
    x, kept = sample(EXAMPLES["timm"])
    before = dropped(network, x, kept)
    network.patch_drop.register_forward_hook(lambda module, inputs, tokens: 2 * tokens)
    network.blocks[1].register_forward_hook(lambda module, inputs, tokens: 3 * tokens)
    expected = logits_by_hidden_attention(network, x, kept, 1)
    torch.testing.assert_close(dropped(network, x, kept), expected, atol=1e-9, rtol=1e-9)
    assert not torch.allclose(before, expected)


def test_gradients_reach_the_kept_patches_alone():
    network = randomised(of_timm(TimmTransformer)())
    x, kept = torch.randn(1, 3, 32, 32, dtype=torch.float64, requires_grad=True), torch.zeros(1, 16, dtype=torch.bool)
    kept[0, 5] = True
    logits_of_patches(network, patch_transformer(network), x, kept).sum().backward()
    touched = x.grad.abs().sum((0, 1)) > 0
    assert touched[8:16, 8:16].all()
    assert touched.sum() == 64


class Scaled(nn.Module):
    """A network around another one, which shows it another image."""

    def __init__(self, vit: nn.Module, times: int, size: int):
        super().__init__()
        self.vit, self.times, self.size = vit, times, size

    def forward(self, x):
        x = nn.functional.interpolate(x, size=self.size)
        return sum(self.vit(x) for _ in range(self.times))


@pytest.mark.parametrize(("times", "size"), [(0, 32), (2, 32), (1, 16)])
def test_wrappers_that_do_something_else_are_refused(times, size):
    network = Scaled(randomised(of_timm(TimmTransformer, dynamic_img_size=True)()), times, size)
    with pytest.raises(ValueError, match=r"token dropping .* (once|own size)"):
        dropped(network, *sample(EXAMPLES["timm"]))


class Doubled(TimmTransformer):
    def forward(self, x):
        return 2 * super().forward(x)


class OtherFeatures(TimmTransformer):
    def forward_features(self, x):
        return super().forward_features(x.flip(-1))


def patched() -> nn.Module:
    network = of_timm(TimmTransformer)()
    network.forward = MethodType(lambda self, x: TimmTransformer.forward(self, x.flip(-1)), network)
    return network


def hybrid() -> nn.Module:
    stem = nn.Sequential(nn.Conv2d(3, 8, 3, 4, 1), nn.Conv2d(8, 8, 3, 2, 1))
    return of_timm(TimmTransformer, patch_size=1, embed_layer=lambda **k: HybridEmbed(stem, **k))()


class Pooled(Block):
    """A block that also convolves, as those of some hierarchical transformers do."""

    def __init__(self, dim, **settings):
        super().__init__(dim, **settings)
        self.neighbours = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)


class Biased(Block):
    """A block with a number for each of 17 tokens."""

    def __init__(self, dim, **settings):
        super().__init__(dim, **settings)
        self.offset = nn.Parameter(torch.randn(17, dim))

    def forward(self, x, *args, **kwargs):
        return super().forward(x + self.offset, *args, **kwargs)


def test_a_layer_that_needs_all_patches_is_refused_in_one_sentence():
    network = randomised(of_timm(TimmTransformer, block_fn=Biased)())
    x, kept = sample(EXAMPLES["timm"])
    with pytest.raises(
        ValueError, match=r"^token dropping cannot run VisionTransformer: a layer needs all patches \("
    ) as e:
        dropped(network, x, kept)
    assert "\n" not in str(e.value)


def relative(dim, num_heads, **_):
    return RelPosBlock(dim, num_heads, rel_pos_cls=partial(RelPosBias, window_size=(4, 4)))


REFUSED = {
    "timm, BEiT": (of_timm(Beit, use_rel_pos_bias=True), "Beit, whose attention has a number for every pair"),
    "timm, relative": (of_timm(VisionTransformerRelPos), "VisionTransformerRelPos, whose attention has a number"),
    "timm, Swin": (lambda: SwinTransformer(32, 2, depths=(1,), num_heads=(2,), embed_dim=8), "windows need every"),
    "timm, XCiT": (of_timm(Xcit), "it is a Xcit; the known"),
    "timm, mixer": (lambda: MlpMixer(10, img_size=32, num_blocks=1, embed_dim=8), "it is a MlpMixer; the known"),
    "timm, blocks that convolve": (of_timm(TimmTransformer, block_fn=Pooled), "that convolves tokens"),
    "timm, blocks with relative positions": (
        of_timm(TimmTransformer, block_fn=relative),
        "VisionTransformer, whose attention has a number for every pair",
    ),
    "timm, hybrid": (hybrid, "HybridEmbed of its VisionTransformer does not read patch by patch"),
    "timm, tokens": (of_timm(TimmTransformer, global_pool=""), "returns tokens, not logits"),
    "timm, padded": (of_timm(TimmTransformer, dynamic_img_size=True, dynamic_img_pad=True), "pads images"),
    "another forward": (of_timm(Doubled), "it is a Doubled; the known"),
    "another middle": (of_timm(OtherFeatures), "it is a OtherFeatures; the known"),
    "another forward of this one": (patched, "it is a VisionTransformer with a forward of its own; the known"),
    "HuggingFace, BEiT": (
        lambda: LogitsOf(BeitForImageClassification(BeitConfig(
            image_size=32, patch_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=8, use_relative_position_bias=True,
        ))),
        "number for every pair",
    ),
    "HuggingFace, Swin": (
        lambda: LogitsOf(SwinForImageClassification(SwinConfig(image_size=32, embed_dim=8, depths=[1], num_heads=[2]))),
        "windows need every patch",
    ),
    "ResNet": (lambda: resnet18(weights=None), "it is a ResNet; the known vision transformers are those of"),
}  # fmt: skip


@pytest.mark.parametrize(("build", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_sentence(build, reason):
    with pytest.raises(ValueError, match=reason) as refusal:
        patch_transformer(build())
    assert "\n" not in str(refusal.value)


def test_a_wrapper_around_torchvision_is_known():
    network = randomised(VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=CLASSES))
    x, kept = sample(EXAMPLES["timm"])
    wrapped = nn.Sequential(nn.Sequential(network))
    assert patch_transformer(wrapped).path == "0.0"
    assert torch.equal(dropped(wrapped, x, kept), dropped(network, x, kept))
