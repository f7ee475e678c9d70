"""Vision transformers whose patches can be dropped: where their tokens lie, and what their heads read.

They are recognised by the names of their classes, so neither timm nor transformers has to be installed. A new family is
an entry of `FAMILIES` and a test against attention that cannot see the dropped patches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import nn

KNOWN = (
    "those of torchvision, of timm (VisionTransformer, Eva, Cait) and of HuggingFace (ViT, DeiT, DINOv2, I-JEPA, CLIP, "
    "SigLIP)"
)


@dataclass(frozen=True)
class TokenFamily:
    """A family of vision transformers.

    Attributes:
        module: where its class is defined.
        name: its class.
        tokens: the module, by its path, that returns all tokens with their positions: (n, prefix + patches, width).
        embedding: the module, by its path, that reads the patches.
        prefix: the number of tokens before the patches: class, distillation and register tokens.
        head: the module, by its path, that takes the pooled features (n, features).
        pooled: which of those features are pooled from patches alone, hence zero if there are none; or None.
        indices: whether `tokens` also returns which patches it kept, for rotary positions.
    """

    module: str
    name: str
    tokens: str
    embedding: str
    prefix: Callable[[Any], int]
    head: str
    pooled: Callable[[Any], slice | None]
    indices: bool = False


class PatchTransformer(NamedTuple):
    """A vision transformer in a network: its path, "" for the network itself, and its patches (h, w) in pixels."""

    family: TokenFamily
    path: str
    module: Any
    patch: tuple[int, int]

    def at(self, path: str) -> str:
        """Return the path in the network of a module of the transformer."""
        return f"{self.path}.{path}".lstrip(".")


EVERYTHING = slice(None)


def _pooled_by_timm(network: Any) -> slice | None:
    with_prefix = network.num_prefix_tokens and getattr(network, "pool_include_prefix", False)
    return None if network.global_pool == "token" or with_prefix else EVERYTHING


def _pooled_by_eva(network: Any) -> slice | None:
    with_prefix = network.num_prefix_tokens and network.global_pool == "map"
    return None if network.global_pool == "token" or with_prefix else EVERYTHING


def _of_timm(name: str, file: str, pooled: Callable[[Any], slice | None], *, indices: bool = False) -> TokenFamily:
    prefix = _attribute("num_prefix_tokens")
    return TokenFamily(f"timm.models.{file}", name, "patch_drop", "patch_embed", prefix, "fc_norm", pooled, indices)


def _of_huggingface(
    name: str, model: str, prefix: int | Callable[[Any], int], pooled: Callable[[Any], slice | None]
) -> TokenFamily:
    folder = {"Dinov2WithRegisters": "dinov2_with_registers", "ViTMSN": "vit_msn", "MetaClip2": "metaclip_2"}
    file = folder.get(name, name.lower())
    tokens = f"{model}.embeddings"
    count = prefix if callable(prefix) else _constant(prefix)
    return TokenFamily(
        f"transformers.models.{file}.modeling_{file}", f"{name}ForImageClassification", tokens, tokens, count,
        "classifier", pooled,
    )  # fmt: skip


def _attribute(name: str) -> Callable[[Any], int]:
    return lambda network: int(getattr(network, name))


def _constant(number: int) -> Callable[[Any], int]:
    return lambda _: number


def _nothing(_: Any) -> None:
    return None


def _all(_: Any) -> slice:
    return EVERYTHING


def _second_half(network: Any) -> slice:
    return slice(network.config.hidden_size, None)


FAMILIES = (
    TokenFamily(
        "torchvision.models.vision_transformer", "VisionTransformer", "encoder.dropout", "conv_proj", _constant(1),
        "heads", _nothing,
    ),
    _of_timm("VisionTransformer", "vision_transformer", _pooled_by_timm),
    _of_timm("VisionTransformerDistilled", "deit", _nothing),
    _of_timm("Eva", "eva", _pooled_by_eva, indices=True),
    TokenFamily(
        "timm.models.cait", "Cait", "pos_drop", "patch_embed", _constant(0), "head",
        lambda network: EVERYTHING if network.global_pool == "avg" else None,
    ),
    _of_huggingface("ViT", "vit", 1, _nothing),
    _of_huggingface("ViTMSN", "vit", 1, _nothing),
    _of_huggingface("DeiT", "deit", 2, _nothing),
    TokenFamily(
        "transformers.models.deit.modeling_deit", "DeiTForImageClassificationWithTeacher", "deit.embeddings",
        "deit.embeddings", _constant(2), "cls_classifier", _nothing,
    ),
    _of_huggingface("IJepa", "ijepa", 0, _all),
    _of_huggingface("Dinov2", "dinov2", 1, _second_half),
    _of_huggingface(
        "Dinov2WithRegisters", "dinov2_with_registers", lambda network: 1 + network.config.num_register_tokens,
        _second_half,
    ),
    _of_huggingface("CLIP", "vision_model", 1, _all),
    _of_huggingface("MetaClip2", "vision_model", 1, _all),
    _of_huggingface("Siglip", "vision_model", 0, _all),
)  # fmt: skip


def patch_transformer(network: nn.Module) -> PatchTransformer:
    """Return the vision transformer that a network is, or that it wraps as its only module.

    Raises:
        ValueError: it is none whose patches can be dropped; the message says why, and which ones can.
    """
    path, module = "", network
    while True:
        family = _family_of(module)
        if family is not None:
            return _checked(family, path, module)
        children = dict(module.named_children())
        if len(children) != 1:
            raise ValueError(_unknown(module if children else network))
        ((name, module),) = children.items()
        path = f"{path}.{name}".lstrip(".")


def _family_of(module: nn.Module) -> TokenFamily | None:
    """Return the family of a module's class, unless a subclass or the module itself has another forward pass."""
    kind = type(module)
    for ancestor in kind.__mro__:
        for family in FAMILIES:
            if (ancestor.__module__, ancestor.__name__) == (family.module, family.name):
                passes = ("forward", "forward_features")
                same = all(getattr(kind, name, None) is getattr(ancestor, name, None) for name in passes)
                return family if same and not any(name in vars(module) for name in passes) else None
    return None


