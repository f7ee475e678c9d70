"""A vision transformer on some of its patches; missing patches never enter the sequence."""

from __future__ import annotations

from copy import copy
from typing import Any

import torch
from torch import Tensor, nn

from masking.runtime.memory import out_of_memory

from .token_families import EVERYTHING, PatchTransformer


def logits_of_patches(network: nn.Module, transformer: PatchTransformer, x: Tensor, kept: Tensor) -> Tensor:
    """Run a vision transformer on the kept patches only.

    Each patch gets its position before others are dropped. Images that keep equally many patches form one batch.
    Nothing is padded, so an image has the same logits as alone. If no patch is kept, the sequence consists of the class
    and register tokens, and features that are pooled from patches are zero.

    Args:
        network: returns logits, in evaluation mode; its own modules compute, and it is left unchanged.
        transformer: the vision transformer in it.
        x: (n, 3, h, w), normalised, of a size that the network takes.
        kept: bool (n, patches), row by row.

    Returns:
        Logits (n, classes).

    Raises:
        ValueError: the network does not run the transformer once on the whole image, or its layers need all patches.
    """
    lengths = kept.sum(1)
    groups = [(lengths == length).nonzero()[:, 0] for length in lengths.unique()]
    parts = [_on_patches(network, transformer, x[group], kept[group]) for group in groups]
    return torch.cat(parts)[torch.cat(groups).argsort()]


def _on_patches(network: nn.Module, transformer: PatchTransformer, x: Tensor, kept: Tensor) -> Tensor:
    """Return the logits of images that keep equally many patches."""
    family, module, kind = transformer.family, transformer.module, type(network).__name__
    pooled = None if kept.any() else family.pooled(module)
    source = module
    for name in family.tokens.split("."):
        source = getattr(source, name)
    dropped = _Dropped(source, kept, family.prefix(module), indices=family.indices, placeholder=pooled == EVERYTHING)
    view = with_module(network, transformer.at(family.tokens), dropped)
    if pooled is not None:
        head = transformer.at(family.head)
        view = with_module(view, head, _ZeroedFeatures(view.get_submodule(head), pooled))
    try:
        logits = view(x)
    except (RuntimeError, AssertionError, IndexError) as error:
        if isinstance(error, RuntimeError) and out_of_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ValueError(f"token dropping cannot run {kind}: a layer needs all patches ({reason})") from None
    if dropped.calls != 1:
        raise ValueError(f"token dropping cannot run {kind}: it does not run its {type(module).__name__} once")
    return logits


class _Dropped(nn.Module):
    """A module that returns all tokens, followed by the choice of those that are kept."""

    def __init__(self, source: nn.Module | None, kept: Tensor, prefix: int, *, indices: bool, placeholder: bool):
        super().__init__()
        self.source = source
        self.kept = kept
        self.prefix = prefix
        self.indices = indices
        self.placeholder = placeholder
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        """Return what the source has under that name: some networks look into their embedding."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("source"), name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        tokens = args[0] if self.source is None else self.source(*args, **kwargs)
        tokens = tokens[0] if isinstance(tokens, tuple) else tokens
        images, patches = self.kept.shape
        if tokens.shape[:2] != (images, self.prefix + patches):
            raise ValueError(
                f"token dropping expects {patches} patches of {images} images and {self.prefix} tokens before them, "
                f"but the network made tokens of shape {tuple(tokens.shape)}; give it images of its own size"
            )
        self.calls += 1
        if self.kept.all():  # the very tensor, since another layout in memory would round otherwise
            return (tokens, None) if self.indices else tokens
        selected = torch.cat([self.kept.new_ones(images, self.prefix), self.kept], 1)
        sequence = tokens[selected].view(images, -1, tokens.shape[2])
        if self.placeholder:  # some heads cannot pool nothing; what they pool here is replaced by zeros
            sequence = torch.cat([sequence, torch.zeros_like(tokens[:, :1])], 1)
        return (sequence, self._indices()) if self.indices else sequence

    def _indices(self) -> Tensor:
        if self.placeholder:
            return self.kept.new_zeros(len(self.kept), 1, dtype=torch.long)
        return self.kept.nonzero()[:, 1].view(len(self.kept), -1)


class _ZeroedFeatures(nn.Module):
    """A head in front of which the features that were pooled from no patch become zero."""

    def __init__(self, head: nn.Module, pooled: slice):
        super().__init__()
        self.head = head
        self.pooled = pooled

    def forward(self, features: Tensor) -> Tensor:
        features = features.clone()
        features[:, self.pooled] = 0
        return self.head(features)


def with_module(network: nn.Module, path: str, module: nn.Module) -> nn.Module:
    """Return the network with another module at a path: a copy that shares every other module and every tensor."""
    name, _, rest = path.partition(".")
    changed = copy(network)
    changed.__dict__["_modules"] = dict(vars(network)["_modules"])
    setattr(changed, name, with_module(getattr(network, name), rest, module) if rest else module)
    return changed
