"""Small vision transformers with random weights, as torchvision, timm and HuggingFace build them."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import transformers
from timm.models.cait import Cait
from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer as TimmTransformer
from torch import Tensor, nn

CLASSES = 5


class Example(NamedTuple):
    """A network, the images (h, w) that it gets, its patches (h, w) and the tokens before them."""

    build: Callable[[], nn.Module]
    size: tuple[int, int] = (32, 32)
    patch: tuple[int, int] = (8, 8)
    prefix: int = 1


class LogitsOf(nn.Module):
    """A network that answers as transformers do, made one that returns logits, as everybody does by hand."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x).logits


def of_timm(kind: type[nn.Module], **settings) -> Callable[[], nn.Module]:
    sizes = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2, "num_classes": CLASSES}
    return lambda: kind(**{**sizes, **settings})


def of_huggingface(name: str, kind: str = "", **settings) -> Callable[[], nn.Module]:
    sizes = {
        "image_size": 32, "patch_size": 8, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 32, "num_labels": CLASSES, **settings,
    }  # fmt: skip

    def build():
        if name in ("CLIP", "Siglip", "MetaClip2"):
            labels = sizes.pop("num_labels", CLASSES)
            config = getattr(transformers, f"{name}Config")(vision_config=sizes, num_labels=labels)
        else:
            config = getattr(transformers, f"{name}Config")(**sizes)
        return LogitsOf(getattr(transformers, kind or f"{name}ForImageClassification")(config))

    return build


EXAMPLES = {
    "timm": Example(of_timm(TimmTransformer)),
    "timm, not square": Example(of_timm(TimmTransformer, img_size=(16, 40)), size=(16, 40)),
    "timm, patches not square": Example(of_timm(TimmTransformer, patch_size=(8, 16)), patch=(8, 16)),
    "timm, registers": Example(of_timm(TimmTransformer, reg_tokens=3, no_embed_class=True), prefix=4),
    "timm, no class token, average": Example(
        of_timm(TimmTransformer, class_token=False, global_pool="avg"), prefix=0
    ),
    "timm, class token, average": Example(of_timm(TimmTransformer, global_pool="avg")),
    "timm, average and largest": Example(of_timm(TimmTransformer, class_token=False, global_pool="avgmax"), prefix=0),
    "timm, attention pool": Example(of_timm(TimmTransformer, class_token=False, global_pool="map"), prefix=0),
    "timm, attention pool with registers": Example(
        of_timm(TimmTransformer, reg_tokens=2, global_pool="map", pool_include_prefix=True), prefix=3
    ),
    "timm, any size": Example(of_timm(TimmTransformer, dynamic_img_size=True), size=(24, 40)),
    "timm, patch dropout": Example(of_timm(TimmTransformer, patch_drop_rate=0.5, pos_embed="none", pre_norm=True)),
    "timm, DeiT": Example(of_timm(VisionTransformerDistilled), prefix=2),
    "timm, rotary": Example(of_timm(Eva, use_rot_pos_emb=True)),
    "timm, rotary, average, registers": Example(
        of_timm(Eva, use_rot_pos_emb=True, rope_type="dinov3", num_reg_tokens=2, global_pool="avg", swiglu_mlp=True),
        prefix=3,
    ),
    "timm, rotary by head": Example(
        of_timm(
            Eva, use_rot_pos_emb=True, rope_type="mixed", dynamic_img_size=True, class_token=False, global_pool="avg"
        ),
        size=(16, 24), prefix=0,
    ),
    "timm, rotary, attention pool": Example(of_timm(Eva, use_rot_pos_emb=True, global_pool="map", qkv_fused=False)),
    "timm, CaiT": Example(of_timm(Cait, embed_dim=24), prefix=0),
    "timm, CaiT, average": Example(of_timm(Cait, embed_dim=24, global_pool="avg"), prefix=0),
    "HuggingFace, ViT": Example(of_huggingface("ViT")),
    "HuggingFace, ViT, not square": Example(of_huggingface("ViT", image_size=(16, 32)), size=(16, 32)),
    "HuggingFace, DeiT": Example(of_huggingface("DeiT"), prefix=2),
    "HuggingFace, DeiT with a teacher": Example(
        of_huggingface("DeiT", kind="DeiTForImageClassificationWithTeacher"), prefix=2
    ),
    "HuggingFace, MSN": Example(of_huggingface("ViTMSN")),
    "HuggingFace, DINOv2": Example(of_huggingface("Dinov2")),
    "HuggingFace, DINOv2, another size": Example(of_huggingface("Dinov2"), size=(24, 48)),
    "HuggingFace, DINOv2 with registers": Example(
        of_huggingface("Dinov2WithRegisters", num_register_tokens=3), prefix=4
    ),
    "HuggingFace, I-JEPA": Example(of_huggingface("IJepa"), prefix=0),
    "HuggingFace, CLIP": Example(of_huggingface("CLIP")),
    "HuggingFace, MetaCLIP 2": Example(of_huggingface("MetaClip2")),
    "HuggingFace, SigLIP": Example(of_huggingface("Siglip"), prefix=0),
}  # fmt: skip


def randomised(network: nn.Module) -> nn.Module:
    """Return the network in float64 with weights so large that every part of it matters."""
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3) if parameter.ndim else torch.nn.init.ones_(parameter)
    return network.double().eval()