def _checked(family: TokenFamily, path: str, module: Any) -> PatchTransformer:
    kind = type(module).__name__
    embedding: Any = module.get_submodule(family.embedding)
    if getattr(module, "global_pool", None) == "":
        raise ValueError(f"its {kind} returns tokens, not logits; build it with a global_pool")
    if getattr(embedding, "dynamic_img_pad", False):
        raise ValueError(f"its {kind} pads images to whole patches; build it without dynamic_img_pad")
    if needs := _needs_all(module):
        raise ValueError(f"it is a {kind}{needs}")
    if len(list(_convolutions(module))) > len(list(_convolutions(embedding))):
        raise ValueError(f"it is a {kind} that convolves tokens, which needs every patch")
    patch = _patch_size(module, embedding)
    if patch is None:
        stem = type(embedding).__name__
        raise ValueError(f"the {stem} of its {kind} does not read patch by patch, so no patch can be left out")
    return PatchTransformer(family, path, module, patch)


def _patch_size(module: Any, embedding: nn.Module) -> tuple[int, int] | None:
    """Return the size of a patch, or None if the tokens of two patches share pixels."""
    if isinstance(getattr(module, "conv_proj", None), nn.Module):
        return module.patch_size, module.patch_size
    convolutions = list(_convolutions(embedding))
    if len(convolutions) != 1:
        return None
    (convolution,) = convolutions
    rows, columns = convolution.kernel_size
    apart = convolution.stride == (rows, columns) and convolution.padding in ((0, 0), "valid")
    return (rows, columns) if apart else None


def _convolutions(module: nn.Module) -> Iterator[nn.Conv1d | nn.Conv2d]:
    return (part for part in module.modules() if isinstance(part, nn.Conv1d | nn.Conv2d))


def _unknown(network: nn.Module) -> str:
    """Return why an unknown network cannot drop patches, as far as its modules tell, and which networks can."""
    reason = " with a forward of its own" if "forward" in vars(network) else _needs_all(network)
    return f"it is a {type(network).__name__}{reason}; the known vision transformers are {KNOWN}"


def _needs_all(network: nn.Module) -> str:
    """Return why a network needs every patch, as far as the names in its modules tell, or nothing."""
    modules = list(network.modules())
    names = {name for module in modules for name in (type(module).__name__, *vars(module))}
    names |= {name.rpartition(".")[2] for name, _ in (*network.named_parameters(), *network.named_buffers())}
    if any("shift_size" in name or "Window" in name for name in names):
        return ", whose windows need every patch"
    if any("relative_position" in name or "rel_pos" in name for name in names):
        return ", whose attention has a number for every pair of patches"
    return ""
