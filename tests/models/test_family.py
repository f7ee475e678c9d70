"""Families guessed from modules: a transformer attends more often than it convolves."""

import pytest
import timm
from torch import nn
from torchvision.models import VisionTransformer, resnet18, swin_t
from torchvision.ops import SqueezeExcitation
from transformers import ResNetConfig, ResNetForImageClassification, ViTConfig, ViTForImageClassification

from masking.models.family import guess_family, is_attention

SMALL_VIT = {"hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 2, "num_hidden_layers": 2}
SMALL_RESNET = {"embedding_size": 4, "hidden_sizes": [4], "depths": [1], "layer_type": "basic"}


@pytest.mark.parametrize(
    ("family", "build"),
    [
        ("vit", lambda: VisionTransformer(32, 16, 2, 2, 8, 8)),
        ("vit", lambda: swin_t(weights=None)),
        ("vit", lambda: timm.create_model("test_vit")),
        ("vit", lambda: ViTForImageClassification(ViTConfig(**SMALL_VIT))),
        ("cnn", lambda: resnet18(weights=None)),
        ("cnn", lambda: ResNetForImageClassification(ResNetConfig(**SMALL_RESNET))),
        ("cnn", lambda: timm.create_model("seresnet18")),
        ("cnn", lambda: timm.create_model("botnet26t_256")),
        ("cnn", nn.Identity),
    ],
)
def test_family(family, build):
    assert guess_family(build()) == family


def test_gates_are_no_attention():
    class GateAttention(nn.Module):
        def __init__(self):
            super().__init__()
            self.reduce = nn.Conv2d(4, 1, 1)

    assert not is_attention(GateAttention())
    assert not is_attention(SqueezeExcitation(4, 2))
    assert is_attention(nn.MultiheadAttention(4, 2))
